package channel

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

const secret = "s3cret:/@"

// via makes the URL of a proxy.
func via(t *testing.T, scheme, addr string, user ...string) *url.URL {
	t.Helper()
	u := &url.URL{Scheme: scheme, Host: addr}
	if len(user) == 2 {
		u.User = url.UserPassword(user[0], user[1])
	}
	u, err := ParseProxy(u.String())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// tunnel copies both ways between a client and a server.
func tunnel(client io.ReadWriteCloser, addr string) {
	server, err := net.Dial("tcp", addr)
	if err != nil {
		client.Close()
		return
	}
	go func() {
		defer server.Close()
		_, _ = io.Copy(server, client)
	}()
	defer client.Close()
	_, _ = io.Copy(client, server)
}

// socksProxy is a small proxy of RFC 1928 and 1929. It tells what it was
// asked for and sends everybody to addr.
func socksProxy(addr string, login bool, asked chan<- string) func(net.Conn) {
	return func(c net.Conn) {
		defer c.Close()
		take := func(n int) []byte {
			p := make([]byte, n)
			_, _ = io.ReadFull(c, p)
			return p
		}
		take(int(take(2)[1]))
		said := ""
		if login {
			_, _ = c.Write([]byte{5, 2})
			user := string(take(int(take(2)[1])))
			said = user + " " + string(take(int(take(1)[0]))) + " "
			if said != "alice "+secret+" " {
				_, _ = c.Write([]byte{1, 1})
				return
			}
			_, _ = c.Write([]byte{1, 0})
		} else {
			_, _ = c.Write([]byte{5, 0})
		}
		switch take(4)[3] {
		case 1:
			said += net.IP(take(4)).String()
		case 3:
			said += string(take(int(take(1)[0])))
		case 4:
			said += net.IP(take(16)).String()
		}
		asked <- fmt.Sprintf("%s %d", said, binary.BigEndian.Uint16(take(2)))
		_, _ = c.Write([]byte{5, 0, 0, 1, 192, 0, 2, 7, 4, 0})
		tunnel(c, addr)
	}
}

func TestSOCKS5(t *testing.T) {
	server := listen(t, "tcp", "127.0.0.1:0", practised(t))
	for _, c := range []struct{ target, asked string }{
		{"mail.test.example:2525", "mail.test.example 2525"},
		{"192.0.2.1", "192.0.2.1 25"},
		{"[2001:db8::1]:2525", "2001:db8::1 2525"},
	} {
		for _, login := range []bool{false, true} {
			asked := make(chan string, 1)
			proxy := listen(t, "tcp", "127.0.0.1:0", socksProxy(server, login, asked))
			d := Dialer{Proxy: via(t, "socks5", proxy)}
			want := c.asked
			if login {
				d.Proxy = via(t, "socks5h", proxy, "alice", secret)
				want = "alice " + secret + " " + want
			}
			s := converse(t, d, host(t, c.target))
			taken(t, s)
			if got := <-asked; got != want {
				t.Errorf("it was asked for %q, not %q", got, want)
			}
			opened := event(s, session.Opened)
			for key, want := range map[string]string{
				"addr": net.JoinHostPort(host(t, c.target).Host, fmt.Sprint(host(t, c.target).Port)),
				"via":  "socks5://" + proxy, "via-addr": proxy, "via-reply": "succeeded", "via-bound": "192.0.2.7:1024",
			} {
				if opened.Fact(key) != want {
					t.Errorf("%s=%s, want %s", key, opened.Fact(key), want)
				}
			}
			discreet(t, everything(s))
		}
	}
}

func discreet(t *testing.T, text string) {
	t.Helper()
	for _, form := range []string{"s3cret", base64.StdEncoding.EncodeToString([]byte("alice:" + secret))} {
		if strings.Contains(text, form) {
			t.Errorf("the password is told: %s", text)
		}
	}
}

// httpProxy is a proxy made of net/http.
func httpProxy(addr string, asked chan<- string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.RequestURI + " " + r.Host + " " + r.Header.Get("Proxy-Authorization")
		if r.URL.Host == "closed.test.example:25" {
			http.Error(w, "nobody there", http.StatusBadGateway)
			return
		}
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		fmt.Fprint(c, "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n")
		tunnel(c, addr)
	})
}

