package convert

import (
	"encoding/binary"
	"net/netip"
)

// segment is what a packet holds of a TCP connection.
type segment struct {
	from, to           netip.AddrPort
	seq                uint32
	syn, ack, fin, rst bool
	data               []byte
}

// The link types that are taken apart.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

// cutLink takes the header of the link off a packet.
func cutLink(link uint32, p []byte) ([]byte, bool) {
	ether := func(at int) ([]byte, bool) {
		if len(p) < at+2 {
			return nil, false
		}
		kind := binary.BigEndian.Uint16(p[at:])
		p = p[at+2:]
		for (kind == 0x8100 || kind == 0x88a8) && len(p) >= 4 { // VLAN
			kind = binary.BigEndian.Uint16(p[2:])
			p = p[4:]
		}
		if kind == 0x8864 && len(p) >= 8 { // PPPoE
			return p[8:], true
		}
		return p, kind == 0x0800 || kind == 0x86dd
	}
	switch link {
	case linkEthernet:
		return ether(12)
	case linkNull, linkLoop:
		if len(p) < 4 {
			return nil, false
		}
		return p[4:], true
	case linkRaw, 12, 14, linkIPv4, linkIPv6:
		return p, true
	case linkSLL:
		return ether(14)
	case linkSLL2:
		if len(p) < 20 {
			return nil, false
		}
		kind := binary.BigEndian.Uint16(p)
		return p[20:], kind == 0x0800 || kind == 0x86dd
	}
	return nil, false
}

// parseSegment takes a packet apart. Anything but a whole segment of TCP is
// not ok; cut reports a packet that was not captured to its end.
func parseSegment(link uint32, p []byte) (s segment, cut, ok bool) {
	p, ok = cutLink(link, p)
	if !ok || len(p) < 20 {
		return s, false, false
	}
	var from, to netip.Addr
	switch p[0] >> 4 {
	case 4:
		header, total := int(p[0]&15)*4, int(binary.BigEndian.Uint16(p[2:]))
		if header < 20 || len(p) < header || p[9] != 6 || binary.BigEndian.Uint16(p[6:])&0x3fff != 0 {
			return s, false, false // no TCP, or a fragment
		}
		from, _ = netip.AddrFromSlice(p[12:16])
		to, _ = netip.AddrFromSlice(p[16:20])
		if total == 0 { // segmentation was left to the network card
			total = len(p)
		}
		if cut = total > len(p); total < header {
			return s, false, false
		}
		p = p[header:min(total, len(p))]
	case 6:
		if len(p) < 40 {
			return s, false, false
		}
		next, total := p[6], int(binary.BigEndian.Uint16(p[4:]))
		from, _ = netip.AddrFromSlice(p[8:24])
		to, _ = netip.AddrFromSlice(p[24:40])
		p = p[40:]
		if total != 0 {
			cut = total > len(p)
			p = p[:min(total, len(p))]
		}
		for next == 0 || next == 43 || next == 60 { // extension headers
			if len(p) < 8 || len(p) < int(p[1])*8+8 {
				return s, false, false
			}
			next, p = p[0], p[int(p[1])*8+8:]
		}
		if next != 6 {
			return s, false, false
		}
	default:
		return s, false, false
	}
	if len(p) < 20 || len(p) < int(p[12]>>4)*4 || p[12]>>4 < 5 {
		return s, false, false
	}
	flags := p[13]
	return segment{
		from: netip.AddrPortFrom(from, binary.BigEndian.Uint16(p)),
		to:   netip.AddrPortFrom(to, binary.BigEndian.Uint16(p[2:])),
		seq:  binary.BigEndian.Uint32(p[4:]),
		fin:  flags&1 != 0, syn: flags&2 != 0, rst: flags&4 != 0, ack: flags&16 != 0,
		data: p[int(p[12]>>4)*4:],
	}, cut, true
}
