package convert

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"ehlo/transcript/lazy"
)

// study finds out what was done to every line.
func (s *source) study(lines []string) {
	whole, trailing := make([]string, 0, len(lines)), 0
	for _, l := range lines {
		l = strings.TrimRight(uncolour(l), "\r")
		if text := strings.TrimRight(l, " \t"); text != "" {
			whole = append(whole, text)
			if text != l {
				trailing++
			}
		}
	}
	if s.trail = len(whole) > 3 && trailing*10 >= len(whole)*8; s.trail {
		s.warn(1, "blanks stand behind nearly every line; they were taken away")
	}
	if s.double = spaced(lines); s.double {
		s.warn(1, "an empty line stands behind every line; it was taken away")
	}
	if len(whole) == 0 {
		return
	}
	for s.quotes < 5 && mostly(whole, quoted) {
		s.quotes++
		for i, l := range whole {
			whole[i] = unquote(l)
		}
		whole = notEmpty(whole)
	}
	if len(whole) == 0 {
		return
	}
	if s.quotes > 0 {
		s.warn(1, "the lines are quoted as in a mail; the marks were taken away")
	}
	if s.ruled = len(whole) > 3 && mostly(whole, ruled); s.ruled {
		s.warn(1, "bars stand behind every line; they were taken away")
	}
	s.indent = 1 << 20
	for _, l := range whole {
		s.indent = min(s.indent, len(l)-len(strings.TrimLeft(l, " \t")))
	}
	if s.indent > 0 {
		s.warn(1, fmt.Sprintf("blanks stand before every line; %d were taken away from each", s.indent))
	}
	s.characters(whole)
	s.page(whole)
	s.emphasised(whole)
	s.ended(whole)
}

// page finds out whether the text comes from a page.
func (s *source) page(lines []string) {
	entities, breaks, tagged := 0, 0, 0
	for _, l := range lines {
		if entity().MatchString(l) {
			entities++
			if pathEntity().MatchString(l) || closingTag().MatchString(l) {
				entities++
			}
		}
		if breakTag().MatchString(l) {
			breaks++
		}
		if text := untagged(l); text != l && (commandLike().MatchString(text) || replyLike().MatchString(text)) {
			tagged++
		}
	}
	if s.html = breaks > 2 || entities > 0 && breaks > 0 || entities > 1 || tagged > 0; s.html {
		s.warn(1, "the text comes from a page: its tags and entities were resolved")
	}
}

// mostly allows for the line that says who wrote what is quoted.
func mostly(lines []string, is func(string) bool) bool {
	not := 0
	for _, l := range lines {
		if !is(l) {
			not++
		}
	}
	return not == 0 && len(lines) > 0 || not <= 2 && len(lines) >= 8
}

func notEmpty(lines []string) []string {
	kept := lines[:0]
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			kept = append(kept, l)
		}
	}
	return kept
}

// spaced reports whether an empty line stands behind every line, and behind
// every empty one too.
func spaced(lines []string) bool {
	run, text := 0, 0
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			run++
			continue
		}
		if text > 0 && run%2 == 0 {
			return false
		}
		text++
		run = 0
	}
	return text > 5
}

// quoted knows the marks of quotes in a mail; a line that ends with a bar too
// belongs to a table.
func quoted(l string) bool {
	return strings.HasPrefix(l, ">") || strings.HasPrefix(l, "| ") && !strings.HasSuffix(l, "|")
}

func unquote(l string) string {
	if !quoted(l) {
		return l
	}
	return strings.TrimPrefix(l[1:], " ")
}

// ruled knows what a page with a table of lines leaves behind each.
func ruled(l string) bool {
	return strings.HasSuffix(l, " |") && !strings.HasPrefix(strings.TrimLeft(l, " \t"), "|")
}

var (
	bars     = lazy.Regexp(`(?:\s\|)+\s*$`)
	blockTag = lazy.Regexp(`(?i)^\s*(?:<(?:pre|code|p|div|blockquote|li|samp)(?: [^<>]{0,200})?>)+|(?:</(?:pre|code|p|div|blockquote|li|samp)>)+\s*$`)
	breakTag = lazy.Regexp(`(?i)<br\s*/?>`)
	// inlineTag is what a page puts around what stands out.
	inlineTag  = lazy.Regexp(`(?i)<(b|strong|i|em|u|tt|kbd|samp|code|span|font|mark|a)(?:\s[^<>]{0,300})?>`)
	pathEntity = lazy.Regexp(`(?i)(?:FROM|TO) ?: ?&(?:lt|#60|#x3c);`)
	entity     = lazy.Regexp(`&(?:[a-zA-Z]{2,8}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});`)
	// colour is what a terminal acts upon: CSI, OSC and single escapes.
	colour = lazy.Regexp("\x1b\\[[0-9;:?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[()][0-9A-B]|\x1b[=>78cM]")
)

