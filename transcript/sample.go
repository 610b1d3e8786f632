package transcript

import (
	"regexp/syntax"
	"strconv"
	"strings"

	"ehlo/session"
)

// sampled is a line that meets an expectation.
type sampled struct {
	text string
	line int // of the expectation
}

// samples makes replies that meet expectations: a script that was written by
// hand can be served, and its client's side makes sense, although it records
// no reply. Each pending command is answered as it would hope for, unless the
// patterns say otherwise.
func samples(expect []expectation, pending []session.Pending) []sampled {
	var out []sampled
	var anywhere []expectation
	for _, x := range expect {
		if x.op == '+' {
			anywhere = append(anywhere, x)
		}
	}
	hope := func(finals int) session.Code {
		if finals < len(pending) {
			return session.HopeFor(pending[finals].Verb)
		}
		return 250
	}
	finals, put := 0, -1 // put is where lines for anywhere can stand
	for i, x := range expect {
		switch {
		case x.op != '?':
		case !x.pattern.Any():
			line := x.pattern.sample(hope(finals))
			if session.ParseReplyLine([]byte(line + "\r\n")).More {
				out = append(out, sampled{line, x.line})
				continue
			}
			if finals == 0 && put < 0 {
				put = len(out)
			}
			finals++
			out = append(out, sampled{line, x.line})
		case put < 0 && finals == 0:
			put = len(out)
			if !ordered(expect[i+1:]) { // what comes last may be anything
				out = append(out, sampled{hope(0).String() + " ok", x.line})
				finals++
			}
		}
	}
	if finals == 0 && len(out) == 0 {
		put = 0
		if len(anywhere) == 0 && len(expect) > 0 {
			out = append(out, sampled{hope(0).String() + " ok", expect[0].line})
		}
	}
	return insert(out, max(put, 0), anywhere, hope(0))
}

func ordered(expect []expectation) bool {
	for _, x := range expect {
		if x.op == '?' && !x.pattern.Any() {
			return true
		}
	}
	return false
}

// insert puts lines for what may stand anywhere among those of the first
// reply, or makes a reply of them alone.
func insert(lines []sampled, at int, anywhere []expectation, hope session.Code) []sampled {
	alone := len(lines) == 0
	for i, x := range anywhere {
		met := false
		for _, l := range lines {
			_, ok := x.pattern.MatchAnywhere(l.text)
			met = met || ok
		}
		if met {
			continue
		}
		text := x.pattern.sample(hope)
		if separator := "-"; len(text) >= 3 {
			if alone && i == len(anywhere)-1 {
				separator = " "
			}
			text = text[:3] + separator + strings.TrimLeft(text[3:], " -")
		}
		lines = append(lines[:at], append([]sampled{{text, x.line}}, lines[at:]...)...)
		at++
	}
	return lines
}

// sample makes a line that the pattern matches; code is what it should begin
// with, if it may.
func (p *Pattern) sample(code session.Code) string {
	var b strings.Builder
	text := p.text
	if codeLen(text) == 3 {
		digits := strconv.Itoa(int(code))
		for i := range 3 {
			c := text[i]
			switch {
			case c != 'x':
			case agrees(text[:3], digits):
				c = digits[i]
			case i == 0:
				c = '2'
			case i == 1:
				c = '5'
			default:
				c = '0'
			}
			b.WriteByte(c)
		}
		text = text[3:]
	} else if strings.HasPrefix(text, "*") {
		b.WriteString(code.String() + " ")
	}
	for text != "" {
		n := p.sampleAtom(&b, text)
		text = text[n:]
	}
	return b.String()
}

func agrees(pattern, digits string) bool {
	for i := range 3 {
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
