package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ehlo/transcript/lazy"
)

// learnedFormat reads a log that nobody here has seen: what stands before the
// replies is the server's mark, what stands before the commands the client's.
//
//	2021-03-05 10:00:00 I/SMTP Response: 220 mx.test.example ESMTP
//	2021-03-05 10:00:00 I/SMTP Send: EHLO client.test.example
func learnedFormat() Format {
	return Format{
		Name: "learned", About: "any other log whose lines have marks: what they are is learned from its replies and commands",
		score: func(head []string) int {
			l, n := learn(head[:min(len(head), maxPeeked)]), 0 // what reads it sees no more
			if l == nil {
				return 0
			}
			for _, m := range slices.Concat(l.server, l.client) {
				n += m.replies + m.commands
			}
			if l.unmarked {
				n *= 2
			}
			return n * 3 / 4 // whoever knows a format knows it better
		},
		timed: haveTimes,
		read: func(src *source, d *draft) {
			l := learn(peekHead(src))
			if l == nil {
				l = &learned{}
			}
			for _, side := range []struct {
				name  string
				marks []mark
			}{{"server", l.server}, {"client", l.client}} {
				for _, m := range side.marks {
					d.warnAt(m.line, fmt.Sprintf("what stands before this line is taken for a mark of the %s: %s", side.name, strings.TrimSpace(m.example)))
				}
			}
			readGuessed(src, d, false, l.marks, arrowWrap)
		},
	}
}

// learned has the marks of a file.
type learned struct {
	server, client []mark
	conn           int  // which number in a mark is that of the connection, from 1; 0 if none is
	unmarked       bool // replies have nothing before them
}

// mark is what stands before lines: numbers, days and months in it change.
type mark struct {
	shape             string
	blanks            int // behind it, at least: more than those are the line's own
	re                *regexp.Regexp
	example           string
	line              int
	replies, commands int
	sure              bool // no prose has such a word behind such a mark
}

// learn finds the marks of both sides, or nil.
func learn(head []string) *learned {
	votes, with, replies, commands := map[string]*mark{}, 0, 0, 0
	goesOn := false // a reply goes on, and programs mark the first of its lines only
	for i, l := range head {
		at := saidAt(l)
		further := goesOn && at == 0
		goesOn = at >= 0 && unfinishedReply([]byte(l[at:]))
		switch {
		case further && aReply().MatchString(l):
		case at == 0 && aReply().MatchString(l):
			replies++
		case at == 0:
			commands++
		}
		if at <= 0 || strings.TrimSpace(l[:at]) == "" {
			continue
		}
		with++
		shape := shapeOf(l[:at])
		m := votes[shape]
		if m == nil {
			m = &mark{shape: shape, blanks: at, example: l[:at], line: i + 1}
			votes[shape] = m
		}
		m.blanks = min(m.blanks, at-len(strings.TrimRight(l[:at], " \t")))
		m.vote(l[:at], l[at:])
	}
	if commands*2 > with { // the lines have no marks
		return nil
	}
	var l learned
	for _, m := range votes {
		switch {
		case m.replies > 5*m.commands:
			l.server = append(l.server, *m)
		case m.commands > 2*m.replies: // content too may begin with a number; replies under the same mark would be more
			l.client = append(l.client, *m)
		}
	}
	l.server, l.client = frequent(l.server), frequent(l.client)
	l.unmarked = l.server == nil && replies > 1
	if l.client == nil || l.server == nil && !l.unmarked || l.server != nil && replies*2 > with {
		return nil
	}
	l.client = l.once(head)
	l.conn = l.connections(head)
	return &l
}

// once leaves out a mark of the client whose lines only say again what stands
// in the line before: MailHog logs what it reads, and then what it makes of it.
func (l *learned) once(head []string) []mark {
	again, all, last := map[string]int{}, map[string]int{}, ""
	for _, line := range head {
		at, side := l.find(line)
		if at == nil || side != theClient {
			continue
		}
		text := strings.ToUpper(strings.Join(strings.Fields(strings.TrimRight(line[at[1]:], `'"\rn `)), " "))
		shape := shapeOf(line[:at[1]])
		if all[shape]++; text == last {
			again[shape]++
		}
		last = text
	}
	return slices.DeleteFunc(l.client, func(m mark) bool { return again[m.shape] > 0 && again[m.shape] == all[m.shape] && len(l.client) > 1 })
}

