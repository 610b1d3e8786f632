package convert

import (
	"cmp"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// bareFormat reads dialogues whose lines have no marks: pastes of telnet, nc
// and openssl s_client, the debug output of emersion/go-smtp, "follow stream"
// of Wireshark. Who says a line follows from the protocol.
func bareFormat() Format {
	return Format{
		Name: "bare", About: "a paste of telnet, nc or openssl s_client; go-smtp debug output; a followed stream",
		also: []string{"telnet", "nc", "openssl", "go-smtp"},
		score: func(head []string) int {
			n, sure, p, mark := 0, 0, findPrefix(head), findOrnament(head)
			for _, l := range head {
				l, _ = p.cut(l)
				l, _ = plain(cutOrnament(l, mark))
				l = strings.TrimSpace(l)
				switch reply := replyLike().MatchString(l); {
				case reply, terminalLine().MatchString(l):
					n, sure = n+1, sure+2
				case commandLike().MatchString(l):
					if n++; aCommand().MatchString(l) {
						sure++
					}
				}
			}
			if sure < 2 { // a word that looks like a command, in some list
				return 0
			}
			return n
		},
		read: func(src *source, d *draft) { (&bare{src: src, d: d}).read() },
	}
}

var (
	terminalLine = lazy.Regexp(`^(?:Trying [0-9a-fA-F.:]+\.\.\.|Connected to .*|Escape character is .*|CONNECTED\([0-9A-F]+\)|Connection closed by foreign host\.?|connect:errno=\d+)$`)
	promptLine   = lazy.Regexp(`^(?:(?:\S*|\[?\S+[@:~]\S*(?: [^\s$#%]+){1,2} ?)[$#%>] ?|[A-Z]:\\[^>]*>)\s*(?:telnet|nc|ncat|netcat|openssl|socat|swaks|curl|gnutls-cli)\b`)
	connectedTo  = lazy.Regexp(`^Connected to ([^\s]+?)\.?(?: \(.*\)\.?)?$`)
	requestFrom  = lazy.Regexp(`^Connection request(?: from \[(\S+)\])?$`)
	tryingTo     = lazy.Regexp(`^Trying ([0-9a-fA-F.:]+?)(?::(\d+))?\.\.\.$`)
	notConnected = lazy.Regexp(`^(?:telnet: Unable to connect to|telnet: could not resolve |nc: connect to .* failed: |nc: getaddrinfo: |Ncat: (?:Connection refused|Connection timed out|Could not resolve)|Could not open connection to the host|connect:errno=)`)
	// hungUp is what telnet says in the end, that of Windows too.
	hungUp      = lazy.Regexp(`^(?:Connection closed by foreign host\.?|Connection to host lost\.?|Connection closed\.|Connection closed by remote host\.?)$`)
	anyKey      = lazy.Regexp(`^Press any key to continue\.*$`)
	commandPort = lazy.Regexp(`(?:telnet|nc|ncat|netcat)\s+(?:-\S+\s+)*([\w.-]+)[ :]+(\d+)`)
	leftOut     = lazy.Regexp(`(?i)^\s*[\[(<]?(?:\.{3,}|…|snip|skipped|cut)[\])>]?$`)
	keyPressed  = lazy.Regexp(`(?i) ?(?:<enter>|\[enter\]|\(enter\)|<return>|<cr>|<crlf>|<cr><lf>|↵|⏎)$`)
	suppressed  = lazy.Regexp(`^DEBUG SMTP: AUTH \S+ command trace suppressed$`) // JavaMail
	logLine     = lazy.Regexp(`^(?:DEBUG|INFO|TRACE|WARN(?:ING)?|ERROR|NOTICE|LOG)\b`)
)

// bare reads one file.
type bare struct {
	src *source
	d   *draft

	prefix   prefix // of every line
	barred   bool   // a bar stands behind every line, as in a table
	mark     string // of every reply
	port     string // from the command that was typed
	host     string
	addr     string
	ssl      bool // between CONNECTED and the first reply
	inCert   bool
	starttls bool // openssl has said EHLO and STARTTLS by itself
	indent   int  // blanks before each reply
	inset    int  // blanks before what the client says
	known    bool
	late     bool // the dot that should end the content does not come
	alone    bool // these lines are content, though no reply is in the file
	looked   bool
}

func (b *bare) read() {
	b.d.lossy = true
	b.d.assume("whose line this is, and each behind it, is told by the protocol, for they have no marks; CRLF is written at their ends")
	head := peekHead(b.src)
	if b.prefix = findPrefix(head); b.prefix.re != nil {
		b.d.warnAt(1, "something stands before each line; it was taken away")
	}
	if b.barred = b.prefix.re != nil && b.bars(head); b.barred {
		b.d.warnAt(1, "bars stand behind every line; they were taken away")
	}
	if b.mark = findOrnament(head); b.mark != "" {
		b.d.warnAt(1, "what stands before each reply is taken for a mark: "+b.mark)
	}
	b.indent, b.inset = b.indents(head)
	if b.indent+b.inset > 0 {
		b.d.warnAt(1, fmt.Sprintf("%d blanks stand before each reply and %d before what the client says; they were taken away", b.indent, b.inset))
	}
	for {
		line, ok := b.src.next()
		if !ok {
			return
		}
		b.d.line = b.src.line
		b.line(line)
	}
}

// indents finds how far the lines of either side are set in.
func (b *bare) indents(head []string) (replies, commands int) {
	replies, commands = -1, -1
	for _, l := range head {
		l, _ = b.prefix.cut(l)
		t := strings.TrimLeft(l, " \t")
		switch n := len(l) - len(t); {
		case replyLike().MatchString(t):
			if replies < 0 {
				replies = n
			}
		case commandLike().MatchString(t):
			if commands < 0 || n < commands {
				commands = n
			}
		}
	}
	return max(replies, 0), max(commands, 0)
}

// clean takes away what somebody has put around what was on the wire.
func (b *bare) clean(line string) string {
	line = b.uncut(line)
	line = cutOrnament(line, b.mark)
	if text, ok := plain(line); ok && !b.d.content() {
		b.d.warn("the emphasis of the command is left out")
		line = text
	}
	if at := keyPressed().FindStringIndex(line); at != nil && !namedReply().MatchString(line) && !replyLike().MatchString(strings.TrimSpace(line)) {
		if b.d.content() && line[:at[0]] != "." {
			b.d.warn("%s may stand for the key that ends the line; as this is content, it is kept", line[at[0]:])
		} else {
			b.d.warn("%s is taken for the key that ends the line", line[at[0]:])
			line = line[:at[0]]
		}
	}
	in := b.inset
	if (!b.d.content() || b.late) && replyLike().MatchString(strings.TrimLeft(line, " \t")) {
		in = b.indent
	}
	for ; in > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'); in-- {
		line = line[1:]
	}
	return line
}

