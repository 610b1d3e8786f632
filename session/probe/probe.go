package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ehlo/session"
)

// Options say what is probed, and how.
type Options struct {
	// Session reaches the server. Its Target is probed; its TLS says what a
	// certificate is judged by, and does not end the probe.
	Session session.Options
	Helo    string // argument of EHLO; "" takes the client's address as a literal
	// Connect is a step that connects in place of the session's target, for
	// an address that a route has found. Its zero value is none.
	Connect session.Step
}

// Timeout is how long a probe waits for each reply unless it is told another.
// The RFC's five minutes are for mail; a person waits for this.
const Timeout = 30 * time.Second

// errBroken ends a session with a server that does not speak SMTP.
var errBroken = errors.New("the server broke the protocol")

// Run probes a server. The report holds what there was up to an error; the
// state is the last one of the session that decides, for whoever wants to know
// how it ended.
func Run(ctx context.Context, o Options) (Report, session.State, error) {
	if o.Session.Timeout == 0 {
		o.Session.Timeout = Timeout
	}
	if o.Session.Now == nil {
		o.Session.Now = time.Now
	}
	if o.Session.TLS.Sessions == nil {
		o.Session.TLS.Sessions = tls.NewLRUClientSessionCache(0)
	}
	r := Report{Target: session.Escape(o.Session.Target.String())}
	p := prober{o: o, report: &r}
	state, err := p.first(ctx)
	if err == nil && state.Answers.Greeting.Code.Done() && state.Broken == "" {
		p.second(ctx)
		if second := p.s.State(); second.Broken != "" {
			state = second
		}
		if r.TLS != nil && state.Broken == "" {
			p.third(ctx)
		}
	}
	r.judge(o.Session.Now())
	return r, state, err
}

// prober has the sessions.
type prober struct {
	o      Options
	report *Report
	s      *session.Session
	began  time.Time // of connecting
}

// open begins a session, up to the reply to EHLO.
func (p *prober) open(ctx context.Context) error {
	p.s = session.New(p.o.Session)
	t := p.o.Session.Target
	connect := p.o.Connect
	if connect.Kind != session.Connect {
		if t.NeedsLookup() {
			if err := p.s.Do(ctx, session.Step{Kind: session.Resolve}); err != nil {
				return err
			}
		}
		connect = session.Step{Kind: session.Connect}
	}
	p.began = p.o.Session.Now()
	if err := p.s.Do(ctx, connect); err != nil {
		return err
	}
	if !p.s.State().Answers.Greeting.Code.Done() {
		return nil
	}
	_, err := p.hello(ctx)
	return err
}

// hello greets, as the target wants to be greeted.
func (p *prober) hello(ctx context.Context) (Answer, error) {
	verb := "EHLO"
	if p.o.Session.Target.LMTP {
		verb = "LHLO"
	}
	// A certificate that does not verify ends a mail, and not a look at the server.
	mail := session.Mail{Hello: verb, Helo: p.o.Helo, Target: p.o.Session.Target, Insecure: true}
	step, _ := mail.Next(p.s.State())
	if step.Kind != session.Say {
		return Answer{}, nil
	}
	return p.say(ctx, strings.TrimSuffix(string(step.Bytes), "\r\n"))
}

// say sends a line and keeps its answer.
func (p *prober) say(ctx context.Context, line string) (Answer, error) {
	before := p.s.State()
	if !before.Open || before.Phase == session.Over {
		return Answer{}, session.ErrNotOpen
	}
	err := p.s.Do(ctx, session.Line(line))
	events := p.s.Log().Since(before.Seq)
	s := p.s.State()
	a := Answer{Command: session.Escape(line), Secure: s.Secure}
	if len(events) > 0 {
		a.Took = events[len(events)-1].At.Sub(events[0].At)
	}
	if s.Last.Seq > before.Seq {
		a.Code, a.Reply = s.Last.Code, replyText(s.Last)
	}
	p.report.Answers = append(p.report.Answers, a)
	if err == nil && s.Broken != "" {
		err = errBroken
	}
	return a, err
}

// replyText is a reply on one line: of a long one the beginning.
func replyText(r session.Reply) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", r.Code)
	for i, l := range r.Lines {
		if i == 3 {
			fmt.Fprintf(&b, " … %d more lines", len(r.Lines)-i)
			break
		}
		if b.WriteByte(' '); i > 0 {
			b.WriteString("/ ")
		}
		text := session.Escape(l.Text)
		b.WriteString(text[:min(len(text), 200)])
	}
	return strings.ToValidUTF8(b.String(), "")
}

// first is the session that goes from clear text to TLS.
func (p *prober) first(ctx context.Context) (session.State, error) {
	err := p.open(ctx)
	defer func() { p.finish() }()
	p.opened()
	s := p.s.State()
	if err != nil || !s.Answers.Greeting.Code.Done() {
		return s, err
	}
	r := p.report
	r.before = s.Offered
	r.Before = texts(s.Offered)
	if s.Secure {
		r.after, r.After = s.Offered, r.Before
		r.before, r.Before = nil, nil
	}
	if p.mail(ctx) != nil || p.s.State().Secure {
		return p.s.State(), nil
	}
	if !s.Offered.Has("STARTTLS") {
		return s, nil
	}
	if a, err := p.say(ctx, "STARTTLS"); err != nil || a.Code != 220 {
		return p.s.State(), nil
	}
	if err := p.s.Do(ctx, session.Step{Kind: session.StartTLS}); err != nil {
		return p.s.State(), nil // what went wrong is a finding
	}
	if _, err := p.hello(ctx); err == nil {
		r.after = p.s.State().Offered
		r.After = texts(r.after)
	}
	return p.s.State(), nil
}

