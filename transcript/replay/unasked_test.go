package replay

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/transcript/serve"
)

// unaskedThen has replies that nobody asked for: another greeting, a reply that
// came twice, and a word before the server hangs up.
const unaskedThen = `= smtp-transcript 1
= recorded 2026-11-23T18:50:12Z by=test
= connect host=a addr=192.0.2.1:25 from=b:1 tls=none
+ 0.001
S: 220 a
+ 0.5
S: 220 a, again
+ 0.001
C: EHLO b
+ 0.001
S: 250 a
+ 0.001
C: NOOP
+ 0.001
S: 250 ok
+ 2
S: 250 ok, again
+ 0.001
C: RSET
+ 0.001
S: 250 reset
+ 20
S: 421 idle
= closed by=server how=fin
`

// TestUnaskedAgrees: what a server said by itself is waited for before the next
// turn, as it would be taken for the answer.
func TestUnaskedAgrees(t *testing.T) {
	tr := parse(t, unaskedThen)
	for _, timing := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			srv := serve.New(tr, serve.Options{Timing: timing})
			var serving sync.WaitGroup
			o := Options{Session: session.Options{Target: session.Target{Practice: "transcript"}, Timeout: time.Minute}}
			o.Session.Dial = func(context.Context, session.Target, string) (net.Conn, error) {
				client, server := net.Pipe()
				serving.Go(func() { srv.ServeConn(server) })
				return client, nil
			}
			rep, err := Run(t.Context(), tr, o)
			serving.Wait()
			if err != nil || !rep.Same || len(srv.Problems()) > 0 || len(rep.Steps) != 7 {
				t.Errorf("%v %q\n%s", err, srv.Problems(), text(t, rep))
			}
		})
	}
}

// TestUnaskedMissing: that it does not come is a difference, told with its line.
func TestUnaskedMissing(t *testing.T) {
	for name, c := range map[string]struct{ without, want string }{
		"twice":      {"+ 2\nS: 250 ok, again\n", "   13 !  NOOP\n         line 17: no reply: the server said it by itself then, and does not now\n"},
		"a last one": {"+ 20\nS: 421 idle\n= closed by=server how=fin\n", "   19 !  RSET\n         line 23: no reply: the server said it by itself then, and does not now\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				played := parse(t, unaskedThen)
				served := parse(t, strings.Replace(unaskedThen, c.without, "", 1))
				rep, _ := between(t, served, played, Options{Session: session.Options{Timeout: time.Minute}})
				if got := text(t, rep); rep.Same || !strings.Contains(got, c.want) {
					t.Errorf("%s\nwant\n%s", got, c.want)
				}
			})
		})
	}
}

// TestUnaskedAfterMinutes: nobody waits so long unless times are kept.
func TestUnaskedAfterMinutes(t *testing.T) {
	then := strings.Replace(unaskedThen, "+ 20\n", "+ 300\n", 1)
	now := strings.Replace(then, "+ 300\nS: 421 idle\n= closed by=server how=fin\n", "", 1)
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		rep, _ := between(t, parse(t, now), parse(t, then), Options{Session: session.Options{Timeout: time.Minute}})
		got := text(t, rep)
		if took := time.Since(begun); !rep.Same || took > time.Minute || !strings.Contains(got, "the server said this by itself after 5m0s; that was not waited for") {
			t.Errorf("%s\n%s", took, got)
		}
	})
}

// TestPlayerWaitsForUnasked: a person is offered to wait, and then to go on.
func TestPlayerWaitsForUnasked(t *testing.T) {
	for _, again := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			tr := parse(t, unaskedThen)
			served := tr
			if !again {
				served = parse(t, strings.Replace(unaskedThen, "+ 2\nS: 250 ok, again\n", "", 1))
			}
			srv := serve.New(served, serve.Options{Timing: true})
			o := Options{Session: session.Options{Target: session.Target{Practice: "transcript"}, Timeout: time.Minute}}
			var serving sync.WaitGroup
			o.Session.Dial = func(context.Context, session.Target, string) (net.Conn, error) {
				client, server := net.Pipe()
				serving.Go(func() { srv.ServeConn(server) })
				return client, nil
			}
			p, err := NewPlayer(tr, o)
			if err != nil {
				t.Fatal(err)
			}
			s := session.New(o.Session)
			seen, waits := 0, 0
			for range 30 {
				if n := len(session.Forecast(s.State(), p, 100)); n == 100 {
					t.Fatal("what comes next has no end")
				}
				st, ok := p.Next(s.State())
				if !ok {
					break
				}
				if st.Kind == session.Await {
					waits++
				}
				_ = s.Do(t.Context(), st)
				for _, e := range s.Log().Since(seen) {
					seen++
					p.Learn(e)
				}
			}
			_ = s.Close()
			serving.Wait()
			got := text(t, p.Report())
			if p.Report().Same != again || waits < 3 || s.State().Open {
				t.Errorf("%d waits\n%s", waits, got)
			}
		})
	}
}
