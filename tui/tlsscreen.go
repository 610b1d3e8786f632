package tui

import (
	"fmt"
	"net"
	"strings"
	"time"

	"ehlo/session"
)

// The screen TLS: what the handshake agreed on, the chain of certificates as
// a tree, and who says that it is the right one.

func newTLSScreen() *paper {
	return &paper{
		at: place{
			name: "tls", title: "TLS", keys: []string{"4", "alt+4"}, words: "TLS: the chain of certificates, names, dates, DANE, MTA-STS",
			wider: []scope{watching, reading},
		},
		says:  "The last TLS handshake before the moment of the cursor: what was agreed on, the chain from the server up to its root, and the verdicts.",
		write: (*Model).tlsLines,
	}
}

func (m *Model) tlsLines(w int) []line {
	s := &sheet{m: m, w: w}
	c := m.shown()
	secured := c.before(c.cursor, session.Secured)
	if secured == nil {
		s.noTLS()
		return s.lines
	}
	s.handshake(*secured)
	s.trust(*secured)
	s.chain(*secured)
	s.policies(c)
	return s.lines
}

// noTLS says why there is none, as far as can be known.
func (s *sheet) noTLS() {
	t, c := s.m.theme, s.m.shown()
	now := c.moment()
	s.title("The channel is in the clear")
	if now.Fault == session.FaultTLS {
		s.verdict(false, now.FaultText, "RFC 3207, 4")
	}
	code := now.Answers.StartTLS.Code
	switch {
	case !now.Open && len(c.rows) == 0:
		s.text(t.Text, "Nothing has been connected to yet.")
	case code.Class() >= 4:
		s.verdict(false, fmt.Sprintf("STARTTLS was answered %s", code), "RFC 3207, 4")
	case now.Offered.Has("STARTTLS"):
		s.marked(t.Marks.Added, t.Good, "the server offers STARTTLS", "RFC 3207, 4")
	case now.ESMTP:
		s.warning("the server does not offer STARTTLS; somebody on the way may have taken the offer out", "RFC 3207, 6")
	default:
		s.text(t.Text, "What the server offers is known after EHLO.")
	}
	if s.m.tape == nil {
		s.gap()
		s.fact("asked for", t.Text, tlsWords(s.m.drive.mail))
	}
	s.gap()
	s.text(t.Dim, "Everybody on the way can read and change what goes over this channel, passwords included.")
	s.policies(c)
}

func tlsWords(mail session.Mail) string {
	switch {
	case mail.TLS == session.TLSRequire:
		return "require: no mail without it"
	case mail.TLS == session.TLSAuto:
		return "auto: STARTTLS if it is offered"
	}
	return "never"
}

func (s *sheet) handshake(e session.Event) {
	t := s.m.theme
	s.title("Handshake")
	s.fact("version", t.Text, strings.Replace(e.Fact("version"), "TLSv", "TLS ", 1))
	if v := e.Fact("version"); v == "TLSv1.0" || v == "TLSv1.1" || v == "SSLv3" {
		s.warning(v+" is no longer to be used", "RFC 8996")
	}
	s.fact("cipher", t.Text, e.Fact("cipher"))
	for _, key := range []string{"group", "sni", "alpn"} {
		if v := e.Fact(key); v != "" && v != "-" {
			s.fact(map[string]string{"group": "key exchange", "sni": "asked for", "alpn": "protocol"}[key], t.Text, v)
		}
	}
	if e.Fact("resumed") == "yes" {
		s.fact("resumed", t.Text, "yes: no certificate was shown anew")
	}
	if v := e.Fact("ocsp"); v != "" {
		s.fact("OCSP", t.Text, v)
	}
	if _, took := cutTook(e.Text); took > 0 {
		s.fact("took", t.Text, short(took))
	}
}