// mail sees whether a transaction can be begun as things are, and gives it up.
func (p *prober) mail(ctx context.Context) error {
	a, err := p.say(ctx, "MAIL FROM:<>")
	if err == nil && a.Code.Done() {
		_, err = p.say(ctx, "RSET")
	}
	return err
}

// second asks what a server may or may not know, and what it must refuse.
func (p *prober) second(ctx context.Context) {
	defer func() { p.finish() }()
	known := len(p.report.Answers)
	err := p.open(ctx)
	p.report.Answers = p.report.Answers[:known] // the greeting of before
	if err != nil {
		return
	}
	if p.report.enforced() && p.report.TLS != nil {
		if _, err := p.say(ctx, "STARTTLS"); err != nil || p.s.Do(ctx, session.Step{Kind: session.StartTLS}) != nil {
			return
		}
		if _, err := p.hello(ctx); err != nil {
			return
		}
		p.report.Answers = p.report.Answers[:known]
	}
	for _, line := range []string{"VRFY postmaster", "EXPN postmaster", "HELP", "NOOP", "RCPT TO:<postmaster>", "XEHLOPROBE"} {
		if _, err := p.say(ctx, line); err != nil {
			return
		}
	}
}

// third sees whether the server resumes the TLS session of the first.
func (p *prober) third(ctx context.Context) {
	defer func() { p.finish() }()
	known := len(p.report.Answers)
	defer func() { p.report.Answers = p.report.Answers[:known] }()
	if p.open(ctx) != nil {
		return
	}
	if !p.s.State().Secure {
		if a, err := p.say(ctx, "STARTTLS"); err != nil || a.Code != 220 || p.s.Do(ctx, session.Step{Kind: session.StartTLS}) != nil {
			return
		}
	}
	for _, e := range p.s.Log().Since(0) {
		if e.Kind == session.Secured {
			p.report.TLS.Resumes = e.Fact("resumed")
		}
	}
}

// finish says good-bye and keeps what the rules said on the way.
func (p *prober) finish() {
	ctx := context.Background()
	if s := p.s.State(); s.Open && s.Phase != session.Over && len(s.Pending) == 0 && s.Phase != session.Handshake {
		_ = p.s.Do(ctx, session.Line("QUIT"))
	}
	_ = p.s.Close()
	var s session.State
	for _, e := range p.s.Log().Since(0) {
		s = s.Apply(e)
		for _, m := range s.Remarks {
			if m.Severity > session.Note && !slices.Contains(p.report.remarks, m) && len(p.report.remarks) < maxRemarks {
				p.report.remarks = append(p.report.remarks, m)
			}
		}
		if e.Kind == session.Secured && p.report.TLS == nil {
			p.report.TLS = &TLS{
				Implicit: s.Answers.Greeting.Code == 0, Version: s.TLS, Cipher: s.Cipher,
				Verified: s.Verified, Reason: session.Escape(s.Unverified), Facts: escaped(e.Facts),
			}
		}
		if e.Kind == session.Failed && e.Fault == session.FaultTLS {
			p.report.remarks = append(p.report.remarks, session.Remark{Severity: session.Wrong, Text: e.Text, Source: "RFC 3207, 4"})
		}
	}
}

// maxRemarks bounds how much a server can be blamed for.
const maxRemarks = 20

// opened notes how long it took to be greeted, and by whom.
func (p *prober) opened() {
	var s session.State
	r := p.report
	events := p.s.Log().Since(0)
	for i, e := range events {
		s = s.Apply(e)
		switch {
		case e.Kind == session.Opened:
			r.Peer = session.Escape(s.Peer)
			r.Connect = e.At.Sub(p.began)
			if i > 0 && events[i-1].Kind == session.Failed { // another address
				r.Connect = e.At.Sub(events[i-1].At)
			}
			for _, a := range s.Addresses {
				r.Addresses = append(r.Addresses, session.Escape(a))
			}
		case s.Last.To == session.Greeting && s.Last.Seq == e.Seq:
			r.Greeting, r.Server = replyText(s.Last), session.Escape(s.Server)
			for _, o := range events[:i] {
				if o.Kind == session.Opened {
					r.Greeted = e.At.Sub(o.At)
				}
			}
		}
	}
}

func texts(xs session.Extensions) []string {
	list := []string{}
	for _, x := range xs {
		list = append(list, session.Escape(x.String()))
	}
	return list
}

func escaped(facts []session.Fact) []session.Fact {
	var list []session.Fact
	for _, f := range facts {
		list = append(list, session.Fact{Key: f.Key, Value: session.Escape(f.Value)})
	}
	return list
}
