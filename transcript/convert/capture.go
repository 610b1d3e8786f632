package convert

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxPacket is how long a packet, or a block of a pcapng file, may be.
const maxPacket = 16 << 20

// capture reads the packets of a pcap or pcapng file.
type capture struct {
	r     *bufio.Reader
	order binary.ByteOrder
	ng    bool
	nano  bool
	links []linkOf // of each interface
	keys  func([]byte)
	buf   []byte
}

// linkOf is an interface of a pcapng file.
type linkOf struct {
	kind  uint32
	units uint64 // of time in a second
}

// packet is one packet of a file.
type packet struct {
	at   time.Time
	link uint32
	data []byte // good until the next packet
}

// isCapture recognises both kinds of files.
func isCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(head) {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a:
		return true
	}
	return false
}

func newCapture(r io.Reader, keys func([]byte)) (*capture, error) {
	c := &capture{r: bufio.NewReaderSize(r, 64<<10), order: binary.LittleEndian, keys: keys}
	head, err := c.r.Peek(4)
	if err != nil {
		return nil, err
	}
	switch binary.BigEndian.Uint32(head) {
	case 0x0a0d0d0a:
		c.ng = true
		return c, nil
	case 0xa1b2c3d4, 0xa1b23c4d:
		c.order = binary.BigEndian
	}
	c.nano = c.order.Uint32(head) == 0xa1b23c4d
	header, err := c.take(24)
	if err != nil {
		return nil, err
	}
	units := uint64(1e6)
	if c.nano {
		units = 1e9
	}
	c.links = []linkOf{{c.order.Uint32(header[20:]) & 0xffff, units}}
	return c, nil
}

// take returns the next octets, good until it is called again.
func (c *capture) take(n int) ([]byte, error) {
	if n > maxPacket {
		return nil, fmt.Errorf("a packet of %d octets: the file is damaged", n)
	}
	if cap(c.buf) < n {
		c.buf = make([]byte, n)
	}
	b := c.buf[:n]
	_, err := io.ReadFull(c.r, b)
	return b, err
}

// next returns the next packet. A file that is cut off ends with io.EOF or
// io.ErrUnexpectedEOF.
func (c *capture) next() (packet, error) {
	if c.ng {
		return c.nextBlock()
	}
	head, err := c.take(16)
	if err != nil {
		return packet{}, err
	}
	sec, frac, n := c.order.Uint32(head), c.order.Uint32(head[4:]), c.order.Uint32(head[8:])
	unit := time.Microsecond
	if c.nano {
		unit = time.Nanosecond
	}
	data, err := c.take(int(min(n, maxPacket+1)))
	return packet{time.Unix(int64(sec), 0).Add(time.Duration(frac) * unit).UTC(), c.links[0].kind, data}, err
}

// nextBlock reads blocks of a pcapng file up to one with a packet.
func (c *capture) nextBlock() (packet, error) {
	for {
		head, err := c.r.Peek(12)
		if err != nil {
			return packet{}, err
		}
		if binary.BigEndian.Uint32(head) == 0x0a0d0d0a { // a section says how its numbers are written
			c.order = binary.LittleEndian
			if binary.BigEndian.Uint32(head[8:]) == 0x1a2b3c4d {
				c.order = binary.BigEndian
			}
			c.links = nil
		}
		kind, size := c.order.Uint32(head), c.order.Uint32(head[4:])
		if size < 12 || size%4 != 0 {
			return packet{}, errors.New("a block with an impossible length: the file is damaged")
		}
		block, err := c.take(int(min(size, maxPacket+1)))
		if err != nil {
			return packet{}, err
		}
		body := block[8 : size-4]
		switch {
		case kind == 1 && len(body) >= 8:
			c.links = append(c.links, c.link(body))
			if len(c.links) > 10000 {
				return packet{}, errors.New("too many interfaces: the file is damaged")
			}
		case kind == 6 && len(body) >= 20: // enhanced packet
			return c.enhanced(body), nil
		case kind == 3 && len(body) >= 4 && len(c.links) > 0: // simple packet: no time
			n := min(int(c.order.Uint32(body)), len(body)-4)
			return packet{time.Time{}, c.links[0].kind, body[4 : 4+n]}, nil
		case kind == 0x0a && len(body) >= 8 && c.order.Uint32(body) == 0x544c534b: // TLS key log
			n := min(int(c.order.Uint32(body[4:])), len(body)-8)
			c.keys(body[8 : 8+n])
		}
	}
}

func (c *capture) link(body []byte) linkOf {
	l := linkOf{uint32(c.order.Uint16(body)), 1e6}
	for options := body[8:]; len(options) >= 4; {
		code, n := c.order.Uint16(options), int(c.order.Uint16(options[2:]))
		if code == 0 || 4+n > len(options) {
			break
		}
		if code == 9 && n >= 1 { // if_tsresol
			exp := options[4]
			l.units = 1
			if exp&0x80 != 0 {
				l.units <<= min(exp&0x7f, 62)
			} else {
				for range min(exp, 18) {
					l.units *= 10
				}
			}
		}
		options = options[min(4+(n+3)/4*4, len(options)):]
	}
	return l
}

func (c *capture) enhanced(body []byte) packet {
	i := int(c.order.Uint32(body))
	stamp := uint64(c.order.Uint32(body[4:]))<<32 | uint64(c.order.Uint32(body[8:]))
	n := min(int(c.order.Uint32(body[12:])), len(body)-20)
	p := packet{data: body[20 : 20+n]}
	if i < len(c.links) {
		l := c.links[i]
		p.link = l.kind
		rest := float64(stamp%l.units) / float64(l.units)
		p.at = time.Unix(int64(stamp/l.units), int64(rest*1e9)).UTC()
	}
	return p
}
