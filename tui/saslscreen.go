package tui

import (
	"encoding/base64"
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/session/explain"
)

// The screen SASL: a login step by step, each step as it was on the wire, as
// it is without base64, and what it is for.

func newSASLScreen() *paper {
	return &paper{
		at: place{
			name: "sasl", title: "SASL", keys: []string{"5", "alt+5"}, words: "SASL: a login step by step, decoded",
			wider: []scope{watching, reading},
		},
		says:  "The last AUTH before the moment of the cursor: who said what, without base64, and what it is for. Secrets stay hidden.",
		write: (*Model).saslLines,
	}
}

func (m *Model) saslLines(w int) []line {
	s := &sheet{m: m, w: w}
	c := m.shown()
	from := -1
	for _, n := range c.logins {
		if int(n) <= c.cursor {
			from = int(n)
		}
	}
	if from < 0 {
		s.noLogin()
		return s.lines
	}
	s.login(c, from)
	return s.lines
}

func (s *sheet) noLogin() {
	t, now := s.m.theme, s.m.shown().moment()
	s.title("Nobody has logged in")
	offered, ok := now.Offered.Params("AUTH")
	switch {
	case ok:
		s.fact("offered", t.Good, offered)
		for mech := range strings.FieldsSeq(offered) {
			s.mechanism(mech)
		}
	case now.ESMTP && !now.Secure && now.Offered.Has("STARTTLS"):
		s.warning("no AUTH is offered in the clear; it may be after STARTTLS", "RFC 4954, 4")
	case now.ESMTP:
		s.text(t.Text, "The server offers no AUTH.")
	default:
		s.text(t.Text, "What the server offers is known after EHLO.")
	}
	if s.m.tape == nil && s.m.drive.mail.Auth == nil {
		s.gap()
		s.text(t.Dim, "ehlo was started without a login: --user and --password-from give it one; : sends AUTH by hand.")
	}
}

func (s *sheet) mechanism(name string) {
	for _, e := range ofKind("mechanism", name) {
		s.gap()
		s.text(s.m.theme.Client, e.Word+": "+e.Title)
		s.indented(3, s.m.theme.Text, e.Text)
		if e.Next != "" {
			s.indented(3, s.m.theme.Text, "→ "+e.Next)
		}
		s.indented(3, s.m.theme.Dim, e.Source)
	}
}

// maxSteps bounds what is shown of a server that never stops asking.
const maxSteps = 100

// login shows the rows of one AUTH.
func (s *sheet) login(c *conversation, from int) {
	t := s.m.theme
	data, _ := octets(c.events[c.rows[from].from:c.rows[from].to], 4096, "")
	mech, _, _ := strings.Cut(session.ParseCommand(data).Arg, " ")
	mech = strings.ToUpper(mech)
	s.title("AUTH " + mech)
	if !c.rows[from].secure {
		s.warning("this login goes over a channel in the clear", "RFC 4954, 4")
	}
	answers, step := 0, 0
	for i := from; i < len(c.rows) && step < maxSteps; i++ {
		r := &c.rows[i]
		if i > from && r.kind == session.Sent && r.verb != "AUTH" && r.verb != "" {
			break
		}
		if r.kind != session.Sent && r.kind != session.Received {
			continue
		}
		step++
		s.gap()
		s.wire(c, i, step)
		switch {
		case r.kind == session.Sent:
			if hidden, ok := response(c.events[r.from:r.to]); ok {
				s.decoded(t.Client, loosen(mech, answers, hidden, t.Marks.Secret))
				s.why(clientSteps, mech, answers)
				answers++
			} else if i == from {
				s.indented(7, t.Dim, "no initial response: the server is to ask with an empty 334")
			} else {
				s.why(clientSteps, mech, answers)
				answers++
			}
		case r.class == 3:
			if text, ok := c.events[r.from].Decoded(); ok {
				s.decoded(t.Server, text)
			} else {
				s.indented(7, t.Dim, "an empty challenge: go on")
			}
			s.why(serverSteps, mech, answers)
		default:
			s.outcome(c, r)
			s.mechanism(mech)
			return
		}
	}
	s.mechanism(mech)
}

// wire shows a row as the conversation does.
func (s *sheet) wire(c *conversation, i, step int) {
	t := s.m.theme
	side, style := sideOf(c.rows[i].kind, t)
	var l line
	l.add(t.Dim, fmt.Sprintf(" %2d  ", step))
	l.add(style, side+" ")
	text := c.text(&c.rows[i], max(s.w-8, 0), t)
	l.pieces = append(l.pieces, text.pieces...)
	s.lines = append(s.lines, l)
}

// decoded shows a message without its base64; NUL, which separates, stands
// out.
func (s *sheet) decoded(style style, text string) {
	t := s.m.theme
	const sign = "       = "
	var l line
	l.add(t.Dim, sign)
	l.wire(style, t.Escape, text)
	if l.width() <= s.w {
		s.lines = append(s.lines, l)
		return
	}
	lead := sign
	for _, words := range wrap(escapedLines(text), s.w-len(sign)-1) {
		var l line
		l.add(t.Dim, lead)
		l.add(style, words)
		s.lines = append(s.lines, l)
		lead = blanks(len(sign))
	}
}

