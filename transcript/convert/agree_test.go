package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/sasl"
	"ehlo/transcript"
	"ehlo/transcript/replay"
	"ehlo/transcript/serve"
)

// TestImportsAgree: what was imported can be served, and its client follows it
// to the end.
func TestImportsAgree(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"testdata/*.txt", "testdata/*.pcap", "../testdata/rfc/*.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "-unended.txt") {
			continue // the server has not said all it should
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			p, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if _, err := Import(&b, bytes.NewReader(p), Options{Name: name}); err != nil {
				t.Fatal(err)
			}
			tr, err := transcript.Parse(name, &b)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { agree(t, tr) })
		})
	}
}

// agree serves a transcript to its own client.
func agree(t *testing.T, tr *transcript.Transcript) {
	t.Helper()
	values := map[string]string{}
	for i := range 20 {
		values[fmt.Sprintf("secret.%d", i)] = "eA=="
	}
	srv := serve.New(tr, serve.Options{Variables: values})
	var serving sync.WaitGroup
	dial := func(context.Context, session.Target, string) (net.Conn, error) {
		client, server := net.Pipe()
		serving.Go(func() { srv.ServeConn(server) })
		return client, nil
	}
	rep, err := replay.Run(t.Context(), tr, replay.Options{
		Session:   session.Options{Target: session.Target{Practice: "transcript"}, Dial: dial, Timeout: time.Minute},
		Variables: values,
		Auth: func(mech, _ string) (session.Authenticator, error) {
			return sasl.NewClient(sasl.Credentials{User: "alice", Password: "wonderland"}, mech), nil
		},
	})
	serving.Wait() // the client has hung up
	if errors.Is(err, replay.ErrNothing) {
		return // nobody speaks in it
	}
	if problems := srv.Problems(); err != nil || !rep.Same || len(problems) > 0 {
		t.Errorf("%v, %q", err, problems)
		if rep != nil {
			_ = rep.WriteText(t.Output(), false)
		}
	}
}
