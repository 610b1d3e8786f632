package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ehlo/transcript/lazy"
)

// pcapFormat reads captures. Connections are found by what is said on them,
// whatever the port; what goes under TLS is read if the keys are there.
func pcapFormat() Format {
	return Format{
		Name: "pcap", About: "captures, pcap and pcapng, with a TLS key log or without",
		magic: isCapture, binary: readPcap,
	}
}

var (
	greetingLike = lazy.Regexp(`^(?:220|421|554|521|4\d\d|5\d\d)[ -]`)
	helloLike    = lazy.Regexp(`(?i)^(?:EHLO|HELO|LHLO|MAIL FROM:|STARTTLS\r?\n|QUIT\r?\n|XCLIENT |PROXY TCP)`)
)

// smtpPorts are those on which TLS is taken to be SMTP.
var smtpPorts = []uint16{25, 465, 587, 24, 2525, 10025, 10465}

// pcapReader follows the connections of a capture.
type pcapReader struct {
	d      *draft
	o      Options
	keys   *keyLog
	flows  map[[2]netip.AddrPort]*flow
	talks  []*talk // that are not written yet, in the order of their beginning
	parted *talk   // it ended where a handshake must follow; nil if there is none
	held   int     // octets that wait for the end of a session before theirs
	late   int     // octets that wait for what is missing before them

	skipped, cut int
}

func readPcap(r io.Reader, d *draft, o Options) error {
	p := &pcapReader{d: d, o: o, keys: newKeyLog(), flows: map[[2]netip.AddrPort]*flow{}}
	if o.Keys != nil {
		if err := p.keys.read(o.Keys); err != nil {
			return fmt.Errorf("the key log: %w", err)
		}
	}
	c, err := newCapture(r, p.keys.add)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		pkt, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.d.warnAt(0, fmt.Sprintf("packet %d: %v; the capture ends there", n, err))
			break
		}
		s, cut, ok := parseSegment(pkt.link, pkt.data)
		if cut {
			p.cut++
		}
		if ok {
			p.segment(s, pkt.at)
		}
	}
	p.end()
	return nil
}

// segment takes one segment of any connection.
func (p *pcapReader) segment(s segment, at time.Time) {
	key := [2]netip.AddrPort{s.from, s.to}
	if s.to.Compare(s.from) < 0 {
		key = [2]netip.AddrPort{s.to, s.from}
	}
	f := p.flows[key]
	if f != nil && s.SYN && !s.ACK && f.over { // the port is used again
		f = nil
	}
	if f == nil {
		if len(p.flows) >= maxFlows {
			p.skipped++
			return
		}
		f = &flow{key: key, sides: [2]side{{addr: s.from}, {addr: s.to}}, opener: -1, begun: at}
		p.flows[key] = f
	}
	i := 0
	if s.from != f.sides[0].addr {
		i = 1
	}
	if s.SYN {
		f.opener = i
		if s.ACK {
			f.opener = 1 - i
		}
	}
	p.late -= f.held()
	f.add(i, s, at, func(c chunk) { p.chunk(f, c) })
	if p.late+f.held() > maxGathered {
		p.skip(f, at)
	}
	p.late += f.held()
	if s.RST || f.sides[0].done && f.sides[1].done {
		p.close(f, s, i, at)
	} else if s.FIN && f.talk != nil && f.talk.closer == 0 {
		f.talk.closer = i + 1
	}
}

// chunk takes octets of a connection that are in order.
func (p *pcapReader) chunk(f *flow, c chunk) {
	if f.over && f.talk == nil {
		return
	}
	if f.talk == nil {
		f.talk = &talk{p: p, flow: f, client: f.opener}
		p.talks = append(p.talks, f.talk)
	}
	t := f.talk
	if t.no {
		return
	}
	if t.dropped || p.held+len(c.data) > maxGathered {
		if !t.dropped {
			p.d.warnAt(0, fmt.Sprintf("too much goes on at the same time; of %v to %v the rest is left out", f.sides[0].addr, f.sides[1].addr))
		}
		t.dropped = true
		return
	}
	c.data = bytes.Clone(c.data)
	t.queue = append(t.queue, c)
	p.held += len(c.data)
	t.judge()
	p.advance()
}

// skip goes on behind what is missing on a connection.
func (p *pcapReader) skip(f *flow, at time.Time) {
	for n := range f.sides {
		f.sides[n].skip(n, at, func(c chunk) { p.chunk(f, c) })
	}
}

// close ends a connection.
func (p *pcapReader) close(f *flow, s segment, i int, at time.Time) {
	p.late -= f.held()
	p.skip(f, at)
	f.over = true
	if t := f.talk; t != nil && !t.closed {
		t.closed, t.end, t.reset = true, at, s.RST
		if t.closer == 0 {
			t.closer = i + 1
		}
	}
	delete(p.flows, f.key)
	p.advance()
}

// advance writes the connection that began first as far as it has come, and
// those behind it once it has ended.
func (p *pcapReader) advance() {
	for len(p.talks) > 0 {
		t := p.talks[0]
		if t.sure || t.no {
			t.write()
		}
		if !t.closed && !t.no {
			return
		}
		if !t.sure {
			t.drop()
		}
		t.finish()
		p.talks = p.talks[1:]
	}
}

// end writes what is left when the capture ends.
func (p *pcapReader) end() {
	for _, f := range p.flows {
		p.skip(f, f.begun)
	}
	for _, t := range p.talks {
		if !t.closed {
			t.closed, t.open = true, true
		}
	}
	p.advance()
	p.part()
	if p.skipped > 0 {
		p.d.warnAt(0, fmt.Sprintf("more than %d connections at the same time; %d packets of others are left out", maxFlows, p.skipped))
	}
	if p.cut > 0 {
		p.d.warnAt(0, fmt.Sprintf("%d packets were not captured to their end; what is missing is a gap", p.cut))
	}
}
