package replay

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/serve"
)

type dialer = func(context.Context, session.Target, string) (net.Conn, error)

// pipe connects to a server in memory.
func pipe(srv *serve.Server) dialer { return pipeAnd(srv, func() func() { return func() {} }) }

// pipeAnd calls begin for each connection, and at its end what begin returned.
func pipeAnd(srv *serve.Server, begin func() func()) dialer {
	return func(context.Context, session.Target, string) (net.Conn, error) {
		client, server := net.Pipe()
		end := begin()
		go func() {
			defer end()
			srv.ServeConn(server)
		}()
		return client, nil
	}
}

func readFile(t testing.TB, name string) *transcript.Transcript {
	t.Helper()
	tr, err := transcript.ReadFile(filepath.Join("../testdata", name+".smtp"))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func parse(t testing.TB, text string) *transcript.Transcript {
	t.Helper()
	tr, err := transcript.Parse("test.smtp", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// between serves one transcript and replays another against it.
func between(t *testing.T, served, played *transcript.Transcript, o Options) (*Report, []string) {
	t.Helper()
	return against(t, serve.New(served, serve.Options{Variables: o.Variables}), played, o)
}

func against(t *testing.T, srv *serve.Server, played *transcript.Transcript, o Options) (*Report, []string) {
	t.Helper()
	defer srv.Close()
	var serving sync.WaitGroup
	o.Session.Dial = pipeAnd(srv, func() func() {
		serving.Add(1)
		return serving.Done
	})
	o.Session.Target = session.Target{Practice: "transcript"}
	if o.Session.Timeout == 0 {
		o.Session.Timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	rep, err := Run(ctx, played, o)
	if err != nil {
		t.Fatal(err)
	}
	serving.Wait() // the client has hung up
	return rep, srv.Problems()
}

func text(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// inWords are findings as they are told.
func inWords(findings []Finding) (out []string) {
	for _, f := range findings {
		out = append(out, f.String())
	}
	return out
}