func (s *sheet) why(steps map[string][]string, mech string, n int) {
	list := steps[family(mech)]
	if n < len(list) {
		s.indented(9, s.m.theme.Text, list[n])
	}
}

func (s *sheet) outcome(c *conversation, r *row) {
	data, _ := octets(c.events[r.from:r.to], 4096, "")
	l := session.ParseReplyLine(data)
	for i, e := range explain.Reply("AUTH", session.Reply{Code: l.Code, Enhanced: l.Enhanced, To: "AUTH", Lines: []session.ReplyLine{l}}) {
		if i == 0 {
			s.indented(7, replyStyle(r.class, s.m.theme), e.Title+". "+e.Text)
			if e.Next != "" {
				s.indented(7, s.m.theme.Text, "→ "+e.Next)
			}
		}
	}
	if now := s.m.shown().moment(); l.Code == 235 && now.User != "" {
		s.indented(7, s.m.theme.Good, "logged in as "+now.User)
	}
}

// response returns the base64 that a row hides, and whether there is any.
func response(events []session.Event) (string, bool) {
	text := ""
	for i := range events {
		for _, span := range events[i].Secret {
			from := max(min(span.From, len(events[i].Data)), 0)
			text += string(events[i].Data[from:max(min(span.To, len(events[i].Data)), from)])
		}
	}
	text = strings.TrimSpace(text)
	return text, text != ""
}

// loosen decodes a response and hides in it what is secret, and nothing else:
// the n-th of a login with mech.
func loosen(mech string, n int, response, mask string) string {
	if response == "=" {
		return "(empty)" // RFC 4954, 4
	}
	if strings.HasPrefix(response, "${") {
		return mask + " (not kept in the file)"
	}
	p, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		return mask + " (no base64)"
	}
	text := string(p)
	switch family(mech) {
	case "PLAIN": // RFC 4616, 2: authorization identity NUL user NUL password
		parts := strings.SplitN(text, "\x00", 3)
		if len(parts) == 3 {
			return parts[0] + "\x00" + parts[1] + "\x00" + mask
		}
	case "LOGIN":
		if n == 0 {
			return text
		}
	case "CRAM-MD5": // RFC 2195, 2: user SP digest
		if user, _, ok := strings.Cut(text, " "); ok {
			return user + " " + mask
		}
	case "SCRAM": // RFC 5802, 7: the proof gives a guesser something to work on
		if head, _, ok := strings.Cut(text, ",p="); ok {
			return head + ",p=" + mask
		}
		if n == 0 {
			return text
		}
	case "XOAUTH2", "OAUTHBEARER":
		if head, rest, ok := strings.Cut(text, "Bearer "); ok {
			_, tail, _ := strings.Cut(rest, "\x01")
			return head + "Bearer " + mask + "\x01" + tail
		}
	case "EXTERNAL", "ANONYMOUS":
		return text
	}
	return mask
}

// family is the name under which the steps of a mechanism are known.
func family(mech string) string {
	if strings.HasPrefix(mech, "SCRAM-") {
		return "SCRAM"
	}
	return mech
}

// What each step is for: that of the client, and that of the server before the
// client's next.
var (
	clientSteps = map[string][]string{
		"PLAIN":       {"authorization identity, NUL, user, NUL, password: all at once, and readable by whoever sees it"},
		"LOGIN":       {"the user", "the password, readable by whoever sees it"},
		"CRAM-MD5":    {"the user, and HMAC-MD5 of the challenge with the password as its key"},
		"SCRAM":       {"client-first: channel binding flag, user, and a fresh nonce", "client-final: what was bound, both nonces, and the proof that the client knows the password", "nothing: it lets the server finish"},
		"XOAUTH2":     {"the user and a bearer token", "nothing: it lets the server finish its error"},
		"OAUTHBEARER": {"the user and a bearer token", "a dummy: it lets the server finish its error"},
		"EXTERNAL":    {"whom to act as; who one is the channel has said, by a client certificate"},
		"ANONYMOUS":   {"a trace of who one is; it proves nothing"},
	}
	serverSteps = map[string][]string{
		"PLAIN":       {"go on"},
		"LOGIN":       {"asks for the user", "asks for the password"},
		"CRAM-MD5":    {"a challenge that is used once"},
		"SCRAM":       {"go on", "server-first: both nonces, the salt of the password, and the number of rounds", "server-final: the signature that proves that the server knows the password, too"},
		"XOAUTH2":     {"go on", "what is wrong with the token, as JSON"},
		"OAUTHBEARER": {"go on", "what is wrong with the token, as JSON"},
		"EXTERNAL":    {"go on"},
		"ANONYMOUS":   {"go on"},
	}
)