// vote counts what stands behind a mark.
func (m *mark) vote(before, text string) {
	before = strings.TrimRight(before, " \t")
	sure := strings.IndexByte(">:|]\"'`", before[len(before)-1]) >= 0
	if aReply().MatchString(text) {
		m.replies++
		m.sure = m.sure || sure && aGreeting().MatchString(text)
		return
	}
	m.commands++
	m.sure = m.sure || sure && sureCommand().MatchString(text)
}

// connections finds the number in the marks that tells one connection from
// another: under each of its values the first line is a greeting.
func (l *learned) connections(head []string) int {
	const most = 12
	var seen [most]map[string]bool
	var no [most]bool
	lines := 0
	for _, line := range head {
		m, side := l.find(line)
		if m == nil {
			continue
		}
		lines++
		for k := range most {
			if 2*k+3 >= len(m) || m[2*k+2] < 0 {
				no[k] = true
				continue
			}
			value := line[m[2*k+2]:m[2*k+3]]
			if seen[k] == nil {
				seen[k] = map[string]bool{}
			}
			if !seen[k][value] && (side != theServer || !strings.HasPrefix(line[m[1]:], "220")) {
				no[k] = true
			}
			seen[k][value] = true
		}
	}
	for k := range most {
		if n := len(seen[k]); !no[k] && n > 1 && n*3 <= lines {
			return k + 1
		}
	}
	return 0
}

// maxMark is how long what stands before a line can be: its blanks and numbers
// may be longer than those it was learned from.
const maxMark = 8 * maxPrefix

// find finds the mark of a line: where it is and whose. The longest counts.
func (l *learned) find(line string) (at []int, whose who) {
	line = line[:min(len(line), maxMark)]
	for i, side := range [][]mark{l.server, l.client} {
		for _, m := range side {
			// Of an empty line an editor has taken the blank away.
			found := m.re.FindStringSubmatchIndex(line)
			if found == nil {
				if found = m.re.FindStringSubmatchIndex(line + strings.Repeat(" ", m.blanks)); found == nil {
					continue
				}
				found[1] = min(found[1], len(line))
			}
			if at == nil || found[1] > at[1] {
				at, whose = found, []who{theServer, theClient}[i]
			}
		}
	}
	return at, whose
}

// maxMarks is how many marks a side may have.
const maxMarks = 8

// frequent keeps the marks that came more than once, or that only a client can
// have written, or else the first that came; longer ones first, since one may
// be the beginning of another.
func frequent(all []mark) []mark {
	slices.SortFunc(all, func(a, b mark) int {
		if d := b.replies + b.commands - a.replies - a.commands; d != 0 {
			return d
		}
		return a.line - b.line
	})
	kept := all[:0]
	for i, m := range all {
		if len(kept) < maxMarks && (i == 0 || m.replies+m.commands > 1 || m.sure) {
			m.re = regexp.MustCompile(fmt.Sprintf(`^\s*%s[ \t]{%d}`, strings.TrimSuffix(m.shape, `\s+`), m.blanks))
			kept = append(kept, m)
		}
	}
	all = kept
	slices.SortStableFunc(all, func(a, b mark) int { return len(b.shape) - len(a.shape) })
	return all
}

// saidAt finds where a reply or a command begins behind something else; 0 if
// nothing stands before it, -1 if there is none.
func saidAt(line string) int {
	for i := 0; i < len(line) && i < 4*maxPrefix; i++ {
		if i > 0 && !parts(line[:i]) {
			continue
		}
		switch rest := line[i:]; {
		case '2' <= line[i] && line[i] <= '5':
			if aReply().MatchString(rest) && !aNumber().MatchString(rest) {
				return i
			}
		case unicode.IsLetter(rune(line[i])) && aCommand().MatchString(rest) && !aKey().MatchString(rest):
			return i
		}
	}
	return -1
}

