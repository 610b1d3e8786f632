package session

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
)

// The IDs of a mail's steps. Recipient i has the ID stepRcpt + i.
const (
	stepResolve = iota + 1
	stepConnect
	stepEHLO
	stepHELO
	stepMail
	stepData
	stepContent
	stepQuit
	stepHangUp
	stepSTARTTLS
	stepHandshake
	stepAUTH
	stepResponse
	stepEnd
	stepRcpt = 100
)

// maxChallenges bounds a login. SCRAM, the longest, has three.
const maxChallenges = 10

// TLSPolicy says when a mail asks for TLS.
type TLSPolicy uint8

const (
	TLSNever   TLSPolicy = iota // stay in the clear
	TLSAuto                     // STARTTLS if it is offered
	TLSRequire                  // no mail without TLS
)

// Mail is a composed mail as a [Stepper]: connect, EHLO (HELO if the server
// knows no EHLO), MAIL, a RCPT for each recipient, DATA, content, QUIT.
//
// Where a step is refused for good the mail goes straight to QUIT; a refused
// recipient does not stop the others (RFC 5321, 3.3).
type Mail struct {
	Target  Target
	Helo    string // argument of EHLO; "" takes the client's address as a literal
	From    string // reverse-path without brackets; "" is the null reverse-path
	To      []string
	Params  []Param // for MAIL, beside SIZE and BODY which follow from content and offers
	Content *Content

	TLS TLSPolicy
	// Insecure goes on although the certificate did not verify.
	Insecure bool
	// Auth logs in before the mail; nil does not.
	Auth Authenticator
}

// Authenticator answers the challenges of a SASL mechanism (RFC 4954, 4). It
// is a function of what was asked so far, like everything that a [Stepper]
// goes by.
type Authenticator interface {
	// Mechanism picks one for a server that offers these; "" if none fits.
	Mechanism(offered []string, s State) string
	// Response answers the last challenge of s.Challenges. Without one it is
	// the initial response, or nil if the mechanism has none.
	Response(mech string, s State) (response []byte, why string, err error)
}

// Next implements [Stepper].
func (m Mail) Next(s State) (Step, bool) {
	switch {
	case s.Phase == Idle && s.Fault != "":
		return Step{}, false
	case s.Phase == Idle && m.Target.NeedsLookup() && s.Addresses == nil:
		return Step{ID: stepResolve, Kind: Resolve, Why: "find its addresses"}, true
	case s.Phase == Idle:
		return Step{ID: stepConnect, Kind: Connect, Hope: 220, Why: "open, wait for 220"}, true
	case s.Phase == Over && s.Open:
		return Step{ID: stepHangUp, Kind: HangUp, Why: "close the channel"}, true
	case s.Phase == Over:
		return Step{}, false
	case s.Answers.Quit.Code != 0:
		return Step{ID: stepHangUp, Kind: HangUp, Why: "QUIT was answered " + s.Answers.Quit.Code.String() + ": close the channel"}, true
	case len(s.Challenges) > maxChallenges:
		return Step{ID: stepHangUp, Kind: HangUp, Why: "the server asks for ever: close the channel"}, true
	case len(s.Pending) > 0:
		return Step{Kind: Await, Hope: hopedFor(s.Pending[0].Verb), Why: "wait for the reply to " + s.Pending[0].Verb}, true
	}
	if s.Secure && !s.Verified && !m.Insecure {
		return m.quit("the certificate is not verified: no mail to a server that may be another"), true
	}
	switch s.Phase {
	case Greeted:
		return m.hello(s), true
	case Handshake:
		return Step{ID: stepHandshake, Kind: StartTLS, Why: "the next octet belongs to TLS"}, true
	case Ready:
		if s.Answers.Mail.Code == 0 {
			return m.ready(s), true
		}
	case Sender, Recipients:
		return m.transaction(s), true
	case Data:
		if m.Content != nil && m.Content.Wire && s.Step == stepContent {
			return say(stepEnd, "\r\n.", 250, "that was no end of data to the server: CRLF.CRLF is"), true
		}
		return Step{ID: stepContent, Content: m.Content, Hope: 250, Why: "ends with CRLF.CRLF"}, true
	case Challenged:
		return m.respond(s), true
	}
	return m.quit(""), true
}

// ready is what comes between EHLO and the mail: TLS, if it is wanted.
func (m Mail) ready(s State) Step {
	offered := s.Offered.Has("STARTTLS")
	switch {
	case s.Secure || m.TLS == TLSNever:
	case offered && s.Answers.StartTLS.Code == 0:
		return say(stepSTARTTLS, "STARTTLS", 220, "ask for TLS")
	case m.TLS == TLSRequire && !offered:
		return m.quit("TLS is required and STARTTLS is not offered")
	case m.TLS == TLSRequire:
		return m.quit("TLS is required and STARTTLS was refused")
	}
	if m.Auth != nil && s.Auth == "" {
		return m.auth(s)
	}
	return m.mail(s)
}

