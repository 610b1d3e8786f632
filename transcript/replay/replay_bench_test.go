package replay

import (
	"context"
	"net"
	"testing"

	"ehlo/session"
	"ehlo/session/practice"
)

// BenchmarkReplay reads a small recording and runs it again: ten thousand of them shall take
// no more than ten seconds, one millisecond each.
func BenchmarkReplay(b *testing.B) {
	sc, err := practice.Find("default")
	if err != nil {
		b.Fatal(err)
	}
	o := Options{Session: session.Options{
		Target: session.Target{Practice: "default"},
		Dial: func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
			return practice.New(sc, practice.Options{}).Dial(ctx)
		},
	}}
	b.ReportAllocs()
	for b.Loop() {
		tr := readFile(b, "small")
		rep, err := Run(b.Context(), tr, o)
		if err != nil || !rep.Same {
			b.Fatal(err, rep)
		}
	}
}
