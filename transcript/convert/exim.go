package convert

import (
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// eximFormat reads what the client of Exim's test suite reads and what it
// prints. In its scripts ??? is the beginning of a reply that must come:
//
//	client 127.0.0.1 PORT_D
//	??? 220
//	ehlo client.test.example
//	??? 250-
//	??? 250
//	****
//
// and in its output <<< is what came and >>> what went out.
func eximFormat() Format {
	return Format{
		Name: "exim", About: "client sessions of Exim's test suite, scripts and output",
		score: func(head []string) int {
			n := 0
			for _, l := range head {
				if n > 0 && eximSaid().MatchString(l) || eximExpect().MatchString(l) || eximClient().MatchString(l) || strings.HasPrefix(l, "+++ ") {
					n += 3
				}
			}
			return n
		},
		read: func(src *source, d *draft) { (&exim{src: src, d: d}).read() },
	}
}

var (
	eximExpect = lazy.Regexp(`^\?\?\?([ *?])(.*)$`)
	eximBare   = lazy.Regexp(`^\?\?\?$`)
	eximClient = lazy.Regexp(`^(?:sudo )?client(?:-anytls|-ssl|-gnutls)?(?: -\S+(?: \S+)??)* +([\w:/]\S*) +(\S+)`)
	eximPrint  = lazy.Regexp(`^Connecting to (\S+) port (\d+|PORT_\w+) ?\.\.\. (.*)$`)
	eximSaid   = lazy.Regexp(`^(?:<<<|>>>)(?: |$)`)
	eximSSL    = lazy.Regexp(`^SSL connection using (\S+)`)
)

type exim struct {
	src *source
	d   *draft

	script  bool // there are commands around the sessions
	inside  bool // in a session
	printed bool // this is output: <<< and >>> stand there
	tls     bool // STARTTLS was said
	raw     string
}

func (x *exim) read() {
	for _, l := range peekHead(x.src) {
		if eximClient().MatchString(l) {
			x.script = true
		}
		if eximPrint().MatchString(l) || strings.HasPrefix(l, "<<< ") && replyLike().MatchString(l[4:]) {
			x.printed = true
		}
	}
	x.inside = !x.script || x.printed
	for {
		line, ok := x.src.next()
		if !ok {
			break
		}
		x.d.line = x.src.line
		if x.printed {
			x.output(line)
		} else {
			x.line(line)
		}
	}
}

// line takes a line of a script.
func (x *exim) line(line string) {
	d := x.d
	if !x.inside {
		x.around(line)
		return
	}
	if line == "****" {
		x.inside = !x.script
		d.closed("client", "")
		return
	}
	if m := eximExpect().FindStringSubmatch(line); m != nil {
		x.expect(m[1], m[2])
		return
	}
	switch {
	case eximBare().MatchString(line):
		d.expect('?', "*")
	case strings.HasPrefix(line, "+++ "):
		d.intend("wait", strings.TrimSpace(line[4:]))
	case strings.HasPrefix(line, "<<< "):
		d.warn("the octets of another file are sent here; it is not at hand")
		d.gap("the octets of " + line[4:])
	case strings.EqualFold(line, "stoptls"):
		d.warn("TLS ends and the session goes on in the clear; no transcript can say that")
		d.comment("stoptls")
	case strings.HasPrefix(line, ">>> "), strings.HasPrefix(line, `\>>> `):
		_, octets, _ := strings.Cut(line, ">>> ")
		d.octets(transcript.FromClient, eximUnescape(octets))
	case line == "starttls_wait":
		d.say(transcript.FromClient, "starttls")
		d.comment("no handshake follows")
	default:
		x.tls = strings.EqualFold(line, "starttls")
		d.octets(transcript.FromClient, append(eximUnescape(line), "\r\n"...))
	}
}

func (x *exim) expect(kind, text string) {
	d := x.d
	switch kind {
	case "*": // the server hangs up
		d.intend("expect", "closed by=server")
		d.closed("server", "")
		return
	case "?":
		// It may come any number of times, or not at all.
		d.warn("the line may be missing or come again; any lines are allowed here")
		d.expect('?', "...")
		return
	}
	d.expect('?', eximPattern(text))
	if x.tls {
		if strings.HasPrefix(text, "2") {
			d.intend("starttls", "")
		}
		x.tls = false
	}
}

// eximPattern makes a pattern of the beginning of a line.
func eximPattern(text string) string {
	var b strings.Builder
	for _, c := range eximUnescape(text) {
		switch c {
		case '*', '\\', '$':
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	p := session.Escape(b.String()) // what a line of the file cannot hold matches nothing
	if len(p) < 3 && strings.Trim(p, "0123456789") == "" && p != "" {
		p = (p + "xx")[:3] // the beginning of a code
	}
	return p + "*"
}

// eximUnescape resolves \r, \n and \xHH.
func eximUnescape(text string) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 'x':
			if i+2 < len(text) {
				if v, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
					out = append(out, byte(v))
					i += 2
					continue
				}
			}
			out = append(out, '\\', 'x')
		default:
			out = append(out, c)
		}
	}
	return out
}

// around takes the lines between sessions.
func (x *exim) around(line string) {
	m := eximClient().FindStringSubmatch(line)
	switch {
	case m != nil:
		x.inside, x.tls = true, false
		var facts []session.Fact
		if m[2] != "" && m[1] != "" {
			facts = append(facts, session.Fact{Key: "host", Value: m[1]})
		}
		if strings.Contains(line, "-tls-on-connect") {
			facts = append(facts, session.Fact{Key: "tls", Value: "implicit"})
		}
		x.d.connect(facts...)
		if strings.Contains(line, "-tls-on-connect") {
			x.d.secured()
		}
	case strings.HasPrefix(line, "#"):
		x.d.comment(strings.TrimLeft(line, "# "))
	case line == "****", strings.TrimSpace(line) == "":
	default:
		x.d.comment(line)
	}
}

