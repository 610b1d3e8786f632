package plain

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/practice"
)

// letter is a talk with a practice server in memory.
func letter(t *testing.T, scenario string) Options {
	t.Helper()
	draft := message.Draft{From: "alice@example.org", To: []string{"bob@example.com"}, Subject: "Hello", Body: "Hello Bob\n.dot\n", Date: noon}
	c, err := message.Compose(draft)
	if err != nil {
		t.Fatal(err)
	}
	m := session.Mail{Target: session.Target{Practice: scenario}, Helo: "laptop.example"}
	m.From.Path, m.To, m.Content = draft.From, session.To(draft.To...), c
	return Options{
		Mail: m, Draft: draft, Compose: message.Compose, Dir: t.TempDir(), Now: func() time.Time { return noon },
		Session: session.Options{Dial: func(ctx context.Context, target session.Target, _ string) (net.Conn, error) {
			sc, err := practice.Find(target.Practice)
			if err != nil {
				return nil, err
			}
			return practice.New(sc, practice.Options{}).Dial(ctx)
		}},
	}
}

// says runs a script in a bubble, where nobody is slow by chance, and returns
// what was printed.
func says(t *testing.T, o Options, script ...string) (string, Result) {
	t.Helper()
	var out strings.Builder
	o.In, o.Out = strings.NewReader(strings.Join(script, "\n")), &out
	var result Result
	synctest.Test(t, func(t *testing.T) {
		var err error
		if result, err = Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	})
	same := strings.NewReplacer(o.Dir+string(os.PathSeparator), "DIR/", session.Version, "VERSION")
	return same.Replace(out.String()), result
}

func has(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("nobody said %q:\n%s", w, text)
		}
	}
}

func hasNot(t *testing.T, text string, never ...string) {
	t.Helper()
	for _, n := range never {
		if strings.Contains(text, n) {
			t.Errorf("somebody said %q:\n%s", n, text)
		}
	}
}

// script is a server that says its lines and reads one line after each; "…"
// only waits for the client to go.
func script(lines ...string) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(context.Context, session.Target, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			buf := make([]byte, 64<<10)
			for _, line := range lines {
				if line == "…" {
					_, _ = io.Copy(io.Discard, server)
					return
				}
				if _, err := server.Write([]byte(line)); err != nil {
					return
				}
				if _, err := server.Read(buf); err != nil {
					return
				}
			}
		}()
		return client, nil
	}
}

// person types at a terminal and reads.
type person struct {
	t     *testing.T
	types *io.PipeWriter
	out   *paper
	left  chan Result
}

// sit is to be called in a bubble: time passes when all wait.
func sit(t *testing.T, o Options) *person {
	in, types := io.Pipe()
	p := &person{t: t, types: types, out: &paper{}, left: make(chan Result, 1)}
	o.In, o.Out, o.Terminal = in, p.out, true
	go func() {
		result, err := Run(t.Context(), o)
		if err != nil {
			t.Error(err)
		}
		in.Close()
		p.left <- result
	}()
	synctest.Wait()
	return p
}

func (p *person) say(line string) *person {
	fmt.Fprintln(p.types, line)
	synctest.Wait()
	return p
}

func (p *person) see(texts ...string) *person {
	p.t.Helper()
	has(p.t, p.out.read(), texts...)
	return p
}

// paper is what a program prints on.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// read returns what was printed since it was read last.
func (p *paper) read() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.text.Reset()
	return p.text.String()
}
