package outbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript"
)

// clock is a time that the test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(time.Duration) <-chan time.Time { return nil }

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// office is a spool, a runner and what they told.
type office struct {
	t     *testing.T
	spool *Spool
	clock *clock
	run   *Runner
	opts  RunOptions

	mu   sync.Mutex
	told []Happening
}

func newOffice(t *testing.T, dial func(context.Context, session.Target, string) (net.Conn, error)) *office {
	o := &office{t: t, clock: &clock{now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}}
	var err error
	o.spool, err = Open(filepath.Join(t.TempDir(), "outbox"), Options{Now: o.clock.Now, Tell: func(x Trouble) { t.Logf("trouble: %s", x) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.spool.Close() })
	o.opts = RunOptions{
		Clock: o.clock, Report: ReportOptions{Host: "client.example"},
		Plan: func(context.Context, *Envelope, session.Target) (Plan, error) {
			return Plan{
				Session: session.Options{Dial: dial, Timeout: time.Minute},
				Mail:    session.Mail{Helo: "client.example"},
				Group:   func(s session.State, m session.Stepper) []session.Step { return session.Group(s, m, false) },
			}, nil
		},
		Record: func(name string) (Recorder, error) { return transcript.Create(name) },
		Tell: func(h Happening) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.told = append(o.told, h)
		},
	}
	return o
}

