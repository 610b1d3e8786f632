package convert

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// hexdumpFormat reads octets in hexadecimal, with something before each line or
// above each block that says whose they are: socat -x, the traces of .NET, xxd
// and the like.
//
//	< 00000000  32 32 30 20 6d 78 0d 0a                          |220 mx..|
//	> 00000000  45 48 4c 4f 20 61 0d 0a                          |EHLO a..|
func hexdumpFormat() Format {
	return Format{
		Name: "hexdump", About: "octets in hexadecimal with arrows or words that say whose they are: socat -x, .NET",
		score: func(head []string) int {
			otherwise := func(l string) bool { return traceHead().MatchString(l) || swaksServer().MatchString(l) }
			if h := learnHex(head); h != nil && !slices.ContainsFunc(head, otherwise) { // swaks shows it twice
				return 6 * h.rows // who goes by what stands at the side of them knows less
			}
			return 0
		},
		read: readHexdump,
	}
}

var (
	hexRow   = lazy.Regexp(`^(.*?)(?:\b([0-9A-Fa-f]{4,8})(?:h|:| :| -)?[ \t]{1,4})?((?:[0-9A-Fa-f]{2}[ -] ?){0,15}[0-9A-Fa-f]{2})(?:[ -]? {2,}.*|\s*[:|].*|\s*)$`)
	hexPairs = lazy.Regexp(`^(.*?)(?:\b([0-9A-Fa-f]{4,8}):[ \t]{1,4})?((?:[0-9A-Fa-f]{4} ){0,7}(?:[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}))(?: {2,}.*|\s*)$`) // xxd
	hexAll   = lazy.Regexp(`^(\W*)((?:[0-9A-Fa-f]{2} )+[0-9A-Fa-f]{2})\s*$`)
	hexWords = lazy.Regexp(`0[xX][0-9A-Fa-f]+|[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*|\s+`)
)

// hexLine is what one line of a dump holds; before is what stands before it.
func hexLine(line string, inside bool) (before string, data []byte) {
	if len(line) > 1<<16 || !digitsAlone(line) {
		return "", nil
	}
	if m := hexAll().FindStringSubmatch(line); m != nil && len(m[2]) > 16*3 {
		data, _ = hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		return m[1], data
	}
	m := hexRow().FindStringSubmatch(line)
	if x := hexPairs().FindStringSubmatch(line); x != nil && x[2] != "" {
		m = x
	}
	if m == nil {
		return "", nil
	}
	data, _ = hex.DecodeString(strings.NewReplacer(" ", "", "-", "").Replace(m[3]))
	if m[2] == "" && len(data) < 4 && !(inside && strings.Trim(m[1], " \t<>|-=") == "") {
		return "", nil // words are of such letters too
	}
	return m[1], data
}

// digitsAlone reports whether two or four hexadecimal digits stand by themselves
// in a line: most lines need no closer look.
func digitsAlone(line string) bool {
	run := 0
	for i := range len(line) {
		c := line[i]
		if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' {
			run++
			continue
		}
		if c <= ' ' && (run == 2 || run == 4) {
			return true
		}
		if run = 0; c > ' ' && c != '-' && c != ':' && c != '<' && c != '>' && c != '|' {
			run = 5 // a word
		}
	}
	return run == 2 || run == 4
}

// hexSides knows whose octets stand behind what.
type hexSides struct {
	above  bool // what stands above a block says it, not what stands before a line
	server map[string]bool
	rows   int
}

// hexBlock is a run of lines with the same before them, or the same above.
type hexBlock struct {
	who  string
	text string // as it stands in the file
	data []byte
	line int
}

// shapeOfHex leaves the numbers and blanks out of what says whose a block is.
func shapeOfHex(text string) string {
	return strings.TrimSpace(hexWords().ReplaceAllString(text, " "))
}

// hexCutter makes blocks of lines.
type hexCutter struct {
	above  bool
	last   string // the line above, if it is none of the dump
	inside bool
	block  hexBlock
	number int
}