// trust says whether the chain and the name hold, and which of the envelope's
// domains the certificate names.
func (s *sheet) trust(e session.Event) {
	s.title("Verdict")
	reason := e.Fact("reason")
	dane := strings.HasPrefix(reason, "DANE")
	chain := e.Fact("chain") == "ok"
	switch {
	case chain && e.Fact("name") == "ok":
		s.verdict(true, "the chain leads to a trusted root, and the name is right", "RFC 5280, 6; RFC 9525, 6")
	case dane:
		s.verdict(false, reason, "RFC 7672, 2.2")
	default:
		s.verdict(chain, map[bool]string{true: "the chain leads to a trusted root", false: "the chain does not hold"}[chain], "RFC 5280, 6")
		named := e.Fact("name") == "ok"
		s.verdict(named, map[bool]string{true: "the name is right", false: "the name is wrong"}[named], "RFC 9525, 6")
		if reason != "" {
			s.indented(4, s.m.theme.Text, reason)
		}
	}
	certs := certificates(e)
	if len(certs) == 0 {
		return
	}
	s.gap()
	for _, name := range s.m.namesToMatch(e) {
		found, by := names(certs[0].fact("san"), name.name)
		text := fmt.Sprintf("%s, %s: not in the certificate", name.name, name.what)
		if found {
			text = fmt.Sprintf("%s, %s: named as %s", name.name, name.what, by)
		}
		mark, style := s.m.theme.Marks.Open, s.m.theme.Dim
		if found {
			mark, style = s.m.theme.Marks.Taken, s.m.theme.Good
		}
		s.marked(mark, style, text, "")
	}
}

// wanted is a name that a certificate may have, and what it is here.
type wanted struct{ name, what string }

// namesToMatch are the names that a person may expect in the certificate.
func (m *Model) namesToMatch(e session.Event) []wanted {
	var list []wanted
	seen := map[string]bool{"": true, "-": true}
	add := func(name, what string) {
		if name = strings.ToLower(name); !seen[name] && len(list) < 12 {
			seen[name] = true
			list = append(list, wanted{name, what})
		}
	}
	add(e.Fact("sni"), "the name that was asked for")
	now := m.shown().moment()
	add(now.Host, "the host of the target")
	add(now.Server, "what the server calls itself")
	add(m.drive.mail.Target.MX, "the domain of the route")
	for _, r := range now.Recipients {
		if _, domain, ok := session.SplitMailbox(r.Path); ok {
			add(domain, "the domain of a recipient")
		}
	}
	return list
}

// names reports whether one of the names in san is that of a host.
//
// RFC 9525, 6.3: a wildcard stands for one whole label, the leftmost.
func names(san, host string) (bool, string) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for name := range strings.SplitSeq(strings.ToLower(san), ",") {
		if name == host {
			return true, name
		}
		rest, wild := strings.CutPrefix(name, "*.")
		_, parent, dotted := strings.Cut(host, ".")
		if wild && dotted && rest == parent && net.ParseIP(host) == nil {
			return true, name
		}
	}
	return false, ""
}

// certificate is what a Secured event says of one.
type certificate []session.Fact

func (c certificate) fact(key string) string { return session.Event{Facts: c}.Fact(key) }

// certificates takes the facts of an event apart: each begins with peer.
func certificates(e session.Event) []certificate {
	var list []certificate
	for _, f := range e.Facts {
		switch {
		case f.Key == "peer":
			list = append(list, nil)
		case f.Key == "chain" || f.Key == "name" || f.Key == "reason" || len(list) == 0:
			continue
		}
		list[len(list)-1] = append(list[len(list)-1], f)
	}
	return list
}

// soon is how long before its end a certificate is worth a warning.
const soon = 14 * 24 * time.Hour