// output takes a line of what the client has printed.
func (x *exim) output(line string) {
	d := x.d
	if m := eximPrint().FindStringSubmatch(line); m != nil {
		d.closed("client", "")
		if strings.HasPrefix(m[3], "connected") {
			port := m[2]
			if strings.HasPrefix(port, "PORT_") { // the suite puts it in later
				port = ""
			}
			d.connect(session.Fact{Key: "host", Value: m[1]}, session.Fact{Key: "addr", Value: address(m[1], port)})
		} else {
			d.trouble(session.FaultConnect, line)
		}
		return
	}
	switch {
	case strings.HasPrefix(line, "????") && len(d.state().Pending) > 0:
		x.unshown(line[4:])
	case eximExpect().MatchString(line), eximBare().MatchString(line), strings.HasPrefix(line, "+++ "), strings.TrimSpace(line) == "":
	case strings.HasPrefix(line, "<<< "), line == "<<<":
		d.say(transcript.FromServer, strings.TrimPrefix(line[3:], " "))
	case strings.HasPrefix(line, ">>> "), line == ">>>":
		octets := eximUnescape(strings.TrimPrefix(line[3:], " "))
		if !strings.HasPrefix(string(octets), proxyMark) { // that has no line end
			octets = append(octets, "\r\n"...)
		}
		d.octets(transcript.FromClient, octets)
	case strings.HasPrefix(line, "Attempting to start TLS"), strings.HasPrefix(line, "SSL info:"):
	case eximSSL().MatchString(line):
		x.raw = eximSSL().FindStringSubmatch(line)[1]
	case strings.HasPrefix(line, "Succeeded in starting TLS"):
		d.secured(session.Fact{Key: "cipher", Value: x.raw})
	case strings.HasPrefix(line, "Failed to start TLS"), strings.HasPrefix(line, "SSL_connect timed out"):
		d.trouble(session.FaultTLS, line)
	case strings.HasPrefix(line, "Expected EOF read"), strings.HasPrefix(line, "Unexpected EOF read"):
		d.closed("server", "")
	case strings.HasPrefix(line, "End of script"):
		d.closed("client", "")
	default:
		d.unknown(line)
	}
}

// unshown is a reply that the client takes if it comes, and does not print. A
// command other than a closing one goes out behind it only if it came.
func (x *exim) unshown(code string) {
	if !strings.HasPrefix(code, "2") && !strings.HasPrefix(code, "3") {
		x.d.gap("a reply that may have come is not shown: " + code)
		return
	}
	x.d.warn("the reply is not shown; that it came is a guess")
	x.d.expect('?', "...")
	x.d.expect('?', eximPattern(code))
	x.d.hope(code)
}

// eximServerFormat reads the scripts of the test suite's server: lines that
// begin with a digit are replies, all others what the client must say.
func eximServerFormat() Format {
	return Format{
		Name: "exim-server", About: "server scripts of Exim's test suite",
		score: func(head []string) int {
			n := 0
			for _, l := range head {
				if eximServer().MatchString(l) {
					n += 30
				}
			}
			return n
		},
		read: readEximServer,
	}
}

var eximServer = lazy.Regexp(`^server(?: -\S+(?: \d+)?)* (?:PORT_\w+|\d+|(?:DIR)?/\S+)(?: \d+)?$`)

func readEximServer(src *source, d *draft) {
	inside := false
	for {
		line, ok := src.next()
		if !ok {
			return
		}
		d.line = src.line
		switch {
		case eximServer().MatchString(line): // the connection opens with its first line
			inside = true
			d.closed("", "")
			continue
		case line == "****":
			inside = false
			continue
		case !inside:
			if strings.TrimSpace(line) != "" && line != "****" {
				d.comment(strings.TrimLeft(line, "# "))
			}
			continue
		}
		eximServerLine(d, line)
	}
}

func eximServerLine(d *draft, line string) {
	if !d.open {
		d.connect()
	}
	switch {
	case d.socks(line):
	case strings.HasPrefix(line, "<<"):
		d.octets(transcript.FromClient, eximUnescape(line[2:]))
	case strings.HasPrefix(line, ">*eof"):
		d.closed("server", "")
	case strings.HasPrefix(line, ">>"):
		d.octets(transcript.FromServer, eximUnescape(line[2:]))
	case strings.HasPrefix(line, ">CR>"):
		d.octets(transcript.FromServer, append(eximUnescape(line[4:]), '\r'))
	case strings.HasPrefix(line, ">LF>"):
		d.octets(transcript.FromServer, append(eximUnescape(line[4:]), '\n'))
	case strings.HasPrefix(line, ">"):
		d.octets(transcript.FromServer, append(eximUnescape(line[1:]), "\r\n"...))
	case line != "" && '0' <= line[0] && line[0] <= '9':
		d.octets(transcript.FromServer, append(eximUnescape(line), "\r\n"...))
	case strings.HasPrefix(line, "*sleep "):
		d.intend("wait", strings.TrimSpace(line[7:]))
	case strings.HasPrefix(line, "*eof"):
		d.closed("client", "")
	case strings.HasPrefix(line, "*data "):
		n, _ := strconv.ParseInt(strings.TrimSpace(line[6:]), 10, 32)
		d.octetsWithheld(n)
	case line == ".":
		if d.content() {
			d.withhold(0)
		}
		d.say(transcript.FromClient, ".")
	default:
		d.octets(transcript.FromClient, append(eximUnescape(strings.TrimPrefix(line, "<")), "\r\n"...))
	}
}
