package convert

import (
	"strconv"
	"strings"

	"ehlo/transcript/lazy"
)

// study finds out what stands before every line.
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
	least := 1 << 20
	for _, l := range whole {
		least = min(least, len(l)-len(strings.TrimLeft(l, " \t")))
	}
	s.indent = least
	s.characters(whole)
	entities, breaks := 0, 0
	for _, l := range whole {
		if strings.Contains(l, "&lt;") && commandLike().MatchString(strings.TrimLeft(l, " \t")) {
			entities += 2
		}
		if strings.Contains(l, "&lt;") || strings.Contains(l, "&gt;") {
			entities++
		}
		if breakTag().MatchString(l) {
			breaks++
		}
	}
	if s.html = breaks > 2 || entities > 0 && breaks > 0 || entities > 1; s.html {
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

var (
	blockTag = lazy.Regexp(`(?i)^\s*(?:<(?:pre|code|p|div|blockquote)(?: [^<>]{0,200})?>)+|(?:</(?:pre|code|p|div|blockquote)>)+\s*$`)
	breakTag = lazy.Regexp(`(?i)<br\s*/?>`)
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`, "&#39;", "'", "&nbsp;", " ", "&#039;", "'")
	// colour is what a terminal acts upon: CSI, OSC and single escapes.
	colour = lazy.Regexp("\x1b\\[[0-9;:?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[()][0-9A-B]|\x1b[=>78cM]")
)

func uncolour(l string) string {
	if strings.IndexByte(l, 0x1b) < 0 {
		return l
	}
	return colour().ReplaceAllString(l, "")
}

// clean gives what one line of the file holds: one line, or several that a
// browser had joined.
func (s *source) clean(l string) []string {
	l = uncolour(l)
	for range s.quotes {
		l = unquote(l)
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
	if !s.html {
		return []string{l}
	}
	parts := breakTag().Split(l, -1)
	if n := len(parts) - 1; n > 0 && strings.TrimSpace(parts[n]) == "" {
		parts = parts[:n]
	}
	for i, p := range parts {
		parts[i] = entities.Replace(blockTag().ReplaceAllString(p, ""))
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
