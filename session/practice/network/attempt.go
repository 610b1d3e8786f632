package network

import (
	"context"
	"errors"
	"fmt"
	"net"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/session/route"
)

// maxSteps bounds an attempt.
const maxSteps = 500

// attempt sends a message on, and says what became of each recipient: settled
// for good, or to be tried again later. Nobody is told of what went well, if
// the next host tells of it (RFC 3461, 5.2.2).
func (h *Host) attempt(it *item) (settled, later []practice.Fate) {
	h.mu.Lock()
	it.attempts++
	mail, number := it.mail, it.attempts
	h.mu.Unlock()
	h.note("%s: attempt %d for %s", mail.ID, number, it.domain)
	st, problem := h.send(it.domain, mail)
	for _, to := range mail.To {
		f := practice.Fate{To: to, Action: "failed", Remote: st.Server}
		r, known := verdict(st, to.Path)
		switch {
		case known && r.Code.Done():
			h.note("%s: <%s> taken by %s: %s", mail.ID, to.Path, st.Server, r)
			if st.Offered.Has("DSN") {
				continue
			}
			f.Action, f.Status = "relayed", "2.0.0"
			settled = append(settled, f)
			continue
		case known:
			f.Status, f.Text = status(r), r.String()
		default:
			f.Status, f.Text, f.Remote = problem.status, problem.text, ""
		}
		permanent := known && r.Code.Class() == 5 || !known && problem.permanent
		if permanent {
			h.note("%s: <%s> refused for good: %s", mail.ID, to.Path, f.Text)
			settled = append(settled, f)
		} else {
			h.note("%s: <%s> refused for now: %s", mail.ID, to.Path, f.Text)
			later = append(later, f)
		}
	}
	return settled, later
}

// problem is why no server said anything about the recipients.
type problem struct {
	status, text string
	permanent    bool
}

// send takes the steps of one attempt: address after address.
func (h *Host) send(domain string, mail practice.Mail) (session.State, problem) {
	why := problem{status: "4.4.1", text: "nobody answers"}
	o := session.Options{
		Dial: func(ctx context.Context, _ session.Target, addr string) (net.Conn, error) {
			conn, err := h.net.dialFrom(ctx, h.Addr, addr)
			if err != nil {
				h.note("%s: %s: %v", mail.ID, addr, errors.Unwrap(err))
			}
			return conn, err
		},
		Lookup: h.net.Lookup, Now: h.net.opts.Server.Now,
	}
	if h.site.next != "" && (h.site.domain == "" || h.site.domain == domain) {
		next := h.net.Host(h.site.next)
		o.Target = session.Target{Host: next.Name, Port: session.DefaultPort, LMTP: next.site.lmtp}
		if next.site.lmtp {
			o.Target.Port = session.LMTPPort
		}
	} else {
		o.Target = session.Target{MX: domain}
		o.Route = func(ctx context.Context, domain string, _ func(string)) ([]session.Hop, error) {
			hops, err := h.hops(ctx, domain, mail.ID)
			var lost *route.Error
			if errors.As(err, &lost) {
				why = problem{lost.Enhanced, lost.Error(), !lost.Temporary}
			}
			return hops, err
		}
	}
	m := session.Mail{Target: o.Target, Helo: h.Name, TLS: session.TLSAuto}
	m.Onward = func(s session.State) (string, bool) {
		d := route.Next(s, m)
		return d.Reason, d.Move == route.NextAddress
	}
	m.From, m.Content = passed(mail.From, "RET", "ENVID"), session.BytesContent(mail.Content)
	_, m.UTF8 = mail.From.Param("SMTPUTF8")
	for _, to := range mail.To {
		m.To = append(m.To, passed(to, "NOTIFY", "ORCPT"))
	}
	s := session.New(o)
	defer s.Close()
	for range maxSteps {
		st, ok := m.Next(s.State())
		if !ok {
			break
		}
		if err := s.Do(h.net.ctx, st); err != nil && h.net.ctx.Err() != nil {
			break
		}
	}
	return s.State(), why
}

// hops asks the DNS where mail for a domain goes.
func (h *Host) hops(ctx context.Context, domain, id string) ([]session.Hop, error) {
	way, err := route.Find(ctx, route.Options{Domain: domain, Resolver: h.net.Resolver(), Family: 4})
	for _, c := range way.Candidates {
		h.note("%s: MX of %s: %d %s %s", id, domain, c.Preference, c.Host, c.Addr)
	}
	if err != nil {
		return nil, err
	}
	var hops []session.Hop
	for _, c := range way.Tried() {
		hops = append(hops, session.Hop{Host: c.Host, Addr: c.Addr.String(), Port: c.Port})
	}
	return hops, nil
}

// verdict finds the reply that settles a recipient.
func verdict(s session.State, path string) (session.Reply, bool) {
	if t := s.Finished; t != nil {
		for _, r := range t.Recipients {
			switch {
			case r.Path != path:
			case !r.Taken():
				return r.Reply, r.Reply.Code != 0
			case r.Final.Code != 0:
				return r.Final, true
			default:
				return t.Reply, t.Reply.Code != 0
			}
		}
	}
	for _, a := range []session.Answer{s.Answers.Mail, s.Answers.EHLO, s.Answers.Greeting} {
		if a.Code != 0 && !a.Code.Done() {
			return session.Reply{Code: a.Code, Enhanced: a.Enhanced}, true
		}
	}
	return session.Reply{}, false
}

// status is the enhanced code of a reply, or one that its code stands for.
func status(r session.Reply) string {
	if r.Enhanced != "" {
		return string(r.Enhanced)
	}
	return fmt.Sprintf("%d.0.0", r.Code.Class())
}
