package tui

import (
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// long is a session of so many rows.
func long(rows int) []session.Event {
	log := []session.Event{{Seq: 1, At: noon, Kind: session.Opened, Text: "connected"}}
	add := func(kind session.Kind, text string) {
		log = append(log, session.Event{Seq: len(log) + 1, At: noon, Kind: kind, Data: []byte(text + "\r\n")})
	}
	add(session.Received, "220 mail.example ESMTP")
	add(session.Sent, "EHLO client.example")
	add(session.Received, "250-mail.example")
	add(session.Received, "250 PIPELINING")
	for i := 0; len(log) < rows; i++ {
		add(session.Sent, fmt.Sprintf("VRFY user%d@example.com", i))
		add(session.Received, "252 2.1.5 cannot say whether this one exists")
	}
	return log
}

// BenchmarkStepToFrame is one key, from the press to the frame, in a session
// of 100,000 rows.
func BenchmarkStepToFrame(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(b *testing.B) {
			m := offline(b, "dark")
			m.live.take(long(100_000))
			next, _ := m.Update(tea.WindowSizeMsg{Width: size.w, Height: size.h})
			m = next.(Model)
			keys := []tea.Msg{keyNamed("up"), keyNamed("up"), keyNamed("pgup"), keyNamed("down")}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				next, _ := m.Update(keys[i%len(keys)])
				m = next.(Model)
				if m.View() == "" {
					b.Fatal("no frame")
				}
			}
		})
	}
}

// BenchmarkEvents is a batch of 100 replies, from the log to the frame.
func BenchmarkEvents(b *testing.B) {
	log := long(100_000)
	m := offline(b, "dark")
	m.live.take(log[:50_000])
	m.width, m.height = 120, 36
	b.ReportAllocs()
	at := 50_000
	for b.Loop() {
		if at+100 > len(log) {
			b.StopTimer()
			m.live = conversation{}
			m.live.take(log[:50_000])
			at = 50_000
			b.StartTimer()
		}
		m.live.take(log[at : at+100])
		at += 100
		m.front().settle(&m)
		if m.View() == "" {
			b.Fatal("no frame")
		}
	}
}