// chain draws the certificates as a tree, the root uppermost.
func (s *sheet) chain(e session.Event) {
	t := s.m.theme
	certs := certificates(e)
	if len(certs) == 0 {
		return
	}
	s.title("Chain, as the server sent it")
	depth := 0
	if last := certs[len(certs)-1]; last.fact("issuer") != last.fact("subject") {
		s.indented(2, t.Dim, last.fact("issuer")+" (not sent: the root, or what leads to it)")
		depth = 1
	}
	for i := len(certs) - 1; i >= 0; i-- {
		c := certs[i]
		in := 2 + min(3*depth, max(s.w/3, 0))
		stem := ""
		if depth > 0 {
			stem = "└─ "
		}
		var l line
		l.add(t.Border, blanks(max(in-3, 2))[:max(in-3, 2)]+stem)
		l.wire(t.Text, t.Escape, subject(c))
		s.lines = append(s.lines, l)
		s.certificate(c, e.At, in+2, i == 0)
		depth++
	}
}

func subject(c certificate) string {
	if v := c.fact("subject"); v != "" {
		return v
	}
	return "(no subject)"
}

func (s *sheet) certificate(c certificate, at time.Time, in int, leaf bool) {
	t := s.m.theme
	if leaf {
		if san := c.fact("san"); san != "" {
			s.indented(in, t.Text, "names "+strings.ReplaceAll(san, ",", ", "))
		} else {
			s.indented(in, t.Warning, t.Marks.Warning+" it names no host (no subjectAltName)")
		}
	}
	from, err1 := time.Parse(time.RFC3339, c.fact("not-before"))
	to, err2 := time.Parse(time.RFC3339, c.fact("not-after"))
	if err1 == nil && err2 == nil {
		text := fmt.Sprintf("valid %s to %s", from.Format("2006-01-02"), to.Format("2006-01-02"))
		switch {
		case at.After(to):
			s.indented(in, t.Refused, t.Marks.Refused+" "+text+": over for "+days(at.Sub(to)))
		case at.Before(from):
			s.indented(in, t.Refused, t.Marks.Refused+" "+text+": not before "+days(from.Sub(at)))
		case to.Sub(at) < soon:
			s.indented(in, t.Warning, t.Marks.Warning+" "+text+": "+days(to.Sub(at))+" left")
		default:
			s.indented(in, t.Text, text+": "+days(to.Sub(at))+" left")
		}
	}
	s.indented(in, t.Dim, c.fact("key")+", SHA-256 "+c.fact("sha256"))
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return session.Count(int(d.Hours()), "hour", "hours")
	}
	return session.Count(int(d.Hours()/24), "day", "days")
}

// policies shows what DANE and MTA-STS said on the way here.
func (s *sheet) policies(c *conversation) {
	s.title("DANE and MTA-STS")
	notes := c.notes("DANE: ", "MTA-STS: ")
	for _, note := range notes {
		s.indented(2, s.m.theme.Text, note)
	}
	s.unasked(strings.Join(notes, "\n"))
}

// unasked says why DANE or MTA-STS was not asked for, as far as it was not.
func (s *sheet) unasked(notes string) {
	m, dim := s.m, s.m.theme.Dim
	target := m.drive.mail.Target
	if !strings.Contains(notes, "DANE: ") {
		why := "not asked yet: the TLSA records are looked up with the addresses"
		switch {
		case m.tape != nil:
			why = "the recording says nothing of it"
		case target.MX == "" && !target.NeedsLookup():
			why = "not asked: TLSA records are those of the name of a host, and the target has none"
		case m.o.Vouch == nil:
			why = "not asked, no resolver: --resolver ADDR names one that is trusted (RFC 7672, 2.2)"
		}
		s.indented(2, dim, "DANE: "+why)
	}
	if !strings.Contains(notes, "MTA-STS: ") {
		why := "not asked yet: the policy is fetched with the route"
		switch {
		case m.tape != nil:
			why = "the recording says nothing of it"
		case target.MX == "":
			why = "not asked: a policy is about the MX of a domain (RFC 8461, 4), and the target is none: mx:DOMAIN is one"
		case !m.o.STS:
			why = "not asked: --mta-sts fetches the policy of the domain"
		}
		s.indented(2, dim, "MTA-STS: "+why)
	}
}
