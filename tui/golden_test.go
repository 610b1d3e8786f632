package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/themes"
	"ehlo/transcript/shelf"
)

var update = flag.Bool("update", false, "rewrite the golden screens")

var sizes = []struct{ w, h int }{{40, 12}, {80, 24}, {120, 36}, {200, 60}}

// scenes are the screens that are kept, each at four sizes.
var scenes = []struct {
	name  string
	setup func(*robot)
	opts  []func(*Options)
}{
	{"compose", func(*robot) {}, nil},
	{"compose-faults", func(r *robot) {
		r.into(fromField).clears().types("al ice@example.org RET=HALF").into(toField).clears()
	}, nil},
	{"preview", func(r *robot) { r.press("f3", "pgdown") }, nil},
	{"choices", func(r *robot) { r.into(fromField).press("ctrl+o") }, nil},
	{"planned", func(r *robot) { r.press("esc") }, nil},
	{"greeted", func(r *robot) { r.press("enter").rest() }, nil},
	{"recipients", refused, three},
	{"earlier", func(r *robot) {
		refused(r)
		r.press("up", "up", "up")
	}, three},
	{"explain", func(r *robot) {
		refused(r)
		r.press("shift+tab")
	}, three},
	{"next", func(r *robot) {
		refused(r)
		r.press("tab", "down")
	}, three},
	{"raw", func(r *robot) {
		refused(r)
		r.press(":").types("MAIL FROM: bob@example.com")
	}, three},
	{"save", func(r *robot) {
		refused(r)
		r.press("s")
	}, three},
	{"help", func(r *robot) {
		refused(r)
		r.press("?")
	}, three},
	{"strange", func(r *robot) {
		r.press("enter").rest().press("n").rest()
	}, []func(*Options){script(
		"220 bare line feed\n",
		"250-tab\there, NUL \x00, escape \x1b[31mred\x1b[0m, C1 \xc2\x9b1m, wide 日本語 and half \xe6\x97\r\n"+
			"250-\x1b]52;c;eA==\x07\r\n250-SIZE 35882577\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", "…")}},
	{"secure", func(r *robot) {
		r.press("esc")
		r.m.live.take(secured())
		r.m.foresee()
		r.send(nil)
	}, nil},
	{"table", func(r *robot) {
		refused(r)
		r.press("3", "down")
	}, three},
	{"tls-clear", func(r *robot) {
		refused(r)
		r.press("4")
	}, three},
	{"tls", func(r *robot) { safe(r, "4") }, nil},
	{"sasl-none", func(r *robot) {
		refused(r)
		r.press("5")
	}, three},
	{"sasl", func(r *robot) { safe(r, "5") }, nil},
	{"route", func(r *robot) { routed(r) }, nil},
	{"timeline", func(r *robot) { safe(r, "7") }, nil},
	{"transcripts", func(r *robot) {
		writeLibrary(r.t, r.m.o.Dir)
		r.press("alt+8").until("see the files", func() bool { return len(r.m.transcripts.files) > 0 })
		for i := range r.m.transcripts.files {
			f := &r.m.transcripts.files[i]
			f.Path, f.At = filepath.Base(f.Path), noon
		}
		slices.SortFunc(r.m.transcripts.files, func(a, b shelf.File) int { return strings.Compare(a.Path, b.Path) })
		r.press("down")
	}, nil},
	{"playback", func(r *robot) {
		writeLibrary(r.t, r.m.o.Dir)
		r.send(openMsg{filepath.Join(r.m.o.Dir, "good.smtp")})
		r.see("playing back").press("n", "n", "n", "n")
	}, nil},
	{"diff", func(r *robot) {
		name := filepath.Join(r.m.o.Dir, "again.smtp")
		if err := os.WriteFile(name, []byte(again), 0o600); err != nil {
			r.t.Fatal(err)
		}
		r.press("alt+8").see("again.smtp").press("R").see("against").press("enter").see("220 mail").rest()
		for range 4 {
			r.press("n").rest()
		}
		r.press("end")
	}, three},
	{"serve", func(r *robot) { r.press("alt+v") }, nil},
	{"practice", func(r *robot) { r.press("alt+0", "down") }, []func(*Options){school}},
	{"lessons", func(r *robot) { r.press("alt+t", "down") }, nil},
	{"lesson", func(r *robot) { r.press("alt+t", "enter").see("220 mail").rest() }, three},
	{"mailbox", func(r *robot) { r.press("alt+m") }, []func(*Options){school}},
	{"queue", func(r *robot) { r.press("esc", "9").see("new@example").press("down") }, []func(*Options){stocked}},
	{"settings", func(r *robot) {
		r.m.o.Dir = "/home/alice/mail"
		r.press("alt+,", "down", "down")
	}, []func(*Options){withSettings(&paperSettings{})}},
	{"over", func(r *robot) {
		r.press("enter").rest().press("c").ended()
	}, []func(*Options){script("554 no service for you\r\n", "221 2.0.0 bye\r\n")}},
}

