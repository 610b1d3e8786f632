package practice

import (
	"net/netip"
	"strings"
	"time"
)

// Trace is the line that a server puts on top of a message it has taken.
//
// RFC 5321, 4.4: from whom, by whom, with which protocol, under which name. For
// whom is said if there is one recipient: the others must not learn of each
// other (7.2).
func (m Mail) Trace() string {
	var b strings.Builder
	b.WriteString("Received: from " + orUnknown(m.Helo))
	if addr, err := netip.ParseAddr(m.Client); err == nil {
		b.WriteString(" (" + literal(addr) + ")")
	}
	b.WriteString("\r\n\tby " + m.By + " (ehlo practice server)\r\n\t" + m.via() + "with " + m.Protocol + " id " + m.ID)
	if len(m.To) == 1 {
		b.WriteString("\r\n\tfor <" + m.To[0].Path + ">")
	}
	b.WriteString(";\r\n\t" + date(m.At) + "\r\n")
	return b.String()
}

// via names the link of a mail that came by none of SMTP's (RFC 5321, 4.4).
func (m Mail) via() string {
	if m.Via == "" {
		return ""
	}
	return "via " + m.Via + " "
}

func orUnknown(name string) string {
	if name == "" {
		return "unknown"
	}
	return name
}

// literal: RFC 5321, 4.1.3.
func literal(addr netip.Addr) string {
	if addr = addr.Unmap(); addr.Is4() {
		return "[" + addr.String() + "]"
	}
	return "[IPv6:" + addr.WithZone("").String() + "]"
}

// returnPath is what final delivery puts on top of everything (RFC 5321, 4.4).
func returnPath(path string) string { return "Return-Path: <" + path + ">\r\n" }

// date: RFC 5322, 3.3.
func date(at time.Time) string { return at.Format("Mon, 02 Jan 2006 15:04:05 -0700") }
