package convert

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// packets returns what is in a capture.
func packets(t testing.TB, data []byte) (all []packet) {
	t.Helper()
	c, err := newCapture(bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := c.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		p.data = bytes.Clone(p.data)
		all = append(all, p)
	}
}

// captured is a capture of the packets.
func captured(link layers.LinkType, all []packet) []byte {
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	_ = w.WriteFileHeader(96, link) // too low, as some write it
	for _, p := range all {
		_ = w.WritePacket(gopacket.CaptureInfo{Timestamp: p.at, CaptureLength: len(p.data), Length: len(p.data)}, p.data)
	}
	return b.Bytes()
}

// talked is a session in packets of IP.
func talked(t testing.TB, addr string) []packet {
	t.Helper()
	return packets(t, []byte(export(t, parse(t, "= connect addr="+addr+"\nS: 220 x\nC: EHLO y\nS: 250 x\nC: QUIT\nS: 221 bye\n= closed by=client\n"), "pcap")))
}

// TestLinks: whatever stands before IP, the same is read.
func TestLinks(t *testing.T) {
	macs := strings.Repeat("\x02", 12)
	for _, c := range []struct {
		name   string
		link   layers.LinkType
		v4, v6 string
	}{
		{"BSD loopback", layers.LinkTypeNull, "\x02\x00\x00\x00", "\x1e\x00\x00\x00"},
		{"OpenBSD loopback", layers.LinkTypeLoop, "\x00\x00\x00\x02", "\x00\x00\x00\x18"},
		{"Ethernet", layers.LinkTypeEthernet, macs + "\x08\x00", macs + "\x86\xdd"},
		{"VLAN", layers.LinkTypeEthernet, macs + "\x81\x00\x00\x07\x08\x00", macs + "\x81\x00\x00\x07\x86\xdd"},
		{"VLAN in VLAN", layers.LinkTypeEthernet, macs + "\x88\xa8\x00\x09\x81\x00\x00\x07\x08\x00", macs + "\x88\xa8\x00\x09\x81\x00\x00\x07\x86\xdd"},
		{"PPPoE", layers.LinkTypeEthernet, macs + "\x88\x64\x11\x00\x00\x01LL\x00\x21", macs + "\x88\x64\x11\x00\x00\x01LL\x00\x57"},
		{"raw", layers.LinkTypeRaw, "", ""},
		{"raw, of BSD", 12, "", ""},
		{"raw, of OpenBSD", 14, "", ""},
		{"IPv4 and IPv6", layers.LinkTypeIPv4, "", ""},
		{"cooked", layers.LinkTypeLinuxSLL, "\x00\x00\x00\x01\x00\x06\x02\x02\x02\x02\x02\x02\x00\x00\x08\x00", "\x00\x00\x00\x01\x00\x06\x02\x02\x02\x02\x02\x02\x00\x00\x86\xdd"},
		{"cooked, 2", layers.LinkTypeLinuxSLL2, "\x08\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x06\x02\x02\x02\x02\x02\x02\x00\x00", "\x86\xdd\x00\x00\x00\x00\x00\x01\x00\x01\x00\x06\x02\x02\x02\x02\x02\x02\x00\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for addr, head := range map[string]string{"192.0.2.25:25": c.v4, "[2001:db8::25]:25": c.v6} {
				all := talked(t, addr)
				want, _ := imported(t, captured(layers.LinkTypeRaw, all), Options{})
				for i := range all {
					length := string(binary.BigEndian.AppendUint16(nil, uint16(len(all[i].data)+2)))
					all[i].data = append([]byte(strings.Replace(head, "LL", length, 1)), all[i].data...)
					if c.link == layers.LinkTypeEthernet && c.name != "PPPoE" {
						all[i].data = append(all[i].data, "\x00\x00\x00\x00\x00\x00"...) // a short frame is filled up
					}
				}
				if got, _ := imported(t, captured(c.link, all), Options{}); got != want || !strings.Contains(got, "221 bye") {
					t.Errorf("%s: got\n%s\nwant\n%s", addr, got, want)
				}
			}
		})
	}
}

// TestOffloaded: a packet that the network card would have cut has no length.
func TestOffloaded(t *testing.T) {
	for _, addr := range []string{"192.0.2.25:25", "[2001:db8::25]:25"} {
		all := talked(t, addr)
		want, _ := imported(t, captured(layers.LinkTypeRaw, all), Options{})
		for _, p := range all {
			if p.data[0]>>4 == 4 {
				copy(p.data[2:], "\x00\x00")
			} else {
				copy(p.data[4:], "\x00\x00")
			}
		}
		if got, _ := imported(t, captured(layers.LinkTypeRaw, all), Options{}); got != want || !strings.Contains(got, "221 bye") {
			t.Errorf("%s: got\n%s\nwant\n%s", addr, got, want)
		}
	}
}