func TestHTTPConnect(t *testing.T) {
	server := listen(t, "tcp", "127.0.0.1:0", practised(t))
	asked := make(chan string, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: httpProxy(server, asked)}
	defer web.Close()
	go func() { _ = web.Serve(l) }()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("alice:"+secret))

	s := converse(t, Dialer{Proxy: via(t, "http", l.Addr().String(), "alice", secret)}, host(t, "mail.test.example"))
	taken(t, s)
	if got, want := <-asked, "CONNECT mail.test.example:25 mail.test.example:25 "+basic; got != want {
		t.Errorf("it was asked %q", got)
	}
	opened := event(s, session.Opened)
	if opened.Fact("via") != "http://"+l.Addr().String() || opened.Fact("via-reply") != "200 Connection established" {
		t.Errorf("opened: %v", opened.Facts)
	}
	discreet(t, everything(s))

	d := Dialer{Proxy: via(t, "http", l.Addr().String(), "alice", secret), ProxyProtocol: "v1"}
	_, err = d.Dial(t.Context(), session.Target{Host: "closed.test.example", Port: 25}, "closed.test.example:25")
	if err == nil || err.Error() != "http "+l.Addr().String()+": the proxy refused: 502 Bad Gateway" {
		t.Errorf("refused: %v", err)
	}
	<-asked
	discreet(t, err.Error())
}

// A proxy may send its reply and the server's first octets in one piece.
func TestOctetsBehindTheReplyAreKept(t *testing.T) {
	proxy := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		defer c.Close()
		_, _ = http.ReadRequest(bufio.NewReader(c))
		fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 \x1b[2J\r\nTransfer-Encoding: chunked\r\n\r\n220 early\r\n")
	})
	c, err := Dialer{Proxy: via(t, "http", proxy)}.Dial(t.Context(), session.Target{Host: "x", Port: 25}, "x:25")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := io.ReadAll(c); string(got) != "220 early\r\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got := c.(*session.Channel).Facts[2].Value; got != `200 \x1b[2J` {
		t.Errorf("the reply is told as %q", got)
	}
}

func TestHostileProxies(t *testing.T) {
	endless := func(start, more string) func(net.Conn) {
		return func(c net.Conn) {
			defer c.Close()
			_, _ = io.WriteString(c, start)
			for {
				if _, err := io.WriteString(c, more); err != nil {
					return
				}
			}
		}
	}
	says := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			defer c.Close()
			_, _ = c.Read(make([]byte, 512))
			_, _ = io.WriteString(c, text)
			// Closing with octets unread would be a reset.
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}
	}
	for _, c := range []struct {
		name, scheme string
		serve        func(net.Conn)
		why          string
	}{
		{"endless line", "http", endless("HTTP/1.1 200 ", strings.Repeat("x", 4096)), "longer than 65536"},
		{"endless header", "http", endless("HTTP/1.1 200 ok\r\n", "X-A: b\r\n"), "longer than 65536"},
		{"endless interim replies", "http", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "8 interim replies"},
		{"SMTP", "http", says("220 mail.test.example\r\n"), "no HTTP"},
		{"control characters", "http", says("\x1b]0;x\x07\r\n\r\n"), `no HTTP`},
		{"half a header", "http", says("HTTP/1.1 200 ok\r\nX-A: b\r\n"), "the proxy closed the channel"},
		{"nothing", "http", says(""), "the proxy closed the channel"},
		{"a rude refusal", "http", says("HTTP/1.1 407 \x1b[2J" + strings.Repeat("no", 5000) + "\r\n\r\n"), `refused: 407 \x1b[2Jnono`},
		{"another version", "socks5", says("\x04\x5a"), "unexpected protocol version 4"},
		{"no method", "socks5", says("\x05\xff"), "no acceptable authentication methods"},
		{"half a reply", "socks5", says("\x05\x00\x05\x00"), "the proxy closed the channel"},
		{"a failure", "socks5", says("\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"), ": connection refused"},
		{"an unknown failure", "socks5", says("\x05\x00\x05\xfe\x00\x01\x00\x00\x00\x00\x00\x00"), "unknown code: 254"},
		{"an odd address", "socks5", says("\x05\x00\x05\x00\x00\x09"), "unknown address type 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			proxy := listen(t, "tcp", "127.0.0.1:0", c.serve)
			d := Dialer{Proxy: via(t, c.scheme, proxy, "alice", secret)}
			conn, err := d.Dial(t.Context(), session.Target{Host: "x", Port: 25}, "x:25")
			if err == nil {
				conn.Close()
				t.Fatal("no error")
			}
			var stage *session.StageError
			if !errors.As(err, &stage) || stage.Stage != c.scheme+" "+proxy {
				t.Errorf("the stage is not told: %v", err)
			}
			text := err.Error()
			if !strings.Contains(text, c.why) || len(text) > 400 || session.Escape(text) != text {
				t.Errorf("%d octets: %q; it should say %q", len(text), text, c.why)
			}
			discreet(t, text)
		})
	}
}

