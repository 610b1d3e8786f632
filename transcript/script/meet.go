package script

import (
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// sampled is a line that meets an expectation.
type sampled struct {
	text string
	line int // of the expectation
}

// samples makes replies that meet expectations: a script that was written by
// hand can be served, and its client's side makes sense, although it records
// no reply. Each pending command is answered as it would hope for, unless the
// patterns say otherwise. Where they leave open how many lines there are, all
// pending commands are answered, as it fits what comes next.
func samples(expect []Expectation, pending []session.Pending, next upNext) []sampled {
	var out []sampled
	var anywhere []Expectation
	for _, x := range expect {
		if x.Op == '+' {
			anywhere = append(anywhere, x)
		}
	}
	ends, hope := repliesFrom(expect), hopes{expect: expect, pending: pending, next: next, codes: map[session.Code]session.Code{}}
	finals, put := 0, -1 // put is where lines for anywhere can stand
	first := hope.of(0)
	fill := func(line, behind int) { // all but so many
		for ; finals < max(len(pending), 1)-behind; finals++ {
			out = append(out, sampled{hope.of(finals).String() + " ok", line})
		}
	}
	for i, x := range expect {
		switch {
		case x.Op != '?':
		case !x.Pattern.Any():
			line := x.Pattern.Reply(hope.of(finals))
			if due := len(pending) - finals; due > 0 && ends[i] > due && goesOn(line, expect[i:]) {
				line = line[:3] + "-" + line[4:]
			}
			if session.ParseReplyLine([]byte(line + "\r\n")).More {
				out = append(out, sampled{line, x.Line})
				continue
			}
			if finals == 0 && put < 0 {
				put = len(out)
			}
			finals++
			out = append(out, sampled{line, x.Line})
		default:
			if put < 0 && finals == 0 {
				put = len(out)
			}
			fill(x.Line, ends[i+1])
		}
	}
	if len(out) == 0 && len(expect) > 0 && (len(pending) > 1 || len(anywhere) == 0) {
		fill(expect[0].Line, 0)
	}
	return insert(out, max(put, 0), anywhere, first)
}

// hopes are the codes that commands are answered with, as they would like it and
// as it fits what comes next.
type hopes struct {
	expect  []Expectation
	pending []session.Pending
	next    upNext
	codes   map[session.Code]session.Code // what came of looking whether one may be said
}

func (h *hopes) of(command int) session.Code {
	if command >= len(h.pending) {
		return h.may(250)
	}
	code := session.HopeFor(h.pending[command].Verb)
	switch {
	case h.next == plainly && h.pending[command].Verb == "STARTTLS":
		code = 454
	case h.next == inExchange && code == 235:
		code = 334
	}
	return h.may(code)
}

func (h *hopes) may(code session.Code) session.Code {
	if _, known := h.codes[code]; !known {
		h.codes[code] = allowed(code, h.expect)
	}
	return h.codes[code]
}

// allowed is the code that is hoped for, or another one if no line may have that.
func allowed(hope session.Code, expect []Expectation) session.Code {
	for _, code := range []session.Code{hope, 250, 550, 450, 354, 220} {
		if !slices.ContainsFunc(expect, func(x Expectation) bool {
			_, met := x.Pattern.MatchAnywhere(code.String() + " ok")
			return x.Op == '!' && met
		}) {
			return code
		}
	}
	return hope
}

// repliesFrom counts, for each pattern, the replies that it and those behind it end.
func repliesFrom(expect []Expectation) []int {
	n := make([]int, len(expect)+1)
	for i := len(expect) - 1; i >= 0; i-- {
		n[i] = n[i+1]
		if x := expect[i]; x.Op == '?' && !x.Pattern.Any() && !session.ParseReplyLine([]byte(x.Pattern.Reply(250)+"\r\n")).More {
			n[i]++
		}
	}
	return n
}

// goesOn reports whether a line that meets the first of some patterns is better
// one of a longer reply: the pattern leaves that open, as 250* does, and the next
// one is for the same code.
func goesOn(line string, expect []Expectation) bool {
	if len(line) < 4 {
		return false
	}
	for _, x := range expect[1:] {
		if x.Op == '?' {
			_, more := expect[0].Pattern.Match(line[:3] + "-" + line[4:])
			return more && !x.Pattern.Any() && strings.HasPrefix(x.Pattern.String(), line[:3])
		}
	}
	return false
}

// maxMet is among how many lines is looked whether one is what may stand anywhere.
const maxMet = 100

// insert puts lines for what may stand anywhere among those of the first
// reply, or makes a reply of them alone.
func insert(lines []sampled, at int, anywhere []Expectation, hope session.Code) []sampled {
	var added []sampled
	for i, x := range anywhere {
		met := func(l sampled) bool {
			_, ok := x.Pattern.MatchAnywhere(l.text)
			return ok
		}
		if slices.ContainsFunc(lines[:min(len(lines), maxMet)], met) || slices.ContainsFunc(added[:min(len(added), maxMet)], met) {
			continue
		}
		text := x.Pattern.Reply(hope)
		if separator := "-"; len(text) >= 3 {
			if len(lines) == 0 && i == len(anywhere)-1 {
				separator = " "
			}
			text = text[:3] + separator + strings.TrimLeft(text[3:], " -")
		}
		added = append(added, sampled{text, x.Line})
	}
	return slices.Insert(lines, at, added...)
}

// offer has a made-up answer to EHLO offer CHUNKING, in a line that may say
// anything. A client that goes on with BDAT has seen it there; without it the
// octets of a chunk are commands.
func offer(lines []sampled, expect []Expectation) {
	free := 0 // the first line is a name
	for i, l := range lines {
		if i == 0 || len(l.text) < 4 {
			continue
		}
		offered := l.text[:4] + "CHUNKING"
		if strings.EqualFold(l.text, offered) {
			return
		}
		if free == 0 && slices.ContainsFunc(expect, func(x Expectation) bool { return x.Line == l.line && x.meets(offered) }) {
			free = i
		}
	}
	if free > 0 {
		lines[free].text = lines[free].text[:4] + "CHUNKING"
	}
}

// meets reports whether a line is what the next one shall be.
func (x *Expectation) meets(line string) bool {
	if x.Op != '?' || x.Pattern.Any() {
		return false
	}
	_, ok := x.Pattern.Match(line)
	return ok
}

// saysBDAT reports whether the client of a transcript sends chunks.
func saysBDAT(t *transcript.Transcript) bool {
	return slices.ContainsFunc(t.Events(), func(e session.Event) bool {
		return e.Kind == session.Sent && session.ParseCommand(e.Data).Verb == "BDAT"
	})
}
