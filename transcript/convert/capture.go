package convert

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

const (
	maxPacket     = 256 << 10 // octets of a packet; libpcap and Wireshark take no longer one
	maxBlock      = 16 << 20  // octets of a block of a pcapng file
	maxInterfaces = 1 << 20   // octets of the descriptions of interfaces in a section
)

// capture reads the packets of a pcap or pcapng file.
type capture struct {
	source gopacket.ZeroCopyPacketDataSource
	link   layers.LinkType // of a pcap file
	blocks *blocks         // of a pcapng file
}

// packet is one packet of a file.
type packet struct {
	at   time.Time
	link layers.LinkType
	data []byte // good until the next packet
}

// isCapture recognises both kinds of files.
func isCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(head) {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, sectionHeader:
		return true
	}
	return false
}

func newCapture(r io.Reader, keys func([]byte)) (c *capture, err error) {
	defer damaged(&err)
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(4)
	if err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(head) == sectionHeader {
		c := &capture{blocks: &blocks{r: b, left: maxBlock, keys: keys}}
		c.source, err = pcapgo.NewNgReader(c.blocks, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		return c, err
	}
	file, err := pcapgo.NewReader(b)
	if err != nil {
		return nil, err
	}
	file.SetSnaplen(maxPacket) // what the file says may be too low, and is not to be trusted
	return &capture{source: file, link: file.LinkType()}, nil
}

// next returns the next packet. A file that is cut off ends with io.EOF or
// io.ErrUnexpectedEOF.
func (c *capture) next() (p packet, err error) {
	defer damaged(&err)
	if c.blocks != nil {
		c.blocks.left = 2 * maxBlock
	}
	data, info, err := c.source.ZeroCopyReadPacketData()
	if err != nil {
		return p, err
	}
	if len(data) > maxPacket {
		return p, fmt.Errorf("a packet of %d octets: the file is damaged", len(data))
	}
	p = packet{info.Timestamp, c.link, data}
	if c.blocks != nil {
		p.link, _ = info.AncillaryData[0].(layers.LinkType)
	}
	return p, nil
}

// damaged makes an error of a reader's panic: no file may end the program.
func damaged(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the file is damaged: %v", r)
	}
}

// The blocks of a pcapng file that are known by number here.
const (
	sectionHeader      = 0x0a0d0d0a
	interfaceBlock     = 1
	packetBlock        = 2 // of old
	simplePacketBlock  = 3
	enhancedBlock      = 6
	secretsBlock       = 0x0a
	tlsKeyLog          = 0x544c534b
	bigEndianByteOrder = 0x1a2b3c4d
)

// blocks passes those blocks of a pcapng file on that hold packets or say how
// to read them; pcapgo does the reading. It stands in front for what pcapgo
// has no way to give: the TLS keys, which it keeps to itself or, behind the
// first interface, skips; and bounds, as it gathers names, keys and
// interfaces without end and takes the length of a packet on trust.
type blocks struct {
	r     *bufio.Reader
	order binary.ByteOrder
	keys  func([]byte)
	buf   []byte
	rest  []byte // of a block, that is not passed on yet
	left  int    // octets that may be passed on before the next packet
	seen  int    // octets of interfaces
}

func (b *blocks) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("a packet without end: the file is damaged")
	}
	for len(b.rest) == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	b.left -= n
	return n, nil
}

// next reads one block.
func (b *blocks) next() error {
	head, err := b.r.Peek(12)
	if err != nil {
		if len(head) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if binary.BigEndian.Uint32(head) == sectionHeader { // a section says how its numbers are written
		b.order, b.seen = binary.LittleEndian, 0
		if binary.BigEndian.Uint32(head[8:]) == bigEndianByteOrder {
			b.order = binary.BigEndian
		}
	}
	kind, size := b.order.Uint32(head), b.order.Uint32(head[4:])
	if size < 12 || size%4 != 0 || size > maxBlock {
		return fmt.Errorf("a block of %d octets: the file is damaged", size)
	}
	if cap(b.buf) < int(size) {
		b.buf = make([]byte, size)
	}
	block := b.buf[:size]
	if _, err := io.ReadFull(b.r, block); err != nil {
		return io.ErrUnexpectedEOF
	}
	body := block[8 : size-4]
	switch kind {
	case sectionHeader:
		// The draft, 4.1: version 1.2 is read as 1.0. pcapgo knows only that.
		if len(body) >= 8 && b.order.Uint16(body[4:]) == 1 && b.order.Uint16(body[6:]) == 2 {
			b.order.PutUint16(body[6:], 0)
		}
	case interfaceBlock:
		if b.seen += len(block); b.seen > maxInterfaces {
			return errors.New("too many interfaces: the file is damaged")
		}
	case packetBlock, simplePacketBlock, enhancedBlock:
	case secretsBlock:
		if len(body) >= 8 && b.order.Uint32(body) == tlsKeyLog {
			n := min(int64(b.order.Uint32(body[4:])), int64(len(body)-8))
			b.keys(body[8 : 8+n])
		}
		return nil
	default:
		return nil
	}
	b.rest = block
	return nil
}
