package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Hop is one address of those that a domain's mail may go to, in the order in
// which they are tried (RFC 5321, 5.1).
type Hop struct {
	Host string
	Addr string // without a port
	Port int
	TLS  bool // no mail without TLS, says a policy of the domain
}

// String writes a hop as the fact of a Resolved event.
func (h Hop) String() string {
	text := h.Host + "," + net.JoinHostPort(h.Addr, strconv.Itoa(h.Port))
	if h.TLS {
		text += ",tls"
	}
	return text
}

// parseHop reads what String wrote; a hop that it cannot read has no address.
func parseHop(text string) (h Hop) {
	words := strings.Split(text, ",")
	if len(words) < 2 {
		return Hop{Host: text}
	}
	h.Host, h.TLS = words[0], len(words) > 2 && words[2] == "tls"
	addr, port, err := net.SplitHostPort(words[1])
	if err != nil {
		return h
	}
	h.Addr = addr
	h.Port, _ = strconv.Atoi(port)
	return h
}

// hop is the one that the open channel leads to.
func (s State) hop() Hop {
	if s.Tried > 0 && s.Tried <= len(s.Hops) {
		return s.Hops[s.Tried-1]
	}
	return Hop{}
}

// findRoute asks where the mail of the target's domain goes.
func (s *Session) findRoute(ctx context.Context, domain string) error {
	began := s.opts.Now()
	var hops []Hop
	err := errors.New("the route must be found first, and nobody here can")
	if s.opts.Timeout > 0 { // what finds the way has limits of its own, which may be longer
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.opts.Timeout)
		defer cancel()
	}
	if s.opts.Route != nil {
		hops, err = s.opts.Route(ctx, domain, s.Note)
	}
	if err == nil && len(hops) == 0 {
		err = errors.New("no address is to be tried")
	}
	err = s.hurried(ctx, err)
	if err != nil {
		s.fail(FaultResolve, "route: "+err.Error())
		return fmt.Errorf("route to %s: %w", domain, err)
	}
	facts := []Fact{{"host", domain}}
	for _, h := range hops {
		facts = append(facts, Fact{"hop", h.String()})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	places := fmt.Sprintf("%d addresses", len(hops))
	if len(hops) == 1 {
		places = "one address"
	}
	s.append(Event{Kind: Resolved, Facts: facts, Text: fmt.Sprintf("mail for %s goes to %s%s", domain, places, s.took(began))})
	return nil
}

// connectToHop is the step that tries the next address, if there is one and
// what happened leaves it to be tried.
func (m Mail) connectToHop(s State) (Step, bool) {
	if m.Target.MX == "" || s.Open || s.Tried >= len(s.Hops) || s.Phase != Idle && s.Phase != Over {
		return Step{}, false
	}
	why := "open, wait for 220"
	if s.Tried > 0 {
		if m.Onward == nil {
			return Step{}, false
		}
		reason, ok := m.Onward(s)
		if !ok {
			return Step{}, false
		}
		why = "next address: " + reason
	}
	h := s.Hops[s.Tried]
	if s.imagined {
		return Step{ID: stepConnect, Kind: Connect, Hope: 220, Why: "the first address of the route"}, true
	}
	return Step{
		ID: stepConnect, Kind: Connect, To: &Target{Host: h.Host, Port: h.Port}, Addr: h.Addr, Hope: 220,
		Why: fmt.Sprintf("%s (%d of %d), %s", h.Host, s.Tried+1, len(s.Hops), why),
	}, true
}
