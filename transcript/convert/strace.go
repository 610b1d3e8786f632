package convert

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// straceFormat reads the system calls of a program that speaks SMTP, a client
// or a server. It opens other files too: a connection is what commands go over
// in one direction and replies in the other.
//
//	read(3, "220 mx.test.example ESMTP\r\n", 4096) = 27
//	write(3, "EHLO client.test.example\r\n", 26) = 26
func straceFormat() Format {
	return Format{
		Name: "strace", About: "strace of a client or a server: its reads and writes",
		score: func(head []string) int {
			n, calls := 0, straceCalls{}
			for _, l := range head {
				if c, ok := calls.cut(l); ok {
					if n++; c.speaks() != nobody {
						n += 3
					}
				}
			}
			if n < 4 {
				return 0
			}
			return n // of the files that a program reads first nobody else knows anything
		},
		timed: func(head []string) bool {
			for _, l := range head {
				if c, ok := new(straceCalls).cut(l); ok {
					return !c.at.IsZero()
				}
			}
			return false
		},
		read: func(src *source, d *draft) {
			s := straced{files: map[string]*straceFile{}}
			readMarked(src, d, false, s.line, nil)
		},
	}
}

var (
	straceHead = lazy.Regexp(`^(?:\[pid +(\d+)\] |(\d+) +)?(?:(\d\d:\d\d:\d\d(?:\.\d+)?|\d+\.\d{6}) )?(?:(\w+)\((\d+)(?:<[^"]*?>)?([,) ].*)|<\.\.\. (\w+) resumed>,? ?(.*))$`)
	straceEnd  = lazy.Regexp(`\) += (-?\d+)(?:<[^>]*>)?(?: [^"]*)?$`)
	straceAddr = lazy.Regexp(`sin6?_port=htons\((\d+)\), .*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([0-9A-Fa-f.:]+)"`)
)

// straceReads has the calls that matter; true those that read.
var straceReads = map[string]bool{
	"read": true, "recv": true, "recvfrom": true, "recvmsg": true, "readv": true,
	"write": false, "send": false, "sendto": false, "sendmsg": false, "writev": false,
}

// straceCall is one call that has ended.
type straceCall struct {
	name, file, args string
	result           int
	at               time.Time
	data             []byte // what was read or written
	cut              bool   // strace does not show all of it
}

// straceCalls puts together the calls that other threads have interrupted.
type straceCalls struct {
	begun map[string]straceCall
	held  int // octets of them
}

func (s *straceCalls) cut(line string) (straceCall, bool) {
	m := straceHead().FindStringSubmatch(line)
	if m == nil {
		return straceCall{}, false
	}
	pid, c := m[1]+m[2], straceCall{name: m[4], file: m[5], args: m[6]}
	c.at = straceTime(m[3])
	if m[7] != "" {
		at := c.at
		if c = s.begun[pid]; c.name != m[7] {
			return straceCall{}, false
		}
		delete(s.begun, pid)
		s.held -= len(c.args)
		c.args, c.at = c.args+m[8], at
	}
	if begun, ok := strings.CutSuffix(c.args, " <unfinished ...>"); ok {
		c.args = begun
		s.begin(pid, c)
		return straceCall{}, false
	}
	end := straceEnd().FindStringSubmatch(c.args)
	if end == nil {
		return straceCall{}, false
	}
	c.result, _ = strconv.Atoi(end[1])
	if _, moves := straceReads[c.name]; moves && c.result > 0 {
		c.literals()
	}
	return c, true
}

// begin holds a call that has not ended.
func (s *straceCalls) begin(pid string, c straceCall) {
	if len(c.args) > maxStraced {
		return
	}
	if s.begun == nil || len(s.begun) > 1000 || s.held > maxHeld {
		s.begun, s.held = map[string]straceCall{}, 0
	}
	s.held += len(c.args) - len(s.begun[pid].args)
	s.begun[pid] = c
}

// straceTime reads the time of day, or seconds since 1970, or since the call
// before, which say nothing by themselves.
func straceTime(text string) time.Time {
	at, _, ok := cutTime(text + " ")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 1e8 && seconds < 1e10 {
		return time.UnixMicro(int64(seconds * 1e6)).UTC()
	}
	if !ok {
		return time.Time{}
	}
	return at
}

// literals reads the octets of a call, which may stand in several pieces.
func (c *straceCall) literals() {
	rest := c.args
	if vector := strings.Contains(rest, "iov_base="); !vector && !strings.HasPrefix(strings.TrimLeft(rest, ", "), `"`) {
		return
	}
	for len(c.data) < c.result {
		at := strings.IndexByte(rest, '"')
		if at < 0 {
			break
		}
		var data []byte
		data, rest = straceLiteral(rest[at+1:])
		c.data = append(c.data, data...)
		if strings.HasPrefix(rest, "...") {
			c.cut = true
			break
		}
		if !strings.Contains(rest, "iov_base=") {
			break
		}
	}
	c.data = c.data[:min(len(c.data), c.result)] // a write that took less
	c.cut = c.cut && len(c.data) < c.result
}

