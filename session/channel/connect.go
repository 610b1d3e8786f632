package channel

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"ehlo/session"
)

const (
	// maxHeader bounds the reply of an HTTP proxy, in octets.
	maxHeader = 64 << 10
	// maxInterim bounds the 1xx replies before the one that counts.
	maxInterim = 8
)

// connect: RFC 9110, 9.3.6.
func (d Dialer) connect(ctx context.Context, at, addr string) (net.Conn, []session.Fact, error) {
	if strings.ContainsFunc(addr, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, nil, fmt.Errorf("%q is no HOST:PORT", addr)
	}
	raw, err := d.tcp(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	conn, status, err := d.askHTTP(raw, addr)
	if !stop() { // the deadline was set, or is about to be
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = raw.Close()
		return nil, nil, err
	}
	return conn, []session.Fact{{Key: "via-addr", Value: raw.RemoteAddr().String()}, {Key: "via-reply", Value: status}}, nil
}

// askHTTP asks for a tunnel and returns it with the status of the reply.
func (d Dialer) askHTTP(raw net.Conn, addr string) (net.Conn, string, error) {
	ask := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n"
	if user, password := userOf(d.Proxy); d.Proxy.User != nil { // RFC 7617, 2
		ask += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)) + "\r\n"
	}
	if _, err := io.WriteString(raw, ask+"\r\n"); err != nil {
		return nil, "", inTalk(err)
	}
	limited := &io.LimitedReader{R: raw, N: maxHeader}
	in := bufio.NewReader(limited)
	for range maxInterim {
		r, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
		switch {
		case err != nil && limited.N == 0:
			return nil, "", fmt.Errorf("the header of the proxy's reply is longer than %d octets", maxHeader)
		case err != nil && isNetwork(err):
			return nil, "", inTalk(err)
		case err != nil:
			return nil, "", errors.New("the proxy's reply is no HTTP: " + clean(err.Error()))
		case r.StatusCode/100 == 1: // RFC 9110, 15.2: more is to come
			continue
		case r.StatusCode/100 != 2:
			return nil, "", errors.New("the proxy refused: " + clean(r.Status))
		}
		// RFC 9110, 9.3.6: the tunnel begins behind the blank line, whatever
		// the header says of a body. The server may have greeted already.
		early, _ := in.Peek(in.Buffered())
		return &resumed{Conn: raw, early: bytes.Clone(early)}, clean(r.Status), nil
	}
	return nil, "", fmt.Errorf("the proxy sent %d interim replies and no other", maxInterim)
}

// isNetwork tells a channel that failed from octets that make no sense.
func isNetwork(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// resumed is a connection of which some octets were read already.
type resumed struct {
	net.Conn
	early []byte
}

func (r *resumed) Read(p []byte) (int, error) {
	if len(r.early) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.early)
	r.early = r.early[n:]
	return n, nil
}

// CloseWrite ends the client's half.
func (r *resumed) CloseWrite() error { return placed{Conn: r.Conn}.CloseWrite() }
