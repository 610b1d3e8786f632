package session

import (
	"strconv"
	"strings"
)

// Code is a three-digit reply code, or 0 if there was none (RFC 5321, 4.2).
type Code int

// Class returns the first digit: 2 done, 3 go on, 4 not now, 5 not at all
// (RFC 5321, 4.2.1).
func (c Code) Class() int { return int(c) / 100 }

// Good reports a 2yz or 3yz code.
func (c Code) Good() bool { return c.Class() == 2 || c.Class() == 3 }

// Done reports a 2yz code: the command has been carried out.
func (c Code) Done() bool { return c.Class() == 2 }

func (c Code) String() string {
	if c == 0 {
		return "---"
	}
	return strconv.Itoa(int(c))
}

// Enhanced is an enhanced status code such as 5.1.1, or "" (RFC 3463, 2). A
// server may leave it out on any line, whatever it offered (RFC 2034).
type Enhanced string

// ReplyLine is one line of a reply, taken apart.
type ReplyLine struct {
	Code     Code // 0 if the line does not begin with three digits
	More     bool // a hyphen says that further lines follow
	Glued    bool // neither a blank nor a hyphen stands behind the code
	Enhanced Enhanced
	Text     string // what follows the code and its separator, enhanced code included
	Ending   string // "\r\n", "\n", or "" if the line is not complete
}

// ParseReplyLine takes any line apart. Like every function here it is total:
// what is no reply line comes back with Code 0 and all of it as Text.
//
//	RFC 5321, 4.2: Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
func ParseReplyLine(line []byte) ReplyLine {
	text, ending := cutEnding(line)
	l := ReplyLine{Text: text, Ending: ending}
	if len(text) < 3 || !digit(text[0]) || !digit(text[1]) || !digit(text[2]) {
		return l
	}
	if len(text) > 3 && digit(text[3]) { // four digits are no reply code
		return l
	}
	l.Code = Code(text[0]-'0')*100 + Code(text[1]-'0')*10 + Code(text[2]-'0')
	l.Text = text[3:]
	switch {
	case strings.HasPrefix(l.Text, "-"):
		l.More = true
		l.Text = l.Text[1:]
	case strings.HasPrefix(l.Text, " "):
		l.Text = l.Text[1:]
	default:
		l.Glued = l.Text != ""
	}
	l.Enhanced = leadingEnhanced(l.Text, l.Code)
	return l
}

// leadingEnhanced returns the enhanced code that text begins with, if its
// class agrees with the reply code (RFC 2034, 3).
func leadingEnhanced(text string, code Code) Enhanced {
	word, _, _ := strings.Cut(text, " ")
	if e, ok := ParseEnhanced(word); ok && int(e[0]-'0') == code.Class() {
		return e
	}
	return ""
}

// ParseEnhanced reads class "." subject "." detail (RFC 3463, 2).
func ParseEnhanced(word string) (Enhanced, bool) {
	if len(word) < 5 || word[1] != '.' || (word[0] != '2' && word[0] != '4' && word[0] != '5') {
		return "", false
	}
	subject, detail, ok := strings.Cut(word[2:], ".")
	if !ok || !digits(subject, 3) || !digits(detail, 3) {
		return "", false
	}
	return Enhanced(word), true
}

// Reply is what the server says to one command: one line or several of the
// same code (RFC 5321, 4.2.1).
type Reply struct {
	Code     Code
	Enhanced Enhanced
	Lines    []ReplyLine
	// To is the verb of the command that it answers, [Greeting] for the first
	// reply of a session, [EndOfData] for the verdict on a message, or "" if
	// nobody asked.
	To string
	// From and Seq number the first and the last event of the reply.
	From, Seq int
}

// Text returns the texts of all lines, one a line.
func (r Reply) Text() string {
	switch len(r.Lines) {
	case 0:
		return ""
	case 1:
		return r.Lines[0].Text
	}
	texts := make([]string, len(r.Lines))
	for i, l := range r.Lines {
		texts[i] = l.Text
	}
	return strings.Join(texts, "\n")
}

// Brief is the code, and the enhanced one behind it.
func (r Reply) Brief() string {
	text := r.Code.String()
	if r.Enhanced != "" {
		text += " " + string(r.Enhanced)
	}
	return text
}

func (r Reply) String() string {
	line, _, more := strings.Cut(r.Text(), "\n")
	if more {
		line += " …"
	}
	if line == "" {
		return r.Code.String()
	}
	return r.Code.String() + " " + line
}

// cutEnding splits a line from its CRLF or LF.
func cutEnding(line []byte) (text, ending string) {
	n := len(line)
	switch {
	case n >= 2 && line[n-2] == '\r' && line[n-1] == '\n':
		return string(line[:n-2]), "\r\n"
	case n >= 1 && line[n-1] == '\n':
		return string(line[:n-1]), "\n"
	}
	return string(line), ""
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// digits reports whether s is one to most digits.
func digits(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}
