package convert

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// segment is what a packet holds of a TCP connection.
type segment struct {
	from, to netip.AddrPort
	*layers.TCP
}

// parseSegment takes a packet apart. Anything but a whole segment of TCP is
// not ok; cut reports a packet that was not captured to its end. gopacket
// catches a decoder that panics: the packet is then not ok.
func parseSegment(link layers.LinkType, data []byte) (s segment, cut, ok bool) {
	switch link {
	case 12, 14, layers.LinkTypeIPv4, layers.LinkTypeIPv6: // other numbers of the same
		link = layers.LinkTypeRaw
	}
	lazy := gopacket.DecodeOptions{Lazy: true, NoCopy: true}
	p := gopacket.NewPacket(data, link, lazy)
	s.TCP, ok = p.TransportLayer().(*layers.TCP)
	if !ok && p.TransportLayer() != nil {
		return s, false, false
	}
	var from, to netip.Addr
	for _, l := range p.Layers() { // of a tunnel the innermost counts
		switch ip := l.(type) {
		case *layers.IPv4:
			from, _ = netip.AddrFromSlice(ip.SrcIP)
			to, _ = netip.AddrFromSlice(ip.DstIP)
		case *layers.IPv6:
			from, _ = netip.AddrFromSlice(ip.SrcIP)
			to, _ = netip.AddrFromSlice(ip.DstIP)
			if ip.Length == 0 && ip.NextHeader == layers.IPProtocolTCP { // segmentation was left to the network card
				p = gopacket.NewPacket(ip.Payload, layers.LayerTypeTCP, lazy)
				s.TCP, ok = p.TransportLayer().(*layers.TCP)
			}
		}
	}
	if !ok || !from.IsValid() || p.ErrorLayer() != nil {
		return s, false, false
	}
	s.from = netip.AddrPortFrom(from, uint16(s.SrcPort))
	s.to = netip.AddrPortFrom(to, uint16(s.DstPort))
	return s, p.Metadata().Truncated, true
}
