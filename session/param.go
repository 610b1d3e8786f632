package session

import (
	"fmt"
	"strings"
)

// Arg writes an envelope as the argument of MAIL (keyword FROM) or RCPT
// (keyword TO).
func (e Envelope) Arg(keyword string) string {
	var b strings.Builder
	b.WriteString(keyword + ":")
	if e.Blank {
		b.WriteByte(' ')
	}
	if e.Bare {
		b.WriteString(e.Path)
	} else {
		b.WriteString("<" + e.Path + ">")
	}
	for _, p := range e.Params {
		b.WriteString(" " + p.String())
	}
	return b.String()
}

// with returns the envelope with more parameters behind its own.
func (e Envelope) with(more []Param) Envelope {
	e.Params = append(e.Params[:len(e.Params):len(e.Params)], more...)
	return e
}

// To makes envelopes without parameters.
func To(paths ...string) []Envelope {
	var to []Envelope
	for _, p := range paths {
		to = append(to, Envelope{Path: p})
	}
	return to
}

// XText encodes a value as ENVID, ORCPT, AUTH and XCLIENT want it
// (RFC 3461, 4).
func XText(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; c < '!' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
