package transcript

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// Redaction says what is taken out of a transcript.
type Redaction struct {
	// Secrets puts ${secret.1} in the place of each response of a login and
	// of what else gives access, found by its place in the conversation.
	Secrets bool
	User    bool // the names of those who log in
	Content bool // content becomes its length
	Mask    bool // letters of content become x, digits 0; the MIME structure stays
}

// Any reports whether anything is taken out.
func (r Redaction) Any() bool { return r.Secrets || r.User || r.Content || r.Mask }

// redactor takes secrets out of lines on their way to a formatter. All methods
// can be called on a nil redactor, which takes nothing.
type redactor struct {
	style Redaction
	flow  flow
	w     writer // knows the facts around a login
	told  bool   // the file has those facts already
	begun bool   // they say that one has begun

	octets, lines int64 // content that is left out and not yet written of
	midLine       bool
	mask          mask

	look  look // of what is no conversation
	inKey bool // in a private key
}

// takes reports whether an item is left out. It may change the item.
func (c *redactor) takes(f *formatter, it *Item) bool {
	if c == nil {
		return false
	}
	switch it.Kind {
	case Octets:
		return c.bulk(f, it)
	case Fact, Directive:
		it.Text = c.scrub(known(&c.flow.veil, it.Text))
	default:
		switch it.Kind {
		case Expect:
			it.Text = c.scrub(c.expected(it))
		case Comment:
			it.Text = c.scrub(known(&c.flow.veil, it.Text))
		}
		if it.Kind != Blank {
			c.rest(f)
		}
		return it.Kind == Blank && c.octets > 0
	}
	switch it.Key {
	case "auth":
		what, _, _ := strings.Cut(it.Text, " ")
		c.told = what == "begin"
		if c.style.User {
			it.Text = userParam().ReplaceAllString(it.Text, "")
		}
		return false
	case "secrets":
		return true // that they were kept
	case "blob", "part":
		return c.leavesOut()
	}
	c.rest(f)
	c.flow.happened(it)
	return false
}

// expected returns a pattern in which anything may stand in the place of a
// secret.
func (c *redactor) expected(it *Item) string {
	e := session.Event{Kind: session.Sent, Data: []byte(it.Text)}
	if it.Dir == FromServer {
		e.Kind = session.Received
	} else {
		c.begun = false
	}
	c.flow.mark(&e)
	c.flow.expected(it)
	e.Secret = slices.DeleteFunc(e.Secret, func(s session.Span) bool { return notSecret(e.Data[s.From:s.To]) })
	return string(e.Public("*"))
}

// known takes out of words what the conversation knows to be secret.
func known(veil *session.Veil, text string) string {
	e := session.Event{Data: []byte(text), Secret: veil.Known([]byte(text))}
	return string(e.Public(Bullets))
}

// scrub takes out of words what looks like a secret: tokens, passwords on
// command lines, private keys.
func (c *redactor) scrub(text string) string {
	if c.inKey {
		c.inKey = !strings.Contains(text, "-----END ")
		return Bullets
	}
	for range 10 {
		what, at := c.look.line([]byte(text), LintOptions{})
		if what == "" {
			return text
		}
		if c.inKey = strings.Contains(text[at:], "-----BEGIN ") && !strings.Contains(text[at:], "-----END "); c.inKey {
			return text[:at] + Bullets
		}
		ends := " \t\"'`"
		if strings.HasSuffix(what, "URL") {
			ends += "@"
		}
		end := strings.IndexAny(text[at:], ends)
		if end < 0 {
			end = len(text) - at
		}
		text = text[:at] + Bullets + text[at+end:]
	}
	return Bullets // nobody talks like that
}

// Scrubber takes out of lines of words, which are no dialogue, what lint would
// find in them: tokens, responses behind AUTH, passwords on command lines, and
// private keys, which have several lines.
type Scrubber struct{ c redactor }

// Line takes the next line.
func (s *Scrubber) Line(text string) string { return s.c.scrub(text) }

// leavesOut reports whether the client's next octets are not written.
func (c *redactor) leavesOut() bool { return c.style.Content && c.flow.content() }