// auth: RFC 4954, 4.
func (m Mail) auth(s State) Step {
	if s.Answers.Auth.Code != 0 {
		return m.quit("the server did not accept the login")
	}
	offered, _ := s.Offered.Params("AUTH")
	mech := m.Auth.Mechanism(strings.Fields(strings.ToUpper(offered)), s)
	if mech == "" {
		return m.quit("no mechanism that was asked for is offered")
	}
	line := "AUTH " + mech
	initial, why, err := m.Auth.Response(mech, s)
	if err != nil {
		return m.quit(mech + ": " + err.Error())
	}
	switch {
	case initial == nil:
		why = "log in; " + mech + " waits for a challenge"
	case len(initial) == 0:
		line += " =" // RFC 4954, 4: an empty initial response
	default:
		line += " " + base64.StdEncoding.EncodeToString(initial)
	}
	return say(stepAUTH, line, 235, why)
}

// respond answers a challenge, or cancels if there is no answer.
func (m Mail) respond(s State) Step {
	cancel := say(stepResponse, "*", 501, "cancel the authentication")
	if m.Auth == nil {
		return cancel
	}
	response, why, err := m.Auth.Response(s.Mechanism(), s)
	if err != nil {
		cancel.Why += ": " + err.Error()
		return cancel
	}
	return say(stepResponse, base64.StdEncoding.EncodeToString(response), 235, why)
}

// hello: RFC 5321, 3.2: a server that answers EHLO with 500 or 502 may still
// know HELO.
func (m Mail) hello(s State) Step {
	name := m.Helo
	if name == "" {
		name = addressLiteral(s.Local)
	}
	ehlo, helo := s.Answers.EHLO.Code, s.Answers.HELO.Code
	switch {
	case ehlo == 0 && helo == 0:
		return say(stepEHLO, "EHLO "+name, 250, "who am I, what is offered?")
	case (ehlo == 500 || ehlo == 502) && helo == 0:
		return say(stepHELO, "HELO "+name, 250, "EHLO is unknown: fall back")
	}
	return m.quit("")
}

func (m Mail) mail(s State) Step {
	line := "MAIL FROM:<" + m.From + ">"
	for _, p := range m.mailParams(s.Offered) {
		line += " " + p.String()
	}
	return say(stepMail, line, 250, "begin with the sender")
}

// mailParams adds the parameters that follow from the content, if the server
// offered them.
func (m Mail) mailParams(offers Extensions) []Param {
	params := append([]Param(nil), m.Params...)
	has := func(key string) bool {
		_, ok := Envelope{Params: params}.Param(key)
		return ok
	}
	if m.Content != nil && m.Content.Octets > 0 && offers.Has("SIZE") && !has("SIZE") { // RFC 1870, 6
		params = append(params, Param{"SIZE", strconv.FormatInt(m.Content.Octets, 10)})
	}
	if m.Content != nil && m.Content.EightBit && offers.Has("8BITMIME") && !has("BODY") { // RFC 6152, 2
		params = append(params, Param{"BODY", "8BITMIME"})
	}
	return params
}

// transaction gives the recipients that have not been given, then DATA.
func (m Mail) transaction(s State) Step {
	given := make(map[int]bool, len(s.Recipients))
	taken := false
	for _, r := range s.Recipients {
		given[r.Step] = true
		taken = taken || r.Taken()
	}
	for i, to := range m.To {
		if !given[stepRcpt+i] {
			return say(stepRcpt+i, "RCPT TO:<"+to+">", 250, ordinal(i)+" recipient")
		}
	}
	if taken && s.Answers.Data.Code == 0 {
		return say(stepData, "DATA", 354, "ask for 354")
	}
	return m.quit("")
}

func (m Mail) quit(why string) Step {
	if why == "" {
		why = "say good-bye, wait for 221"
	}
	return say(stepQuit, "QUIT", 221, why)
}

func say(id int, line string, hope Code, why string) Step {
	st := Line(line)
	st.ID, st.Hope, st.Why = id, hope, why
	return st
}

// addressLiteral makes an EHLO argument of the client's own address.
// RFC 5321, 4.1.4: a client without a name sends an address literal.
func addressLiteral(local string) string {
	ap, err := netip.ParseAddrPort(local)
	switch {
	case err != nil:
		return "[127.0.0.1]"
	case ap.Addr().Unmap().Is4():
		return "[" + ap.Addr().Unmap().String() + "]"
	}
	return "[IPv6:" + ap.Addr().WithZone("").String() + "]"
}

func ordinal(i int) string {
	words := []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if i < len(words) {
		return words[i]
	}
	return strconv.Itoa(i+1) + "th"
}
