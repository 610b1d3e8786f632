package transcript

import (
	"regexp"
	"strings"
	"unicode"

	"ehlo/transcript/lazy"
)

// label says whose line of a pasted dialogue this is. There are as many ways
// to write that as there are books.
type label struct {
	dir    Dir
	either string // "R" or "S": the roles of the file decide; "both" is a line of neither
	word   string // as the file has it, in lower case
	column int    // where the label stands
	mark   string // the label itself
	before string // what stands before it, beside blanks
	text   string // what stands behind it and one blank
	blank  string // that blank, if there is one
}

// parties are the words that name a side.
var parties = map[string]Dir{
	"c": FromClient, "client": FromClient, "sender": FromClient, "sender-smtp": FromClient, "sending server": FromClient,
	"smtp client": FromClient, "sending client": FromClient, "user": FromClient,
	"s": FromServer, "server": FromServer, "receiver": FromServer, "receiver-smtp": FromServer, "receiving server": FromServer,
	"smtp server": FromServer, "mail server": FromServer, "p": FromServer, "r": FromServer,
}

var arrows = []struct {
	mark string
	dir  Dir
}{
	{">>>", FromClient}, {"<<<", FromServer}, {"-->", FromClient}, {"<--", FromServer}, {"→", FromClient}, {"←", FromServer},
}

var (
	// partyLabel is a word and a colon, with the emphasis of Markdown or none.
	partyLabel = lazy.Regexp("^([*_`]{0,2})(?i:([a-z]+(?:[ -](?:server|client|smtp))?))[*_`]{0,2} ?:")
	// wordPrompt and boxedLabel are "client> ", "[C] "; turnedLabel is "C -> S:".
	wordPrompt  = lazy.Regexp(`^(?i:(client|server|sender|receiver|c|s)) ?>(?:\s|$)`)
	boxedLabel  = lazy.Regexp(`^[\[(<](?i:(c|s|client|server))[\])>]:?(?:\s|$)`)
	turnedLabel = lazy.Regexp(`^(?i:(c|client|s|server))\s*(?:[-=]*>|→)\s*(?i:c|client|s|server)\s*:`)
	aPath       = lazy.Regexp(`^[A-Za-z]:\\[^\\]`) // of Windows: C:\Users
	bothLabel   = lazy.Regexp(`^(?i:c|s|client|server|r) ?(?:&|and|/|\+) ?(?i:c|s|client|server|r) ?:`)
	// logPrefix is what a log puts before a line: times, levels, numbers.
	logPrefix = lazy.Regexp(`^(?:\[[^\]]*\]|\d{4}-\d\d-\d\d(?:[T ][0-9:.,]+\S*)?|\d\d:\d\d:\d\d\S*|DEBUG:?|INFO:?|TRACE:?)\s+`)
	// bullet is what lists, quoted mails, tables and comments begin with.
	bullet = lazy.Regexp(`^(?:[-*|•]|//|>+|\d{1,3}[.):]|\d{1,2})\s+`)
)

// findLabel finds the label of a line, behind an indent and other ornament.
func findLabel(line string) (label, bool) {
	rest := trimLeft(line)
	for {
		if l, ok := bareLabel(rest); ok {
			l.column = len(line) - len(rest)
			mark := rest[:len(rest)-len(l.text)]
			l.mark = strings.TrimSpace(mark)
			l.before = strings.TrimSpace(line[:l.column])
			l.blank = mark[len(strings.TrimRightFunc(mark, unicode.IsSpace)):]
			return l, true
		}
		n := len(logPrefix().FindString(rest))
		if n == 0 {
			n = len(bullet().FindString(rest))
		}
		if n == 0 {
			return label{}, false
		}
		rest = trimLeft(rest[n:])
	}
}

// glued reports whether no blank stands behind a label, or not the plain one.
func (l label) glued() bool { return l.text != "" && !strings.HasSuffix(l.blank, " ") }

func bareLabel(text string) (label, bool) {
	if aPath().MatchString(text) {
		return label{}, false
	}
	if len(text) > 1 && text[1] == ':' && (text[0] == 'C' || text[0] == 'S') { // by far the most
		l := label{dir: Dir(text[0]), word: "c", text: oneBlank(text[2:])}
		if text[0] == 'S' {
			l.word, l.either = "s", "S"
		}
		return l, true
	}
	if m := bothLabel().FindString(text); m != "" {
		return label{either: "both", word: "both", text: strings.TrimSpace(text[len(m):])}, true
	}
	if m := partyLabel().FindStringSubmatch(text); m != nil {
		word := strings.ToLower(m[2])
		dir, ok := parties[word]
		if !ok {
			return label{}, false
		}
		l := label{dir: dir, word: word, text: oneBlank(strings.TrimPrefix(text[len(m[0]):], m[1]))}
		if word == "r" || word == "s" {
			l.either = strings.ToUpper(word)
		}
		return l, true
	}
	for _, re := range []func() *regexp.Regexp{wordPrompt, boxedLabel, turnedLabel} {
		if m := re().FindStringSubmatch(text); m != nil {
			word := strings.ToLower(m[1])
			rest := strings.TrimPrefix(text[len(strings.TrimRight(m[0], " \t")):], " ")
			return label{dir: parties[word], word: re().String() + word, text: rest}, true
		}
	}
	for _, a := range arrows {
		if rest, ok := strings.CutPrefix(text, a.mark); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
			return label{dir: a.dir, word: a.mark, text: oneBlank(rest)}, true
		}
	}
	return label{}, false
}

func oneBlank(text string) string {
	text = strings.TrimPrefix(text, "\u00a0") // of a web page
	if text != "" && (text[0] == ' ' || text[0] == '\t') {
		return text[1:]
	}
	return text
}

// trimLeft removes blanks of every kind, the invisible ones of web pages too.
func trimLeft(text string) string {
	return strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' })
}

// sides counts labels in a text: whether S stands for the server or, where R
// is the receiver, for the sender.
func sides(text string) (c, r bool) {
	for line := range strings.Lines(text) {
		switch l, ok := findLabel(strings.TrimRight(line, "\r\n")); {
		case !ok || l.either == "both":
		case l.either == "R":
			r = true
		case l.dir == FromClient:
			c = true
		}
	}
	return c, r
}
