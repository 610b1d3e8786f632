package tui

import (
	"fmt"
	"mime"
	"strings"

	"ehlo/session"
	"ehlo/themes"
)

// What stands beside the wire form of a row: what is folded away behind it,
// what its base64 says, what a person wrote.

// beside adds it behind the text of a row that has so much room. What is
// folded away is said whatever else has to be cut.
func (c *conversation) beside(l *line, i, room int, t themes.Theme) {
	r := &c.rows[i]
	if n := c.foldedAway(i); n > 0 {
		says := fmt.Sprintf("  %s %s folded", t.Marks.Fold, session.Count(n, "line", "lines"))
		l.cut(room-width(says), t.Text, t.Marks.Cut)
		l.add(t.Key, says)
	}
	if l.width()+12 > room { // a letter or two of it would say nothing
		return
	}
	if text := c.plainly(i, t.Marks.Secret); text != "" {
		l.add(t.Dim, "  = ")
		l.wire(t.Dim, t.Escape, text)
	}
	if text := c.written[r.from]; text != "" {
		l.add(t.Key, "  "+t.Marks.Note+" ")
		l.wire(t.Text, t.Escape, text)
	}
}

// markOf is what a person has done to a row.
func (c *conversation) markOf(r *row, t themes.Theme) string {
	switch {
	case r.marked:
		return t.Marks.Marked
	case c.written[r.from] != "":
		return t.Marks.Note
	}
	return ""
}

// maxPlain bounds the octets of a row that are decoded to stand beside it.
const maxPlain = 2048

// plainly is what a row says in an encoding, without what is secret in it: a
// challenge, a response, a word of a header (RFC 2047); "" if there is none.
func (c *conversation) plainly(i int, mask string) string {
	r := &c.rows[i]
	first := &c.events[r.from]
	switch {
	case len(first.Data) > maxPlain:
		return ""
	case r.kind == session.Received && r.class == 3 && r.verb == "AUTH":
		text, _ := first.Decoded()
		return text
	case r.kind == session.Sent && r.content:
		return encodedWords(string(first.Data))
	case r.kind != session.Sent || len(first.Secret) == 0:
		return ""
	}
	login, n := c.loginOf(i)
	if login < 0 {
		return ""
	}
	hidden, ok := response(c.events[r.from:r.to])
	if !ok || n > maxSteps {
		return ""
	}
	data, _ := octets(c.events[c.rows[login].from:c.rows[login].to], 4096, "")
	mech, _, _ := strings.Cut(session.ParseCommand(data).Arg, " ")
	if text := loosen(strings.ToUpper(mech), n, hidden, mask); text != mask {
		return text
	}
	return ""
}

// loginOf returns the AUTH that a row belongs to, and how many responses came
// between the two; -1 if there is none.
func (c *conversation) loginOf(i int) (login, responses int) {
	login = -1
	for n := len(c.logins) - 1; n >= 0; n-- {
		if int(c.logins[n]) <= i {
			login = int(c.logins[n])
			break
		}
	}
	if login < 0 || i-login > 4*maxSteps {
		return -1, 0
	}
	for j := login; j < i; j++ {
		if c.rows[j].kind == session.Sent && len(c.events[c.rows[j].from].Secret) > 0 {
			responses++
		}
	}
	return login, responses
}

// encodedWords decodes those of a header line; "" if it has none.
func encodedWords(line string) string {
	if !strings.Contains(line, "=?") || !strings.Contains(line, "?=") {
		return ""
	}
	line, _ = cutEnding(line)
	text, err := new(mime.WordDecoder).DecodeHeader(line)
	if err != nil || text == line {
		return ""
	}
	return strings.TrimSpace(text)
}

// exactly shows a line octet for octet, its ending included.
func (c *conversation) exactly(l *line, r *row, data []byte, cut bool, t themes.Theme) {
	style := t.Client
	switch {
	case r.kind == session.Received && r.class >= 4:
		style = replyStyle(r.class, t)
	case r.kind == session.Received:
		style = t.Server
	case r.content:
		style = t.Content
	}
	text, ending := string(data), ""
	if !cut {
		text, ending = cutEnding(text)
	}
	l.wire(style, t.Escape, text)
	l.add(t.Escape, escapes(ending))
}

// dumpWidth is how many octets a line of a dump shows.
func dumpWidth(w int) int {
	if w < 75 {
		return 8
	}
	return 16
}

// maxDump bounds how many octets of a row are dumped.
const maxDump = 4096

// dump shows the octets of a row in hex, beside their characters.
func (p *page) dump(c *conversation, r *row) {
	t := p.m.theme
	data, cut := octets(c.events[r.from:r.to], maxDump, t.Marks.Secret)
	n := dumpWidth(p.w)
	for at := 0; at < len(data); at += n {
		part := data[at:min(at+n, len(data))]
		var l line
		l.add(t.Label, fmt.Sprintf(" %04x  ", at))
		l.add(t.Text, fit(fmt.Sprintf("% x", part), 3*n))
		var chars strings.Builder
		for _, b := range part {
			if b < ' ' || b > '~' {
				b = '.'
			}
			chars.WriteByte(b)
		}
		l.add(t.Client, " "+chars.String())
		p.lines = append(p.lines, l)
	}
	if cut {
		p.text(t.Dim, fmt.Sprintf("the first %s octets", session.Digits(maxDump)))
	}
	if n := c.events[r.from].Lost; n > 0 {
		p.text(t.Dim, session.Digits(n)+" octets were not kept")
	}
	p.gap()
}
