package transcript

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"ehlo/session"
)

const (
	headerKey = "smtp-transcript"
	header    = "= " + headerKey + " 1\n"

	maxLiteral = 4096 // octets of a literal line
	maxPiece   = 1000 // octets between quotes
	maxBase64  = 57   // octets in a line of base64
)

// AppendLine adds octets of one direction in their canonical spelling: the
// first of literal, quoted and base64 that fits. data is one line, or a part
// of one; vars are sorted.
func AppendLine(dst []byte, dir Dir, data []byte, vars []Var) []byte {
	if len(vars) > 0 {
		return appendTemplate(dst, dir, data, vars)
	}
	text, crlf := bytes.CutSuffix(data, []byte("\r\n"))
	if crlf && len(text) <= maxLiteral && literalText(text) {
		dst = append(dst, byte(dir), ':')
		if len(text) > 0 {
			dst = append(dst, ' ')
			dst = append(dst, text...)
		}
		return append(dst, '\n')
	}
	if tooOdd(data) {
		for piece := range slices.Chunk(data, maxBase64) {
			dst = append(dst, byte(dir), '6', '4', ' ')
			dst = base64.StdEncoding.AppendEncode(dst, piece)
			dst = append(dst, '\n')
		}
		return dst
	}
	return appendPieces(dst, dir, data)
}

func appendPieces(dst []byte, dir Dir, data []byte) []byte {
	for {
		piece := data[:min(len(data), maxPiece)]
		data = data[len(piece):]
		dst = append(dst, byte(dir), '"')
		dst = appendQuoted(dst, piece)
		dst = append(dst, '"', '\n')
		if len(data) == 0 {
			return dst
		}
	}
}

// tooOdd reports whether quotes would be harder to read than base64.
func tooOdd(data []byte) bool {
	if len(data) <= 64 {
		return false
	}
	odd := 0
	for i := 0; i < len(data); {
		if clean[data[i]] || data[i] == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if !visible(r, n) {
			odd += n
		}
		i += n
	}
	return odd*10 > len(data)*3
}

// appendTemplate writes a line with placeholders.
func appendTemplate(dst []byte, dir Dir, data []byte, vars []Var) []byte {
	last := vars[len(vars)-1].To
	if !bytes.HasSuffix(data, []byte("\r\n")) || last > len(data)-2 || len(data) > maxPiece {
		return appendTemplatePieces(dst, dir, data, vars)
	}
	dst = append(dst, byte(dir), '>', ' ')
	at := 0
	for _, v := range vars {
		dst = appendQuoted(dst, data[at:v.From])
		dst = appendPlaceholder(dst, v.Name)
		at = v.To
	}
	rest := data[at : len(data)-2]
	if n := len(rest); n > 0 && rest[n-1] == ' ' { // no line ends in a blank
		dst = appendQuoted(dst, rest[:n-1])
		return append(dst, `\x20`+"\n"...)
	}
	dst = appendQuoted(dst, rest)
	return append(dst, '\n')
}

func appendTemplatePieces(dst []byte, dir Dir, data []byte, vars []Var) []byte {
	at := 0
	for _, v := range vars {
		if v.From > at {
			dst = appendPieces(dst, dir, data[at:v.From])
		}
		dst = append(dst, byte(dir), '"')
		dst = appendPlaceholder(dst, v.Name)
		dst = append(dst, '"', '\n')
		at = v.To
	}
	if at < len(data) {
		dst = appendPieces(dst, dir, data[at:])
	}
	return dst
}

func appendPlaceholder(dst []byte, name string) []byte {
	dst = append(dst, "${"...)
	dst = append(dst, name...)
	return append(dst, '}')
}

// appendTime adds + seconds, without a line end: three decimals, or as many
// more as it takes.
func appendTime(dst []byte, d time.Duration) []byte {
	dst = append(dst, '+', ' ')
	dst = strconv.AppendInt(dst, int64(d/time.Second), 10)
	dst = append(dst, '.')
	n := len(dst) + 3
	part := int64(d % time.Second)
	for rest := max(part, 1); rest < int64(time.Second)/10; rest *= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, part, 10)
	for len(dst) > n && dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func appendBulk(dst []byte, dir Dir, b *session.Bulk) []byte {
	dst = append(dst, byte(dir), '@', ' ')
	switch b.Name {
	case "":
		dst = append(dst, "redacted"...)
	case "redacted":
		dst = append(dst, `"redacted"`...)
	default:
		dst = appendValue(dst, b.Name)
	}
	if b.Name != "" {
		dst = fmt.Appendf(dst, " offset=%d", b.Offset)
	}
	dst = fmt.Appendf(dst, " length=%d lines=%d", b.Octets, b.Lines)
	if b.MidLine {
		dst = append(dst, " ends=midline"...)
	}
	if b.Sum != "" {
		dst = append(dst, " sha256="...)
		dst = appendValue(dst, b.Sum)
	}
	return append(dst, '\n')
}
