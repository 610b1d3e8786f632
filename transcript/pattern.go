package transcript

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Pattern is what a line is expected to look like: literal text in which
//
//   - stands for anything
//     x             in the place of a code's digit stands for any digit: 2xx
//     ${name}       stands for anything and captures it
//     ${name:/re/}  stands for what the regular expression matches, and captures it
//     \             makes the character behind it literal
//
// The pattern ... stands for any number of lines.
type Pattern struct {
	text  string
	re    *regexp.Regexp // nil for ...
	names []string       // of the captures, in the order of their groups
}

// NewPattern reads a pattern; reply says that it is for a line of a reply,
// which begins with a code.
func NewPattern(text string, reply bool) (*Pattern, error) {
	p := &Pattern{text: text}
	switch text {
	case "...":
		return p, nil
	case "":
		return nil, fmt.Errorf("the pattern is empty")
	}
	var b strings.Builder
	b.WriteString(`\A(?s:`)
	at := 0
	if reply {
		at = codePattern(&b, text)
	}
	for at < len(text) {
		n, err := p.atom(&b, text[at:])
		if err != nil {
			return nil, &columnError{at, err}
		}
		at += n
	}
	b.WriteString(`)\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, err
	}
	p.re = re
	return p, nil
}

// codePattern handles three leading digits and digit classes.
func codePattern(b *strings.Builder, text string) int {
	if codeLen(text) < 3 {
		return 0
	}
	b.WriteString(strings.ReplaceAll(text[:3], "x", "[0-9]"))
	return 3
}

func codeLen(text string) (n int) {
	for n < 3 && n < len(text) && (text[n] == 'x' || '0' <= text[n] && text[n] <= '9') {
		n++
	}
	return n
}

// atom handles one character or variable and returns its length.
func (p *Pattern) atom(b *strings.Builder, text string) (int, error) {
	switch {
	case text[0] == '*':
		b.WriteString(".*")
		return 1, nil
	case text[0] == '\\' && len(text) > 1:
		b.WriteString(regexp.QuoteMeta(text[1:2]))
		return 2, nil
	case strings.HasPrefix(text, "${"):
		return p.capture(b, text)
	}
	n := 1
	for n < len(text) && strings.IndexByte(`*\$`, text[n]) < 0 {
		n++
	}
	b.WriteString(regexp.QuoteMeta(text[:n]))
	return n, nil
}

func (p *Pattern) capture(b *strings.Builder, text string) (int, error) {
	end := strings.IndexByte(text, '}')
	expr := ".*?"
	colon := strings.Index(text, ":/")
	if colon > 0 && colon < end {
		if end = strings.Index(text, "/}"); end < colon+2 {
			return 0, fmt.Errorf("${name:/re/} is not closed by /}")
		}
		expr = text[colon+2 : end]
		if _, err := regexp.Compile(expr); err != nil {
			return 0, err
		}
		end++
	} else {
		colon = end
	}
	if end < 0 {
		return 0, fmt.Errorf("${ is not closed by }")
	}
	name := text[2:colon]
	if !isName(name) {
		return 0, fmt.Errorf("%q is no name of a variable", name)
	}
	fmt.Fprintf(b, "(?P<%s>%s)", groupName(len(p.names)), expr)
	p.names = append(p.names, name)
	return end + 1, nil
}

// groupName numbers the groups, since names of variables may hold dots.
func groupName(i int) string { return "ehlo" + strconv.Itoa(i) }

func (p *Pattern) String() string { return p.text }

// Names are those of the captures, in their order.
func (p *Pattern) Names() []string { return p.names }

// Any reports whether the pattern stands for any number of lines.
func (p *Pattern) Any() bool { return p.re == nil }

// Match reports whether a line without its ending is as expected, and what
// the variables captured.
func (p *Pattern) Match(line string) (captures map[string]string, ok bool) {
	if p.re == nil {
		return nil, true
	}
	m := p.re.FindStringSubmatch(line)
	if m == nil {
		return nil, false
	}
	for i, name := range p.names {
		if captures == nil {
			captures = make(map[string]string, len(p.names))
		}
		captures[name] = m[p.re.SubexpIndex(groupName(i))]
	}
	return captures, true
}

// MatchAnywhere is Match for a line at any place of a reply: whether a blank
// or a hyphen stands behind the code does not matter. A pattern that begins with
// a letter is for what stands behind that: STARTTLS.
func (p *Pattern) MatchAnywhere(line string) (captures map[string]string, ok bool) {
	if captures, ok = p.Match(line); ok || len(line) <= 3 || line[3] != '-' && line[3] != ' ' {
		return captures, ok
	}
	if codeLen(p.text) == 0 && strings.IndexAny(p.text, "*$") != 0 {
		return p.Match(line[4:])
	}
	other := " "
	if line[3] == ' ' {
		other = "-"
	}
	return p.Match(line[:3] + other + line[4:])
}
