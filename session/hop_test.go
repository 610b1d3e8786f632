package session

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestHopsAreFacts(t *testing.T) {
	for _, h := range []Hop{{"mx.example", "192.0.2.1", 25, false}, {"mx.example", "2001:db8::1", 2525, true}} {
		if got := parseHop(h.String()); got != h {
			t.Errorf("%s: %+v, want %+v", h, got, h)
		}
	}
	for _, text := range []string{"", "x", "x,y", "x,y:z,tls", ",,,", "x,[::1"} {
		_ = parseHop(text) // a file may say anything
	}
}

// TestNextHopIsAStep: the way to the next address is a step like any other,
// and the rule that it goes by is asked only after the first.
func TestNextHopIsAStep(t *testing.T) {
	m := mailTo("b@x.example")
	m.Target = Target{MX: "x.example"}
	var asked []string
	m.Onward = func(s State) (string, bool) {
		asked = append(asked, string(s.Fault)+s.Answers.Greeting.Code.String())
		return "because", true
	}
	busy := script{{"greeting", "421 busy\r\n"}}
	o := Options{
		Target: m.Target,
		Route: func(_ context.Context, domain string, note func(string)) ([]Hop, error) {
			note("asked for " + domain)
			return []Hop{{"down.example", "192.0.2.1", 25, false}, {"busy.example", "192.0.2.2", 25, false}, {"mx.example", "192.0.2.3", 25, true}}, nil
		},
		Dial: func(ctx context.Context, target Target, addr string) (net.Conn, error) {
			switch target.Host {
			case "down.example":
				return nil, errors.New("refused")
			case "busy.example":
				return busy.dial(t)(ctx, target, addr)
			}
			return script{}.dial(t)(ctx, target, addr)
		},
	}
	s := New(o)
	var tried []string
	for range 40 {
		st, ok := m.Next(s.State())
		if !ok {
			break
		}
		if st.Kind == Connect {
			tried = append(tried, st.Addr)
		}
		_ = s.Do(t.Context(), st)
	}
	if got := strings.Join(tried, " "); got != "192.0.2.1 192.0.2.2 192.0.2.3" || len(asked) != 2 {
		t.Errorf("tried %s, asked %q", got, asked)
	}
	if st := s.State(); st.Answers.StartTLS.Code != 0 || st.Tried != 3 || st.Host != "mx.example" {
		t.Errorf("state: tried %d, host %q", st.Tried, st.Host)
	}
	m.Onward = nil
	if st, ok := m.Next(State{Phase: Over, Hops: make([]Hop, 2), Tried: 1}); ok {
		t.Errorf("without a rule: %s", st)
	}
}

func TestNoRoute(t *testing.T) {
	s := New(Options{Target: Target{MX: "x.example"}})
	err := s.Do(t.Context(), Step{Kind: Resolve})
	if err == nil || s.State().Fault != FaultResolve {
		t.Errorf("%v, fault %q", err, s.State().Fault)
	}
	if st, ok := (Mail{Target: Target{MX: "x.example"}}).Next(s.State()); ok {
		t.Errorf("goes on with %s", st)
	}
}

// TestTheDNSHasNoMoreTimeThanTheRest: a resolver may be more patient than a
// person is.
func TestTheDNSHasNoMoreTimeThanTheRest(t *testing.T) {
	for _, target := range []Target{{MX: "x.example"}, {Host: "mail.x.example", Port: 25}} {
		synctest.Test(t, func(t *testing.T) {
			silent := &net.DNSError{Err: "no reply", IsTimeout: true}
			s := New(Options{
				Target: target, Timeout: time.Second,
				Route: func(ctx context.Context, _ string, _ func(string)) ([]Hop, error) {
					<-ctx.Done()
					return nil, silent
				},
				Lookup: func(ctx context.Context, _ string) ([]string, error) {
					<-ctx.Done()
					return nil, silent
				},
			})
			began := time.Now()
			err := s.Do(t.Context(), Step{Kind: Resolve})
			if took := time.Since(began); took != time.Second || !errors.Is(err, silent) {
				t.Errorf("%s: %v after %s", target, err, took)
			}
			if text := s.State().FaultText; !strings.HasSuffix(text, "no reply; it had 1s") {
				t.Errorf("%s: %q", target, text)
			}
		})
	}
}
