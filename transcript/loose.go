package transcript

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// loose reads what was pasted from somewhere: a file without a header. Lines
// of the format are taken as they are. Whatever else can be understood is
// made a line of the format, with a warning for each guess, and the rest is
// kept as comments.
//
// It follows the conversation, because only that tells content from commands
// and a reply from prose.
type loose struct {
	s     *Scanner
	ready []told
	held  *Item  // the last line of octets: the next may go on with it
	prose []Item // lines before the first one that was understood
	notes []int  // which of them were written as comments
	begun bool   // a line was understood

	flow
	greets bool            // "= connect" was written for what follows
	conns  int             // connections
	last   Dir             // whose line came last
	labels map[string]bool // words that were labels here, and the labels that were told of
	ornate bool            // what stands before labels was told of
	setIn  bool            // that they are set in was
	quoted bool            // lines stand in quotes

	known, swapped bool // whether S is the client is known, and is so
	column         int  // of the last label
	gap            bool // a blank line came since the last line of octets
	elided         bool // something is not shown since the last line of octets, and was told of
	secured        bool // nothing was said since the handshake
	unmarked       bool // content goes on in lines without labels
	margin         int  // blanks before each of them, as labels would take
	secrets        int
	torn           bool // this line has no end
}

// told is an item, or what is wrong with its line.
type told struct {
	Item
	err error
}

// give adds to what is ready.
func (l *loose) give(it Item) { l.ready = append(l.ready, told{Item: it}) }

// next returns the next item.
func (l *loose) next() (Item, error) {
	for len(l.ready) == 0 {
		text, whole, err := l.s.read()
		l.torn = l.torn || err == nil && !whole
		if err != nil {
			l.end()
			if len(l.ready) > 0 {
				l.s.err = err // it comes behind them
				if damageOf(err) != nil {
					l.s.err = nil
					l.ready = append(l.ready, told{Item{Line: l.s.line, Kind: Damage, Text: err.Error()}, err})
				}
				break
			}
			return Item{Line: l.s.line, Kind: Damage, Text: err.Error()}, err
		}
		l.line(text)
	}
	it := l.ready[0]
	l.ready = l.ready[1:]
	l.s.torn = l.torn && len(l.ready) == 0 && l.held == nil
	return it.Item, it.err
}

// end gives out what is held back.
func (l *loose) end() {
	l.release()
	if l.begun {
		if l.multi && l.last == FromServer && !l.elided {
			line := l.s.line
			if !l.torn {
				line-- // that is where the next would have been
			}
			l.s.warnAt(line, "the file ends in the middle of a reply")
		}
		return
	}
	if n := len(l.prose); l.torn && n > 0 && l.prose[n-1].Line == l.s.line {
		l.warn("the last line is cut off and was left out: %s", errLine)
		l.prose = l.prose[:n-1]
	}
	for _, it := range l.prose {
		if it.Kind == Comment {
			err := &SyntaxError{File: l.s.name, Line: it.Line, Col: 1, Text: errFile.Error()}
			l.ready = append(l.ready, told{Item{Line: it.Line, Kind: Damage, Text: err.Text}, err})
			continue
		}
		l.give(it)
	}
	l.prose = nil
}

func (l *loose) release() {
	if l.held != nil {
		l.give(*l.held)
		l.held = nil
	}
}

func (l *loose) warn(format string, args ...any) { l.s.warn(fmt.Sprintf(format, args...)) }

// emit gives an item out, behind all before it.
func (l *loose) emit(it Item) {
	it.Line = l.s.line
	if it.Kind == Blank || it.Kind == Comment && !l.begun {
		if l.prose = append(l.prose, it); l.begun {
			l.flushProse()
		} else if len(l.prose) > maxDamage {
			l.end()
		}
		return
	}
	if !l.begun {
		l.begun = true
		for _, p := range l.prose {
			if p.Kind == Comment && !slices.Contains(l.notes, p.Line) {
				l.s.warnAt(p.Line, "no line of a dialogue; it is kept as a comment")
			}
		}
	}
	l.flushProse()
	l.release()
	if it.Kind == Octets && it.Op != '@' && it.Op != '*' {
		l.held = &it
		return
	}
	l.give(it)
}

func (l *loose) flushProse() {
	if len(l.prose) == 0 {
		return
	}
	l.release()
	for _, it := range l.prose {
		l.give(it)
	}
	l.prose = nil
}

func hasPlaceholder(text []byte) bool { return bytes.Contains(text, []byte("${")) }

// joinedLabel is a label in the middle of a line: a page has lost its line ends.
var joinedLabel = lazy.Regexp(`(?:^|\s)(?:(?:S|Server|R|Receiver): ?[2-5]\d\d(?:[ -]|$)|(C|Client|Sender):)`)

