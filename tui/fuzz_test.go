package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"ehlo/session"
	"ehlo/themes"
)

// offline is a model with a session that never connects, for tests that put
// events into it by hand.
func offline(t testing.TB, theme string) Model {
	t.Helper()
	look, err := themes.Find(theme)
	if theme == "plain" {
		look, err = themes.Plain(), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Theme: look, Now: func() time.Time { return noon }, Mouse: true}
	withSettings(&paperSettings{})(&o)
	new(drawer).open(&o)
	o.Profile = func(string) (Options, error) { return Options{Subject: "\x1b[31m日本"}, nil }
	m := New(o)
	m.clip = clip{patience: time.Millisecond}
	_ = m.goTo("session")
	return m
}

// drawn checks what must hold of every frame.
func drawn(t testing.TB, m *Model) {
	t.Helper()
	screen := m.View()
	lines := strings.Split(screen, "\n")
	if len(lines) != m.height {
		t.Fatalf("%d lines in a terminal of %d×%d, on %s:\n%s", len(lines), m.width, m.height, m.front().place().name, ansi.Strip(screen))
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w != m.width {
			t.Fatalf("%d×%d, screen %d: line %d is %d cells wide: %q", m.width, m.height, m.at, i+1, w, line)
		}
		for _, c := range ansi.Strip(line) {
			if c < ' ' || c >= 0x7f && c < 0xa0 || !session.Visible(c) && c != '\uFFFD' {
				t.Fatalf("line %d has %U in it: %q", i+1, c, line)
			}
		}
		if left := strings.Split(line, "\x1b"); len(left) > 1 {
			for _, seq := range left[1:] {
				end := strings.IndexByte(seq, 'm')
				if end < 0 || seq[0] != '[' || strings.Trim(seq[1:end], "0123456789;") != "" {
					t.Fatalf("line %d has an escape sequence that is no colour: %q", i+1, line)
				}
			}
		}
	}
}

// fuzzKeys are all keys that do something, and some that do not. Those that
// leave the program are none of them.
func fuzzKeys(m *Model) []string {
	keys := []string{"日", "é", "\u202e", "backspace", "ctrl+u", "delete", "1", "9", "-", "%"}
	for _, a := range m.keys {
		if a.name != "suspend" && a.name != "quit-now" {
			keys = append(keys, a.keys...)
		}
	}
	return keys
}

// TestAnyKeysInAnySize presses random keys in terminals of random sizes.
func TestAnyKeysInAnySize(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // nobody comes back from the editor
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		m := offline(t, []string{"dark", "light", "mono", "plain"}[seed%4])
		seq := 0
		keys := fuzzKeys(&m)
		for range 120 {
			var msg tea.Msg
			switch random.IntN(7) {
			case 0:
				msg = tea.WindowSizeMsg{Width: 1 + random.IntN(300), Height: 1 + random.IntN(100)}
			case 1:
				seq++
				m.live.take([]session.Event{noise(random, seq)})
				continue
			case 2:
				msg = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\nb\tc\x00日本"), Paste: true}
			case 3:
				buttons := []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelUp, tea.MouseButtonWheelDown}
				msg = tea.MouseMsg{X: random.IntN(m.width + 1), Y: random.IntN(m.height + 1), Button: buttons[random.IntN(3)], Action: tea.MouseActionPress}
			default:
				msg = keyNamed(keys[random.IntN(len(keys))])
			}
			next, _ := m.Update(msg) // what it would do to the world is not done
			m = next.(Model)
			if m.width > 0 {
				drawn(t, &m)
			}
		}
		m.shut()
	}
}

func noise(random *rand.Rand, seq int) session.Event {
	data := make([]byte, random.IntN(200))
	for i := range data {
		data[i] = byte(random.IntN(256))
	}
	if random.IntN(2) == 0 {
		data = append([]byte(fmt.Sprintf("%d-", 200+random.IntN(400))), data...)
	}
	if random.IntN(3) > 0 {
		data = append(data, "\r\n"...)
	}
	e := session.Event{Seq: seq, At: noon, Kind: session.Kind(1 + random.IntN(8)), Data: data, Text: string(data)}
	if random.IntN(4) == 0 {
		e.Secret = []session.Span{{From: random.IntN(50), To: random.IntN(300)}, {From: -3, To: 2}}
	}
	if random.IntN(6) == 0 {
		e.Facts = []session.Fact{{Key: string(data), Value: string(data)}}
	}
	return e
}

// FuzzFrame lets a server say anything: no octet of it may act on the
// terminal, and every frame has the size of the terminal.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("220 hello\r\n"), uint8(120), uint8(36), uint8(0))
	f.Add([]byte("250-\x1b]0;title\x07\x1b[2J\r\n250 \xc2\x9b31m\u202e\u200b\n"), uint8(80), uint8(24), uint8(3))
	f.Add([]byte("5\x005\x7f0\r日本語\xff\xfe\r\n2"), uint8(41), uint8(13), uint8(9))
	f.Fuzz(func(t *testing.T, data []byte, w, h, focus uint8) {
		if w == 0 || h == 0 || h > 100 || len(data) > 4096 {
			return
		}
		m := offline(t, []string{"dark", "plain"}[focus%2])
		seq := 1
		log := []session.Event{{Seq: 1, At: noon, Kind: session.Opened, Text: string(data), Facts: []session.Fact{{Key: "host", Value: string(data)}}}}
		session.NewDecoder(session.Limits{}).Feed(data, func(p session.Piece) {
			seq++
			log = append(log, session.Event{Seq: seq, At: noon, Kind: session.Received, Data: p.Data, Lost: p.Lost})
			if seq%3 == 0 {
				seq++
				log = append(log, session.Event{Seq: seq, At: noon, Kind: session.Sent, Data: append([]byte("EHLO "), p.Data...)})
			}
		})
		m.live.take(log)
		m.foresee()
		next, _ := m.Update(tea.WindowSizeMsg{Width: int(w), Height: int(h)})
		m = next.(Model)
		for range int(focus) % 6 {
			next, _ = m.Update(keyNamed("tab"))
			m = next.(Model)
			drawn(t, &m)
		}
		for _, k := range []string{"home", "end", ":", "x", "esc", "?"} {
			next, _ = m.Update(keyNamed(k))
			m = next.(Model)
			drawn(t, &m)
		}
		from, to := m.live.exchange(m.live.cursor)
		if from > to || to > len(m.live.rows) {
			t.Fatalf("exchange [%d, %d) of %d rows", from, to, len(m.live.rows))
		}
	})
}