// TestPacketsOutOfOrder: late, twice, overlapping, cut off and lost.
func TestPacketsOutOfOrder(t *testing.T) {
	all := talked(t, "192.0.2.25:25")
	want, _ := imported(t, captured(layers.LinkTypeRaw, all), Options{})
	for i := 3; i+2 < len(all); i++ {
		twice := append(append([]packet{}, all[:i+1]...), all[i:]...)
		if got, _ := imported(t, captured(layers.LinkTypeRaw, twice), Options{}); got != want {
			t.Errorf("packet %d twice: got\n%s\nwant\n%s", i, got, want)
		}
		short := append([]packet{}, all...)
		short[i].data = short[i].data[:len(short[i].data)-2]
		if _, report := imported(t, captured(layers.LinkTypeRaw, short), Options{}); i < len(all)-3 && !strings.Contains(fmt.Sprint(report.Warnings), "1 packets were not captured to their end") {
			t.Errorf("packet %d cut off: %v", i, report.Warnings)
		}
	}
	late := append([]packet{}, all...)
	late[3], late[4] = all[4], all[3] // the command before the greeting is another conversation, but nothing is missing
	if got, report := imported(t, captured(layers.LinkTypeRaw, late), Options{}); !strings.Contains(got, "220 x") || len(report.Warnings) > 1 {
		t.Errorf("in another order: %v\n%s", report.Warnings, got)
	}
	lost := append(append([]packet{}, all[:5]...), all[6:]...)
	if got, report := imported(t, captured(layers.LinkTypeRaw, lost), Options{}); !strings.Contains(got, "221 bye") || !strings.Contains(fmt.Sprint(report.Warnings), "octets are not in the capture") {
		t.Errorf("with a hole: %v\n%s", report.Warnings, got)
	}
}

// section is a pcapng file as pcapgo writes it.
func section(t testing.TB, link layers.LinkType, all []packet, keys []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, link)
	if err != nil {
		t.Fatal(err)
	}
	if keys != nil {
		if err := w.WriteDecryptionSecretsBlock(pcapgo.DSB_SECRETS_TYPE_TLS, keys); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range all {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: p.at, CaptureLength: len(p.data), Length: len(p.data)}, p.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKeysInside: a pcapng file has its keys with it, and sections of other
// interfaces may follow.
func TestKeysInside(t *testing.T) {
	sample := packets(t, read(t, "testdata/pcap.pcap"))
	file := section(t, sample[0].link, sample, read(t, "testdata/pcap.keys"))
	text, report := imported(t, file, Options{Port: 21525})
	want, _ := imported(t, read(t, "testdata/pcap.pcap"), options(t, "testdata/pcap.pcap"))
	if report.Format != "pcap" || text != want {
		t.Errorf("as %s: got\n%s\nwant\n%s", report.Format, text, want)
	}
	more := append(file, section(t, layers.LinkTypeRaw, talked(t, "192.0.2.77:25"), nil)...)
	if text, _ := imported(t, more, Options{Port: 21525}); strings.Count(text, "= connect") != strings.Count(want, "= connect")+1 || !strings.Contains(text, "192.0.2.77:25") {
		t.Errorf("with a second section:\n%s", text)
	}
}

// block is one of a pcapng file.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := order.AppendUint32(order.AppendUint32(nil, kind), uint32(len(body)+12))
	return order.AppendUint32(append(b, body...), uint32(len(body)+12))
}

// opening is the beginning of a pcapng file: version 1.2, raw IP.
func opening(order binary.AppendByteOrder) []byte {
	section := order.AppendUint32(nil, 0x1a2b3c4d)
	section = order.AppendUint16(order.AppendUint16(section, 1), 2)
	section = append(section, "\xff\xff\xff\xff\xff\xff\xff\xff"...)
	raw := append(order.AppendUint16(nil, 101), 0, 0, 0, 0, 0, 0)
	return append(block(order, 0x0a0d0d0a, section), block(order, 1, raw)...)
}

// TestSimplePackets: packets without a time, in either order of octets, with
// blocks between that nobody knows.
func TestSimplePackets(t *testing.T) {
	all := talked(t, "192.0.2.25:25")
	want, _ := imported(t, captured(layers.LinkTypeRaw, all), Options{})
	want = strings.Replace(want, "recorded 1970-01-01T00:00:00Z by", "recorded by", 1)
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		file := opening(order)
		for _, p := range all {
			file = append(file, block(order, 0x0bad, []byte("what is this?"))...)
			file = append(file, block(order, 3, append(order.AppendUint32(nil, uint32(len(p.data))), p.data...))...)
		}
		if got, report := imported(t, file, Options{}); got != want || len(report.Warnings) > 0 {
			t.Errorf("%v: %v, got\n%s\nwant\n%s", order, report.Warnings, got, want)
		}
	}
}