// resolve decodes the entities of a page.
func resolve(l string) string {
	if strings.IndexByte(l, '&') < 0 {
		return l
	}
	l = entity().ReplaceAllStringFunc(l, html.UnescapeString)
	return strings.ReplaceAll(l, "\u00a0", " ")
}

// untagged takes away tags that are opened and closed in a line: what else
// stands in such brackets may be an address.
func untagged(l string) string {
	if strings.IndexByte(l, '<') < 0 {
		return l
	}
	for from := 0; from < len(l); {
		m := inlineTag().FindStringSubmatchIndex(l[from:])
		if m == nil {
			return l
		}
		closing := "</" + strings.ToLower(l[from+m[2]:from+m[3]]) + ">"
		end := strings.Index(strings.ToLower(l[from+m[1]:]), closing)
		if end < 0 {
			from += m[1]
			continue
		}
		end += from + m[1]
		if end+len(closing) > len(l) { // letters whose lower case is shorter
			return l
		}
		l = l[:from+m[0]] + l[from+m[1]:end] + l[end+len(closing):]
		from += m[0]
	}
	return l
}

// uncolour takes away what a terminal acts upon.
func uncolour(l string) string {
	if strings.IndexByte(l, 0x1b) < 0 {
		return l
	}
	return colour().ReplaceAllString(l, "")
}

// overstruck gives what a terminal shows of a line in which somebody went back
// with the cursor: script(1) keeps the keys.
func overstruck(l string) string {
	var shown []rune
	at := 0
	for _, r := range l {
		switch {
		case r == '\b':
			at = max(at-1, 0)
		case r == '\r':
			at = 0
		case at < len(shown):
			shown[at] = r
			at++
		default:
			shown = append(shown, r)
			at++
		}
	}
	return strings.TrimRight(string(shown), " ")
}

// clean gives what one line of the file holds: one line, or several that a
// browser had joined.
func (s *source) clean(l string) []string {
	l = uncolour(l)
	if strings.IndexByte(l, '\b') >= 0 {
		l = overstruck(l)
	}
	l, _ = s.before.cut(l)
	for range s.quotes {
		l = unquote(l)
	}
	if s.ruled {
		l = bars().ReplaceAllString(l, "")
	}
	cut := 0
	for cut < s.indent && cut < len(l) && (l[cut] == ' ' || l[cut] == '\t') {
		cut++
	}
	l = l[cut:]
	if s.mail {
		l = decodeHex(l)
	}
	if s.typed {
		if m := typedCode().FindStringSubmatchIndex(l); m != nil {
			sign := "-"
			if l[m[4]:m[5]] == "\u00a0" {
				sign = " "
			}
			l = l[:m[4]] + sign + l[m[5]:]
		}
	}
	if s.trail {
		l = strings.TrimRight(l, " \t")
	}
	l = strings.TrimSuffix(s.pair.cut(l), s.end)
	if !s.html {
		return []string{l}
	}
	parts := breakTag().Split(l, -1)
	if n := len(parts) - 1; n > 0 && strings.TrimSpace(parts[n]) == "" {
		parts = parts[:n]
	}
	for i, p := range parts {
		parts[i] = resolve(untagged(blockTag().ReplaceAllString(p, "")))
	}
	return parts
}

var (
	// typedCode is a code at the beginning of a line, a label before it or none,
	// and what editors make of a hyphen or a blank.
	typedCode  = lazy.Regexp(`^(\s*(?:[^\sCc]\S{0,20}?[:>\]|][\s\x{00a0}]?)?[2-5][0-5][0-9])([\x{2010}-\x{2015}\x{2212}\x{00a0}])`)
	codedReply = lazy.Regexp(`\b[2-5][0-5][0-9][ -].*(?:=20$|=3D)`)
	hexCode    = lazy.Regexp(`=(?:[0-9A-F]{2})`)
)

// characters finds out what an editor or a mail has made of some characters.
func (s *source) characters(lines []string) {
	coded := 0
	for _, l := range lines {
		s.typed = s.typed || typedCode().MatchString(l)
		if codedReply().MatchString(l) { // content may be so by right
			coded++
		}
	}
	if s.typed {
		s.warn(1, "hyphens and blanks behind codes had been changed by an editor; they were changed back")
	}
	if s.mail = coded > 1; s.mail {
		s.warn(1, "the text is quoted-printable, as from a mail; it was decoded")
	}
}

// decodeHex decodes a line of quoted-printable (RFC 2045, 6.7).
func decodeHex(l string) string {
	return strings.TrimRight(hexCode().ReplaceAllStringFunc(l, func(code string) string {
		n, _ := strconv.ParseUint(code[1:], 16, 8) // two digits
		return string([]byte{byte(n)})
	}), " ")
}
