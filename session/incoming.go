package session

import (
	"bytes"
	"fmt"
)

// incoming is the reply that is arriving. Its lines form a list from the last
// to the first: states share it safely, and a line costs the same however
// many came before.
type incoming struct {
	text  []byte // the unfinished line, cut at maxUnfinished
	from  int    // first event of the reply
	lines *lineNode
	count int
}

type lineNode struct {
	line ReplyLine
	prev *lineNode
}

// received follows what comes from the server, line by line.
func (s *State) received(e *Event) {
	if s.Phase == Handshake && len(e.Data) > 0 {
		// Octets behind the 220 to STARTTLS came in the clear and must not be
		// taken for replies under TLS.
		s.broken("the server sent octets in the clear behind its 220 to STARTTLS: an injection", "RFC 3207, 4")
		return
	}
	if e.Lost > 0 {
		s.remark(Warning, fmt.Sprintf("%d octets before this were not kept", e.Lost), "RFC 5321, 4.5.3.1.5")
	}
	if !s.Partial() {
		s.in.from = e.Seq
		if isTLS(e.Data) {
			s.broken("the server speaks TLS: it expects a handshake before anything else", "RFC 8314, 3")
		}
	}
	s.in.text = join(s.in.text, e.Data)
	if !bytes.HasSuffix(e.Data, []byte{'\n'}) {
		return
	}
	line := ParseReplyLine(s.in.text)
	s.in.text = nil
	s.judgeLine(line)
	if line.Code == 0 && s.in.lines == nil {
		s.broken("this is no reply: a reply begins with three digits", "RFC 5321, 4.2")
		return
	}
	s.in.lines = &lineNode{line, s.in.lines}
	s.in.count++
	if line.More || line.Code == 0 {
		return
	}
	s.reply(s.takeReply(e.Seq))
}

// isTLS recognises a record of TLS: an alert or a handshake of version 3.x.
func isTLS(data []byte) bool {
	return len(data) > 2 && (data[0] == 0x15 || data[0] == 0x16) && data[1] == 3
}

// judgeLine remarks on the form of a reply line.
func (s *State) judgeLine(l ReplyLine) {
	if l.Ending == "\n" {
		s.remark(Wrong, "the line ends with a bare LF", "RFC 5321, 2.3.8")
	}
	if l.Code == 0 {
		if s.in.lines != nil {
			s.broken("a line inside this reply has no code", "RFC 5321, 4.2.1")
		}
		return
	}
	// RFC 5321, 4.2: Reply-code = %x32-35 %x30-35 %x30-39
	if c := l.Code; c.Class() < 2 || c.Class() > 5 {
		s.broken(fmt.Sprintf("%03d is no reply code: the first digit is 2, 3, 4 or 5", int(c)), "RFC 5321, 4.2")
	} else if int(c)/10%10 > 5 {
		s.remark(Wrong, fmt.Sprintf("%d is no reply code of SMTP: the second digit is 0 to 5", int(c)), "RFC 5321, 4.2")
	}
	if l.Glued {
		s.remark(Wrong, "neither a blank nor a hyphen stands behind the code", "RFC 5321, 4.2")
	}
	if prev := s.in.lines; prev != nil && prev.line.Code != 0 && prev.line.Code != l.Code {
		s.remark(Wrong, "the lines of this reply do not agree on a code; the last one counts", "RFC 5321, 4.2.1")
	}
	for i := range len(l.Text) {
		if c := l.Text[i]; c < ' ' && c != '\t' || c == 0x7f {
			s.remark(Wrong, "the text has control characters", "RFC 5321, 4.2")
			break
		}
	}
	// RFC 5321, 4.5.3.1.5: 512 octets with code and CRLF.
	if len(l.Text) > 512-len("250 \r\n") {
		s.remark(Wrong, "the line is longer than 512 octets", "RFC 5321, 4.5.3.1.5")
	}
}

// takeReply makes a Reply of the lines that have come.
func (s *State) takeReply(seq int) Reply {
	lines := make([]ReplyLine, s.in.count)
	node := s.in.lines
	for i := len(lines) - 1; node != nil && i >= 0; i-- {
		lines[i] = node.line
		node = node.prev
	}
	last := lines[len(lines)-1]
	r := Reply{Code: last.Code, Enhanced: last.Enhanced, Lines: lines, From: s.in.from, Seq: seq}
	s.in = incoming{}
	return r
}
