package replay

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript"
	"ehlo/transcript/rehearsal"
)

// BenchmarkReplay reads a small recording and runs it again: ten thousand of them shall take
// no more than ten seconds, one millisecond each.
func BenchmarkReplay(b *testing.B) {
	sc, err := practice.Find("default")
	if err != nil {
		b.Fatal(err)
	}
	o := session.Options{
		Target: session.Target{Practice: "default"},
		Dial: func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
			return practice.New(sc, practice.Options{}).Dial(ctx)
		},
	}
	benchmarkReplay(b, filepath.Join("../testdata", "small.smtp"), o)
}

// BenchmarkReplayTLS is that with a handshake in each recording, which is most
// of the work then.
func BenchmarkReplayTLS(b *testing.B) {
	o := rehearsal.Scenario(b, "default")
	name := filepath.Join(b.TempDir(), "small.smtp")
	rec, err := transcript.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	o.Recorder = rec
	s := session.New(o)
	mail := session.Mail{Target: o.Target, Helo: "client.example", TLS: session.TLSAuto, Letter: session.Letter{
		From: session.Envelope{Path: "a@c.example"}, To: session.To("b@x.example"), Content: session.BytesContent([]byte("Subject: x\r\n\r\nHello\r\n")),
	}}
	for st, ok := mail.Next(s.State()); ok; st, ok = mail.Next(s.State()) {
		if err := s.Do(b.Context(), st); err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(s.Close(), rec.Close()); err != nil {
		b.Fatal(err)
	}
	o.Recorder = nil
	benchmarkReplay(b, name, o)
}

func benchmarkReplay(b *testing.B, name string, o session.Options) {
	b.ReportAllocs()
	for b.Loop() {
		tr, err := transcript.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		rep, err := Run(b.Context(), tr, Options{Session: o})
		if err != nil || !rep.Same {
			b.Fatal(err, rep)
		}
	}
}