// safe shows a screen after a session under TLS.
func safe(r *robot, key string) {
	r.press("esc")
	r.m.live.take(secured())
	r.m.foresee()
	r.press(key)
}

// routed shows the way to the second of three addresses.
func routed(r *robot) {
	r.press("esc")
	log := []session.Event{
		{Kind: session.Noted, Text: "DNS: test.example MX: 10 mx1.test.example, 20 mx2.test.example"},
		{Kind: session.Noted, Text: "route: try mx1.test.example 192.0.2.1: MX 10"},
		{Kind: session.Noted, Text: "route: do not try mx9.test.example: this is no host name"},
		{Kind: session.Noted, Text: "MTA-STS: the domain has no policy"},
		{Kind: session.Resolved, Text: "mail for test.example goes to 3 addresses in 31ms", Facts: []session.Fact{
			{Key: "host", Value: "test.example"}, {Key: "hop", Value: "mx1.test.example,[2001:db8::1]:25"},
			{Key: "hop", Value: "mx1.test.example,192.0.2.1:25"}, {Key: "hop", Value: "mx2.test.example,192.0.2.2:25,tls"}}},
		{Kind: session.Failed, Fault: session.FaultConnect, Text: "connect to [2001:db8::1]:25: network is unreachable"},
		{Kind: session.Opened, Text: "connected to 192.0.2.1:25 in 1.204s", Facts: []session.Fact{{Key: "host", Value: "mx1.test.example"}, {Key: "addr", Value: "192.0.2.1:25"}}},
		{Kind: session.Received, Data: []byte("220 mx1.test.example ESMTP\r\n")},
	}
	for i := range log {
		log[i].Seq, log[i].At = i+1, noon.Add(time.Duration(i)*40*time.Millisecond)
	}
	r.m.live.take(log)
	r.m.foresee()
	r.press("6")
}

var three = []func(*Options){
	script("220 mail.example ESMTP\r\n",
		"250-mail.example\r\n250-SIZE 10485760\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n",
		"250 2.1.0 ok\r\n", "250 2.1.5 ok\r\n", "550 5.1.1 <eve@example.com>: unknown user\r\n", "…"),
	recipients("bob@example.com", "eve@example.com", "carol@example.com"),
}

func refused(r *robot) {
	r.press("enter").rest()
	for range 4 {
		r.press("n").rest()
	}
}

// TestGoldenScreens compares whole screens with those that were kept. Run it
// with -update after a change of the looks, and look at the difference.
func TestGoldenScreens(t *testing.T) {
	for _, scene := range scenes {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				r := at(t, size.w, size.h, scene.opts...)
				scene.setup(r)
				got := trimRight(r.look())
				if size.h >= tabbed && scene.name != "greeted" {
					head, rest, _ := strings.Cut(got, "\n")
					_, rest, _ = strings.Cut(rest, "\n") // one scene shows the tabs
					got = head + "\n" + rest
				}
				golden(t, name, got)
			})
		}
	}
}

// golden compares text with what was kept, or keeps it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := readFile(t, file); got != want {
		t.Errorf("the screen changed; run go test ./tui -update and look at it\n--- now\n%s\n--- kept\n%s", got, want)
	}
}