// straceLiteral reads a string as C has it, up to its quote.
func straceLiteral(s string) (data []byte, rest string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return data, s[i+1:]
		case c != '\\' || i+1 == len(s):
			data = append(data, c)
		default:
			i++
			if at := strings.IndexByte("abtnvfr", s[i]); at >= 0 {
				data = append(data, byte('\a'+at))
				continue
			}
			digits, base := "", 8
			if s[i] == 'x' {
				i, base = i+1, 16
				digits = s[i:min(i+2, len(s))]
			} else {
				for j := i; j < len(s) && j < i+3 && '0' <= s[j] && s[j] <= '7'; j++ {
					digits += s[j : j+1]
				}
			}
			v, err := strconv.ParseUint(digits, base, 8)
			if err != nil {
				data = append(data, s[min(i, len(s)-1)])
				continue
			}
			data = append(data, byte(v))
			i += len(digits) - 1
		}
	}
	return data, ""
}

// speaks tells who would say what was read or written.
func (c straceCall) speaks() who {
	switch line, _, _ := strings.Cut(string(c.data[:min(len(c.data), 1000)]), "\r"); {
	case replyLike().MatchString(line):
		return theServer
	case commandLike().MatchString(line):
		return theClient
	}
	return nobody
}

// straceFile is a file that the program has open.
type straceFile struct {
	fact      session.Fact // where it connects to
	client    bool         // the program is
	sure      bool
	encrypted bool
	told      [2]bool // was a reply, a command among what it moved
	waiting   []said
	held      int
	conn      string
}

// straced reads a whole trace.
type straced struct {
	calls straceCalls
	files map[string]*straceFile
	held  int // octets that wait in them
	count int
}

const (
	maxStraced = 256 << 10 // octets that are held of a file that may be a connection, or of a call
	maxHeld    = 4 << 20   // octets that are held of all of them
)

func (s *straced) line(line string) []said {
	c, ok := s.calls.cut(line)
	if !ok {
		return nil
	}
	f := s.files[c.file]
	reads, moves := straceReads[c.name]
	switch {
	case c.name == "connect":
		f = s.open(c.file)
		if m := straceAddr().FindStringSubmatch(c.args); m != nil {
			f.fact = session.Fact{Key: "addr", Value: address(m[2], m[1])}
		}
		return nil
	case c.name == "close" || c.name == "shutdown" && c.result == 0, moves && reads && c.result == 0:
		return s.closed(f, c)
	case !moves || c.result <= 0 || len(c.data) == 0:
		return nil
	}
	if f == nil {
		if c.speaks() == nobody {
			return nil
		}
		f = s.open(c.file)
	}
	return s.moved(f, c, reads)
}

func (s *straced) open(file string) *straceFile {
	s.count++
	f := &straceFile{conn: fmt.Sprint(s.count)}
	if len(s.files) > 1000 {
		s.files, s.held = map[string]*straceFile{}, 0
	}
	if before := s.files[file]; before != nil {
		s.drop(before)
	}
	s.files[file] = f
	return f
}

func (s *straced) closed(f *straceFile, c straceCall) []said {
	if f == nil {
		return nil
	}
	delete(s.files, c.file)
	s.drop(f)
	if !f.sure {
		return nil
	}
	by := "client"
	if f.client == (c.result == 0 && straceReads[c.name]) {
		by = "server"
	}
	return []said{{who: closing, text: by, at: c.at, conn: f.conn}}
}

// drop holds nothing of a file any more.
func (s *straced) drop(f *straceFile) {
	s.held -= f.held
	f.waiting, f.held = nil, 0
}

// moved takes what was read or written. What the file is shows when it has
// moved a reply in one direction and a command in the other, or has connected
// and is greeted.
func (s *straced) moved(f *straceFile, c straceCall, reads bool) []said {
	speaker := c.speaks()
	if !f.sure {
		if speaker == nobody && len(f.waiting) == 0 || f.held > maxStraced || s.held > maxHeld {
			return nil
		}
		if client := (speaker == theServer) == reads; speaker != nobody {
			if len(f.waiting) > 0 && client != f.client {
				f.told = [2]bool{}
				s.drop(f)
			}
			f.client = client
			f.told[speaker-theClient] = true
		}
		f.sure = f.told[0] && f.told[1] || f.fact.Value != "" && f.client && f.told[1]
	}
	one := f.said(c, reads)
	if !f.sure {
		f.waiting = append(f.waiting, one...)
		f.held += len(c.data)
		s.held += len(c.data)
		return nil
	}
	all := append(f.waiting, one...)
	if f.fact.Value != "" && len(all) > 0 {
		all = append([]said{{who: opened, facts: []session.Fact{f.fact}, at: all[0].at, conn: f.conn}}, all...)
		f.fact.Value = ""
	}
	s.drop(f)
	return all
}

func (f *straceFile) said(c straceCall, reads bool) []said {
	// RFC 8446, 5.1: a record begins with its type and the version 0x0301 or 0x0303.
	if len(c.data) > 1 && 20 <= c.data[0] && c.data[0] <= 23 && c.data[1] == 3 && !f.encrypted {
		f.encrypted = true
		return []said{{who: missing, text: "what is encrypted", at: c.at, conn: f.conn, guess: []string{"from here on it is encrypted, and left out"}}}
	}
	if f.encrypted {
		return nil
	}
	s := said{who: theClient, bytes: c.data, at: c.at, conn: f.conn}
	if reads == f.client {
		s.who = theServer
	}
	if c.cut {
		s.guessed(fmt.Sprintf("strace shows %d of these %d octets; the others are left out, and a line end stands in their place (strace -s 9999 shows more)", len(c.data), c.result))
		s.bytes = append([]byte(strings.TrimRight(string(c.data), "\r\n")), "\r\n"...)
	}
	return []said{s}
}
