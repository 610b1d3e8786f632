package judge

import (
	"bytes"
	"strings"
	"time"

	"ehlo/session"
)

// line judges a command, or a response to a challenge.
func (v *visit) line(before session.State, e session.Event) {
	j := v.judge
	cmd := session.ParseCommand(e.Data)
	early := before.Phase == session.Greet
	j.either(waits, !early, "%q came before the greeting was complete", text(e))
	if before.Phase == session.Challenged {
		v.advice(before, e, cmd)
		return
	}
	hi := cmd.Verb == "EHLO" || cmd.Verb == "HELO" || cmd.Verb == "LHLO"
	if v.rejected {
		j.either(quitOnly, cmd.Verb == "QUIT", "%q after the greeting %s", text(e), before.Answers.Greeting.Code)
	} else if !v.first {
		j.either(hello, hi || cmd.Verb == "QUIT" || cmd.Verb == "NOOP" || cmd.Verb == "HELP", "the first command was %q", text(e))
	}
	v.first = true
	if v.unknown && !v.rejected {
		j.either(fallback, cmd.Verb == "HELO", "EHLO was refused, and then came %q", text(e))
		v.unknown = false
	}
	if v.secured {
		j.either(tlsHello, hi || cmd.Verb == "QUIT", "the first command under TLS was %q", text(e))
		v.secured = false
	}
	if v.spoilt {
		j.either(spoilt, cmd.Verb == "RSET" || cmd.Verb == "QUIT" || cmd.Verb == "BDAT", "a chunk was refused, and then came %q", text(e))
		v.spoilt = cmd.Verb == "BDAT" // which was under way
	}
	v.group(before, e, cmd)
	v.transaction(before, e, cmd)
	v.advice(before, e, cmd)
	v.quit = v.quit || cmd.Verb == "QUIT"
}

// group judges what came in one write.
func (v *visit) group(before session.State, e session.Event, cmd session.Command) {
	together := e.Fact("together")
	if together == "" {
		return
	}
	v.judge.either(pipelining, before.Offered.Has("PIPELINING"), "%q came together with other commands", text(e))
	if together == "before" && endsGroup(cmd.Verb) {
		v.judge.broken(groupEnd, "something came behind %q before its reply", text(e))
	} else if endsGroup(cmd.Verb) {
		v.judge.kept(groupEnd)
	}
}

// endsGroup: RFC 2920, 3.1.
func endsGroup(verb string) bool {
	switch verb {
	case "EHLO", "HELO", "LHLO", "DATA", "VRFY", "EXPN", "TURN", "NOOP", "AUTH", "STARTTLS":
		return true
	}
	return false
}

// transaction judges commands of a mail by what came before.
func (v *visit) transaction(before session.State, e session.Event, cmd session.Command) {
	j := v.judge
	if v.partly && before.InTransaction() && e.Fact("together") == "" {
		taken := len(before.ForwardPath())
		switch cmd.Verb {
		case "DATA", "BDAT":
			j.either(nobody, taken > 0, "%s though no recipient had been taken", cmd.Verb)
			if taken > 0 {
				j.kept(partial)
			}
			v.partly = false
		case "RSET", "QUIT":
			if taken == 0 {
				j.kept(nobody)
			} else {
				j.broken(partial, "%s though %d of %d recipients had been taken", cmd.Verb, taken, len(before.Recipients))
			}
			v.partly = false
		}
	}
	switch cmd.Verb {
	case "RCPT":
		env, err := session.ParseEnvelope("TO", cmd.Arg)
		if err == nil {
			v.repeated(key(before, env.Path), e)
		}
	case "MAIL":
		v.partly = false
		if !j.cut.IsZero() {
			j.kept(again)
			j.either(pause, e.At.Sub(j.cut) >= minPause, "the next try came after %s", e.At.Sub(j.cut).Round(time.Millisecond))
			j.cut = time.Time{}
		}
	}
}

// minPause is what a judge takes for a pause: RFC 5321, 4.5.4.1 asks for half
// an hour, and nobody waits for that in a test.
const minPause = time.Second