// endless says the same again and again.
type endless struct {
	again []byte
	at    int
	given int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.given > 1<<30 {
		return 0, errors.New("more than a gigabyte was read")
	}
	n := 0
	for n < len(p) {
		c := copy(p[n:], e.again[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.again)
	}
	e.given += n
	return n, nil
}

// TestHostileCaptures: a file that has no end, or says so, ends at what is
// wrong with it, in little memory.
func TestHostileCaptures(t *testing.T) {
	little := binary.LittleEndian
	huge := append(little.AppendUint32(little.AppendUint32(make([]byte, 12), 0xfffffff0), 0xfffffff0), "x"...)
	long := captured(layers.LinkTypeRaw, nil)
	long = append(long, "\x00\x00\x00\x00\x00\x00\x00\x00\xf0\xff\xff\x7f\xf0\xff\xff\x7f"...)
	vlan := captured(layers.LinkTypeEthernet, []packet{{data: bytes.Repeat([]byte("\x81\x00"), maxPacket/2), at: time.Unix(1, 0)}})
	for name, c := range map[string]struct{ head, again []byte }{
		"a packet of 2 GB":                    {long, []byte{0}},
		"a block of 4 GB":                     {opening(little), []byte("\x06\x00\x00\x00\xfc\xff\xff\xff")},
		"a block of no length":                {opening(little), []byte{0}},
		"a packet longer than its block":      {opening(little), block(little, 6, huge)},
		"a simple one longer than its block":  {opening(little), block(little, 3, []byte("\xf0\xff\xff\x7f"))},
		"interfaces without end":              {opening(little), block(little, 1, append([]byte("\x65\x00\x00\x00\x00\x00\x00\x00\x02\x00\xfc\xff"), make([]byte, 0xfffc)...))},
		"VLANs in VLANs":                      {vlan, []byte{0xff}},
		"options that run over their block":   {opening(little), block(little, 1, []byte("\x65\x00\x00\x00\x00\x00\x00\x00\x02\x00\xff\xff"))},
		"a time in units of a second, 2^-127": {opening(little), block(little, 1, []byte("\x65\x00\x00\x00\x00\x00\x00\x00\x09\x00\x01\x00\xff\x00\x00\x00"))},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			e := &endless{again: c.again}
			_, err := Import(io.Discard, io.MultiReader(bytes.NewReader(c.head), e), Options{From: "pcap"})
			if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 512<<20 || e.given > 64<<20 {
				t.Errorf("%d octets were read, %d taken", e.given, after.TotalAlloc-before.TotalAlloc)
			}
			if err != nil && !errors.Is(err, ErrNothing) {
				t.Error(err)
			}
		})
	}
}

// TestMuchIsMissing: what waits on all connections together is bounded, and a
// connection that ends is found at once among many.
func TestMuchIsMissing(t *testing.T) {
	p := &pcapReader{d: &draft{}, keys: newKeyLog(), flows: map[[2]netip.AddrPort]*flow{}}
	server := netip.MustParseAddrPort("192.0.2.25:25")
	say := func(port int, tcp layers.TCP) {
		p.segment(segment{netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(port)), server, &tcp}, time.Unix(1, 0))
	}
	data := make([]byte, 60000)
	for port := range 100 {
		say(port, layers.TCP{SYN: true})
		for n := range 60 {
			say(port, layers.TCP{Seq: uint32(100 + n*len(data)), BaseLayer: layers.BaseLayer{Payload: data}})
		}
	}
	held := 0
	for _, f := range p.flows {
		held += f.held()
	}
	if held != p.late || held > maxGathered || held == 0 {
		t.Errorf("%d octets wait, %d are counted", held, p.late)
	}
	for port := range 100 {
		say(port, layers.TCP{RST: true})
	}
	if len(p.flows) != 0 || p.late != 0 {
		t.Errorf("%d connections are left, %d octets wait", len(p.flows), p.late)
	}
}

// TestKeysAreShort: a file cannot have megabytes kept as the secrets of TLS.
func TestKeysAreShort(t *testing.T) {
	k := newKeyLog()
	random := strings.Repeat("ab", 32)
	k.add([]byte("CLIENT_RANDOM " + random + " " + strings.Repeat("cd", 48) + "\nEXPORTER_SECRET " + random + " " + strings.Repeat("ef", 1<<20) + "\n"))
	if len(k.secrets) != 1 || k.find("CLIENT_RANDOM", bytes.Repeat([]byte{0xab}, 32)) == nil {
		t.Errorf("%d keys were kept", len(k.secrets))
	}
}
