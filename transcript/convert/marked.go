package convert

import (
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// who says whose a line is.
type who byte

const (
	nobody    who = iota // not understood
	theClient            // the client said it
	theServer            // the server said it
	aside                // of the program that wrote the file: kept as a comment
	noise                // of no use
	opened               // a connection was opened
	closing              // it was closed
	securing             // a TLS handshake
	failing              // something did not work
	withheld             // content that the file does not show
	missing              // octets that the file has, but nobody can read
	unheard              // the format knows what it is and wrote it itself
)

// said is one line of a file, its mark taken off.
type said struct {
	who   who
	text  string
	bytes []byte // exact octets, in place of text and a line end
	facts []session.Fact
	fault session.Fault
	count int64 // octets withheld
	at    time.Time
	conn  string   // which connection, if the file has several at once
	tls   bool     // it went out, or came, under TLS
	guess []string // what was guessed, a warning each
	mark  string   // what stood before it
	doubt bool     // the client would not begin so

	line int
}

// guessed notes what a warning will say of the line.
func (s *said) guessed(what string) {
	if what != "" && !slices.Contains(s.guess, what) {
		s.guess = append(s.guess, what)
	}
}

// marks takes the mark off a line. It may give several lines where a file has
// lost its line ends.
type marks func(line string) []said

// maxGathered bounds what is held of connections that go on at the same time.
const maxGathered = 64 << 20

// marked reads a file whose lines have marks.
type marked struct {
	src  *source
	d    *draft
	cut  marks
	wrap func(last *said, line string) bool // goes the line on with the last?
	swap bool                               // what seems the client's is the server's
	told map[string]bool                    // marks whose meaning is a guess, and was told; nil if the program is known

	held     *said // it may go on in the next line
	current  string
	first    bool
	waiting  map[string][]said // connections that have to wait
	order    []string
	gathered int
}

// readMarked reads a whole file.
func readMarked(src *source, d *draft, swap bool, cut marks, wrap func(*said, string) bool) {
	(&marked{src: src, d: d, cut: cut, wrap: wrap, swap: swap}).read()
}

// readGuessed reads a whole file of a program that is not known: what its marks
// mean is told by what stands behind them.
func readGuessed(src *source, d *draft, swap bool, cut marks, wrap func(*said, string) bool) {
	d.assume("how this line ends, and those behind it, is not in the file: CRLF is written")
	(&marked{src: src, d: d, cut: cut, wrap: wrap, swap: swap, told: map[string]bool{}}).read()
}

func (m *marked) read() {
	m.begin()
	if m.swap {
		m.d.warnAt(1, "the marks stand the other way round: what they call the client gives replies")
	}
	for {
		line, ok := m.src.next()
		if !ok {
			break
		}
		m.line(line)
	}
	m.end()
}

func (m *marked) begin() {
	m.d.lossy, m.first, m.waiting = true, true, map[string][]said{}
}

func (m *marked) end() {
	m.release()
	for len(m.order) > 0 {
		m.nextConn()
	}
}

func (m *marked) line(line string) {
	if m.held != nil && m.wrap != nil && m.wrap(m.held, line) {
		return
	}
	for _, s := range m.cut(line) {
		s.line = m.src.line
		m.take(s)
	}
}

// take takes a line whose mark was taken off.
func (m *marked) take(s said) {
	m.release()
	m.held = &s
}

// release passes on the line that was held.
func (m *marked) release() {
	s := m.held
	m.held = nil
	switch {
	case s == nil:
	case s.who == nobody:
		m.place(*s)
	case m.first:
		m.first, m.current = false, s.conn
		m.place(*s)
	case s.conn != m.current && s.conn != "":
		m.gather(*s)
	default:
		m.place(*s)
		if s.who == closing {
			m.nextConn()
		}
	}
}

func (m *marked) gather(s said) {
	size := len(s.text) + len(s.bytes) + 200
	if m.gathered+size > maxGathered {
		m.d.warnAt(s.line, "too much goes on at the same time; what was said on other connections is left out")
		return
	}
	m.gathered += size
	if m.waiting[s.conn] == nil {
		m.order = append(m.order, s.conn)
	}
	m.waiting[s.conn] = append(m.waiting[s.conn], s)
}

// nextConn goes on with the connection that has waited longest.
func (m *marked) nextConn() {
	if len(m.order) == 0 {
		m.first = true
		return
	}
	m.current, m.order = m.order[0], m.order[1:]
	lines := m.waiting[m.current]
	delete(m.waiting, m.current)
	m.d.open, m.d.dir = false, 0
	over := false
	for i, s := range lines {
		m.gathered -= len(s.text) + len(s.bytes) + 200
		m.place(s)
		over = s.who == closing && i == len(lines)-1
	}
	if over {
		m.nextConn()
	}
}

// place writes what a line says.
func (m *marked) place(s said) {
	d := m.d
	d.line = s.line
	if s.who == nobody {
		d.unknown(s.text)
		return
	}
	for _, g := range s.guess {
		d.warn("%s", g)
	}
	if !s.at.IsZero() {
		d.clock(s.at)
	}
	if m.swap && (s.who == theClient || s.who == theServer) {
		s.who = theClient + theServer - s.who
	}
	m.tell(s)
	if m.told != nil && s.who == theServer && len(s.bytes) == 0 && s.text == "" && d.dir == transcript.FromServer && !d.state().Partial() {
		d.warn("an empty line stands behind what the server said; it is taken for the end of the line before")
		return
	}
	if s.tls && (s.who == theClient || s.who == theServer) && !d.state().Secure {
		d.secured()
	}
	switch s.who {
	case theClient:
		d.put(transcript.FromClient, s)
	case theServer:
		d.put(transcript.FromServer, s)
	case aside:
		d.comment(s.text)
	case opened:
		d.connect(s.facts...)
	case closing:
		d.closed(s.text, "")
	case securing:
		d.secured(s.facts...)
	case failing:
		d.trouble(s.fault, s.text)
	case missing:
		d.gap(s.text)
	case withheld:
		if d.content() {
			d.withhold(s.count)
		}
	}
}

// noMark is the mark of lines that have none, where others do.
const noMark = "no mark"

// tell warns of a mark whose meaning is a guess, when it comes for the first
// time. Exim's marks have its own name.
func (m *marked) tell(s said) {
	if m.told == nil || s.mark == "" || m.told[s.mark] || s.who != theClient && s.who != theServer || strings.HasPrefix(s.mark, "SMTP") {
		return
	}
	m.told[s.mark] = true
	side := "client"
	if s.who == theServer {
		side = "server"
	}
	if s.mark == noMark {
		m.d.warn("this line and others have no mark; as they are like replies, they are taken for the %s's", side)
		return
	}
	m.d.warn("what stands before this line is taken for a mark of the %s: %s", side, s.mark)
}

// covered is what programs print in the place of a password.
var covered = lazy.Regexp(`(?i)^[<\[("* ]*(?:\*{3,}|logging suppressed for this command\b.*|x{6,}|(?:sensitive|hidden|redacted|censored|suppressed|(?:secret|credentials?|password|auth\w*|username|user)(?: data)? (?:hidden|removed|suppressed|redacted)))[>\])"* ]*$`)

// put adds a line of one side.
func (d *draft) put(dir transcript.Dir, s said) {
	if header := proxyInLetters(s.text); dir == transcript.FromClient && header != nil && (d.opening != nil || !d.open) {
		d.warn("the header for a proxy is shown in base64; the octets that it stands for are written")
		d.octets(dir, header)
		return
	}
	if dir == transcript.FromClient && s.bytes == nil && covered().MatchString(s.text) && !d.content() {
		d.cover(s.text)
		return
	}
	if dir == transcript.FromClient && s.bytes == nil && d.client+d.server == 0 && (s.doubt || typedCommand().MatchString(s.text)) {
		d.warn("no session begins so: somebody typed this into a shell, or explains something; it is kept as a comment")
		d.comment(s.text)
		return
	}
	if s.bytes != nil {
		d.octets(dir, s.bytes)
		return
	}
	d.say(dir, s.text)
}

// typedCommand is what begins a session in a terminal.
var typedCommand = lazy.Regexp(`^(?:[$#%>] ?)?(?:telnet|nc|ncat|netcat|openssl|socat|swaks|curl|gnutls-cli)\b|^connects?\b`)

// replyLike recognises a line of a reply.
var replyLike = lazy.Regexp(`^[2-5][0-9][0-9](?:[ -]|$)`)

// commandLike recognises what clients say.
var commandLike = lazy.Regexp(`(?i)^(?:EHLO|HELO|LHLO|MAIL +FROM *:|RCPT +TO *:|DATA$|RSET$|QUIT$|NOOP\b|VRFY |EXPN |HELP\b|STARTTLS$|AUTH +[A-Z0-9_-]+|BDAT +[0-9]|ETRN |BURL |XCLIENT |XFORWARD |TURN$|SEND FROM:|SOML FROM:|SAML FROM:)`)

// count scores a head by what a function makes of its lines, and tells
// whether the marks seem to stand the other way round.
func count(head []string, cut marks) (hits int, swap bool) {
	var reversed, right int
	for _, l := range head {
		for _, s := range cut(l) {
			if s.who != theClient && s.who != theServer {
				continue
			}
			hits++
			text := s.text
			if s.bytes != nil {
				text = string(s.bytes)
			}
			text = strings.TrimPrefix(text, `"`)
			reply, command := replyLike().MatchString(text), commandLike().MatchString(text)
			switch {
			case s.who == theClient && reply, s.who == theServer && command:
				reversed++
			case reply, command:
				right++
			}
		}
	}
	return hits, reversed > right
}

// hasReply reports whether a line that has the server's mark is a reply.
func hasReply(head []string, cut marks) bool {
	for _, l := range head {
		for _, s := range cut(l) {
			if s.who == theServer && replyLike().MatchString(s.text) {
				return true
			}
		}
	}
	return false
}