// secured is a session with STARTTLS and a login.
func secured() []session.Event {
	events := []session.Event{
		{Kind: session.Opened, Text: "connected to 192.0.2.25:587 in 23ms", Facts: []session.Fact{{Key: "host", Value: "submission.test.example"}, {Key: "addr", Value: "192.0.2.25:587"}}},
		{Kind: session.Received, Data: []byte("220 submission.test.example ESMTP\r\n")},
		{Kind: session.Sent, Data: []byte("EHLO laptop.example\r\n")},
		{Kind: session.Received, Data: []byte("250-submission.test.example\r\n")},
		{Kind: session.Received, Data: []byte("250-SIZE 10485760\r\n")},
		{Kind: session.Received, Data: []byte("250 STARTTLS\r\n")},
		{Kind: session.Sent, Data: []byte("STARTTLS\r\n")},
		{Kind: session.Received, Data: []byte("220 2.0.0 Ready to start TLS\r\n")},
		{Kind: session.Secured, Text: "TLS 1.3 TLS_AES_128_GCM_SHA256, verified in 11ms", Facts: []session.Fact{
			{Key: "version", Value: "TLSv1.3"}, {Key: "cipher", Value: "TLS_AES_128_GCM_SHA256"}, {Key: "group", Value: "X25519MLKEM768"}, {Key: "sni", Value: "submission.test.example"},
			{Key: "peer", Value: "0"}, {Key: "subject", Value: "CN=submission.test.example"}, {Key: "issuer", Value: "CN=Test Issuing CA,O=Test"}, {Key: "san", Value: "submission.test.example,*.mail.test.example"},
			{Key: "not-before", Value: "2026-09-01T00:00:00Z"}, {Key: "not-after", Value: "2026-11-30T00:00:00Z"}, {Key: "key", Value: "ECDSA 256"}, {Key: "sha256", Value: strings.Repeat("0f", 32)},
			{Key: "peer", Value: "1"}, {Key: "subject", Value: "CN=Test Issuing CA,O=Test"}, {Key: "issuer", Value: "CN=Test Root,O=Test"}, {Key: "san", Value: ""},
			{Key: "not-before", Value: "2024-01-01T00:00:00Z"}, {Key: "not-after", Value: "2034-01-01T00:00:00Z"}, {Key: "key", Value: "RSA 4096"}, {Key: "sha256", Value: strings.Repeat("a1", 32)},
			{Key: "chain", Value: "ok"}, {Key: "name", Value: "ok"}}},
		{Kind: session.Sent, Data: []byte("EHLO laptop.example\r\n")},
		{Kind: session.Received, Data: []byte("250-submission.test.example\r\n")},
		{Kind: session.Received, Data: []byte("250-SIZE 10485760\r\n")},
		{Kind: session.Received, Data: []byte("250 AUTH PLAIN LOGIN SCRAM-SHA-256\r\n")},
		{Kind: session.Sent, Data: []byte("AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"), Secret: []session.Span{{From: 11, To: 31}}},
		{Kind: session.Received, Data: []byte("235 2.7.0 Authentication successful\r\n")},
	}
	for i := range events {
		events[i].Seq, events[i].At = i+1, noon.Add(time.Duration(i)*1500*time.Microsecond)
	}
	return events
}

func trimRight(screen string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(screen, "\n") {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// school has scenarios, and mail that was taken.
func school(o *Options) {
	o.Scenarios = []Scenario{
		{Name: "default", Title: "a correct server"},
		{Name: "helo-only", Chapter: "Saying hello", Title: "EHLO 500, HELO 250", Notice: "the client falls back to HELO, and there are no extensions", Source: "RFC 5321, 3.2"},
		{Name: "mailbox-full", Chapter: "Recipients", Title: "RCPT 452 for everybody", Notice: "4yz: try again later", Source: "RFC 5321, 4.5.3.1.10"},
	}
	o.Mailboxes = func() []message.Mailbox {
		return []message.Mailbox{{Name: "bob@example.com", Letters: []message.Letter{{
			From: "alice@example.org", At: noon,
			Data: []byte("Return-Path: <alice@example.org>\r\nReceived: from laptop.example\r\n\tby practice.example with ESMTP; Mon, 23 Nov 2026 12:00:00 +0000\r\nSubject: A first mail\r\n\r\nHello Bob\r\n"),
		}}}}
	}
}

// TestGoldenThemes keeps one screen in every theme, with its colours: the
// escape sequences, where a terminal has all the colours there are.
func TestGoldenThemes(t *testing.T) {
	before := lipgloss.ColorProfile()
	defer lipgloss.SetColorProfile(before)
	lipgloss.SetColorProfile(termenv.TrueColor)
	for _, name := range themes.Names() {
		t.Run(name, func(t *testing.T) {
			theme, err := themes.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			r := at(t, 120, 36, append(three, func(o *Options) { o.Theme = theme })...)
			refused(r)
			r.press("up", "up", "up")
			head, rest, _ := strings.Cut(r.m.View(), "\n")
			_, rest, _ = strings.Cut(rest, "\n") // the tabs
			golden(t, "theme-"+name, head+"\n"+rest+"\n")
		})
	}
}