// bulk takes octets that are not in the file, or stand there once for many.
func (c *redactor) bulk(f *formatter, it *Item) bool {
	if it.Dir == FromServer {
		c.rest(f)
	}
	if it.Op != '@' && it.Op != '*' {
		return false
	}
	c.flow.open(it.Dir)
	content := c.flow.content()
	if it.Op == '@' {
		c.flow.heard(it.Dir, nil, it.Bulk)
		if it.Dir == FromClient && (content && c.style.Content || c.style.Mask) { // what is elsewhere cannot be masked
			c.leave(it.Bulk.Octets, it.Bulk.Lines, it.Bulk.MidLine)
			return true
		}
		return false
	}
	secret := c.flow.veil.Known(it.Data)
	if it.Dir == FromClient && !content {
		secret = c.flow.st.Secrets(it.Data)
	}
	if len(secret) > 0 {
		for range it.Count { // as lines of their own
			f.octets(&Item{Kind: Octets, Dir: it.Dir, Op: '"', Data: it.Data, Vars: it.Vars})
		}
		return true
	}
	for range it.Count {
		c.flow.heard(it.Dir, it.Data, nil)
	}
	if n := int64(it.Count); content && it.Dir == FromClient && (c.style.Content || c.style.Mask) {
		c.leave(n*int64(len(it.Data)), n*int64(bytes.Count(it.Data, []byte{'\n'})), !bytes.HasSuffix(it.Data, []byte("\r\n")))
		return true
	}
	return false
}

func (c *redactor) leave(octets, lines int64, midLine bool) {
	c.octets += octets
	c.lines += lines
	c.midLine = midLine
}

// rest writes how much content was left out.
func (c *redactor) rest(f *formatter) {
	if c == nil || c.octets == 0 {
		return
	}
	f.buf = appendBulk(f.buf, FromClient, &session.Bulk{Octets: c.octets, Lines: c.lines, MidLine: c.midLine})
	c.octets, c.lines = 0, 0
}

// line writes a line without what is taken out, and reports that it has.
func (c *redactor) line(f *formatter) bool {
	if c == nil {
		return false
	}
	c.flow.open(f.dir)
	e := session.Event{Kind: session.Received, Data: bytes.Clone(f.part)}
	if f.dir == FromClient {
		if c.flow.content() {
			return c.contentLine(f)
		}
		e.Kind, c.mask = session.Sent, mask{}
	}
	c.rest(f)
	c.flow.mark(&e)
	var secret []byte
	if len(e.Secret) == 1 {
		secret = f.part[e.Secret[0].From:e.Secret[0].To]
	}
	c.taken(f.vars)
	var vars []Var
	e.Data, vars = c.w.conceal(&e, f.vars)
	behind := c.login(f, e, secret)
	c.flow.heard(f.dir, f.part, nil)
	f.buf = append(AppendLine(f.buf, f.dir, e.Data, vars), behind...)
	return true
}

// contentLine masks a line of content, or leaves it out.
func (c *redactor) contentLine(f *formatter) bool {
	data := f.part
	before := c.flow.mailData()
	c.flow.heard(f.dir, data, nil)
	if before && !c.flow.mailData() { // the final dot
		c.rest(f)
		return false
	}
	switch {
	case c.style.Content:
		c.leave(int64(len(data)), int64(bytes.Count(data, []byte{'\n'})), !bytes.HasSuffix(data, []byte("\r\n")))
		return true
	case c.style.Mask:
		f.part, f.vars = c.mask.line(data), nil
	}
	return false
}

// userParam is the parameter of a fact.
var userParam = lazy.Regexp(` user=(?:"(?:[^"\\]|\\.)*"|\S+)`)

// login writes the facts around a login, if the file has none, and returns
// those that stand behind the line.
func (c *redactor) login(f *formatter, e session.Event, secret []byte) string {
	c.w.st = c.flow.st
	c.w.buf = c.w.buf[:0]
	behind := c.w.auth(&e, secret, c.w.behind(&e))
	facts := string(c.w.buf)
	if c.style.User {
		facts, behind = userParam().ReplaceAllString(facts, ""), userParam().ReplaceAllString(behind, "")
	}
	c.begun = c.begun || facts != ""
	if c.told || !c.begun { // AUTH may only be expected
		return ""
	}
	c.begun = behind == ""
	f.buf = append(f.buf, facts...)
	return behind
}

// taken sees to it that a new placeholder has a name of its own.
func (c *redactor) taken(vars []Var) {
	for _, v := range vars {
		if n, err := strconv.Atoi(strings.TrimPrefix(v.Name, "secret.")); err == nil {
			c.w.secrets = max(c.w.secrets, n)
		}
	}
}

func hasSecret(vars []Var) bool {
	for _, v := range vars {
		if v.Secret() {
			return true
		}
	}
	return false
}