// parts reports whether something new may begin behind a text.
func parts(before string) bool {
	switch n := len(before); before[n-1] {
	case ' ', '\t', '"', '\'', '`', '|', '>', '<', ']', ')', '*', ';':
		return true
	case ':':
		return n > 1 && (before[n-2] < '0' || before[n-2] > '9') // a time has colons too
	case ',': // of a table, behind the mark of a side
		return n > 1 && strings.IndexByte(`<>"')]`, before[n-2]) >= 0
	case '-':
		return n > 1 && (before[n-2] == '-' || before[n-2] == '<') // an arrow
	}
	r, _ := utf8.DecodeLastRuneInString(before) // the colons and arrows of other scripts
	return r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsPunct(r) || unicode.IsSymbol(r))
}

var (
	// aReply and aCommand are stricter than replyLike and commandLike: other
	// numbers and words stand in logs too.
	aReply      = lazy.Regexp(`^[2-5][0-5][0-9](?:[ -][^ (]|$)`)
	aNumber     = lazy.Regexp(`^[0-9]+ (?:bits?|bytes?|octets?|lines?|ms|seconds?)\b`)
	aCommand    = lazy.Regexp("(?i)^(?:(?:EHLO|HELO|LHLO)(?: \\S+)?\\s*(?:$|[\"'`|<\\\\])|MAIL +FROM *:|RCPT +TO *:|(?:DATA|RSET|QUIT|STARTTLS|NOOP)\\s*(?:$|[\"'`|<\\\\])|AUTH +[A-Z0-9-]+|BDAT +[0-9]|(?:VRFY|EXPN|XCLIENT|XFORWARD) )")
	aGreeting   = lazy.Regexp(`^220[ -]\S+ .*(?:SMTP|LMTP)`)
	aKey        = lazy.Regexp(`^[A-Za-z]+["']\s*:`) // of JSON: "data": …
	sureCommand = lazy.Regexp(`^(?i:(?:EHLO|HELO|LHLO) \S+$|MAIL FROM: ?<|RCPT TO: ?<|(?:QUIT|DATA|STARTTLS|RSET)$)`)
	shapeWords  = lazy.Regexp(`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|\b[AP]M\b|[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*|\s+`)
)

// shapeOf makes a regular expression of a mark.
func shapeOf(prefix string) string {
	var b strings.Builder
	prefix = strings.TrimLeft(prefix, " \t")
	at := 0
	for _, m := range shapeWords().FindAllStringIndex(prefix, -1) {
		b.WriteString(regexp.QuoteMeta(prefix[at:m[0]]))
		switch word := prefix[m[0]:m[1]]; {
		case strings.TrimSpace(word) == "":
			b.WriteString(`\s+`)
		case word == "AM" || word == "PM":
			b.WriteString(`[AP]M`)
		case strings.Trim(word, "0123456789") == "":
			b.WriteString(`([0-9]+)`)
		case len(word) == 3 && strings.Trim(word, "0123456789") == word:
			b.WriteString(`[A-Z][a-z]{2}`)
		default:
			b.WriteString(`([0-9A-Fa-f]+)`)
		}
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(prefix[at:]))
	return strings.ToValidUTF8(b.String(), ".+?")
}

// marks takes the mark off a line.
func (l *learned) marks(line string) []said {
	m, whose := l.find(line)
	switch {
	case m == nil && l.unmarked && replyLike().MatchString(line):
		all := plainly(line, 0, theServer)
		all[0].mark = noMark
		return all
	case m == nil:
		return []said{{text: line}}
	}
	conn := ""
	if k := 2 * l.conn; k > 0 && k+1 < len(m) && m[k] >= 0 {
		conn = line[m[k]:m[k+1]]
	}
	at, _, _ := cutTime(line)
	all := plainly(line, m[1], whose)
	for i := range all {
		all[i].at, all[i].conn = at, conn
	}
	return all
}
