package channel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"ehlo/session"
)

// The PROXY protocol is written by hand: sending takes these few lines, and
// the library for it would decide about the version of Go.
//
// Source: "The PROXY protocol, versions 1 & 2", HAProxy Technologies; the
// sections below are its own.

// header is what --proxy-protocol asks for; version 0 asks for none.
type header struct {
	version  int
	raw      []byte         // in place of a version: exactly these octets
	src, dst netip.AddrPort // invalid where the channel's own is to be told
}

// parseHeader reads v1 or v2, with ,src=ADDR:PORT and ,dst=ADDR:PORT behind; or
// raw:TEXT with escapes, for whoever tests what a server makes of a wrong one.
func parseHeader(text string) (header, error) {
	var h header
	if text == "" {
		return h, nil
	}
	if line, ok := strings.CutPrefix(text, "raw:"); ok {
		raw, gaps, err := session.Unquote(line)
		if err == nil && len(gaps) > 0 {
			err = errors.New("a header is one write")
		}
		if err != nil {
			return h, fmt.Errorf("proxy protocol: %w", err)
		}
		h.raw = raw
		return h, nil
	}
	words := strings.Split(text, ",")
	switch words[0] {
	case "v1":
		h.version = 1
	case "v2":
		h.version = 2
	default:
		return h, fmt.Errorf("proxy protocol %q: expected v1, v2 or raw:TEXT", words[0])
	}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		ap, err := netip.ParseAddrPort(value)
		if err != nil || key != "src" && key != "dst" {
			return h, fmt.Errorf("proxy protocol: %q is neither src=ADDR:PORT nor dst=ADDR:PORT", w)
		}
		if key == "src" {
			h.src = plain(ap)
		} else {
			h.dst = plain(ap)
		}
	}
	if h.src.IsValid() && h.dst.IsValid() && h.src.Addr().Is4() != h.dst.Addr().Is4() {
		return h, fmt.Errorf("proxy protocol: src=%s and dst=%s are not of one family", h.src, h.dst)
	}
	return h, nil
}

// plain takes an address for what it is on the wire: no zone, and IPv4 where
// it is mapped into IPv6.
func plain(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().WithZone("").Unmap(), ap.Port())
}

// name is what the header is called, "" if there is none.
func (h header) name() string {
	switch {
	case h.raw != nil:
		return "raw"
	case h.version != 0:
		return fmt.Sprintf("v%d", h.version)
	}
	return ""
}

// octets makes the header for a channel between two ends. An end that is no
// IP address, as that of a unix socket or of a proxy's way to a name, is
// unknown, and so is then the whole connection.
func (h header) octets(local, remote net.Addr) ([]byte, error) {
	if h.version == 0 {
		return h.raw, nil
	}
	src, dst := h.src, h.dst
	if !src.IsValid() {
		src = addrPort(local)
	}
	if !dst.IsValid() {
		dst = addrPort(remote)
	}
	known := src.IsValid() && dst.IsValid()
	if !known && (h.src.IsValid() || h.dst.IsValid()) {
		return nil, fmt.Errorf("proxy protocol: one end of this channel has no IP address; give both src and dst")
	}
	if known && src.Addr().Is4() != dst.Addr().Is4() {
		return nil, fmt.Errorf("proxy protocol: %s and %s are not of one family; give both src and dst", src, dst)
	}
	if h.version == 1 {
		return version1(src, dst, known), nil
	}
	return version2(src, dst, known), nil
}

func addrPort(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String())
	if !ap.IsValid() {
		return ap
	}
	return plain(ap)
}

// version1: section 2.1, human-readable, at most 107 octets.
func version1(src, dst netip.AddrPort, known bool) []byte {
	if !known {
		return []byte("PROXY UNKNOWN\r\n")
	}
	family := "TCP6"
	if src.Addr().Is4() {
		family = "TCP4"
	}
	return fmt.Appendf(nil, "PROXY %s %s %s %d %d\r\n", family, src.Addr(), dst.Addr(), src.Port(), dst.Port())
}

// signature begins a header of version 2 (section 2.2).
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// version2: section 2.2, binary.
func version2(src, dst netip.AddrPort, known bool) []byte {
	const (
		proxied = 0x21 // version 2, command PROXY
		unspec  = 0x00
		tcp4    = 0x11
		tcp6    = 0x21
	)
	if !known {
		return append([]byte(signature), proxied, unspec, 0, 0)
	}
	family, length := byte(tcp6), uint16(36)
	if src.Addr().Is4() {
		family, length = tcp4, 12
	}
	p := append([]byte(signature), proxied, family)
	p = binary.BigEndian.AppendUint16(p, length)
	p = append(p, src.Addr().AsSlice()...)
	p = append(p, dst.Addr().AsSlice()...)
	p = binary.BigEndian.AppendUint16(p, src.Port())
	return binary.BigEndian.AppendUint16(p, dst.Port())
}
