package transcript

import (
	"strings"

	"ehlo/transcript/lazy"
)

// What stands in a pasted dialogue and was never on a wire.

var (
	pageFoot = lazy.Regexp(`^\s*(?:\S.*)?\[Page \d+\]\s*$`)
	pageHead = lazy.Regexp(`^\s*RFC \d{1,5}\s{2,}.*\b\d{4}\s*$`)
	fence    = lazy.Regexp("^\\s*(?:```|~~~)")

	// command is what can only be one, even where content is expected.
	command = lazy.Regexp(`^(?i:MAIL FROM:|RCPT TO:|BDAT \d+|BURL [a-z]+:|(?:QUIT|RSET|NOOP|STARTTLS|DATA)$|(?:EHLO|HELO) \S+$)`)

	connecting = lazy.Regexp(`(?i)\bconnect(?:s|ed|ing|ion)?\b`)
	parting    = lazy.Regexp(`(?i)\b(?:clos(?:e|es|ed|ing)|disconnect(?:s|ed|ion)?|terminat(?:e|es|ed)|drop(?:s|ped)?)\b`)
	securing   = lazy.Regexp(`(?i)\b(?:tls|ssl)\b`)
)

// furniture is what printing adds to an RFC, and Markdown to a dialogue.
func furniture(line string) bool {
	return pageFoot().MatchString(line) || pageHead().MatchString(line) || fence().MatchString(line)
}

// wholeAside returns what stands between the brackets of a line that is
// nothing else.
func wholeAside(text string) (inner string, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) < 2 {
		return "", false
	}
	if text[0] == '<' && !strings.Contains(text, ">") {
		text += ">" // cut off
	}
	switch text[:1] + text[len(text)-1:] {
	case "<>":
		// A path is in such brackets too, but has no blank.
		inner = text[1 : len(text)-1]
		return inner, strings.Contains(inner, " ") && !strings.ContainsAny(inner, "<>@")
	case "()", "[]", "{}":
		return text[1 : len(text)-1], true
	}
	return "", false
}

// ellipsis reports whether a line says no more than that something is missing.
func ellipsis(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && (strings.Trim(text, ".…: ") == "" && (strings.Contains(text, "..") || strings.Contains(text, "…")) ||
		strings.HasPrefix(text, "... ") || text == "[...]" || text == "(...)")
}

// base64Word reports whether a line holds one word of base64 and no more.
func base64Word(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '=' && i > 0) {
			return false
		}
	}
	return len(text) >= 4
}

// replyCode reports whether a line begins as a line of a reply does.
func replyCode(text string) bool {
	if len(text) < 3 || text[0] < '2' || text[0] > '5' || text[1] < '0' || text[1] > '9' || text[2] < '0' || text[2] > '9' {
		return false
	}
	return len(text) == 3 || text[3] == ' ' || text[3] == '-'
}

// headerField reports whether a line looks like a field of a header.
func headerField(text string) bool {
	name, _, ok := strings.Cut(text, ":")
	return ok && name != "" && strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}

// lineEnds are the ways in which books write CRLF at the end of a line.
var lineEnds = []string{"<CR><LF>", "<CRLF>", "<cr><lf>", "<crlf>", `\r\n`, "[CRLF]", "[CR][LF]", "␍␊", " CRLF"}

// cutLineEnd takes a CRLF in letters from the end of a line.
func cutLineEnd(text string) (string, bool) {
	for _, end := range lineEnds {
		if rest, ok := strings.CutSuffix(strings.TrimRight(text, " \t"), end); ok {
			return rest, true
		}
	}
	return text, false
}

// spelled are the ways to write CRLF.CRLF.
func spelledDot(text string) bool {
	for _, end := range lineEnds {
		if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(text), " ", ""), end+"."+end) {
			return true
		}
	}
	return false
}
