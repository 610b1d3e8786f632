package convert

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// talk is what is said on one connection.
type talk struct {
	p      *pcapReader
	flow   *flow
	client int // which side is the client; -1 if nobody knows yet

	queue   []chunk
	sure    bool // it is SMTP
	no      bool // it is something else
	started bool
	dropped bool
	closed  bool
	open    bool // the capture ended first
	reset   bool
	closer  int // side + 1
	end     time.Time

	line  [2][]byte // the beginning of a line of each side
	since [2]time.Time
	last  int
	tls   *tlsReader
}

// judge finds out whether this is SMTP, and who is who.
func (t *talk) judge() {
	if t.sure || t.no {
		return
	}
	first := t.queue[0]
	server := -1
	switch data := first.data; {
	case greetingLike().Match(data):
		server = first.side
	case helloLike().Match(data):
		server = 1 - first.side
	case len(data) > 2 && data[0] == 0x16 && data[1] == 3: // TLS: only the port tells
		server = 1 - first.side
		if !t.p.isPort(t.flow.sides[server].addr.Port()) {
			t.no = true
			t.drop()
			return
		}
	default:
		if len(data) < 4 && len(t.queue) < 4 && bytes.HasPrefix([]byte("220"), data[:min(3, len(data))]) {
			return // so far it may be one
		}
		t.no = true
		t.drop()
		return
	}
	if server == first.side {
		// Other protocols greet with 220 too: what the client says decides.
		known := t.p.isPort(t.flow.sides[server].addr.Port())
		for _, c := range t.queue {
			if c.side != server {
				known = known || helloLike().Match(c.data) || commandLike().Match(bytes.TrimSpace(firstLine(c.data)))
				if !known {
					t.no = true
					t.drop()
					return
				}
			}
		}
		if !known {
			return
		}
	}
	t.client, t.sure = 1-server, true
}

func (p *pcapReader) isPort(port uint16) bool {
	return slices.Contains(smtpPorts, port) || p.o.Port != 0 && int(port) == p.o.Port
}

func firstLine(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	return line
}

func (t *talk) drop() {
	for _, c := range t.queue {
		t.p.held -= len(c.data)
	}
	t.queue = nil
}

// write writes what has come.
func (t *talk) write() {
	if t.no || len(t.queue) == 0 {
		return
	}
	if !t.started {
		t.started = true
		t.p.d.clock(t.flow.begun)
		client, server := t.flow.sides[t.client].addr, t.flow.sides[1-t.client].addr
		facts := []session.Fact{{Key: "addr", Value: server.String()}, {Key: "from", Value: client.String()}}
		if first := t.queue[0].data; first[0] == 0x16 {
			facts = append(facts, session.Fact{Key: "tls", Value: "implicit"})
		}
		if !t.goesOn() {
			t.p.part()
			t.p.d.open = false
			t.p.d.connect(facts...)
		}
	}
	for _, c := range t.queue {
		t.chunk(c)
	}
	t.drop()
}

func (t *talk) dir(side int) transcript.Dir {
	if side == t.client {
		return transcript.FromClient
	}
	return transcript.FromServer
}

func (t *talk) chunk(c chunk) {
	d := t.p.d
	if c.lost > 0 {
		t.flush(c.side)
		d.clock(c.at)
		d.warnAt(0, fmt.Sprintf("%d octets are not in the capture", c.lost))
		d.gap(strconv.Itoa(int(c.lost)) + " octets that are not in the capture")
		if t.tls != nil {
			t.tls.broken = "octets are missing"
		}
	}
	if t.tls == nil && len(c.data) > 2 && c.data[0] == 0x16 && c.data[1] == 3 && (d.state().Phase == session.Handshake || d.state().Phase == session.Greet) {
		t.flush(c.side)
		t.tls = newTLSReader(t.p.keys, t.client)
	}
	if t.tls == nil {
		t.octets(c.side, c.data, c.at)
		return
	}
	d.clock(c.at)
	t.tls.feed(c.side, c.data, func(facts []session.Fact) {
		d.secured(facts...)
	}, func(data []byte) {
		t.octets(c.side, data, c.at)
	})
}

// octets writes whole lines; the beginning of one waits for its end, as long
// as the other side says nothing.
func (t *talk) octets(side int, data []byte, at time.Time) {
	if side != t.last {
		t.flush(t.last)
		t.last = side
	}
	d := t.p.d
	if len(t.line[side]) > 0 {
		data = append(t.line[side], data...)
		t.line[side] = nil
		at = t.since[side]
	}
	n := bytes.LastIndexByte(data, '\n') + 1
	if n > 0 {
		d.clock(at)
		d.octets(t.dir(side), data[:n])
	}
	if rest := data[n:]; len(rest) > 0 {
		t.line[side], t.since[side] = bytes.Clone(rest), at
		if len(rest) > maxLine {
			t.flush(side)
		}
	}
}

func (t *talk) flush(side int) {
	if len(t.line[side]) > 0 {
		t.p.d.octets(t.dir(side), t.line[side])
		t.line[side] = nil
	}
}

// finish ends the session in the transcript.
func (t *talk) finish() {
	if !t.started {
		return
	}
	d := t.p.d
	t.flush(0)
	t.flush(1)
	if t.tls != nil {
		if why := t.tls.hidden(); why != "" {
			d.warnAt(0, fmt.Sprintf("%v to %v: %s", t.flow.sides[t.client].addr, t.flow.sides[1-t.client].addr, why))
			d.comment(why)
		}
	}
	if t.dropped {
		d.gap("the rest was left out")
	}
	if t.open {
		d.open, d.dir = false, 0
		d.comment("the capture ends here")
		return
	}
	d.clock(t.end)
	by, how := "server", "fin"
	if t.closer == t.client+1 {
		by = "client"
	}
	if t.reset {
		how = "rst"
	}
	if d.state().Phase == session.Handshake && t.tls == nil && by == "client" && how == "fin" {
		t.p.parted = t
		return
	}
	d.closed(by, how)
}

// goesOn reports whether a connection is what was said under TLS on the one
// before it, in the clear: so ehlo writes a transcript as a capture. It begins
// with the client, and that one ended where a handshake must follow.
func (t *talk) goesOn() bool {
	before, first := t.p.parted, t.queue[0]
	if before == nil || first.side != t.client || !helloLike().Match(first.data) ||
		before.flow.sides[1-before.client].addr != t.flow.sides[1-t.client].addr {
		return false
	}
	t.p.parted = nil
	t.p.d.warnAt(0, "a connection ends where a handshake must follow, and the next one begins behind it; that they are one, and the handshake is not shown, is a guess")
	t.p.d.secured()
	return true
}

// part closes a connection with which nothing goes on.
func (p *pcapReader) part() {
	if t := p.parted; t != nil {
		p.parted = nil
		p.d.closed("client", "fin")
	}
}
