package convert

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// blocksFormat reads what says who speaks in a line of its own, or only before
// the first of his lines: socat -v, ngrep, tcpflow -c, the Connection Doctor of
// Apple Mail, and pages that have "Server:" above what it says.
//
//	> 2026/11/23 18:50:12.000123  length=16 from=0 to=15
//	EHLO client.test.example\r
func blocksFormat() Format {
	return Format{
		Name: "blocks", About: "socat -v, ngrep, tcpflow -c, Connection Doctor of Apple Mail",
		score: func(head []string) int {
			n, sides, words := 0, map[string]bool{}, inWords(head)
			for _, l := range head {
				if v, ok := blockHead(l, words); ok {
					n += 5
					sides[v.who] = true
				} else if words && (n == 0 && replyLike().MatchString(l) || wordHead().MatchString(l)) {
					return 0 // who speaks stands nowhere, or before each line
				}
			}
			if words && len(sides) == 1 {
				return 0 // a word that stands by itself
			}
			return n
		},
		read: func(src *source, d *draft) { (&blockReader{src: src, d: d, told: map[string]bool{}}).read() },
	}
}

// voice is whose octets follow, and how they are shown.
type voice struct {
	who  string
	how  byte
	text string // the first of its lines, if it stands in the same
	left int    // octets that come, if that is said
}

const (
	escaped byte = iota // \r stands for CR
	dotted              // dots stand for what cannot be printed
	lined               // as they are, and an empty line behind them
)

var blockHeads = []struct {
	re  func() *regexp.Regexp
	how byte
}{
	{lazy.Regexp(`^([<>]) \d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?\s+length=(\d+) from=\d+ to=\d+$`), escaped},
	{lazy.Regexp(`^T (?:\d{4}/\d\d/\d\d [\d:.]+ )?(\S+:\d+) -> \S+:\d+ \[[A-Z]+\]`), dotted},
	{lazy.Regexp(`^(\d{3}(?:\.\d{3}){3}\.\d{5})-\d{3}(?:\.\d{3}){3}\.\d{5}: ?(.*)$`), lined},
	{lazy.Regexp(`^(READ|WROTE) [A-Z][a-z]{2} \d\d .*-- host:\S+ -- port:\d+`), lined},
}

var (
	blockNoise = lazy.Regexp(`^#+$|^(?:interface|filter|match): `) // ngrep
	endDots    = lazy.Regexp(`\.\.([2-5]\d\d[ -]|[A-Z]{4,8}\b|$)`)
	// inQuotes is a line as JavaScript prints it, set in below who says it.
	inQuotes = lazy.Regexp(`^[\s└─│├|]*(".*)$`)
	oneDot   = lazy.Regexp(`[^.]\.$`)
)

// wordHead is a word, with what a page or a program puts around it, and what
// stands behind it, if that was said.
var wordHead = lazy.Regexp(`^[^\w"{]{0,6}(?i:(server|client|sent|received|send|receive|sending|receiving|request|response))(?:[^\w":]{0,3}| ?\(\d{1,6}\)):[*_ ]{0,3}((?:[2-5]\d\d[ -]|[A-Za-z]{4}\b).*)?$`)

// inWords reports whether words say who speaks. Where a program says so in its
// own way, a word by itself is content.
func inWords(head []string) bool {
	return !slices.ContainsFunc(head, func(l string) bool {
		_, ok := blockHead(l, false)
		return ok
	})
}

func blockHead(line string, words bool) (voice, bool) {
	if words {
		m := wordHead().FindStringSubmatch(line)
		if m == nil || m[2] != "" {
			return voice{}, false
		}
		return voice{who: strings.ToLower(m[1]), how: lined}, true
	}
	for _, h := range blockHeads {
		if m := h.re().FindStringSubmatch(line); m != nil {
			b := voice{who: m[1], how: h.how}
			switch {
			case h.how == escaped:
				b.left, _ = strconv.Atoi(m[2])
			case len(m) > 2:
				b.text = m[2]
			}
			return b, true
		}
	}
	return voice{}, false
}

// blockReader reads one file.
type blockReader struct {
	src *source
	d   *draft

	now    voice
	words  bool   // say who speaks
	server string // who that is
	quotes bool   // what is said stands in quotes
	byLine bool   // ngrep -W byline: only CR is a dot
	empty  int    // empty lines that may be the end of a block
	told   map[string]bool
}