func TestProxyThatIsSilent(t *testing.T) {
	for _, scheme := range []string{"http", "socks5"} {
		heard := make(chan bool, 1)
		proxy := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
			defer c.Close()
			_, _ = c.Read(make([]byte, 1))
			heard <- true
			_, _ = io.Copy(io.Discard, c) // until the client has had enough
			heard <- false
		})
		d := Dialer{Proxy: via(t, scheme, proxy)}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-heard
			cancel()
		}()
		if _, err := d.Dial(ctx, session.Target{Host: "x", Port: 25}, "x:25"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", scheme, err)
		}
		<-heard
		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := d.Dial(ctx, session.Target{Host: "x", Port: 25}, "x:25"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestNoProxyThere(t *testing.T) {
	const nobody = "127.0.0.1:1" // a port that is closed may be somebody's at once
	for _, scheme := range []string{"http", "socks5"} {
		target := session.Target{Host: "mail.test.example", Port: 25}
		d := Dialer{Proxy: via(t, scheme, nobody, "alice", secret)}
		s := session.New(session.Options{Target: target, Dial: d.Dial, Lookup: d.Lookup})
		err := s.Do(t.Context(), session.Step{Kind: session.Resolve}, session.Step{Kind: session.Connect})
		want := "connect to mail.test.example:25: " + scheme + " " + nobody + ": connection refused"
		if st := s.State(); err == nil || st.Fault != session.FaultConnect || st.FaultText != want {
			t.Errorf("%s %q", st.Fault, st.FaultText)
		}
		discreet(t, everything(s)+err.Error())
	}
}

func TestParseProxy(t *testing.T) {
	for text, why := range map[string]string{
		"socks5://192.0.2.1": "", "socks5h://alice:pw@proxy.test.example:1081/": "", "http://[2001:db8::1]:3128": "",
		"":                                    "expected socks5://",
		"proxy.test.example:1080":             "expected socks5://",
		"192.0.2.1:1080":                      "no URL",
		"https://proxy.test.example":          "https is not supported",
		"socks5://":                           "the host is missing",
		"socks5://:1080":                      "the host is missing",
		"socks5://h:99999":                    "no HOST[:PORT]",
		"socks5://h/path":                     "nothing belongs behind",
		"http://h?s3cret":                     "nothing belongs behind",
		"socks5://alice@h":                    "one of them is missing",
		"http://a%3Ab:s3cret@h":               "colon",
		"socks5://alice:s3cret@h:x":           "no URL",
		"socks5://alice:s3cret%zz@h":          "no URL",
		"socks5://a:" + long("s3cret") + "@h": "255 octets",
	} {
		u, err := ParseProxy(text)
		if err == nil {
			err = Dialer{Proxy: u}.Check()
		}
		switch {
		case why == "" && err != nil, why != "" && (err == nil || !strings.Contains(err.Error(), why)):
			t.Errorf("%q: %v; it should say %q", text, err, why)
		case err != nil:
			discreet(t, err.Error())
		}
	}
}

// FuzzConnectReply: whatever a proxy says, what stands behind its header is
// kept, and its words are safe to show.
func FuzzConnectReply(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 ok\r\n\r\n220 x\r\n"))
	f.Add([]byte("HTTP/1.1 100 a\r\n\r\nHTTP/1.0 299 \x1b\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\n\r\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		d := Dialer{Proxy: &url.URL{Scheme: "http", Host: "h"}}
		conn, status, err := d.askHTTP(fake{r: bytes.NewReader(said)}, "x:25")
		if err != nil {
			if text := err.Error(); session.Escape(text) != text || len(text) > 400 {
				t.Errorf("%q", text)
			}
			return
		}
		rest, err := io.ReadAll(conn)
		if err != nil || !bytes.HasSuffix(said, rest) || len(rest) > len(said)-len("HTTP/1.1 200\n\n") {
			t.Errorf("%q is left of %q, %v", rest, said, err)
		}
		if session.Escape(status) != status || len(status) > most+len("…") {
			t.Errorf("status %q", status)
		}
	})
}

// fake is a proxy that takes everything and has said all it will.
type fake struct {
	net.Conn
	r io.Reader
}

func (f fake) Read(p []byte) (int, error)  { return f.r.Read(p) }
func (f fake) Write(p []byte) (int, error) { return len(p), nil }

func long(text string) string { return strings.Repeat(text, 50) }
