package channel

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ehlo/session"
)

// host makes a target of an address.
func host(t *testing.T, addr string) session.Target {
	t.Helper()
	target, err := session.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a socket")
	listen(t, "unix", path, practised(t))
	s := converse(t, Dialer{}, host(t, "unix:"+path))
	taken(t, s)
	if opened := event(s, session.Opened); opened.Fact("addr") != "unix:"+path || opened.Fact("from") != "unix" || opened.Fact("host") != "unix:"+path {
		t.Errorf("opened: %v", opened.Facts)
	}
}

func TestFamilyAndLocalAddress(t *testing.T) {
	addr := listen(t, "tcp4", "127.0.0.1:0", practised(t))
	local, err := ParseLocal("127.0.0.2") // as good as any on Linux; refused elsewhere
	if err != nil {
		t.Fatal(err)
	}
	probe, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		local = netip.MustParseAddrPort("127.0.0.1:0")
	} else {
		probe.Close()
	}
	s := converse(t, Dialer{Family: 4, Local: local}, host(t, addr))
	taken(t, s)
	if from := event(s, session.Opened).Fact("from"); !strings.HasPrefix(from, local.Addr().String()+":") {
		t.Errorf("from %s", from)
	}
	for _, d := range []Dialer{{Family: 6}, {Local: netip.MustParseAddrPort("[::1]:0")}} {
		c, err := d.Dial(t.Context(), host(t, addr), addr)
		if err == nil {
			c.Close()
			t.Errorf("%+v reached %s", d, addr)
		} else {
			t.Log(err)
		}
	}
}

func TestLookupKeepsTheFamily(t *testing.T) {
	for family, want := range map[int]string{4: "127.0.0.1", 6: "::1"} {
		got, err := Dialer{Family: family}.Lookup(t.Context(), want)
		if err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("family %d: %q, %v", family, got, err)
		}
	}
	if got, err := (Dialer{Family: 4}).Lookup(t.Context(), "::1"); err == nil {
		t.Errorf("family 4 found %q", got)
	}
	got, err := Dialer{Proxy: &url.URL{}}.Lookup(t.Context(), "mail.test.example")
	if err != nil || !slices.Equal(got, []string{"mail.test.example"}) {
		t.Errorf("with a proxy: %q, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		d   Dialer
		why string
	}{
		{Dialer{}, ""},
		{Dialer{Family: 4, Local: netip.MustParseAddrPort("192.0.2.1:0"), ProxyProtocol: "v2"}, ""},
		{Dialer{Family: 5}, "expected 4 or 6"},
		{Dialer{Family: 4, Local: netip.MustParseAddrPort("[::1]:0")}, "not of IPv4"},
		{Dialer{Family: 6, Local: netip.MustParseAddrPort("127.0.0.1:0")}, "not of IPv6"},
		{Dialer{Proxy: &url.URL{Scheme: "ftp", Host: "x"}}, "ftp is not supported"},
	} {
		err := c.d.Check()
		if c.why == "" && err != nil || c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why)) {
			t.Errorf("%+v: %v", c.d, err)
		}
	}
}

func TestParseLocal(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1:0", "192.0.2.1:25": "192.0.2.1:25", "::1": "[::1]:0", "[::1]": "[::1]:0",
		"[::1]:25": "[::1]:25", "fe80::1%lo": "[fe80::1%lo]:0",
		"": "", "localhost": "", "192.0.2.1:": "", "192.0.2.1:x": "", ":25": "",
	} {
		got, err := ParseLocal(text)
		if (want == "") != (err != nil) || err == nil && got.String() != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func TestTargetsThatCannotBeDialled(t *testing.T) {
	for text, why := range map[string]string{
		"practice": "no address", "mx:test.example": "must be found first", "unix:/no/such/socket": "no such file",
	} {
		if _, err := (Dialer{}).Dial(t.Context(), host(t, text), text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestProxyProtocolComesBeforeTheGreeting(t *testing.T) {
	practice := practised(t)
	header := make(chan string, 1)
	addr := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		in := bufio.NewReaderSize(c, 1) // at least 16 octets; nothing behind the line has come yet
		header <- line(in)
		practice(c)
	})
	s := converse(t, Dialer{ProxyProtocol: "v1"}, host(t, addr))
	taken(t, s)
	opened := event(s, session.Opened)
	ip := func(end string) netip.AddrPort { return netip.MustParseAddrPort(opened.Fact(end)) }
	want := fmt.Sprintf("PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n", ip("from").Port(), ip("addr").Port())
	if got := <-header; got != want || string(event(s, session.Sent).Data) != want {
		t.Errorf("got %q, logged %q, want %q", got, event(s, session.Sent).Data, want)
	}
	if opened.Fact("proxy-protocol") != "v1" || opened.Fact("preamble") != fmt.Sprint(len(want)) {
		t.Errorf("opened: %v", opened.Facts)
	}
}
