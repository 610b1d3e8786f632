package convert

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"ehlo/transcript/lazy"
)

const (
	maxHead = 256 << 10 // octets that are looked at to recognise a format
	maxLine = maxHead   // octets of one line
)

// source gives the lines of a file, without what a terminal, a mail or a
// browser has done to them.
type source struct {
	r    *bufio.Reader
	read int // lines that were read
	line int // number of the line that next gave last
	warn func(line int, text string)

	quotes int  // "> " before every line
	indent int  // blanks before every line
	html   bool // entities, and <br> for a line end
	trail  bool // blanks behind every line
	typed  bool // an editor has changed hyphens and blanks behind codes
	mail   bool // quoted-printable

	long    int        // the first line, if any, that the head is too short for
	waiting []numbered // lines that were read and not given yet
}

// numbered is a line and its number in the file.
type numbered struct {
	text string
	line int
}

// newSource looks at the beginning of a file to see what was done to it. The
// head that it returns is cleaned.
func newSource(r io.Reader, warn func(line int, text string)) (*source, []string) {
	s := &source{r: bufio.NewReaderSize(r, maxHead), warn: warn}
	head, err := s.r.Peek(maxHead)
	if bom := []byte("\xef\xbb\xbf"); bytes.HasPrefix(head, bom) {
		_, _ = s.r.Discard(len(bom))
		head = head[len(bom):]
	}
	if big := bytes.HasPrefix(head, []byte("\xfe\xff")); big || bytes.HasPrefix(head, []byte("\xff\xfe")) {
		s.r = bufio.NewReaderSize(&wideReader{r: s.r, big: big}, maxHead)
		warn(1, "the file is UTF-16; it was read as such")
		head, err = s.r.Peek(maxHead)
	}
	whole := err != nil // the head is all there is
	lines := strings.Split(string(head), "\n")
	if n := len(lines) - 1; !whole {
		if len(lines[n]) > maxHead/2 {
			s.long = n + 1
		}
		if n > 0 {
			lines = lines[:n]
		}
	}
	s.study(lines)
	var clean []string
	for _, l := range lines {
		clean = append(clean, s.clean(strings.TrimSuffix(l, "\r"))...)
	}
	return s, clean
}

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

// next returns the next line, without its end.
func (s *source) next() (string, bool) {
	if !s.fill(1) {
		return "", false
	}
	n := s.waiting[0]
	s.waiting, s.line = s.waiting[1:], n.line
	return n.text, true
}

// peek returns the line behind the next i lines without taking it.
func (s *source) peek(i int) (string, bool) {
	if !s.fill(i + 1) {
		return "", false
	}
	return s.waiting[i].text, true
}

// peekHead returns the next lines, some hundred of them.
func peekHead(s *source) []string {
	var head []string
	for i := range 300 {
		l, ok := s.peek(i)
		if !ok {
			break
		}
		head = append(head, l)
	}
	return head
}

func (s *source) fill(n int) bool {
	for len(s.waiting) < n {
		text, ok := s.readLine()
		if !ok {
			return false
		}
		for _, part := range s.clean(text) {
			s.waiting = append(s.waiting, numbered{part, s.read})
		}
	}
	return true
}

func (s *source) readLine() (string, bool) {
	text, err := s.r.ReadSlice('\n')
	if len(text) == 0 && err != nil {
		return "", false
	}
	s.read++
	kept := string(text)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(kept) == len(text) {
			s.warn(s.read, "the line is longer than 256 KiB; what is behind that was left out")
		}
		text, err = s.r.ReadSlice('\n')
		kept = kept[:min(len(kept), maxLine)]
	}
	kept = strings.TrimSuffix(strings.TrimSuffix(kept, "\n"), "\r")
	if rest, soft := strings.CutSuffix(kept, "="); soft && s.mail && len(rest) < maxLine {
		if more, ok := s.readLine(); ok {
			return rest + more, true
		}
	}
	return kept, true
}

// wideReader turns UTF-16 into UTF-8, a little at a time.
type wideReader struct {
	r    *bufio.Reader
	big  bool
	done bool // the mark at the beginning was taken
	out  []byte
}

func (w *wideReader) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		var raw [4096]byte
		n, err := io.ReadFull(w.r, raw[:])
		if n < 2 {
			return 0, io.EOF
		}
		units := make([]uint16, 0, n/2)
		for i := 0; i+1 < n; i += 2 {
			u := uint16(raw[i]) | uint16(raw[i+1])<<8
			if w.big {
				u = uint16(raw[i])<<8 | uint16(raw[i+1])
			}
			if !w.done {
				w.done = true // the byte order mark
				continue
			}
			units = append(units, u)
		}
		w.out = []byte(string(utf16.Decode(units)))
		if err != nil && len(w.out) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}
