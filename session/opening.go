package session

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
)

// What a mail says before its first letter: hello, STARTTLS, XCLIENT, AUTH.

// hello: RFC 5321, 3.2: a server that answers EHLO with 500 or 502 may still
// know HELO.
func (m Mail) hello(s State) Step {
	name := m.Helo
	if name == "" {
		name = addressLiteral(s.Local)
	}
	verb, id, why := m.Hello, stepHello, "who am I, what is offered?"
	switch {
	case verb == "" && m.Target.LMTP:
		verb = "LHLO" // RFC 2033, 4.1
	case verb == "":
		verb = "EHLO"
	case verb == "HELO":
		id, why = stepHELO, "who am I?"
	}
	ehlo, helo := s.Answers.EHLO.Code, s.Answers.HELO.Code
	switch {
	case ehlo == 0 && helo == 0:
		return say(id, verb+" "+name, 250, why)
	case verb == "EHLO" && (ehlo == 500 || ehlo == 502) && helo == 0:
		return say(stepHELO, "HELO "+name, 250, "EHLO is unknown: fall back")
	case helo != 0:
		ehlo = helo
	}
	return quit("the server refused to be greeted, " + ehlo.String() + ": say good-bye")
}

// hoping reports whether a forecast has come to a point where the server will
// have said what it offers, which nobody knows yet.
func (s State) hoping() bool { return s.imagined && s.ESMTP && len(s.Offered) == 0 }

// offers is what the server offers, as far as the mail wants to know.
func (m Mail) offers(s State) Extensions {
	if len(m.Ignore) == 0 {
		return s.Offered
	}
	return slices.DeleteFunc(slices.Clone(s.Offered), func(x Extension) bool {
		return slices.ContainsFunc(m.Ignore, func(k string) bool { return strings.EqualFold(k, x.Keyword) })
	})
}

// secure asks for TLS if it is wanted and not there; false means that it need
// not be.
func (m Mail) secure(s State) (Step, bool) {
	required := m.TLS == TLSRequire || s.hop().TLS
	if s.Secure || m.TLS == TLSNever && !required {
		return Step{}, false
	}
	offered := m.offers(s).Has("STARTTLS") || required && s.hoping()
	switch {
	case !offered && s.hoping() && s.Answers.StartTLS.Code == 0:
		return say(stepSTARTTLS, "STARTTLS", 220, "ask for TLS, if it is offered"), true
	case offered && s.Answers.StartTLS.Code == 0:
		return say(stepSTARTTLS, "STARTTLS", 220, "ask for TLS"), true
	case required && !offered:
		return giveUp(NoTLS, "TLS is required and STARTTLS is not offered"), true
	case required && s.Answers.StartTLS.Code == leftOut:
		return giveUp(NoTLS, "TLS is required and STARTTLS was left out"), true
	case required:
		return giveUp(NoTLS, "TLS is required and STARTTLS was answered "+s.Answers.StartTLS.Code.String()), true
	}
	return Step{}, false
}

// xclient makes the server take the client for another one.
func (m Mail) xclient(s State) (Step, bool) {
	switch code := s.Answers.XClient.Code; {
	case len(m.XClient) == 0 || code == 220, code != 0 && m.XClientOptional:
	case code == 0:
		return say(stepXCLIENT, "XCLIENT"+attributes(m.XClient), 220, "be taken for another client; the session starts again"), true
	default:
		return giveUp(NoXClient, "XCLIENT was answered "+code.String()), true
	}
	return Step{}, false
}

// login: RFC 4954, 4.
func (m Mail) login(s State) (Step, bool) {
	switch {
	case m.Auth == nil:
		return Step{}, false
	case s.Auth != "":
		if err := m.Auth.Accepted(s.Auth, s); err != nil && !m.Insecure && !s.imagined {
			return giveUp(NoAuth, s.Auth+": "+err.Error()), true
		}
		return Step{}, false
	case s.Answers.Auth.Code != 0 && m.AuthOptional:
		return Step{}, false
	case s.Answers.Auth.Code != 0:
		return giveUp(NoAuth, "the login was not accepted: "+s.Answers.Auth.Code.String()), true
	case s.hoping():
		return say(stepAUTH, "AUTH …", 235, "log in, as the server will offer"), true
	}
	st := m.authenticate(s)
	without := m.AuthOptional || m.AuthIfOffered && m.mechanism(s) == ""
	return st, st.Ends == "" || !without
}

// mechanism is the one to log in with, "" if none fits.
func (m Mail) mechanism(s State) string {
	offered, _ := m.offers(s).Params("AUTH")
	return m.Auth.Mechanism(strings.Fields(strings.ToUpper(offered)), s)
}

func (m Mail) authenticate(s State) Step {
	mech := m.mechanism(s)
	if mech == "" {
		offered, _ := m.offers(s).Params("AUTH")
		return giveUp(NoAuth, unfit(offered, m.Auth.Wanted(), s.Secure))
	}
	s.Challenges = nil // those of an earlier login
	initial, why, err := m.Auth.Response(mech, s)
	if err != nil {
		return giveUp(NoAuth, mech+": "+err.Error())
	}
	line := "AUTH " + mech
	switch {
	case initial == nil:
		why = "log in; " + mech + " waits for a challenge"
	case len(initial) == 0:
		line += " =" // RFC 4954, 4: an empty initial response
	default:
		response := " " + base64.StdEncoding.EncodeToString(initial)
		if len(line)+len(response)+len("\r\n") > commandLine {
			// RFC 4954, 4: AUTH is no longer than other commands; the server
			// asks for the response with an empty 334.
			why = "log in; the response is too long for this line and waits for a 334"
			break
		}
		line += response
	}
	return say(stepAUTH, line, 235, why)
}

// unfit says why there is no login with what is offered.
func unfit(offered string, wanted []string, secure bool) string {
	mechs := strings.Fields(strings.ToUpper(Escape(offered)))
	words := strings.Join(mechs, ", ")
	shows := slices.Contains(mechs, "PLAIN") || slices.Contains(mechs, "LOGIN")
	switch {
	case words == "":
		return "AUTH is not offered"
	case len(wanted) > 0:
		text := strings.Join(wanted, " or ") + " was asked for and is not offered; there are " + words
		if !secure {
			text += "; under TLS there may be more"
		}
		return text
	case shows && !secure:
		return "no mechanism fits of those offered: " + words + "; in the clear, one that shows the password has to be asked for by name"
	}
	return "no mechanism fits of those offered: " + words
}

// respond answers a challenge, or cancels if there is no answer.
func (m Mail) respond(s State) Step {
	cancel := say(stepResponse, "*", 501, "cancel the authentication")
	cancel.Ends = NoAuth
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

// attributes writes those of XCLIENT and XFORWARD, their values in xtext.
func attributes(params []Param) string {
	var b strings.Builder
	for _, p := range params {
		b.WriteString(" " + p.Key + "=" + XText(p.Value))
	}
	return b.String()
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
