package transcript

import (
	"bytes"
	"strings"

	"ehlo/session"
)

// unlabelled takes a line that does not say whose it is; indent is where it
// begins.
func (l *loose) unlabelled(text string, indent int) {
	trimmed := trimLeft(text)
	inner, whole := wholeAside(trimmed)
	if whole {
		trimmed = inner
	}
	switch {
	case !l.unmarked && l.mailData() && l.labelAhead():
		l.warn("no line of a dialogue, as the content goes on with labels; it is kept as a comment")
		l.emit(Item{Kind: Comment, Text: clip(text)})
	case l.unmarked, l.mailData() && !whole && !ellipsis(text) && l.goesOn(text):
		l.more(text)
	case l.mailData() && !whole && !ellipsis(text) && indent > l.column+1: // below what stands behind the labels
		l.say(FromClient, "")
		l.margin = indent
		l.more(text)
	case whole && (securing().MatchString(inner) || connecting().MatchString(inner)), !whole && l.st.Phase == session.Handshake && securing().MatchString(text):
		l.aside(0, trimmed)
	case ellipsis(trimmed), whole:
		l.missing(strings.TrimSpace(text))
	case l.held != nil && !l.mailData() && l.join(trimmed, indent):
	case replyCode(trimmed) && l.begun && l.last != 0 && l.chunk == 0 && (l.multi || len(l.st.Pending) > 0):
		l.warn("a line without a label that is a reply: it is the server's")
		l.beforeServer(trimmed)
		l.say(FromServer, trimmed)
	default:
		if l.begun {
			l.warn("no line of a dialogue; it is kept as a comment")
		}
		l.emit(Item{Kind: Comment, Text: clip(text)})
	}
}

// goesOn reports whether content goes on in a line without a label: it must
// follow at once, or look like a header.
func (l *loose) goesOn(text string) bool { return !l.gap || headerField(text) || text == "." }

// more takes a line of content without a label.
func (l *loose) more(text string) {
	if !l.unmarked {
		l.warn("content without labels: it is the client's up to the dot")
	}
	l.unmarked = true
	for n := l.margin; n > 0 && text != "" && (text[0] == ' ' || text[0] == '\t'); n-- {
		text = text[1:]
	}
	l.say(FromClient, text)
	if l.unmarked = l.mailData(); !l.unmarked {
		l.margin = 0
	}
}

// join puts a line that was broken together again: base64, or a line that
// goes on farther to the right.
func (l *loose) join(text string, indent int) bool {
	before := bytes.TrimSuffix(l.held.Data, []byte("\r\n"))
	if len(before) > maxLine {
		return false
	}
	blank := ""
	switch cut, broken := bytes.CutSuffix(before, []byte(`\`)); {
	case broken:
		before, blank = bytes.TrimRight(cut, " "), " "
	case base64Word(text) && l.takesBase64(before):
		if words := bytes.Fields(before); string(before) == "334" || len(words) == 2 && session.ParseCommand(before).Verb == "AUTH" {
			blank = " "
		}
	case l.gap || indent <= l.column || finished(before) || replyCode(text):
		return false
	default:
		if n := len(before); n > 0 && strings.IndexByte(":;=/,+@", before[n-1]) < 0 && strings.IndexByte(":;=/,+@.?&", text[0]) < 0 {
			blank = " "
		}
	}
	l.warn("this line goes on with the one before")
	joined := append(append(bytes.Clone(before), blank...), text...)
	l.held.Data = append(joined, "\r\n"...)
	if forbidden(joined) >= 0 {
		l.held.Op = '"'
	}
	return true
}

// takesBase64 reports whether a line may go on with base64: a challenge, a
// response, AUTH.
func (l *loose) takesBase64(before []byte) bool {
	return bytes.HasPrefix(before, []byte("334")) || l.held.Dir == FromClient &&
		(l.st.Phase == session.Challenged || session.ParseCommand(before).Verb == "AUTH" || base64Word(string(before)))
}

// finished reports whether nothing can follow in a line.
func finished(line []byte) bool {
	switch strings.ToUpper(string(line)) {
	case "DATA", "QUIT", "RSET", "STARTTLS", ".", "":
		return true
	}
	return false
}

// labelAhead reports whether content comes that has labels: a line without one
// is somebody's explanation then.
func (l *loose) labelAhead() bool {
	ahead, _ := l.s.r.Peek(l.s.r.Size())
	for line := range bytes.Lines(ahead) {
		text := strings.TrimRight(string(line), "\r\n \t")
		if text == "." {
			return false
		}
		if found, ok := findLabel(text); ok && l.labels[found.word] {
			return found.dir == FromClient && found.text != "."
		}
	}
	return false
}