// line takes a line; done is a block that it has ended.
func (c *hexCutter) line(line string, number int) (done hexBlock, known bool) {
	before, data := hexLine(line, c.inside)
	if data == nil {
		done = c.end()
		c.last, c.number = line, number
		return done, false
	}
	at := number
	if c.above {
		if before, at = c.last, c.number; c.inside {
			before = c.block.text
		}
	}
	who := shapeOfHex(before)
	if c.inside && who == c.block.who && len(c.block.data) < 1<<20 {
		c.block.data = append(c.block.data, data...)
		return hexBlock{}, true
	}
	done = c.end()
	c.inside, c.block = true, hexBlock{who, before, data, at}
	return done, true
}

func (c *hexCutter) end() (done hexBlock) {
	if done = c.block; !c.inside {
		return hexBlock{}
	}
	c.inside, c.block = false, hexBlock{}
	return done
}

// learnHex finds out whose the blocks of a head are, or returns nil.
func learnHex(head []string) *hexSides {
	for _, above := range []bool{false, true} {
		h := hexSides{above: above, server: map[string]bool{}}
		votes := map[string]int{}
		c := hexCutter{above: above}
		vote := func(b hexBlock) {
			switch text := string(b.data); {
			case b.data == nil:
			case aGreeting().MatchString(text) || aReply().MatchString(text):
				votes[b.who]++
			case commandLike().MatchString(strings.TrimRight(text, "\r\n")):
				votes[b.who]--
			}
		}
		for i, l := range head {
			done, known := c.line(l, i+1)
			if vote(done); known {
				h.rows++
			}
		}
		vote(c.end())
		client := false
		for who, n := range votes {
			h.server[who] = n > 0
			client = client || n < 0
		}
		if client && slices.Contains(slices.Collect(maps.Values(h.server)), true) {
			return &h
		}
	}
	return nil
}

func readHexdump(src *source, d *draft) {
	h := learnHex(peekHead(src))
	if h == nil {
		h = &hexSides{server: map[string]bool{}}
	}
	r := hexReader{d: d, h: h, told: map[string]bool{}}
	c := hexCutter{above: h.above}
	for {
		line, ok := src.next()
		if !ok {
			break
		}
		done, known := c.line(line, src.line)
		r.block(done)
		if d.line = src.line; !known && !h.header(line) && strings.Trim(line, "- ") != "" {
			d.unknown(line)
		}
	}
	r.block(c.end())
}

// header reports whether a line stands above blocks and says whose they are.
func (h *hexSides) header(line string) bool {
	_, known := h.server[shapeOfHex(line)]
	return h.above && known
}

// hexReader writes blocks.
type hexReader struct {
	d         *draft
	h         *hexSides
	told      map[string]bool
	encrypted bool
}

func (r *hexReader) block(b hexBlock) {
	if b.data == nil {
		return
	}
	d := r.d
	d.line = b.line
	server, known := r.h.server[b.who]
	if !known {
		server = replyLike().Match(b.data)
	}
	// RFC 8446, 5.1: a record begins with its type and the version 0x0301 or 0x0303.
	if len(b.data) > 2 && 20 <= b.data[0] && b.data[0] <= 23 && b.data[1] == 3 && d.state().Phase != session.Data || r.encrypted {
		if !r.encrypted {
			d.warn("from here on it is encrypted, and left out")
			d.gap("what is encrypted")
		}
		r.encrypted = true
		return
	}
	dir, side := transcript.FromClient, "client"
	if server {
		dir, side = transcript.FromServer, "server"
	}
	if !r.told[b.who] {
		r.told[b.who] = true
		where := "before"
		if r.h.above {
			where = "above"
		}
		d.warn("what stands %s these octets is taken for a mark of the %s: %.80s", where, side, strings.TrimSpace(b.text))
	}
	d.octets(dir, b.data)
}
