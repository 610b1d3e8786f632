package convert

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// maxWarnings is how many warnings are told one by one.
const maxWarnings = 1000

// draft takes what an importer understands and writes the transcript.
type draft struct {
	s      *transcript.Scribe
	out    io.Writer // what the scribe writes to
	silent bool      // the format has written by itself
	err    error     // of writing

	warnings []transcript.Warning
	unsaid   int // warnings beyond those
	line     int // of the file, for warnings

	timed bool
	at    time.Time
	dawn  time.Time // the first of times that have no date
	dir   transcript.Dir
	block int
	conns int  // connections that were opened
	open  bool // a connection is open
	// opening is a connection that nothing was said on: what the client says
	// first may be a header for a proxy, and is told with it.
	opening *session.Event
	proxied bool // the octets are those of a SOCKS proxy

	client, server int // lines, or pieces, of either side
	troubles       int // what did not work

	// lossy says that the file may lack what was on the wire: the end of data,
	// the handshake.
	lossy   bool
	elided  bool // something is missing since the server's last line, and was told of
	hiding  bool // the content, or some of it, is not in the file
	seen    bool // some of the content is in the file
	gapped  bool // before the reply that comes now something is missing, and was told of
	unasked int  // replies of this connection to nothing

	// assumed is what the file does not show of any line, until it was told.
	assumed string

	strange, until int // the lines in a row that nobody understood
	words          transcript.Scrubber
}

func (d *draft) begin(w io.Writer, from string) {
	d.out = w
	d.s = transcript.NewScribe(w, d.timed)
	d.s.By = from
}

// finish ends the transcript and reports.
func (d *draft) finish(from string) (*Report, error) {
	d.opened()
	d.understood()
	if d.client+d.server+d.troubles == 0 && d.err == nil {
		return nil, ErrNothing
	}
	if d.lossy && d.open && !d.elided && d.state().Partial() {
		d.warn("the file ends in the middle of a reply")
	}
	if from != "bare" && d.lossy && d.client > 0 && d.server == 0 && !d.silent { // of bare ones the format itself tells
		d.warnAt(1, "no reply is in the file: it shows one side, and what of it is a command, a response or content nobody can tell for sure")
	}
	if d.err == nil && !d.silent {
		d.err = d.s.Close()
	}
	slices.SortStableFunc(d.warnings, func(a, b transcript.Warning) int { return a.Line - b.Line })
	return &Report{
		Format: from, Warnings: d.warnings, Unsaid: d.unsaid,
		Client: d.client, Server: d.server, Sessions: d.conns,
	}, d.err
}

func (d *draft) warn(format string, args ...any) {
	d.warnAt(d.line, fmt.Sprintf(format, args...))
}

func (d *draft) warnAt(line int, text string) {
	if n := len(d.warnings); n > 0 && d.warnings[n-1] == (transcript.Warning{Line: line, Text: text}) {
		return
	}
	if len(d.warnings) >= maxWarnings {
		d.unsaid++
		return
	}
	d.warnings = append(d.warnings, transcript.Warning{Line: line, Text: text})
}

func (d *draft) event(e session.Event) {
	d.opened()
	d.understood()
	if d.err != nil {
		return
	}
	if d.timed {
		e.At = d.at
	}
	d.err = d.s.Event(e)
}

// opened writes that a connection was opened.
func (d *draft) opened() {
	if e := d.opening; e != nil && d.err == nil {
		d.opening = nil
		d.understood()
		d.err = d.s.Event(*e)
	}
}

func (d *draft) item(it transcript.Item) {
	d.opened()
	if d.err == nil {
		d.err = d.s.Item(it)
	}
}

// clock says when what follows happened. Times without a date count from the
// first of them.
func (d *draft) clock(at time.Time) {
	if !d.timed || at.IsZero() {
		return
	}
	if at.Year() == 1 {
		if d.dawn.IsZero() {
			d.dawn = at
		}
		at = time.Time{}.Add(at.Sub(d.dawn))
	}
	if at.After(d.at) {
		if d.at.IsZero() && d.dawn.IsZero() {
			d.s.At = at
		}
		d.at = at
	}
}

// connect begins a connection.
func (d *draft) connect(facts ...session.Fact) {
	if d.opening != nil && slices.Equal(d.opening.Facts, known(facts)) { // Python 2 says it twice
		return
	}
	d.conns++
	d.open, d.dir = true, 0
	d.opened()
	d.opening = &session.Event{Kind: session.Opened, Facts: known(facts)}
	if d.timed {
		d.opening.At = d.at
	}
}

