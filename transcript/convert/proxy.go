package convert

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// proxyMark begins a header of version 2 of the PROXY protocol.
const proxyMark = "\r\n\r\n\x00\r\nQUIT\n"

// proxyHeader returns how long the header of the PROXY protocol is with which
// data begins, or 0.
func proxyHeader(data []byte) int {
	switch {
	case bytes.HasPrefix(data, []byte("PROXY ")):
		return bytes.IndexByte(data, '\n') + 1
	case bytes.HasPrefix(data, []byte(proxyMark)) && len(data) >= 16:
		return min(16+int(binary.BigEndian.Uint16(data[14:16])), len(data))
	}
	return 0
}

// proxyInLetters decodes a header that a program has printed in base64.
func proxyInLetters(text string) []byte {
	if !strings.HasPrefix(text, "DQoNCgANClFVSVQK") {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || proxyHeader(data) != len(data) {
		return nil
	}
	return data
}

// preamble takes the header that a client sends before the greeting: it is for
// a proxy, and no SMTP. What is behind it comes back.
func (d *draft) preamble(data []byte) []byte {
	n := proxyHeader(data)
	if n == 0 {
		return data
	}
	if d.opening == nil {
		d.connect()
	}
	d.opening.Facts = append(d.opening.Facts, session.Fact{Key: "preamble", Value: strconv.Itoa(n)})
	d.opened()
	d.dir = transcript.FromClient
	d.block++
	d.client++
	for line := range bytes.Lines(data[:n]) {
		d.event(session.Event{Kind: session.Sent, Block: d.block, Data: line})
	}
	return data[n:]
}

// socks takes what the server of Exim's test suite plays before it plays a
// server of SMTP: a SOCKS proxy (RFC 1928), with octets behind << and >>.
func (d *draft) socks(line string) bool {
	dir, data := line[:min(2, len(line))], eximUnescape(line[min(2, len(line)):])
	begins := d.opening != nil && dir == "<<" && len(data) > 0 && data[0] == 5
	if !begins && !(d.proxied && (dir == "<<" || dir == ">>")) {
		d.proxied = false
		return false
	}
	if begins {
		d.warn("what goes to and fro with a SOCKS proxy is no SMTP; it is kept as comments")
		d.opening.Facts = append(d.opening.Facts, session.Fact{Key: "via", Value: "socks5"})
		d.opened()
		d.proxied = true
	}
	who, words := "client", fmt.Sprintf("% x", data)
	if dir == ">>" {
		who = "proxy"
	}
	if dir == "<<" && len(data) > 0 && data[0] == 1 { // RFC 1929, 2
		words = "a name and a password"
	}
	d.comment("SOCKS, " + who + ": " + words)
	return true
}