func (b *bare) line(raw string) {
	line := b.clean(raw)
	d := b.d
	if b.around(line) {
		return
	}
	if d.content() {
		b.content(line)
		return
	}
	b.late, b.looked = false, false
	st := d.state()
	if b.unanswered(line, st) {
		return
	}
	text := strings.TrimRight(line, " \t")
	switch {
	case replyLike().MatchString(line) && !(st.Phase == session.Challenged && len(text) > 8 && !strings.Contains(text, " ")):
		b.ssl = false
		b.reply(line)
	case namedReply().MatchString(line) && len(st.Pending) == 0: // CodeIgniter prints no commands
		name, reply, _ := strings.Cut(line, ": ")
		d.warn("%q is taken for the name of a command that is not shown", name)
		d.gap("the command " + name + " is not shown")
		b.reply(reply)
	case suppressed().MatchString(text):
		d.warn("the login is not in the file")
		d.gap(text)
	case text == "":
		if st.Phase == session.Challenged {
			d.say(transcript.FromClient, "")
		}
	case leftOut().MatchString(text):
		d.warn("lines are left out here")
		d.gap(text)
	case st.Partial(): // a terminal has wrapped the line before, or the server is odd
		if says(text) {
			b.command(line)
			return
		}
		d.warn("a line without a code inside a reply; that the server said it is a guess")
		d.say(transcript.FromServer, line)
	case says(text) && b.eaten():
		d.warn("s_client takes a line that begins with R for its own command; it was not sent")
		d.comment(text)
	case says(text):
		b.command(line)
	case aCommand().MatchString(strings.Join(strings.Fields(text), " ")):
		d.warn("blanks before the command are left out")
		b.command(strings.TrimLeft(line, " \t"))
	case st.Phase == session.Challenged && strings.Contains(text, " ") && b.response():
		d.unknown(raw)
	case st.Phase == session.Challenged, waits(st, "AUTH"):
		d.say(transcript.FromClient, line)
	case startsWord(text) && b.answered():
		d.warn("no command that is known, and a reply follows; that the client said it is a guess")
		d.say(transcript.FromClient, line)
	default:
		d.unknown(raw)
	}
}