func (b *blockReader) read() {
	d := b.d
	d.lossy = true
	b.study(peekHead(b.src))
	for {
		line, ok := b.src.next()
		if !ok {
			return
		}
		d.line = b.src.line
		head, ok := blockHead(line, b.words)
		switch {
		case ok:
			b.begin(head)
		case blockNoise().MatchString(line), line == "" && b.now.how == dotted:
		case b.now.who == "":
			d.unknown(line)
		default:
			b.line(line)
		}
	}
}

// study finds who greets, and how ngrep shows the end of a line.
func (b *blockReader) study(head []string) {
	var now voice
	b.words = inWords(head)
	for _, l := range head {
		next, ok := blockHead(l, b.words)
		if ok {
			now, l = next, next.text
		}
		if now.who == "" {
			continue
		}
		if m := inQuotes().FindStringSubmatch(l); m != nil && b.words {
			b.quotes, l = true, m[1][1:]
		}
		if b.server == "" && replyLike().MatchString(l) || now.who == "READ" {
			b.server = now.who
		}
		if replyLike().MatchString(l) || commandLike().MatchString(l) {
			b.byLine = b.byLine || now.how == dotted && oneDot().MatchString(l)
		}
	}
	if b.server == "" {
		b.d.warnAt(1, "no reply is in the beginning of the file: that all of it is the client's is a guess")
	}
}

func (b *blockReader) begin(head voice) {
	b.empty-- // one is not of the octets
	b.pass()
	b.now, b.empty = head, 0
	if b.words {
		b.guess("what stands by itself before these lines is taken for who says them: " + head.who)
	}
	if head.how == lined {
		b.d.assume("what cannot be printed is not shown here, nor how lines end: CRLF is written")
	}
	if head.text != "" {
		b.line(head.text)
	}
}

func (b *blockReader) line(line string) {
	d, dir := b.d, b.dir()
	switch {
	case b.now.how == escaped && b.now.left <= 0:
		b.guess("more stands behind the octets that socat counts: what it printed as one of the two sides; it is left out")
	case b.now.how == escaped:
		text, cr := strings.CutSuffix(line, `\r`)
		text = strings.ReplaceAll(text, `\\`, `\`)
		if b.now.left -= len(text) + 1; cr {
			b.now.left--
		}
		if !cr {
			d.octets(dir, []byte(text+"\n"))
			return
		}
		d.say(dir, text)
	case b.quotes:
		b.literal(line)
	case b.now.how == lined && line == "":
		b.empty++
	case b.now.how == lined && d.state().Phase == session.Handshake && !replyLike().MatchString(line) && !commandLike().MatchString(line):
		d.unknown(line) // it is encrypted
	case b.now.how == lined:
		b.pass()
		if !b.words {
			d.say(dir, line)
			return
		}
		whose := theClient
		if dir == transcript.FromServer {
			whose = theServer
		}
		for _, said := range lettered(line, whose) { // a program may have written what ends a line
			d.say(dir, said.text)
		}
	case b.byLine:
		b.guess("a dot at the end of a line stands for CR; others may stand for what cannot be printed")
		d.say(dir, strings.TrimSuffix(line, "."))
	default:
		b.guess("dots stand for what cannot be printed; those that are line ends are a guess")
		text := endDots().ReplaceAllString(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(line, "  "), "."), "."), "\n$1")
		for part := range strings.SplitSeq(text, "\n") {
			d.say(dir, part)
		}
	}
}

// literal takes what stands in quotes; what else a program prints between is
// nobody's.
func (b *blockReader) literal(line string) {
	m := inQuotes().FindStringSubmatch(line)
	if m == nil {
		b.d.unknown(line)
		return
	}
	if data, _, ok := pythonLiteral(m[1]); ok {
		b.guess("what stands in quotes below who says it was said; what stands behind the quotes is left out")
		b.d.octets(b.dir(), data)
	}
}

// pass writes the empty lines that were held.
func (b *blockReader) pass() {
	for ; b.empty > 0; b.empty-- {
		b.d.say(b.dir(), "")
	}
}

func (b *blockReader) dir() transcript.Dir {
	if b.now.who == b.server {
		return transcript.FromServer
	}
	return transcript.FromClient
}

// guess tells of something once.
func (b *blockReader) guess(text string) {
	if !b.told[text] {
		b.told[text] = true
		b.d.warn("%s", text)
	}
}
