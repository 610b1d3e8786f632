package convert

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ehlo/session"
)

// language writes the steps of a program.
type language struct {
	hear   func(code, text string) string
	say    func(data string) string // of a quoted literal, or a sum of some
	hide   func(data string) string // the same, and nobody sees it
	quote  func(data []byte) string
	plus   string                          // joins literals
	secret func(what string, n int) string // the expression for a secret
	secure func(host string) string
	file   func(name string, offset, octets int64) string
	need   string // a format: the variable of the environment must be set
	chunk  int    // octets of a literal; content is cut into so many

	asked []string // variables that the secrets come from
}

// needs writes that a variable is missing before anything is said: a server
// should not have to wait for it.
func (l *language) needs(user string) []string {
	var lines []string
	for _, name := range l.asked {
		if name != "SMTP_USER" || user == "" {
			lines = append(lines, fmt.Sprintf(l.need, name))
		}
	}
	return lines
}

// asks notes where a secret comes from.
func (l *language) asks(what string, n int) {
	var names []string
	switch what {
	case "other":
		names = []string{fmt.Sprintf("SMTP_RESPONSE_%d", n)}
	case "login-user":
		names = []string{"SMTP_USER"}
	case "login-password":
		names = []string{"SMTP_PASSWORD"}
	default:
		names = []string{"SMTP_USER", "SMTP_PASSWORD"}
	}
	for _, name := range names {
		if !slices.Contains(l.asked, name) {
			l.asked = append(l.asked, name)
		}
	}
}

// lines writes the steps of one connection, one a line.
func (l *language) lines(p *page, a act) []string {
	var lines []string
	host, _ := a.target()
	n := 0
	for i, s := range a.steps {
		switch s.kind {
		case stepHear:
			lines = append(lines, l.hear(s.code, firstWords(s.text)))
		case stepSecure:
			if i == 0 && a.implicit {
				continue // the connection began with it
			}
			lines = append(lines, l.secure(host))
		case stepSay, stepContent:
			lines = append(lines, l.said(p, s, &n)...)
		}
	}
	return lines
}

func (l *language) said(p *page, s step, n *int) []string {
	switch {
	case s.bulk != nil && s.bulk.Name == "":
		p.note("%d octets of content were not kept; a filler is sent in their place", s.bulk.Octets)
		return l.literals(filler(s.bulk.Octets))
	case s.bulk != nil:
		return []string{l.file(filepath.Join(filepath.Dir(p.t.Name), s.bulk.Name), s.bulk.Offset, s.bulk.Octets)}
	case s.secret == nil:
		return l.literals(s.data)
	}
	var parts []string
	for _, part := range s.secret {
		switch {
		case part.secret != "":
			*n++
			l.asks(part.secret, *n)
			parts = append(parts, l.secret(part.secret, *n))
		case len(part.text) > 0:
			parts = append(parts, l.quote(part.text))
		}
	}
	return []string{l.hide(strings.Join(parts, l.plus))}
}

// literals cuts octets into literals at their line ends.
func (l *language) literals(data []byte) []string {
	var lines []string
	for len(data) > 0 {
		n := len(data)
		if n > l.chunk {
			n = l.chunk
		}
		// One line of the program for one line of the dialogue.
		if i := strings.IndexByte(string(data[:n]), '\n'); i >= 0 {
			n = i + 1
		}
		lines = append(lines, l.say(l.quote(data[:n])))
		data = data[n:]
	}
	return lines
}

// firstWords shortens a reply for a comment.
func firstWords(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text = session.Escape(text)
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return text
}

// about is what a program says of itself.
func (p *page) about(mark, run string) {
	p.printf("%sSays again what was said in %s.\n%s\n", mark, p.name, strings.TrimSpace(mark))
	for _, l := range strings.Split(run, "\n") {
		p.printf("%s\n", strings.TrimRight(mark+l, " "))
	}
	if len(p.notes) > 0 {
		p.printf("%s\n", strings.TrimSpace(mark))
		p.comments(mark + "Note: ")
	}
}

const environment = `SMTP_USER and SMTP_PASSWORD are for a login, SMTP_RESPONSE_n for a response
that cannot be computed, SMTP_CA names a file of certificates to trust, and
SMTP_INSECURE=1 trusts any. The exit code is 0 if every reply is of the same
class as it was then, else 1.`

// programs writes all connections.
func (l *language) programs(p *page) (play *play, acts [][]string) {
	play = p.play()
	for _, a := range play.acts {
		acts = append(acts, l.lines(p, a))
	}
	return play, acts
}
