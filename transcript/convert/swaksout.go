package convert

import (
	"bytes"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// writeSwaks writes a command of swaks for each letter.
func writeSwaks(p *page) error {
	play := p.play()
	var commands []func()
	for _, a := range play.acts {
		p.oddities(a, "swaks")
		if len(a.letters) > 1 {
			p.note("swaks sends one letter on a connection; this makes several")
		}
		letters := a.letters
		if len(letters) == 0 {
			letters = []letter{{}}
		}
		for _, l := range letters {
			c := swaksCommand(p, play, a, l)
			commands = append(commands, func() {
				if !l.ended {
					p.printf("%s\n", c)
					return
				}
				if data := p.content(l); !swaksMends(data) {
					p.heredoc(c.String(), append(data, ".\r\n"...))
				} else {
					c.add("--no-data-fixup")
					p.piped(c.String(), swaksWire(data))
				}
			})
			if l.ended {
				p.content(l)
			}
		}
	}
	p.note("exit codes and texts of refusals are those of swaks")
	p.comments("# ")
	for _, write := range commands {
		write()
	}
	return nil
}

// swaksMechanisms are those that swaks can be told to log in with.
var swaksMechanisms = []string{"PLAIN", "LOGIN", "CRAM-MD5", "CRAM-SHA1", "DIGEST-MD5", "NTLM"}

func swaksCommand(p *page, play *play, a act, l letter) *commandLine {
	c := &commandLine{}
	c.add("swaks")
	host, port := a.target()
	c.add("--server", host)
	c.add("--port", port)
	if a.lmtp {
		c.add("--protocol", "LMTP")
	}
	switch {
	case a.implicit:
		c.add("--tls-on-connect")
	case a.startTLS:
		c.add("--tls")
	}
	if a.helo != "" {
		c.add("--helo", a.helo)
	}
	if a.mech != "" {
		if slices.Contains(swaksMechanisms, strings.ToUpper(a.mech)) {
			c.add("--auth", a.mech)
		} else {
			c.add("--auth")
			p.note("swaks has no %s: it logs in with what it has in common with the server", a.mech)
		}
		if user := play.userName(); user != "" {
			c.add("--auth-user", user)
		}
		p.note("swaks asks for the password, since none is here; --auth-password gives it")
	}
	if l.from.Path != "" || len(l.to) > 0 {
		from := l.from.Path
		if from == "" {
			from = "<>"
		}
		c.add("--from", from)
	}
	if len(l.to) > 0 {
		c.add("--to", strings.Join(l.paths(), ","))
	}
	if l.pipeline {
		c.add("--pipeline")
	}
	swaksNotes(p, l)
	switch {
	case l.ended:
		c.add("--data", "-")
	case len(l.to) > 0:
		c.add("--quit-after", "RCPT")
	case l.from.Path != "":
		c.add("--quit-after", "MAIL")
	default:
		c.add("--quit-after", "HELO")
	}
	return c
}

// mends is what swaks makes something else of: its own words, \n, an mbox line, a
// dot at the very beginning.
var mends = lazy.Regexp(`%[A-Z_]+%|\\n|\AFrom |\A\.`)

// swaksMends reports whether swaks would send something else than this content.
// It takes a dot on a line of its own for the end, and puts it there again: without
// one it adds an empty line. Without an empty line in it, too, all is header.
func swaksMends(data []byte) bool {
	return mends().Match(data) || !bytes.HasSuffix(data, []byte("\r\n")) || !bytes.Contains(data, []byte("\r\n\r\n")) ||
		bytes.Count(data, []byte("\n")) != bytes.Count(data, []byte("\r\n")) || bytes.Count(data, []byte("\r")) != bytes.Count(data, []byte("\r\n"))
}

// swaksWire is content as swaks sends it unchanged: as it is on the wire, but for
// the line end behind the last dot.
func swaksWire(data []byte) []byte {
	var b bytes.Buffer
	_ = session.BytesContent(data).WriteWire(&b) // from memory to memory
	return bytes.TrimSuffix(b.Bytes(), []byte("\r\n"))
}

func swaksNotes(p *page, l letter) {
	for _, e := range append([]session.Envelope{l.from}, l.to...) {
		for _, param := range e.Params {
			p.note("swaks adds no parameters to MAIL and RCPT: %s is left out", session.Escape(param.String()))
		}
	}
}
