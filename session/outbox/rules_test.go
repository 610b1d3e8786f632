package outbox

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ehlo/session"
)

// script is what a server says to one transaction; 0 hangs up in place of a
// reply.
type script struct {
	greeting, ehlo, mail int
	rcpt                 []int
	data, dot            int
}

// random makes one; most replies are good.
func randomScript(r *rand.Rand, recipients int) script {
	reply := func(good int) int {
		switch n := r.IntN(20); {
		case n < 13:
			return good
		case n < 15:
			return 450 + r.IntN(3)
		case n < 17:
			return 550 + r.IntN(5)
		case n < 18:
			return 421
		}
		return 0
	}
	s := script{greeting: reply(220), ehlo: reply(250), mail: reply(250), data: reply(354), dot: reply(250)}
	for range recipients {
		s.rcpt = append(s.rcpt, reply(250))
	}
	return s
}

// model says what the rules of RFC 5321 make of it for each recipient. It
// knows nothing of sessions and states.
func (s script) model() []Fate {
	fates := make([]Fate, len(s.rcpt)) // all wait
	if s.greeting != 220 || s.ehlo != 250 {
		return fates
	}
	ends := func(code int) (Fate, bool) { // what a bad reply means, and whether it is one
		return map[bool]Fate{true: Refused, false: Waiting}[code/100 == 5], code/100 != 2 && code/100 != 3
	}
	if f, bad := ends(s.mail); bad {
		for i := range fates {
			fates[i] = f
		}
		return fates
	}
	var taken []int
	for i, code := range s.rcpt {
		switch {
		case code == 250:
			taken = append(taken, i)
		case code/100 == 5 && !(code == 552 && len(s.taken()) > 0):
			fates[i] = Refused
		case code == 421 || code == 0:
			return fates // the connection is gone; who was not decided waits
		}
	}
	if len(taken) == 0 {
		return fates
	}
	f, bad := ends(s.data)
	if !bad {
		switch f, bad = ends(s.dot); {
		case s.dot == 0:
			f = Unclear
		case !bad:
			f = Accepted
		}
	}
	for _, i := range taken {
		fates[i] = f
	}
	return fates
}

func (s script) taken() (list []int) {
	for i, code := range s.rcpt {
		if code == 250 {
			list = append(list, i)
		}
		if code == 0 || code == 421 {
			break
		}
	}
	return list
}

// dial returns a channel to a server that plays the script.
func (s script) dial() (net.Conn, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, err
	}
	server, err := l.Accept()
	if err != nil {
		return nil, err
	}
	go s.serve(server)
	return client, nil
}

// serve plays the script to one client.
func (s script) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	rcpt, taken := 0, 0
	say := func(code int) bool {
		if code != 0 {
			fmt.Fprintf(c, "%d said the script\r\n", code)
		}
		return code != 0 && code != 421
	}
	if !say(s.greeting) {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		code := 250
		switch strings.ToUpper(line[:4]) {
		case "EHLO", "HELO":
			code = s.ehlo
		case "MAIL":
			code = s.mail
		case "RCPT":
			if rcpt < len(s.rcpt) {
				code = s.rcpt[rcpt]
			}
			if rcpt++; code == 250 {
				taken++
			}
		case "DATA":
			code = s.data
		case "QUIT":
			say(221)
			return
		case "RSET":
			code, s.mail = 250, 451 // a second transaction is put off: the model has one
		}
		if !say(code) {
			return
		}
		if code == 354 {
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			if !say(s.dot) {
				return
			}
			s.mail = 451
		}
	}
}