// repeated judges a recipient who was there before.
func (v *visit) repeated(path string, e session.Event) {
	j := v.judge
	if j.refused[path] {
		j.broken(never, "%q was refused for good before", text(e))
	}
	if at, ok := j.deferred[path]; ok {
		j.kept(again)
		j.either(pause, e.At.Sub(at) >= minPause, "%q came again after %s", text(e), e.At.Sub(at).Round(time.Millisecond))
	}
}

// advice puts what the rules say about one line under the judge's own.
func (v *visit) advice(before session.State, e session.Event, cmd session.Command) {
	j := v.judge
	isHello := cmd.Verb == "EHLO" || cmd.Verb == "HELO" || cmd.Verb == "LHLO"
	if !isHello || cmd.Arg == "" {
		j.kept(syntax)
	}
	j.kept(sequence)
	if isHello {
		j.kept(name)
	}
	if cmd.Verb == "AUTH" {
		j.kept(secrets)
	}
	if len(before.Offered) > 0 || before.Helo != "" {
		j.kept(offers)
	}
	if v.rejected {
		return // it is judged by quit-only
	}
	for _, a := range session.Advise(before, e.Data) {
		rule := classify(a, isHello)
		if rule == sequence && e.Fact("together") == "behind" {
			continue // RFC 2920, 3.1: it could not know how the command before went
		}
		if rule != "" {
			j.broken(rule, "%q: %s (%s)", text(e), strings.TrimPrefix(a.Text, "expect "+a.Expect.String()+": "), a.Source)
		}
	}
}

// classify finds the rule that an advice belongs to, "" if it is none.
func classify(a session.Advice, isHello bool) string {
	switch {
	case strings.Contains(a.Text, "secret would go out"):
		return secrets
	case strings.Contains(a.Text, "not offered"), strings.Contains(a.Text, "does not offer"):
		return offers
	case a.Expect == 552: // RFC 1870, 6.1: to ask is what SIZE= is for
		return ""
	case isHello && strings.Contains(a.Source, "2.3.5"):
		return name // only names that mean the same everywhere are permitted
	case a.Severity != session.Wrong || strings.HasPrefix(a.Source, "RFC 2920") || a.Source == "RFC 5321, 4.3.1":
		return ""
	case isHello && strings.HasPrefix(a.Source, "RFC 5321, 4.1.") || isHello && a.Expect == 501:
		return name
	case a.Expect == 503 || a.Expect == 554 || strings.Contains(a.Source, "4.1.4"):
		return sequence
	case strings.HasPrefix(a.Source, "RFC 5321, 2.3.8"):
		return lines
	}
	return syntax
}

// contentLine judges a line of content. Its end is that of a part: what is
// longer than the server's buffer comes in several.
func (v *visit) contentLine(before session.State, e session.Event) {
	j := v.judge
	line := e.Data
	crlf := bytes.HasSuffix(line, []byte("\r\n"))
	j.kept(lines)
	switch {
	case inChunk(before, v.state):
	case !crlf && bytes.HasSuffix(line, []byte("\n")):
		j.broken(lines, "a line of content ended with a bare LF")
	case len(line) > 1000:
		j.broken(lines, "a line of content had %d octets or more", len(line))
	case len(line) > 1 && line[0] == '.' && string(line) != ".\r\n":
		j.either(dots, line[1] == '.', "a line of content began with one dot: %.40q", line)
	}
	if bytes.ContainsFunc(line, func(r rune) bool { return r >= 0x80 }) && before.ReversePath != nil {
		body, _ := before.ReversePath.Param("BODY")
		_, utf8 := before.ReversePath.Param("SMTPUTF8")
		j.either(eightBit, utf8 || strings.EqualFold(body, "8BITMIME") || strings.EqualFold(body, "BINARYMIME"), "8-bit content, and MAIL did not say BODY=8BITMIME")
	}
}

// text is a line as a finding quotes it, without what is secret.
func text(e session.Event) string {
	line := strings.TrimRight(string(e.Public("***")), "\r\n")
	return line[:min(len(line), 80)]
}
