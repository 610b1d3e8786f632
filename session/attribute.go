package session

import (
	"net/netip"
	"strconv"
	"strings"
)

// attributes judges those of XCLIENT and XFORWARD by what was offered.
func (a *advice) attributes(s State, verb, arg string) {
	source := Source(verb)
	offered, ok := s.Offered.Params(verb)
	if arg == "" {
		a.add(Wrong, 501, verb+" wants attributes", source)
		return
	}
	for word := range strings.FieldsSeq(arg) {
		name, value, some := strings.Cut(word, "=")
		switch {
		case !some || name == "":
			a.add(Wrong, 501, "an attribute is NAME=value", source)
			return
		case ok && !hasWord(offered, name):
			a.add(Warning, 501, "the server does not offer the attribute "+strings.ToUpper(name), source)
		}
		if wrong := attribute(strings.ToUpper(name), value); wrong != "" {
			a.add(Warning, 501, wrong, source)
		}
	}
}

// attribute says what is wrong with the value of one, or "".
func attribute(name, value string) string {
	switch unknown := strings.EqualFold(value, "[UNAVAILABLE]") || strings.EqualFold(value, "[TEMPUNAVAIL]"); {
	case unknown:
		return ""
	case value == "":
		return name + " has no value; what is not known is [UNAVAILABLE]"
	case !IsXText(value):
		return name + " is not in xtext: + is written +2B, = +3D, a blank +20"
	}
	switch name {
	case "ADDR", "DESTADDR":
		if !clientAddress(value) {
			return name + " is an IPv4 address, or IPV6: and an address, or [UNAVAILABLE]"
		}
	case "PORT", "DESTPORT":
		if n, err := strconv.ParseUint(value, 10, 16); err != nil || n == 0 {
			return name + " is a number from 1 to 65535, or [UNAVAILABLE]"
		}
	case "PROTO":
		if !strings.EqualFold(value, "SMTP") && !strings.EqualFold(value, "ESMTP") {
			return "PROTO is SMTP or ESMTP"
		}
	case "SOURCE":
		if !strings.EqualFold(value, "LOCAL") && !strings.EqualFold(value, "REMOTE") {
			return "SOURCE is LOCAL or REMOTE"
		}
	}
	return ""
}

func clientAddress(value string) bool {
	six := len(value) > 5 && strings.EqualFold(value[:5], "IPV6:")
	if six {
		value = value[5:]
	}
	addr, err := netip.ParseAddr(value)
	return err == nil && addr.Is4() != six
}
