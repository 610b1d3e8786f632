package transcript

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// sendMail sends a mail to a scenario of the practice server and records it.
func sendMail(t testing.TB, o session.Options, content []byte, to ...string) []session.Event {
	t.Helper()
	s := session.New(o)
	mail := session.Mail{
		Target: o.Target, Helo: "client.example",
		Letter: session.Letter{
			From: session.Envelope{Path: "alice@test.example"}, To: session.To(to...), Content: session.BytesContent(content),
		},
	}
	for range 40 {
		st, ok := mail.Next(s.State())
		if !ok {
			break
		}
		_ = s.Do(t.Context(), st) // what went wrong is in the log
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.RecordError(); err != nil {
		t.Fatal(err)
	}
	return s.Log().Since(0)
}

func scenario(t testing.TB, name string) session.Options {
	t.Helper()
	sc, err := practice.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	t.Cleanup(srv.Close)
	return session.Options{
		Target: session.Target{Practice: name},
		Dial:   func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) },
	}
}

// TestScenarios: a session with each scenario of the practice server is
// recorded; the file gives back each state, and served and run again it agrees
// with itself.
func TestScenarios(t *testing.T) {
	names := []string{
		"auth-required", "busy-greeting", "content-refused", "default", "extensions", "garbage", "helo-only", "lmtp", "mailbox-full",
		"multi-503", "no-enhanced", "no-second-ehlo", "null-mx", "reject", "relay-denied", "shutdown", "size-late",
		"slow-greeting", "starttls-refused", "starttls-required", "tarpit", "too-many-recipients", "vanish-after-dot",
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := scenario(t, name)
				var file bytes.Buffer
				o.Recorder = NewRecorder(&file)
				events := sendMail(t, o, []byte("Subject: x\r\n\r\n.dot\r\n"), "bob@test.example", "eve@test.example")
				tr, err := Parse("x", bytes.NewReader(file.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				sameStates(t, events, tr)
				rep, problems := between(t, tr, tr, ReplayOptions{Session: session.Options{Timeout: 10 * time.Minute}})
				if !rep.Same || len(problems) > 0 {
					t.Errorf("%q\n%s\n%s", problems, text(t, rep), file.Bytes())
				}
			})
		})
	}
}

// sameStates folds a log and the file of it side by side.
func sameStates(t *testing.T, events []session.Event, tr *Transcript) {
	t.Helper()
	got := tr.Events()
	if len(got) != len(events) {
		t.Fatalf("%d events became %d", len(events), len(got))
	}
	var a, b session.State
	var w, w2 writer
	for i := range events {
		want, read := public(events[i], &w), public(got[i], &w2)
		if want.Text != read.Text || want.Step != read.Step {
			t.Fatalf("event %d:\nwant %+v\ngot  %+v", i+1, want, read)
		}
		a, b = a.Apply(want), b.Apply(read)
		if !equal(a, b) {
			t.Fatalf("event %d:\nwant %+v\ngot  %+v", i+1, a, b)
		}
	}
}

// TestLongContent: content beside the file, recorded, read, and sent again.
func TestLongContent(t *testing.T) {
	content := bytes.Repeat([]byte(".a line of content that is long enough to count\r\n"), 60_000)
	name := filepath.Join(t.TempDir(), "long.smtp")
	rec, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	o := scenario(t, "default")
	o.Recorder = rec
	events := sendMail(t, o, content, "bob@test.example")
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sameStates(t, events, tr)
	o.Recorder = nil
	rep, err := Replay(t.Context(), tr, ReplayOptions{Session: o})
	if err != nil || !rep.Same {
		t.Fatalf("%v\n%s", err, text(t, rep))
	}
	var then, now session.State
	for _, e := range events {
		then = then.Apply(e)
	}
	for _, e := range rep.Events {
		now = now.Apply(e)
	}
	if now.Finished.MailData != then.Finished.MailData || now.Accepted != 1 {
		t.Errorf("%+v, then %+v", now.Finished.MailData, then.Finished.MailData)
	}
}

// TestUnderTLS records a session with STARTTLS, serves it and runs it again.
func TestUnderTLS(t *testing.T) {
	const recording = `= smtp-transcript 1
= recorded by=test
= connect host=mx.example addr=192.0.2.1:25 from=192.0.2.2:1 tls=none
+ 0.000
S: 220 mx.example
+ 0.000
C: EHLO b
+ 0.000
S: 250-mx.example
S: 250 STARTTLS
+ 0.000
C: STARTTLS
+ 0.000
S: 220 go
= tls started version=TLSv1.3 cipher=TLS_AES_128_GCM_SHA256 sni=mx.example
= tls peer 0 subject=CN=x san=mx.example
= tls verified chain=ok name=ok
+ 0.000
C: EHLO b
+ 0.000
S: 250 mx.example
+ 0.000
C: QUIT
+ 0.000
S: 221 bye
= closed by=server how=fin
`
	tr := parse(t, recording)
	if s := tr.State(len(tr.Events())); !s.Secure || !s.Verified || s.TLS != "TLSv1.3" {
		t.Errorf("secure %v, verified %v, %s", s.Secure, s.Verified, s.TLS)
	}
	if got := record(t, tr.Events()); string(got) != recording {
		t.Errorf("recorded again:\n%s", got)
	}
	srv := NewServer(tr, ServeOptions{Loop: true})
	defer srv.Close()
	roots, err := srv.Roots()
	if err != nil {
		t.Fatal(err)
	}
	o := session.Options{
		Target: session.Target{Practice: "mx"}, Dial: pipe(srv), Timeout: 20 * time.Second,
		TLS: session.TLS{Roots: roots, ServerName: "mx.example"},
	}
	rep, err := Replay(t.Context(), tr, ReplayOptions{Session: o})
	if err != nil || !rep.Same {
		t.Fatalf("%v\n%s", err, text(t, rep))
	}
	o.TLS.ServerName = "other.example"
	rep, err = Replay(t.Context(), tr, ReplayOptions{Session: o})
	if err != nil || rep.Same || !bytes.Contains([]byte(text(t, rep)), []byte("certificate, name: ok → bad")) {
		t.Errorf("%v\n%s", err, text(t, rep))
	}
	if problems := srv.Problems(); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
}