// pass runs once and returns what it counted.
func (o *office) pass() Summary {
	o.t.Helper()
	if o.run == nil {
		o.run = NewRunner(o.spool, o.opts)
	}
	sum, err := o.run.Pass(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return sum
}

func (o *office) add(e Envelope) string {
	o.t.Helper()
	id, err := o.spool.Add(e, session.BytesContent([]byte(small)))
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (o *office) find(id string) *Message {
	o.t.Helper()
	m, err := o.spool.Find(id)
	if err != nil {
		o.t.Fatal(err)
	}
	return m
}

// fates writes a message's recipients as "accepted refused".
func (o *office) fates(id string) string {
	var words []string
	for _, r := range o.find(id).Recipients {
		words = append(words, r.Fate.String())
	}
	return strings.Join(words, " ")
}

// practices dials practice targets.
func practices(ctx context.Context, t session.Target, _ string) (net.Conn, error) {
	sc, err := practice.Find(t.Practice)
	if err != nil {
		return nil, fmt.Errorf("no practice server: %w", err)
	}
	return practice.New(sc, practice.Options{}).Dial(ctx)
}

func at(target string, paths ...string) Envelope {
	e := to(paths...)
	e.Target = target
	return e
}

func TestEachRecipientHasItsOwnFate(t *testing.T) {
	o := newOffice(t, practices)
	id := o.add(at("practice", "bob@test.example", "nobody@test.example", "carol@other.example"))
	sum := o.pass()
	if got := o.fates(id); got != "accepted refused accepted" {
		t.Errorf("fates: %s", got)
	}
	if sum.Accepted != 2 || sum.Refused != 1 || sum.Waiting != 0 {
		t.Errorf("%+v", sum)
	}
	m := o.find(id)
	if !m.Finished() || m.Attempts != 2 {
		t.Errorf("finished %t after %d attempts, want two: one for each domain", m.Finished(), m.Attempts)
	}
	if r := m.Recipients[1]; !strings.HasPrefix(r.Reply, "550 5.1.1") || !strings.Contains(r.Host, "practice") {
		t.Errorf("the reason: %q by %q", r.Reply, r.Host)
	}
	ends := 0
	for _, name := range o.spool.Attempts(id) {
		tr, err := transcript.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var s session.State
		for _, e := range tr.Events() {
			s = s.Apply(e)
		}
		if s.Closed != "" {
			ends++
		}
		if p, _ := os.ReadFile(name); s.Accepted != 1 || !strings.Contains(string(p), "outbox: ") {
			t.Errorf("%s does not tell of the acceptance and the decision", name)
		}
	}
	// The second has a connection of its own, or that of the first if that was over.
	if ends == 0 {
		t.Error("nobody tells of the end")
	}
	report, err := os.ReadFile(o.spool.Reports(id)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"To: <alice@test.example>\r\n", "Final-Recipient: rfc822; nobody@test.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
}

func TestTemporaryRepliesWait(t *testing.T) {
	for _, scenario := range []string{"mailbox-busy", "busy-greeting", "shutdown", "no-space"} {
		t.Run(scenario, func(t *testing.T) {
			o := newOffice(t, practices)
			id := o.add(at("practice:"+scenario, "bob@test.example"))
			o.pass()
			m := o.find(id)
			r := m.Recipients[0]
			if r.Fate != Waiting || r.Tries != 1 || !r.Next.Equal(o.clock.Now().Add(30*time.Minute)) {
				t.Fatalf("%+v", r)
			}
			if o.pass(); o.find(id).Attempts != 1 {
				t.Error("it was tried again before it was due")
			}
			for range 50 {
				o.clock.add(4 * time.Hour)
				o.pass()
			}
			if got := o.find(id).Recipients[0]; got.Fate != Expired || !got.Told {
				t.Errorf("after five days: %+v", got)
			}
			if n := len(o.spool.Reports(id)); n != 1 {
				t.Errorf("%d reports, want one", n)
			}
		})
	}
}

func TestNoReportOnAReport(t *testing.T) {
	o := newOffice(t, practices)
	e := at("practice", "nobody@test.example")
	e.From.Path = ""
	id := o.add(e)
	o.pass()
	if m := o.find(id); !m.Finished() || len(o.spool.Reports(id)) != 0 {
		t.Errorf("%+v, reports %q", m, o.spool.Reports(id))
	}
}

func TestVanishedAfterTheDot(t *testing.T) {
	o := newOffice(t, practices)
	id := o.add(at("practice:vanish-after-dot", "bob@test.example"))
	o.pass()
	if got := o.fates(id); got != "unclear" {
		t.Fatalf("fate %s", got)
	}
	o.clock.add(24 * time.Hour)
	if o.pass(); o.find(id).Attempts != 1 {
		t.Error("it was tried again although nobody has chosen so")
	}
	if err := o.spool.Retry(id); err != nil {
		t.Fatal(err)
	}
	if o.pass(); o.find(id).Attempts != 2 {
		t.Error("it was not tried again although somebody has chosen so")
	}
}

func TestMailedReport(t *testing.T) {
	o := newOffice(t, practices)
	o.opts.Report.Target = "practice"
	id := o.add(at("practice", "nobody@test.example"))
	o.pass()
	m := o.find(id + "-1")
	if m.From != "" || m.Recipients[0].To != "alice@test.example" {
		t.Fatalf("the report: %+v", m)
	}
	o.pass()
	if got := o.fates(id + "-1"); got != "accepted" {
		t.Errorf("the report is %s", got)
	}
}

func TestManyOnAFewConnections(t *testing.T) {
	var mu sync.Mutex
	conns := 0
	o := newOffice(t, func(ctx context.Context, tg session.Target, addr string) (net.Conn, error) {
		mu.Lock()
		conns++
		mu.Unlock()
		return practices(ctx, tg, addr)
	})
	o.opts.Connections = 3
	var ids []string
	for range 60 {
		ids = append(ids, o.add(at("practice", "bob@test.example")))
	}
	if sum := o.pass(); sum.Accepted != 60 {
		t.Errorf("%+v", sum)
	}
	if conns > 3 {
		t.Errorf("%d connections", conns)
	}
	for _, id := range ids {
		files := o.spool.Attempts(id)
		if len(files) != 1 {
			t.Fatalf("%s: %d transcripts", id, len(files))
		}
		p, _ := os.ReadFile(files[0])
		if n := strings.Count(string(p), "C: MAIL"); n != 1 || strings.Count(string(p), "C: EHLO") != 1 {
			t.Errorf("%s: %d MAIL in\n%s", id, n, p)
		}
	}
}

// TestWatch stays, and sends what is added and what becomes due, by a clock
// that goes faster.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, practices)
		fast := FastClock{Begin: time.Now(), Speed: 3600}
		o.opts.Clock, o.spool.opts.Now = fast, fast.Now
		late := o.add(at("practice:mailbox-busy", "bob@test.example"))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- NewRunner(o.spool, o.opts).Watch(ctx, func(Summary) {}) }()
		time.Sleep(3 * time.Second)
		id := o.add(at("practice", "bob@test.example"))
		time.Sleep(3 * time.Second)
		if got := o.fates(id); got != "accepted" {
			t.Errorf("what was added is %s", got)
		}
		time.Sleep(3 * time.Minute) // a week
		if r := o.find(late).Recipients[0]; r.Fate != Expired || r.Tries < 25 || !r.Told {
			t.Errorf("after a week: %+v", r)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestWatchMissesNothing: what is added between the end of a pass and the wait
// for the next one is sent.
func TestWatchMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, practices)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		id := ""
		go func() {
			done <- NewRunner(o.spool, o.opts).Watch(ctx, func(Summary) {
				if id == "" {
					id = o.add(at("practice", "bob@test.example"))
				}
			})
		}()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := o.fates(id); got != "accepted" {
			t.Errorf("it is %s", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestLimits: what a server tells of its limits is kept to (RFC 9422).
func TestLimits(t *testing.T) {
	sc, err := practice.ParseScenario("limits.scenario", strings.NewReader("title: limits\noffer: LIMITS MAILMAX=2 RCPTMAX=2\n"))
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	var conns atomic.Int32
	o := newOffice(t, func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
		conns.Add(1)
		return srv.Dial(ctx)
	})
	o.opts.Connections = 1
	id := o.add(at("127.0.0.1:1", "a@test.example", "b@test.example", "nobody@test.example", "d@test.example", "e@test.example"))
	o.pass()
	if got := o.fates(id); got != "accepted accepted refused accepted accepted" {
		t.Errorf("fates: %s", got)
	}
	for _, name := range o.spool.Attempts(id) {
		p, _ := os.ReadFile(name)
		if strings.Contains(string(p), "S: 452") || strings.Contains(string(p), "S: 4") {
			t.Errorf("a limit was met:\n%s", p)
		}
	}
	if n, c := len(o.spool.Attempts(id)), conns.Load(); n != 3 || c != 2 {
		t.Errorf("%d transactions on %d connections, want 3 on 2", n, c)
	}
}

// TestOncePerPass: an attempt in the very millisecond in which its pass began
// is an attempt of that pass.
func TestOncePerPass(t *testing.T) {
	o := newOffice(t, practices)
	o.clock.add(500 * time.Microsecond)
	o.opts.Early = true
	id := o.add(at("practice:mailbox-busy", "bob@test.example"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := NewRunner(o.spool, o.opts).Pass(ctx)
	if r := o.find(id).Recipients[0]; err != nil || r.Tries != 1 {
		t.Errorf("%v: %+v", err, r)
	}
}
