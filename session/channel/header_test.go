package channel

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	tcp := func(text string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(text)) }
	four, mail4 := tcp("192.0.2.1:1234"), tcp("192.0.2.2:25")
	six, mail6 := tcp("[2001:db8::1]:1234"), tcp("[fe80::2%lo]:25")
	unix, name := place{"unix", "unix"}, place{"tcp", "mail.test.example:25"}
	sig := "\r\n\r\n\x00\r\nQUIT\n"
	for _, c := range []struct {
		ask           string
		local, remote net.Addr
		want          string
	}{
		{"", four, mail4, ""},
		{"v1", four, mail4, "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\n"},
		{"v1", tcp("[::ffff:192.0.2.1]:1234"), mail4, "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\n"},
		{"v1", six, mail6, "PROXY TCP6 2001:db8::1 fe80::2 1234 25\r\n"},
		{"v1", unix, unix, "PROXY UNKNOWN\r\n"},
		{"v1", four, name, "PROXY UNKNOWN\r\n"},
		{"v1,src=203.0.113.9:5", four, mail4, "PROXY TCP4 203.0.113.9 192.0.2.2 5 25\r\n"},
		{"v1,src=203.0.113.9:5,dst=203.0.113.8:26", unix, unix, "PROXY TCP4 203.0.113.9 203.0.113.8 5 26\r\n"},
		{"v2", four, mail4, sig + "\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x04\xd2\x00\x19"},
		{"v2", unix, unix, sig + "\x21\x00\x00\x00"},
		{`raw:PROXY TCP4, or not\r\n`, four, mail4, "PROXY TCP4, or not\r\n"},
		{`raw:\x00`, unix, unix, "\x00"},
		{
			"v2,dst=[2001:db8::2]:465", six, mail4,
			sig + "\x21\x21\x00\x24\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01" +
				"\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x02\x04\xd2\x01\xd1",
		},
	} {
		h, err := parseHeader(c.ask)
		if err != nil {
			t.Errorf("%s: %v", c.ask, err)
			continue
		}
		if got, err := h.octets(c.local, c.remote); err != nil || string(got) != c.want {
			t.Errorf("%s from %s to %s: %q, %v", c.ask, c.local, c.remote, got, err)
		}
	}
	for _, c := range []struct {
		ask           string
		local, remote net.Addr
		why           string
	}{
		{"v1,src=192.0.2.9:1", unix, unix, "give both"},
		{"v1,src=192.0.2.9:1", six, mail6, "not of one family"},
	} {
		h, _ := parseHeader(c.ask)
		if _, err := h.octets(c.local, c.remote); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", c.ask, err)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	for ask, why := range map[string]string{
		"v3":                                 "expected v1, v2 or raw",
		"1":                                  "expected v1, v2 or raw",
		`raw:a\pb`:                           "one write",
		`raw:\q`:                             "proxy protocol: ",
		"v1,":                                "neither src=",
		"v1,src=x":                           "neither src=",
		"v1,via=192.0.2.1:1":                 "neither src=",
		"v2,src=192.0.2.1:1,dst=[::1]:25":    "not of one family",
		"v2,src=192.0.2.1,dst=192.0.2.2":     "neither src=",
		"v1,src=192.0.2.1:99999,dst=[::1]:1": "neither src=",
	} {
		if err := (Dialer{ProxyProtocol: ask}).Check(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", ask, err)
		}
	}
}
