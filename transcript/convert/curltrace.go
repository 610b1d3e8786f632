package convert

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// curlTraceFormat reads curl --trace and --trace-ascii. The first has every
// octet; the second shows line ends by the offsets, and all other octets that
// it cannot print as dots.
func curlTraceFormat() Format {
	return Format{
		Name: "curl-trace", About: "curl --trace and --trace-ascii",
		score: func(head []string) int {
			n := 0
			for _, l := range head {
				if _, rest, _ := cutTime(l); traceHead().MatchString(rest) {
					n += 3
				}
			}
			return n
		},
		timed: haveStamps(traceHead),
		read:  func(src *source, d *draft) { (&curlTrace{src: src, d: d}).read() },
	}
}

var (
	traceHead = lazy.Regexp(`^(?:(=>|<=) (Send|Recv) (SSL data|header|data), (\d+) bytes \(0x[0-9a-f]+\)|== Info: (.*))$`)
	traceHex  = lazy.Regexp(`^([0-9a-f]{4,}): ((?:[0-9a-f]{2} ){1,16}) *`)
	traceText = lazy.Regexp(`^([0-9a-f]{4,}): ?(.*)$`)
)

// haveStamps reports whether the lines that matter have times.
func haveStamps(re func() *regexp.Regexp) func([]string) bool {
	return func(head []string) bool {
		for _, l := range head {
			if _, rest, ok := cutTime(l); re().MatchString(rest) {
				return ok
			}
		}
		return false
	}
}

type curlTrace struct {
	src *source
	d   *draft

	dir     transcript.Dir // of the block that is being read; 0 to pass over it
	content bool           // it is content
	size    int
	at      time.Time
	rows    []traceRow
	have    int
	midLine bool // the last content had no line end
}

type traceRow struct {
	offset int
	text   string
	hex    bool
}

func (t *curlTrace) read() {
	t.d.lossy = true // what ends the content is not in the trace
	for {
		line, ok := t.src.next()
		if !ok {
			break
		}
		t.d.line = t.src.line
		at, rest, timed := cutTime(line)
		if m := traceHead().FindStringSubmatch(rest); m != nil {
			t.block()
			if !timed {
				at = time.Time{}
			}
			t.at = at
			t.begin(m)
			continue
		}
		if !t.row(line) {
			t.block()
			t.d.unknown(line)
		}
	}
	t.block()
	t.end()
}

// begin starts a block, or takes an information.
func (t *curlTrace) begin(m []string) {
	t.dir, t.rows, t.have = 0, nil, 0
	if m[1] == "" {
		t.info(m[5])
		return
	}
	t.size, _ = strconv.Atoi(m[4])
	t.content = m[3] == "data"
	switch {
	case m[3] == "SSL data": // records of TLS
	case m[1] == "=>":
		t.dir = transcript.FromClient
	default:
		t.dir = transcript.FromServer
	}
}

func (t *curlTrace) info(text string) {
	if !t.at.IsZero() {
		t.d.clock(t.at)
	}
	s := curlSays(text)
	switch s.who {
	case opened:
		t.d.connect(s.facts...)
	case securing:
		t.d.secured(s.facts...)
	case closing:
		t.end()
		t.d.closed(s.text, "")
	case failing:
		t.d.trouble(s.fault, s.text)
	case aside:
		t.d.comment(s.text)
	}
}

// row takes a line of a block.
func (t *curlTrace) row(line string) bool {
	if m := traceHex().FindStringSubmatch(line); m != nil {
		data, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		offset, _ := strconv.ParseInt(m[1], 16, 32)
		// --trace-ascii of text that looks like it is told by the sizes: 16 a row.
		if err == nil && (len(data) == 16 || int(offset)+len(data) == t.size) {
			t.add(traceRow{int(offset), string(data), true})
			return true
		}
	}
	m := traceText().FindStringSubmatch(line)
	if m == nil {
		return false
	}
	offset, err := strconv.ParseInt(m[1], 16, 32)
	if err != nil {
		return false
	}
	t.add(traceRow{int(offset), m[2], false})
	return true
}

func (t *curlTrace) add(r traceRow) {
	if t.dir == 0 {
		return
	}
	t.rows = append(t.rows, r)
	if t.have += len(r.text); t.have > 1<<20 {
		t.block()
	}
}

// block writes the octets of the rows.
func (t *curlTrace) block() {
	if t.dir == 0 || len(t.rows) == 0 {
		return
	}
	var data []byte
	guessed := false
	for i, r := range t.rows {
		data = append(data, r.text...)
		if r.hex {
			continue
		}
		guessed = guessed || strings.Contains(r.text, ".")
		next := t.size
		if i+1 < len(t.rows) {
			next = t.rows[i+1].offset
		}
		// Two octets that are not shown between two rows are a line end.
		if r.offset+len(r.text)+2 == next {
			data = append(data, "\r\n"...)
		}
	}
	if !t.at.IsZero() {
		t.d.clock(t.at)
	}
	rows := t.rows
	t.rows, t.have = nil, 0
	if t.content && t.dir == transcript.FromClient {
		if !rows[0].hex && guessed {
			t.d.warn("--trace-ascii shows line feeds and all else that cannot be printed as dots: the content is not exact")
		}
		data = t.stuff(data)
	}
	if t.dir == transcript.FromServer {
		t.end()
	}
	t.d.octets(t.dir, data)
}

// stuff doubles dots: curl shows the content as it was before that.
func (t *curlTrace) stuff(data []byte) []byte {
	text := string(data)
	out := strings.ReplaceAll(text, "\r\n.", "\r\n..")
	if strings.HasPrefix(out, ".") && !t.midLine && !t.d.hiding {
		out = "." + out
	}
	if out != text {
		t.d.warn("curl shows content before its dots are doubled; they were doubled here")
	}
	t.midLine = !strings.HasSuffix(out, "\r\n")
	return []byte(out)
}

// end completes the last line of content, which curl does not show.
func (t *curlTrace) end() {
	if t.midLine && t.d.content() {
		t.d.octets(transcript.FromClient, []byte("\r\n"))
	}
	t.midLine = false
}
