package convert

import (
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"ehlo/session"
)

// writePcap writes a capture of what was said, with the handshakes of TCP
// around it. What went under TLS stands in the clear, on a connection of its
// own: behind a STARTTLS Wireshark would look for records of TLS.
func writePcap(p *page) error {
	file := pcapgo.NewWriter(p)
	if err := file.WriteFileHeader(1<<18, layers.LinkTypeRaw); err != nil {
		return err
	}
	p.note("the packets are made up; times and octets are those of the transcript")
	w := &pcapWriter{p: p, file: file, packets: gopacket.NewSerializeBuffer(), port: 49152}
	for e := range public(p.t) {
		w.event(e)
	}
	w.close(0, false)
	return w.err
}

// pcapWriter makes packets.
type pcapWriter struct {
	p       *page
	file    *pcapgo.Writer
	packets gopacket.SerializeBuffer
	at      time.Time
	peer    [2]netip.AddrPort // client, server
	next    [2]uint32
	open    bool
	port    uint16
	seen    int
	held    []byte // octets of the block under way
	side    int    // and whose they are
	block   int
	err     error // the first
}

func (w *pcapWriter) event(e session.Event) {
	if e.Kind != session.Sent && e.Kind != session.Received || e.Block != w.block {
		w.flush()
	}
	if at := e.At; at.After(w.at) && at.Year() > 1 {
		w.at = at
	}
	switch e.Kind {
	case session.Opened:
		w.close(0, false)
		w.address(e.Fact("addr"), e.Fact("from"))
		w.begin()
	case session.Secured:
		if w.seen > 0 {
			w.p.note("what was said under TLS is in the clear here, on a second connection")
			w.close(0, false)
			w.port++
			w.peer[0] = netip.AddrPortFrom(w.peer[0].Addr(), w.port)
			w.begin()
		}
	case session.Sent, session.Received:
		w.octets(e)
	case session.Closed:
		first := 0
		if e.Fact("by") == "server" {
			first = 1
		}
		w.close(first, e.Fact("how") == "rst")
	}
}

// address takes the addresses of a connection, or makes some up.
func (w *pcapWriter) address(server, client string) {
	w.port++
	to, err := netip.ParseAddrPort(server)
	if err != nil {
		to = netip.MustParseAddrPort("192.0.2.25:25")
		w.p.note("the transcript has no address of the server; 192.0.2.25 stands for it")
	}
	from, err := netip.ParseAddrPort(client)
	if err != nil || from.Addr().Is4() != to.Addr().Is4() {
		addr := netip.MustParseAddr("192.0.2.1")
		if !to.Addr().Is4() {
			addr = netip.MustParseAddr("2001:db8::1")
		}
		from = netip.AddrPortFrom(addr, w.port)
	}
	w.peer = [2]netip.AddrPort{from, to}
}

func (w *pcapWriter) begin() {
	if !w.peer[0].IsValid() {
		w.address("", "")
	}
	w.open, w.next = true, [2]uint32{1000, 5000}
	w.packet(0, &layers.TCP{SYN: true}, nil)
	w.next[0]++
	w.packet(1, &layers.TCP{SYN: true, ACK: true}, nil)
	w.next[1]++
	w.packet(0, &layers.TCP{ACK: true}, nil)
}

// close ends a connection; first is the side that does.
func (w *pcapWriter) close(first int, reset bool) {
	if !w.open {
		return
	}
	w.flush()
	w.open, w.seen = false, 0
	if reset {
		w.packet(first, &layers.TCP{RST: true, ACK: true}, nil)
		return
	}
	w.packet(first, &layers.TCP{FIN: true, ACK: true}, nil)
	w.next[first]++
	w.packet(1-first, &layers.TCP{FIN: true, ACK: true}, nil)
	w.next[1-first]++
	w.packet(first, &layers.TCP{ACK: true}, nil)
}

// maxSegment is how many octets a packet has.
const maxSegment = 1400

func (w *pcapWriter) octets(e session.Event) {
	if !w.open {
		w.begin()
	}
	side := 0
	if e.Kind == session.Received {
		side = 1
	}
	data := e.Public("********")
	if b := e.Bulk; b != nil {
		w.p.note("content that is not in the transcript itself is a filler")
		data = filler(b.Octets)
	}
	if side != w.side || e.Block != w.block || len(w.held) > 1<<16 {
		w.flush()
	}
	w.side, w.block = side, e.Block
	w.held = append(w.held, data...)
	w.seen++
}

// flush writes the octets of one block.
func (w *pcapWriter) flush() {
	for data := w.held; len(data) > 0; {
		n := min(len(data), maxSegment)
		w.packet(w.side, &layers.TCP{PSH: true, ACK: true}, data[:n])
		w.next[w.side] += uint32(n)
		data = data[n:]
	}
	w.held = w.held[:0]
}

// packet writes one packet of IP.
func (w *pcapWriter) packet(side int, tcp *layers.TCP, data []byte) {
	from, to := w.peer[side], w.peer[1-side]
	tcp.SrcPort, tcp.DstPort = layers.TCPPort(from.Port()), layers.TCPPort(to.Port())
	tcp.Seq, tcp.Window = w.next[side], 65535
	if tcp.ACK {
		tcp.Ack = w.next[1-side]
	}
	var ip interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	}
	src, dst := from.Addr().AsSlice(), to.Addr().AsSlice()
	if from.Addr().Is4() {
		ip = &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: src, DstIP: dst}
	} else {
		ip = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: src, DstIP: dst}
	}
	at := w.at
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	err := tcp.SetNetworkLayerForChecksum(ip)
	if err == nil {
		whole := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
		err = gopacket.SerializeLayers(w.packets, whole, ip, tcp, gopacket.Payload(data))
	}
	if err == nil {
		octets := w.packets.Bytes()
		err = w.file.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(octets), Length: len(octets)}, octets)
	}
	if w.err == nil {
		w.err = err
	}
}
