package transcript

import (
	"regexp/syntax"
	"strconv"
	"strings"

	"ehlo/session"
)

// Sample makes a line that the pattern matches; code is what it should begin
// with, if it may.
func (p *Pattern) Sample(code session.Code) string {
	var b strings.Builder
	text := p.text
	switch n := codeLen(text); {
	case n == 3:
		sampleCode(&b, text[:3], code)
		text = text[3:]
	case n > 0 && strings.HasPrefix(text[n:], "*") && !strings.Contains(text[:n], "x"): // 5*: whatever is refused
		sampleCode(&b, text[:n], code)
		b.WriteByte(' ')
		text = text[n:]
	case strings.HasPrefix(text, "*"):
		b.WriteString(code.String() + " ")
	}
	for text != "" {
		n := p.sampleAtom(&b, text)
		text = text[n:]
	}
	return b.String()
}

// Reply makes a line that ends a reply, or says that another follows: a sample
// of the pattern, or, if that is none, the code with the sample behind it.
func (p *Pattern) Reply(code session.Code) string {
	line := p.Sample(code)
	if session.ParseReplyLine([]byte(line)).Code == 0 {
		line = code.String() + " " + line
	}
	return line
}

// sampleCode writes a code of three digits that begins like the pattern.
func sampleCode(b *strings.Builder, pattern string, code session.Code) {
	digits := strconv.Itoa(int(code))
	if !agrees(pattern, digits) {
		digits = "250"
	}
	for i := range 3 {
		if i < len(pattern) && pattern[i] != 'x' {
			b.WriteByte(pattern[i])
		} else {
			b.WriteByte(digits[i])
		}
	}
}

func agrees(pattern, digits string) bool {
	for i := range len(pattern) {
		if pattern[i] != 'x' && pattern[i] != digits[i] {
			return false
		}
	}
	return true
}

// sampleAtom writes what one part of the pattern may stand for, and returns
// the length of the part.
func (p *Pattern) sampleAtom(b *strings.Builder, text string) int {
	switch {
	case text[0] == '*' && b.Len() == 3 && len(text) == 1: // 250*
		b.WriteString(" " + anything(b.String()))
		return 1
	case text[0] == '*':
		if b.Len() == 4 {
			b.WriteString(anything(b.String()))
		}
		return 1
	case text[0] == '\\' && len(text) > 1:
		b.WriteByte(text[1])
		return 2
	case strings.HasPrefix(text, "${"):
		var scratch strings.Builder
		var names Pattern
		n, err := names.capture(&scratch, text)
		if err != nil {
			break
		}
		expr := scratch.String()
		if re, err := syntax.Parse(expr, syntax.Perl); err == nil {
			made := sampleRegexp(re.Simplify())
			if made == "" && strings.HasSuffix(expr, ">.*?)") {
				made = names.names[0]
			}
			b.WriteString(made)
		}
		return n
	}
	b.WriteByte(text[0])
	return 1
}

// anything is what a star stands for behind a code. A challenge is base64, and
// may be empty (RFC 4954, 4).
func anything(code string) string {
	if strings.HasPrefix(code, "334") {
		return ""
	}
	return "ok"
}

// maxSample bounds what is made for one expression.
const maxSample = 1000

// sampleRegexp makes a short text that the expression matches.
func sampleRegexp(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return string(sampleClass(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpCapture, syntax.OpPlus:
		return sampleRegexp(re.Sub[0])
	case syntax.OpAlternate:
		return sampleRegexp(re.Sub[0])
	case syntax.OpRepeat:
		one := sampleRegexp(re.Sub[0])
		return strings.Repeat(one, min(re.Min, maxSample/max(len(one), 1)))
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			if b.WriteString(sampleRegexp(sub)); b.Len() > maxSample {
				break
			}
		}
		return b.String()
	}
	return "" // a star, a question mark, an anchor
}

// sampleClass prefers what people like to read.
func sampleClass(ranges []rune) rune {
	for _, wanted := range "0axA-. " {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= wanted && wanted <= ranges[i+1] {
				return wanted
			}
		}
	}
	if len(ranges) == 0 {
		return 'x'
	}
	return ranges[0]
}