// response reports whether the response to a challenge comes in a line behind
// this one, before the next reply: then this line only explains it.
func (b *bare) response() bool {
	for i := range 6 {
		next, ok := b.peek(i)
		if !ok || replyLike().MatchString(next) {
			return false
		}
		if word, _, _ := strings.Cut(strings.TrimSpace(next), " "); base64Like().MatchString(word) && len(word)%4 == 0 {
			return true
		}
	}
	return false
}

func waits(st session.State, verb string) bool {
	n := len(st.Pending)
	return n > 0 && st.Pending[n-1].Verb == verb
}

// startsWord reports whether a line can be a command that nobody knows: what
// programs print around a dialogue often begins with something else.
func startsWord(text string) bool {
	return text != "" && !logLine().MatchString(text) && (text[0] >= utf8.RuneSelf || unicode.IsLetter(rune(text[0])) || unicode.IsDigit(rune(text[0])))
}

// eaten reports whether s_client kept the line: R is its command to negotiate
// TLS anew.
func (b *bare) eaten() bool {
	next, ok := b.peek(0)
	return ok && next == "RENEGOTIATING"
}

// answered reports whether the next line is a reply, and not to something that
// was said before.
func (b *bare) answered() bool {
	if len(b.d.state().Pending) > 0 || b.d.server == 0 {
		return false
	}
	for i := range 3 {
		next, ok := b.peek(i)
		if !ok {
			return false
		}
		if next = strings.TrimLeft(next, " \t"); next != "" {
			return replyLike().MatchString(next)
		}
	}
	return false
}

// peek is a line that comes, without its prefix.
func (b *bare) peek(i int) (string, bool) {
	next, ok := b.src.peek(i)
	return cutOrnament(b.uncut(next), b.mark), ok
}

// around takes the lines of the program that was used.
func (b *bare) around(line string) bool {
	d := b.d
	text := strings.TrimSpace(line)
	switch {
	case promptLine().MatchString(text), strings.HasPrefix(text, "telnet ") && !d.content(), strings.HasPrefix(text, "openssl s_client") && !d.content():
		d.closed("", "")
		if m := commandPort().FindStringSubmatch(text); m != nil {
			b.host, b.port = m[1], m[2]
		}
		b.starttls = strings.Contains(text, "-starttls")
		d.comment(text)
		return true
	case d.content():
		return false
	case tryingTo().MatchString(text):
		m, port := tryingTo().FindStringSubmatch(text), b.port
		b.addr, b.port = m[1], cmp.Or(m[2], b.port)
		if whole := m[1] + ":" + m[2]; net.ParseIP(whole) != nil { // no port behind it
			b.addr, b.port = whole, port
		}
		return true
	case connectedTo().MatchString(text):
		if b.host == "" {
			b.host = connectedTo().FindStringSubmatch(text)[1]
		}
		if b.addr == "" {
			b.addr = b.host
		}
		d.closed("", "")
		d.connect(session.Fact{Key: "host", Value: b.host}, session.Fact{Key: "addr", Value: address(b.addr, b.port)})
		b.addr, b.host = "", ""
		return true
	case requestFrom().MatchString(text): // the server of Exim's test suite
		d.closed("", "")
		d.connect(session.Fact{Key: "from", Value: requestFrom().FindStringSubmatch(text)[1]})
		return true
	case strings.HasPrefix(text, "Escape character is"):
		return true
	case notConnected().MatchString(text):
		d.trouble(session.FaultConnect, text)
		return true
	case hungUp().MatchString(text), text == "closed" && b.known:
		d.closed("server", "") // where telnet was told to quit, it is closed already
		return true
	case anyKey().MatchString(text):
		return true
	case strings.HasPrefix(text, "^]"), strings.HasPrefix(text, "telnet> "), text == "^C":
		d.closed("client", "")
		return true
	case strings.HasPrefix(text, "```") && !strings.Contains(text[3:], "`"), text == "[code]", text == "[/code]":
		d.warn("the furniture of a page is left out")
		return true
	}
	return b.openssl(line, text)
}