// Parted parts a line that holds a whole dialogue with its labels, or returns
// nil. What stands before the first label comes first.
func Parted(text string) []string {
	if strings.Count(text, ": ") < 3 {
		return nil
	}
	found := joinedLabel().FindAllStringSubmatchIndex(text, -1)
	client := 0
	for _, m := range found {
		if m[2] >= 0 {
			client++
		}
	}
	if client == 0 || len(found)-client < 2 {
		return nil
	}
	var parts []string
	if before := strings.TrimSpace(text[:found[0][0]]); before != "" {
		if len(found) < 5 { // a sentence about a dialogue
			return nil
		}
		parts = append(parts, before)
	}
	for i, m := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		parts = append(parts, strings.TrimSpace(text[m[0]:end]))
	}
	return parts
}

// line takes one line of the file.
func (l *loose) line(raw []byte) {
	if parts := Parted(string(raw)); parts != nil && !l.content() {
		l.warn("a dialogue in one line: where its lines begin is a guess")
		for _, part := range parts {
			l.line([]byte(part))
		}
		return
	}
	text := string(raw)
	trimmed := trimLeft(text)
	switch {
	case trimmed == "" && !l.unmarked:
		l.gap = true
		l.emit(Item{Kind: Blank})
		return
	case l.format(bytes.TrimLeft(raw, " \t"), len(text)-len(trimmed)):
		return
	case furniture(text):
		l.warn("the furniture of a page is left out")
		return
	}
	if found, ok := findLabel(text); ok && (!l.mailData() || l.labels[found.word]) {
		l.labelled(found)
		return
	}
	l.unlabelled(strings.TrimRight(text, " \t"), len(text)-len(trimmed))
}

// format takes a line that is one of the format already, literal lines aside.
func (l *loose) format(text []byte, indent int) bool {
	if len(text) == 0 || l.unmarked {
		return false
	}
	switch text[0] {
	case 'C', 'S':
		if len(text) < 2 || strings.IndexByte(`">*@?+!6`, text[1]) < 0 || text[1] == '6' && !bytes.HasPrefix(text[2:], []byte("4 ")) {
			return false
		}
	case '=', '@', '+':
		if len(text) < 2 || text[1] != ' ' && !('0' <= text[1] && text[1] <= '9') {
			return false
		}
	case '#':
	default:
		return false
	}
	it, err := l.s.parse(text)
	if err != nil && text[1] == '>' && !hasPlaceholder(text) {
		return false // somebody's prompt, and no template
	}
	if err != nil && l.torn {
		l.warn("the last line is cut off and was left out: %s", err)
		return true
	}
	if err != nil {
		l.begun = true
		l.flushProse()
		l.release()
		wrong := l.s.wrong(shift(err, indent))
		l.ready = append(l.ready, told{Item{Line: l.s.line, Kind: Damage, Text: err.Error()}, wrong})
		return true
	}
	if it.Kind == Comment && !l.begun {
		l.notes = append(l.notes, l.s.line)
	}
	l.s.notice(&it)
	l.learn(&it)
	l.emit(it)
	return true
}

// learn follows an item of the format.
func (l *loose) learn(it *Item) {
	switch it.Kind {
	case Octets:
		l.heard(it.Dir, it.Data, it.Bulk)
	case Fact, Directive:
		if it.Key == "connect" || it.Key == "session" {
			l.begin()
		}
		l.happened(it)
	case Expect:
		l.expected(it)
	}
}

// begin is for another connection.
func (l *loose) begin() {
	l.reopen(nil)
	l.greets, l.unmarked = true, false
	l.conns = max(l.conns, 1)
}

// heard follows octets.
func (l *loose) heard(dir Dir, data []byte, bulk *session.Bulk) {
	l.flow.heard(dir, data, bulk)
	l.conns = max(l.conns, 1)
	l.greets, l.gap, l.elided, l.secured, l.last = false, false, false, false, dir
	if !l.mailData() {
		l.unmarked = false
	}
}

// say adds a line of octets.
func (l *loose) say(dir Dir, text string) {
	it := Item{Kind: Octets, Dir: dir, Op: ':', Data: append([]byte(text), "\r\n"...)}
	if i := forbidden([]byte(text)); i >= 0 {
		l.warn(`the octet \x%02x is kept as an escape, in quotes`, text[i])
		it.Op = '"'
	}
	l.octets(it)
}

func (l *loose) octets(it Item) {
	l.emit(it)
	l.heard(it.Dir, it.Data, it.Bulk)
}
