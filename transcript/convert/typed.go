package convert

import (
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
)

// writeNC writes what nc should say, line by line, with a second between
// what waits for replies.
func writeNC(p *page) error {
	p.note("nothing waits for the replies: each line is said a second after the one before, whatever the server says")
	return writeTyped(p, func(a act) (string, []step) {
		host, port := a.target()
		switch {
		case a.startTLS:
			p.note("nc speaks no TLS: STARTTLS is left out, and what came behind the handshake goes out in the clear")
		case a.implicit:
			p.note("nc speaks no TLS: what came behind the handshake goes out in the clear")
		}
		if (a.startTLS || a.implicit) && slices.ContainsFunc(a.steps, func(s step) bool { return s.secret != nil }) {
			p.note("the login goes out in the clear too: do not, but on your own machine; most servers refuse it there, and what comes behind it")
		}
		return fmt.Sprintf("nc %s %s", shellQuote(host), port), inClear(a.steps)
	})
}

// behindTLS is what is left for somebody to type when s_client has begun TLS.
func behindTLS(a act) []step {
	if secure := slices.IndexFunc(a.steps, isSecure); a.startTLS && secure >= 0 {
		return a.steps[secure+1:]
	}
	return a.steps
}

func isSecure(s step) bool { return s.kind == stepSecure }

// inClear leaves STARTTLS out: nobody could go on behind its reply.
func inClear(steps []step) []step {
	secure := slices.IndexFunc(steps, isSecure)
	for i := secure - 1; i >= 0; i-- {
		if s := steps[i]; s.kind == stepSay && session.ParseCommand(s.data).Verb == "STARTTLS" {
			return slices.Concat(steps[:i], steps[secure+1:])
		}
	}
	return steps
}

// writeOpenSSL does the same under TLS. What was in the clear goes under TLS too
// where the server offers that; else nc says it, which reaches the same port.
func writeOpenSSL(p *page) error {
	p.note("nothing waits for the replies: each line is said a second after the one before, whatever the server says")
	return writeTyped(p, func(a act) (string, []step) {
		host, port := a.target()
		switch clear := !a.implicit && !a.startTLS; {
		case clear && !a.offersTLS:
			p.note("openssl speaks nothing but TLS, and this session was in the clear with a server that offered none: it is nc that says it")
			return fmt.Sprintf("nc %s %s", shellQuote(host), port), a.steps
		case clear:
			p.note("this session was in the clear, and openssl speaks nothing but TLS: it asks for STARTTLS, which was offered; the form nc stays in the clear")
			a.startTLS = true
		}
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		command := fmt.Sprintf("openssl s_client -quiet -connect %s", shellQuote(host+":"+port))
		switch {
		case a.startTLS && a.lmtp:
			command += " -starttls lmtp"
		case a.startTLS:
			command += " -starttls smtp"
			if a.helo != "" {
				command += " -name " + shellQuote(a.helo)
			}
		}
		if a.startTLS {
			p.note("s_client says EHLO and STARTTLS by itself, with words of its own")
		}
		return command, behindTLS(a)
	})
}

// writeTyped writes a pipe of lines into a command, for each connection.
func writeTyped(p *page, command func(act) (line string, steps []step)) error {
	play := p.play()
	type block struct {
		lines []string
		end   string
	}
	var blocks []block
	for _, a := range play.acts {
		line, steps := command(a)
		b := block{end: "} | " + line}
		n := 0
		for _, s := range steps {
			switch s.kind {
			case stepHear:
				if k := len(b.lines); k == 0 || b.lines[k-1] != "sleep 1" {
					b.lines = append(b.lines, "sleep 1")
				}
			case stepSay, stepContent:
				b.lines = append(b.lines, p.typed(s, &n)...)
			}
		}
		blocks = append(blocks, b)
	}
	p.comments("# ")
	for _, b := range blocks {
		p.printf("{\n")
		for _, l := range b.lines {
			p.printf("  %s\n", l)
		}
		p.printf("%s\n", b.end)
	}
	return nil
}

// typed writes printf commands for a step.
func (p *page) typed(s step, n *int) []string {
	if s.bulk != nil {
		p.note("%d octets of content are left out; a filler is sent in their place", s.bulk.Octets)
		return []string{fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x | fold -w 70 | sed 's/$/\\r/'", min(s.bulk.Octets, 1<<20))}
	}
	if s.secret != nil {
		*n++
		name := fmt.Sprintf("SMTP_RESPONSE_%d", *n)
		p.note("%s must hold what stood in line %q, in base64", name, shown(session.Event{Data: []byte(s.publicText())}))
		var words []string
		for _, part := range s.secret {
			if part.secret != "" {
				words = append(words, `"${`+name+`:?}"`)
			} else if len(part.text) > 0 {
				words = append(words, ansiQuote(part.text))
			}
		}
		return []string{"printf %s " + strings.Join(words, "")}
	}
	var lines []string
	for line := range strings.Lines(string(s.data)) {
		if text, ok := strings.CutSuffix(line, "\r\n"); ok && !strings.ContainsAny(text, "\r\n") && shellQuote(text) != ansiQuote([]byte(text)) {
			lines = append(lines, `printf '%s\r\n' `+shellQuote(text))
		} else {
			lines = append(lines, "printf %s "+ansiQuote([]byte(line)))
		}
	}
	return lines
}

// publicText is what is said, secrets left out.
func (s step) publicText() string {
	var b strings.Builder
	for _, part := range s.secret {
		if b.Write(part.text); part.secret != "" {
			b.WriteString("…")
		}
	}
	return b.String()
}