// known leaves out facts without a value.
func known(facts []session.Fact) []session.Fact {
	var kept []session.Fact
	for _, f := range facts {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// octets adds what one side sent, as it was on the wire.
func (d *draft) octets(dir transcript.Dir, data []byte) {
	if len(data) == 0 {
		return
	}
	if dir == transcript.FromClient && (d.opening != nil || !d.open) {
		if data = d.preamble(data); len(data) == 0 {
			return
		}
	}
	if d.lossy {
		if dir == transcript.FromServer && !d.state().Partial() {
			d.gapped = d.elided
		}
		d.mend(dir, data)
	}
	d.seen = dir == transcript.FromClient && d.content()
	if !d.open {
		d.open = true
		// The first connection needs no line of its own: whoever reads the
		// greeting knows that there must have been one.
		if d.conns++; d.conns > 1 || d.timed {
			d.event(session.Event{Kind: session.Opened})
		}
	}
	if dir != d.dir {
		d.dir = dir
		d.block++
	}
	kind := session.Sent
	if dir == transcript.FromServer {
		kind = session.Received
		d.server++
	} else {
		d.client++
	}
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		d.event(session.Event{Kind: kind, Block: d.block, Data: data[:n:n]})
		data = data[n:]
	}
	if d.lossy && kind == session.Received {
		d.asked()
	}
}

// asked warns of the first reply of a connection that answers nothing: there
// are logs that show one side only.
func (d *draft) asked() {
	n := d.state().Unasked
	if n > 0 && d.unasked == 0 && !d.gapped {
		d.warn("this reply answers nothing that is in the file: what the client said before it is missing, if it said anything")
	}
	d.unasked = n
}

// trouble notes what did not work. A program that does not say what failed
// right behind the 220 to STARTTLS means the handshake.
func (d *draft) trouble(what session.Fault, text string) {
	text = session.Escape(strings.TrimSpace(text))
	if what == "" && d.state().Phase == session.Handshake {
		what = session.FaultTLS
	}
	if what == "" {
		d.comment(text)
		return
	}
	d.dir = 0
	d.troubles++
	d.event(session.Event{Kind: session.Failed, Fault: what, Text: text})
}

// say adds one line with the line end that it must have had.
func (d *draft) say(dir transcript.Dir, text string) {
	if d.assumed != "" {
		d.warn("%s", d.assumed)
		d.assumed = ""
	}
	d.octets(dir, []byte(text+"\r\n"))
}

// assume says what the file does not show of any line. It is told once, with
// the first.
func (d *draft) assume(what string) {
	if d.client+d.server == 0 {
		d.assumed = what
	}
}

// secured notes a handshake.
func (d *draft) secured(facts ...session.Fact) {
	d.dir = 0
	d.event(session.Event{Kind: session.Secured, Facts: known(facts)})
}

// closed ends a connection.
func (d *draft) closed(by, how string) {
	if !d.open {
		return
	}
	d.open, d.dir = false, 0
	d.event(session.Event{Kind: session.Closed, Facts: known([]session.Fact{{Key: "by", Value: by}, {Key: "how", Value: how}})})
}

// gap says that something is missing here.
func (d *draft) gap(what string) {
	d.elided = true
	d.item(transcript.Item{Kind: transcript.Fact, Key: "gap", Text: "note=" + quote(what)})
}

// readable reports whether a line can stand in a transcript.
func readable(line string) bool {
	_, err := transcript.Parse("", strings.NewReader("= smtp-transcript 1\n"+line+"\n"))
	return err == nil
}

// intend writes a directive; what cannot be one is a comment.
func (d *draft) intend(key, text string) {
	if !readable("@ " + key + " " + text) {
		d.warn("%q says nothing behind %s; it is kept as a comment", text, key)
		d.comment(key + " " + text)
		return
	}
	d.dir = 0
	d.item(transcript.Item{Kind: transcript.Directive, Key: key, Text: text})
}

// expect writes an expectation; a pattern that cannot be one is a comment.
func (d *draft) expect(op byte, pattern string) {
	p, err := transcript.NewPattern(pattern, true)
	if err == nil && !readable("S? "+pattern) {
		err = fmt.Errorf("it cannot be shown")
	}
	if err != nil {
		d.warn("expected %q, which is no pattern here: %v", pattern, err)
		d.comment("expected: " + pattern)
		return
	}
	if !d.open {
		d.open = true
		d.conns++
	}
	d.dir = transcript.FromServer
	d.server++
	d.item(transcript.Item{Kind: transcript.Expect, Dir: transcript.FromServer, Op: op, Text: pattern, Pattern: p})
}

// state is what both sides know now.
func (d *draft) state() session.State {
	d.opened()
	return d.s.State()
}

// content reports whether the client's lines are content now.
func (d *draft) content() bool {
	st := d.state()
	return st.Phase == session.Data && !st.MailData.Complete
}

// quote writes a value as facts have it.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(session.Escape(text)) {
		if c == '"' || c == '\\' || c == '$' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}

// address makes a fact of a host and a port, each of which may be missing.
func address(host, port string) string {
	host = strings.Trim(host, "[]")
	switch {
	case host == "":
		return ""
	case port == "":
		return host
	}
	return net.JoinHostPort(host, port)
}

// octetsWithheld notes octets of the client that are not known.
func (d *draft) octetsWithheld(n int64) {
	d.hiding = false
	d.withhold(n)
}

// hope takes a reply for one that has come, where a pattern does not begin
// with its code.
func (d *draft) hope(reply string) {
	if replyLike().MatchString(reply) {
		d.s.Hope(reply)
	}
}

// maxRepeat is how many octets one line of a transcript may stand for.
const maxRepeat = 1 << 20

// repeat sends the same octets many times.
func (d *draft) repeat(n int, data []byte) {
	if len(data) == 0 || n == 0 {
		return
	}
	if n == 1 {
		d.octets(transcript.FromClient, data)
		return
	}
	d.client++
	for most := max(maxRepeat/len(data), 1); n > 0; n -= most {
		d.item(transcript.Item{Kind: transcript.Octets, Dir: transcript.FromClient, Op: '*', Data: data, Count: min(n, most)})
	}
	d.dir = transcript.FromClient
}
