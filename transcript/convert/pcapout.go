package convert

import (
	"encoding/binary"
	"net/netip"
	"time"

	"ehlo/session"
)

// writePcap writes a capture of what was said, with the handshakes of TCP
// around it. What went under TLS stands in the clear, on a connection of its
// own: behind a STARTTLS Wireshark would look for records of TLS.
func writePcap(p *page) error {
	header := make([]byte, 24)
	binary.LittleEndian.PutUint32(header, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(header[4:], 2)
	binary.LittleEndian.PutUint16(header[6:], 4)
	binary.LittleEndian.PutUint32(header[16:], 1<<18)
	binary.LittleEndian.PutUint32(header[20:], linkRaw)
	if _, err := p.Write(header); err != nil {
		return err
	}
	p.note("the packets are made up; times and octets are those of the transcript")
	w := &pcapWriter{p: p, port: 49152}
	for e := range public(p.t) {
		w.event(e)
	}
	w.close()
	return nil
}

// pcapWriter makes packets.
type pcapWriter struct {
	p     *page
	at    time.Time
	peer  [2]netip.AddrPort // client, server
	next  [2]uint32
	open  bool
	port  uint16
	seen  int
	held  []byte // octets of the block under way
	side  int    // and whose they are
	block int
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
		w.close()
		w.address(e.Fact("addr"), e.Fact("from"))
		w.begin()
	case session.Secured:
		if w.seen > 0 {
			w.p.note("what was said under TLS is in the clear here, on a second connection")
			w.close()
			w.port++
			w.peer[0] = netip.AddrPortFrom(w.peer[0].Addr(), w.port)
			w.begin()
		}
	case session.Sent, session.Received:
		w.octets(e)
	case session.Closed:
		w.close()
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

const (
	tcpFIN = 1
	tcpSYN = 2
	tcpPSH = 8
	tcpACK = 16
)

func (w *pcapWriter) begin() {
	if !w.peer[0].IsValid() {
		w.address("", "")
	}
	w.open, w.next = true, [2]uint32{1000, 5000}
	w.packet(0, tcpSYN, nil)
	w.next[0]++
	w.packet(1, tcpSYN|tcpACK, nil)
	w.next[1]++
	w.packet(0, tcpACK, nil)
}

func (w *pcapWriter) close() {
	if !w.open {
		return
	}
	w.flush()
	w.open, w.seen = false, 0
	w.packet(0, tcpFIN|tcpACK, nil)
	w.next[0]++
	w.packet(1, tcpFIN|tcpACK, nil)
	w.next[1]++
	w.packet(0, tcpACK, nil)
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
		w.packet(w.side, tcpPSH|tcpACK, data[:n])
		w.next[w.side] += uint32(n)
		data = data[n:]
	}
	w.held = w.held[:0]
}

// packet writes one packet of IP.
func (w *pcapWriter) packet(side int, flags byte, data []byte) {
	from, to := w.peer[side], w.peer[1-side]
	tcp := make([]byte, 20, 20+len(data))
	binary.BigEndian.PutUint16(tcp, from.Port())
	binary.BigEndian.PutUint16(tcp[2:], to.Port())
	binary.BigEndian.PutUint32(tcp[4:], w.next[side])
	if flags&tcpACK != 0 {
		binary.BigEndian.PutUint32(tcp[8:], w.next[1-side])
	}
	tcp[12], tcp[13] = 5<<4, flags
	binary.BigEndian.PutUint16(tcp[14:], 65535)
	tcp = append(tcp, data...)
	var ip, pseudo []byte
	src, dst := from.Addr().AsSlice(), to.Addr().AsSlice()
	if from.Addr().Is4() {
		ip = make([]byte, 12, 20)
		ip[0], ip[8], ip[9] = 0x45, 64, 6
		binary.BigEndian.PutUint16(ip[2:], uint16(20+len(tcp)))
		ip = append(append(ip, src...), dst...)
		binary.BigEndian.PutUint16(ip[10:], checksum(ip))
		pseudo = append(append(pseudo, src...), dst...)
		pseudo = append(pseudo, 0, 6)
		pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(tcp)))
	} else {
		ip = make([]byte, 8, 40)
		ip[0], ip[6], ip[7] = 0x60, 6, 64
		binary.BigEndian.PutUint16(ip[4:], uint16(len(tcp)))
		ip = append(append(ip, src...), dst...)
		pseudo = append(append(pseudo, src...), dst...)
		pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(tcp)))
		pseudo = append(pseudo, 0, 0, 0, 6)
	}
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(pseudo, tcp...)))
	head := make([]byte, 16)
	at := w.at
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	binary.LittleEndian.PutUint32(head, uint32(at.Unix()))
	binary.LittleEndian.PutUint32(head[4:], uint32(at.Nanosecond()/1000))
	binary.LittleEndian.PutUint32(head[8:], uint32(len(ip)+len(tcp)))
	binary.LittleEndian.PutUint32(head[12:], uint32(len(ip)+len(tcp)))
	for _, b := range [][]byte{head, ip, tcp} {
		_, _ = w.p.Write(b) // the writer keeps its error for the end
	}
}

// checksum: RFC 1071.
func checksum(data []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(data); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(data[i:]))
	}
	if len(data)%2 == 1 {
		sum += uint32(data[len(data)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