// TestRules sends messages to servers that say anything, and compares what
// becomes of each recipient with the model.
func TestRules(t *testing.T) {
	rounds := 150
	if testing.Short() {
		rounds = 40
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	for round := range rounds {
		s := randomScript(r, 1+r.IntN(4))
		o := newOffice(t, func(context.Context, session.Target, string) (net.Conn, error) {
			return s.dial()
		})
		o.opts.Record = nil
		if r.IntN(2) == 0 {
			o.opts.Plan = plan(o.opts.Plan) // one command at a time
		}
		var paths []string
		for i := range s.rcpt {
			paths = append(paths, fmt.Sprintf("r%d@test.example", i))
		}
		id := o.add(at("127.0.0.1:1", paths...))
		o.pass()
		want := s.model()
		for i, x := range o.find(id).Recipients {
			if x.Fate != want[i] {
				t.Errorf("seed %d, round %d: %+v: recipient %d is %s, want %s: %s", seed, round, s, i, x.Fate, want[i], x.Reply)
			}
			if x.Fate == Waiting && !x.Next.After(o.clock.Now()) || x.Fate.Failed() && !x.Told || x.Trying != 0 {
				t.Errorf("seed %d, round %d: %+v: %+v", seed, round, s, x)
			}
		}
		o.spool.Close()
		if t.Failed() {
			return
		}
	}
}

func plan(p func(context.Context, *Envelope, session.Target) (Plan, error)) func(context.Context, *Envelope, session.Target) (Plan, error) {
	return func(ctx context.Context, e *Envelope, t session.Target) (Plan, error) {
		x, err := p(ctx, e, t)
		x.Group = nil
		return x, err
	}
}

// TestNextAddress tries addresses in their order: a refused greeting and a
// dead address are no reason to give up, a reply to the mail is the end of it.
func TestNextAddress(t *testing.T) {
	good := script{greeting: 220, ehlo: 250, mail: 250, rcpt: []int{250}, data: 354, dot: 250}
	with := func(change func(*script)) script {
		s := good
		s.rcpt = append([]int(nil), good.rcpt...)
		change(&s)
		return s
	}
	for _, c := range []struct {
		name  string
		first script
		dead  bool
		fate  Fate
		dials int32
	}{
		{"554 greeting", with(func(s *script) { s.greeting = 554 }), false, Accepted, 2},
		{"421 greeting", with(func(s *script) { s.greeting = 421 }), false, Accepted, 2},
		{"nobody there", good, true, Accepted, 2},
		{"550 to RCPT", with(func(s *script) { s.rcpt[0] = 550 }), false, Refused, 1},
		{"450 to RCPT", with(func(s *script) { s.rcpt[0] = 450 }), false, Waiting, 1},
		{"lost before DATA", with(func(s *script) { s.data = 0 }), false, Accepted, 2},
		{"lost after the dot", with(func(s *script) { s.dot = 0 }), false, Unclear, 1},
		{"good", good, false, Accepted, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var dials atomic.Int32
			o := newOffice(t, func(_ context.Context, _ session.Target, addr string) (net.Conn, error) {
				s := good
				if dials.Add(1); addr == "192.0.2.1:25" {
					if s = c.first; c.dead {
						return nil, fmt.Errorf("nobody there")
					}
				}
				return s.dial()
			})
			make := o.opts.Plan
			o.opts.Plan = func(ctx context.Context, e *Envelope, tg session.Target) (Plan, error) {
				p, err := make(ctx, e, tg)
				p.Session.Route = func(context.Context, string, func(string)) ([]session.Hop, error) {
					return []session.Hop{{Host: "mx1.test.example", Addr: "192.0.2.1", Port: 25}, {Host: "mx2.test.example", Addr: "192.0.2.2", Port: 25}}, nil
				}
				return p, err
			}
			id := o.add(to("bob@test.example"))
			o.pass()
			if got := o.find(id).Recipients[0]; got.Fate != c.fate || dials.Load() != c.dials {
				t.Errorf("%+v after %d connections, want %s after %d", got, dials.Load(), c.fate, c.dials)
			}
			// A dead address is passed over for a while.
			dials.Store(0)
			second := o.add(to("carol@test.example"))
			o.pass()
			want := int32(1)
			if c.name == "lost before DATA" {
				want = 2
			}
			if got := dials.Load(); got != want {
				t.Errorf("the second message took %d connections, want %d; %+v", got, want, o.find(second).Recipients[0])
			}
		})
	}
}
