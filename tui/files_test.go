package tui

import (
	"ehlo/session/message"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const recorded = `= smtp-transcript 1
= date 2026-11-23T12:00:00Z
= connect host=mail.example addr=192.0.2.1:25
+ 0.042
S: 220 mail.example ESMTP
+ 1.5
C: EHLO laptop.example
S: 250-mail.example
S: 250 SIZE 1000
+ 2
C: MAIL FROM:<alice@example.org>
+ 0.001
S: 250 2.1.0 Ok
C: RCPT TO:<bob@example.com>
S: 250 2.1.5 Ok
C: DATA
S: 354 go ahead
C: Subject: hello
C: 
C: .
S: 250 2.0.0 taken
C: QUIT
S: 221 bye
`

func library(t *testing.T) func(*Options) {
	t.Helper()
	dir := t.TempDir()
	writeLibrary(t, dir)
	return func(o *Options) { o.Folders = []string{dir, filepath.Join(dir, "nowhere")} }
}

func writeLibrary(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{
		"good.smtp":    recorded,
		"refused.smtp": "S: 554 no service\nC: QUIT\nS: 221 bye\n",
		"broken.smtp":  "S: 220 x\nC64 ***\n",
		"other.txt":    "not a transcript",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTranscriptsAreListed(t *testing.T) {
	r := at(t, 120, 36, library(t))
	r.press("alt+8").see("✓ good ", "mail.example · 1 of 1 recipient · accepted, 250 2.0.0", "✗ refused ", "no · greeted with 554", "broken ")
	r.miss("other.txt")
	for !strings.Contains(r.look(), "▶✓ good ") {
		r.press("down")
	}
	r.see("to <bob@example.com> 250 2.1.5", "it took 3.5 s")
	r.press("enter").see("playing back good.smtp", "paused").press("8", "u").see("✓ good ")
}

func TestNoTranscripts(t *testing.T) {
	at(t, 80, 24).press("alt+8").see("there is no transcript yet")
}

func TestPlayWithRecordedTiming(t *testing.T) {
	r := at(t, 120, 36, library(t))
	r.press("alt+8").see("✓ good ")
	for !strings.Contains(r.look(), "▶✓ good ") {
		r.press("down")
	}
	r.press("enter").see("paused", "0:00 of 0:03").press("end").see("0:03 of 0:03")
	for range 10 {
		r.press("+")
	}
	r.see("×256").press("space").see("0:00 of 0:03 ×256").see("0:03 of 0:03 ×256 paused")
	for range 20 {
		r.press("-")
	}
	r.see("×1/16").press("space").see("space pause").miss("paused").press("space").see("paused")
	r.press("n", "n").see("1 ms")
	r.press("+")
	if tape := r.m.tape; tape.playback.on || tape.cursor != 2 {
		t.Errorf("on %t at row %d", tape.playback.on, tape.cursor)
	}
}

// TestPlayPastFoldedLines: a low pane folds a long reply, and playing and
// stepping go past it.
func TestPlayPastFoldedLines(t *testing.T) {
	name := filepath.Join(t.TempDir(), "long.smtp")
	long := "= smtp-transcript 1\n= connect host=a addr=b\n+ 0.001\nS: 220 hi\nC: EHLO a\n+ 0.001\n" + strings.Repeat("S: 250-X\n", 20) + "S: 250 HELP\n+ 0.001\nC: QUIT\nS: 221 bye\n"
	if err := os.WriteFile(name, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	r := at(t, 80, 24, func(o *Options) { o.File = name })
	r.see("lines folded", "1/").press("space").see("3 of 3 ms paused", "221 bye").until("reach the end", r.m.tape.follows)
	r.press("home", "n", "n", "n", "n", "n")
	if r.m.tape.cursor != len(r.m.tape.rows)-2 {
		t.Errorf("five steps lead to row %d", r.m.tape.cursor+1)
	}
}

func TestScenarioStarts(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) {
		o.TLSByItself, o.Scenarios = true, []Scenario{
			{Name: "default", Title: "a correct server"},
			{Name: "helo-only", Chapter: "Saying hello", Title: "EHLO 500, HELO 250", Notice: "fallback; no extensions", Source: "RFC 5321, 3.2", TLS: "auto", From: "alice@client.example", To: "bob@a.example, eve@b.example"},
		}
	})
	r.press("alt+0").see("a correct server").press("down").see("notice", "fallback; no extensions", "RFC 5321, 3.2")
	r.press("enter").rest().see("practice:helo-only", "220 ", "notice: fallback")
	says := func(tls, from, to string) {
		t.Helper()
		f := r.m.form
		if f.value(tlsField) != tls || f.value(fromField) != from || f.value(toField) != to {
			t.Errorf("tls is %q, from %q, to %q", f.value(tlsField), f.value(fromField), f.value(toField))
		}
	}
	says("auto", "alice@client.example", "bob@a.example, eve@b.example")
	r.press("c").see("HELO laptop.example", "RCPT TO:<eve@b.example>").press("0", "up", "enter").rest()
	says("never", "alice@example.org", "bob@example.com")

	// What a person has typed stays, and what is to be seen otherwise is told.
	r.press("alt+2").into(tlsField).clears().types("never").into(toField).clears().types("carol@c.example")
	r.press("alt+0", "down", "enter").rest().see("this server is about TLS: the field tls says never, and auto would show it")
	says("never", "alice@client.example", "carol@c.example")

	// It is the same where the target is typed or chosen.
	r = at(t, 120, 36, func(o *Options) {
		o.Scenarios = []Scenario{{Name: "hops", Also: []string{"ways"}, To: "bob@a.example"}}
		o.Target = "practice:hops"
	})
	says("never", "alice@example.org", "bob@a.example")
	r.into(targetField).clears().types("mail.example")
	says("never", "alice@example.org", "bob@example.com")
	r.press("ctrl+o", "end").types("hops").press("enter")
	says("never", "alice@example.org", "bob@a.example")
	r.into(targetField).clears().types("practice").see("practice").into(targetField).clears().types("practice:ways")
	says("never", "alice@example.org", "bob@a.example")
	r = at(t, 120, 36, recipients("eve@b.example"), func(o *Options) {
		o.Scenarios, o.Target = []Scenario{{Name: "hops", To: "bob@a.example"}}, "practice:hops"
	})
	says("never", "alice@example.org", "eve@b.example")
}

func TestMailbox(t *testing.T) {
	var boxes []message.Mailbox
	r := at(t, 120, 36, func(o *Options) { o.Mailboxes = func() []message.Mailbox { return boxes } })
	r.press("alt+m").see("nothing has been delivered yet")
	boxes = []message.Mailbox{
		{Name: "bob@example.com", Letters: []message.Letter{{From: "alice@example.org", At: noon, Data: []byte("Return-Path: <alice@example.org>\r\nSubject: one\r\n\r\n\x1b[2Jhello\r\n")}}},
		{Name: "carol@example.com", Letters: []message.Letter{{At: noon, Data: []byte("no header at all")}}},
	}
	r.press("up").see("bob@example.com", "carol@example.com", "(no subject)", "2 messages")
	r.see(`\x1b[2Jhello`).press("down").see("no header at all").press("up").press("enter").see("Return-Path: <alice@example.org>").miss("carol")
	r.press("esc").see("carol").press("esc").see("[Session]")
}

// TestShortNames: a name is cut in its middle.
func TestShortNames(t *testing.T) {
	for name, want := range map[string]string{
		"greylisting-of-a-long-name-with-many-words-in-it-one": "greylisting-of-a-…ny-words-in-it-one",
		"日本語日本語日本語日本語日本語日本語日本語日本語日本語":                          "",
		"short": "short",
	} {
		got := shortName(name, 36, "…")
		if want != "" && got != want || width(got) > 36 {
			t.Errorf("%s is cut to %q, %d cells", name, got, width(got))
		}
	}
}
