package convert

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gopacket/gopacket/layers"

	"ehlo/transcript/lazy"
)

// tcpdumpFormat reads what tcpdump prints of packets, in hexadecimal (-X, -XX)
// or as text (-A). The connections are put together as those of a capture are.
//
//	10:11:12.123456 IP 192.0.2.25.25 > 192.0.2.77.51234: Flags [P.], seq 1:23, ack 1, win 512, length 22: SMTP: 220 mx.test.example
//	E..>..@.@..............M.......P....220 mx.test.example
func tcpdumpFormat() Format {
	return Format{
		Name: "tcpdump", About: "tcpdump -A, -X or -XX",
		score: func(head []string) int {
			n, body := 0, false
			for i, l := range head {
				if dumpEnds().MatchString(l) {
					n += 10
					body = body || i+1 < len(head) && head[i+1] != "" && !dumpEnds().MatchString(head[i+1])
				}
			}
			if !body { // the packets' octets are not shown
				return 0
			}
			return n
		},
		timed: func([]string) bool { return true },
		read:  readDump,
	}
}

var (
	dumpTime = lazy.Regexp(`^((?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+) `)
	dumpEnds = lazy.Regexp(`(?:^|\s)(\S+)\.([\w-]+) > (\S+)\.([\w-]+): Flags \[([A-Z.]*)\],.* length (\d+)`)
	dumpSeq  = lazy.Regexp(`, seq (\d+)(?::\d+)?,`)
	dumpHex  = lazy.Regexp(`^\s*0x[0-9a-f]{4}:  ?((?:[0-9a-f]{2,4} ){0,7}[0-9a-f]{2,4})`)
)

// dumpPorts are the names that tcpdump gives to ports.
var dumpPorts = map[string]uint16{"smtp": 25, "submission": 587, "submissions": 465, "smtps": 465, "ssmtp": 465, "urd": 465, "lmtp": 24, "mail": 25}

// maxDump is how much of a packet is held.
const maxDump = 1 << 20

// dump is one packet as it is printed.
type dump struct {
	from, to netip.AddrPort
	flags    string
	seq      uint32
	length   int
	at       time.Time
	text     []string // as text, line by line
	data     []byte   // in hexadecimal
	size     int
	line     int // of the file, where it begins
}

type dumpReader struct {
	p       *pcapReader
	d       *draft
	at      time.Time
	held    *dump
	ends    map[[2]netip.AddrPort][2]uint32 // of each direction: the number that came last, and the one it is counted as
	guessed bool
}

func readDump(src *source, d *draft) {
	r := &dumpReader{
		p: &pcapReader{d: d, keys: newKeyLog(), flows: map[[2]netip.AddrPort]*flow{}},
		d: d, ends: map[[2]netip.AddrPort][2]uint32{},
	}
	for {
		line, ok := src.next()
		if !ok {
			break
		}
		d.line = src.line
		r.line(line)
	}
	r.packet()
	r.p.end()
}

func (r *dumpReader) line(line string) {
	if m := dumpTime().FindStringSubmatch(line); m != nil {
		r.packet()
		for _, layout := range []string{"15:04:05", "2006-01-02 15:04:05"} {
			if at, err := time.Parse(layout, m[1]); err == nil {
				if r.at = at; at.Year() == 0 {
					r.at = at.AddDate(1, 0, 0)
				}
			}
		}
	}
	if m := dumpEnds().FindStringSubmatch(line); m != nil {
		r.packet()
		n, _ := strconv.Atoi(m[6])
		r.held = &dump{from: r.end(m[1], m[2]), to: r.end(m[3], m[4]), flags: m[5], length: n, at: r.at, line: r.d.line}
		if s := dumpSeq().FindStringSubmatch(line); s != nil {
			seq, _ := strconv.ParseUint(s[1], 10, 32)
			r.held.seq = uint32(seq)
		}
		return
	}
	h := r.held
	if h == nil || h.size > maxDump {
		return
	}
	h.size += len(line) + 20
	if m := dumpHex().FindStringSubmatch(line); m != nil {
		data, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		if err == nil {
			h.data = append(h.data, data...)
		}
		return
	}
	h.text = append(h.text, line)
}

// end reads a host and a port, either of which may be a name.
func (r *dumpReader) end(host, port string) netip.AddrPort {
	number, ok := dumpPorts[port]
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		number, ok = uint16(n), true
	}
	if !ok {
		number = uint16(40000 + hashOf(port)%20000)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil { // RFC 2544: nobody has an address of this range
		n := hashOf(host)
		addr = netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)})
		r.d.warn("the dump has the name %s and no address: it is written as %v", host, addr)
	}
	return netip.AddrPortFrom(addr, number)
}

func hashOf(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

// packet passes on the packet that was held.
func (r *dumpReader) packet() {
	h := r.held
	r.held = nil
	if h == nil || strings.Contains(h.flags, "S") { // the number of a SYN counts otherwise
		return
	}
	data := h.data[max(len(h.data)-h.length, 0):]
	if len(h.data) == 0 {
		data = r.printed(h)
	}
	if len(data) < h.length {
		r.d.warnAt(h.line, fmt.Sprintf("%d of %d octets of this packet are not in the dump", h.length-len(data), h.length))
	}
	tcp := &layers.TCP{ACK: true, FIN: strings.Contains(h.flags, "F"), RST: strings.Contains(h.flags, "R"), Seq: r.number(h, len(data))}
	tcp.Payload = data
	r.p.segment(segment{from: h.from, to: h.to, TCP: tcp}, h.at)
}

// number counts the octets of each direction. tcpdump counts from 1 once it has
// printed the whole number, so that only small steps are steps.
func (r *dumpReader) number(h *dump, octets int) uint32 {
	const far = 1 << 20
	key := [2]netip.AddrPort{h.from, h.to}
	last, known := r.ends[key]
	if !known && len(r.ends) > 2*maxFlows {
		return 0
	}
	seq := last[1]
	if step := int32(h.seq - last[0]); known && h.seq != 0 && -far < step && step < far {
		seq += uint32(step)
	}
	if octets > 0 && (!known || int32(seq+uint32(octets)-last[1]) > 0) {
		r.ends[key] = [2]uint32{h.seq + uint32(octets), seq + uint32(octets)}
	}
	return seq
}

// printed finds the octets of a packet in its text. The head of the packet
// stands before them, so they are counted from the end. Of CRLF tcpdump prints
// LF, and of what cannot be printed a dot.
func (r *dumpReader) printed(h *dump) []byte {
	if h.length == 0 || len(h.text) == 0 {
		return nil
	}
	if !r.guessed {
		r.guessed = true
		r.d.warnAt(h.line, "dots stand for what cannot be printed, and CR before LF is not shown: CRLF is written")
	}
	text := strings.Join(h.text, "\n")
	if !strings.HasSuffix(text, "\n") && h.length < 1000 {
		text += "\n" // an editor has taken the empty line away
	}
	from, left := len(text), h.length
	for ; from > 0 && left > 0; from-- {
		left--
		if text[from-1] == '\n' && left > 0 {
			left--
		}
	}
	return []byte(strings.ReplaceAll(text[from:], "\n", "\r\n"))
}
