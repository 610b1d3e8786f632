package replay

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
	"ehlo/transcript/serve"
)

// FuzzScript: whatever a file holds, what a person could step through does not
// trip over it.
func FuzzScript(f *testing.F) {
	for _, pattern := range []string{"../testdata/*.smtp", "../testdata/rfc/*.txt"} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			p, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(p)
		}
	}
	f.Add([]byte("S? 2xx *\nC: DATA\nS? ...\nC: x\n@ close after=5\n= session 2\nS+ 250-x\nC? *\n@ expect within=0\n@ compare octets\n@ normalise x /y/\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		tr, _ := transcript.Parse("fuzz.smtp", bytes.NewReader(p))
		if tr == nil || len(tr.Events()) > 2000 {
			return
		}
		sc := script.New(tr)
		player, err := NewPlayer(tr, Options{Variables: everything(sc)})
		if err != nil {
			return
		}
		var s session.State
		for range 50 {
			st, ok := player.Next(s)
			if !ok {
				break
			}
			s = session.Hoped(s, st)
		}
	})
}

// everything gives each variable a value.
func everything(sc *script.Script) map[string]string {
	values := map[string]string{}
	for _, c := range sc.Conns {
		for _, t := range c.Turns {
			for _, p := range t.Parts {
				for _, v := range p.Vars {
					values[v.Name] = "eA=="
				}
			}
		}
		for _, h := range c.Heard {
			for _, v := range h.Vars {
				values[v.Name] = "x"
			}
		}
	}
	return values
}

// FuzzServe: whatever a file holds, serving it to its own client comes to an
// end.
func FuzzServe(f *testing.F) {
	for _, name := range conversations {
		p, err := os.ReadFile("../testdata/" + name + ".smtp")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		tr, err := transcript.Parse("fuzz.smtp", bytes.NewReader(p))
		if err != nil || len(tr.Events()) > 300 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			srv := serve.New(tr, serve.Options{Idle: time.Minute, Variables: everything(script.New(tr))})
			defer srv.Close()
			o := Options{Continue: true, Variables: everything(script.New(tr))}
			o.Session = session.Options{Target: session.Target{Practice: "x"}, Dial: pipe(srv), Timeout: 2 * time.Minute}
			_, _ = Run(t.Context(), tr, o)
			srv.Close()
			synctest.Wait()
		})
	})
}
