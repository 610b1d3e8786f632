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
// patterns say otherwise.
func samples(expect []Expectation, pending []session.Pending) []sampled {
	var out []sampled
	var anywhere []Expectation
	for _, x := range expect {
		if x.Op == '+' {
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
		case x.Op != '?':
		case !x.Pattern.Any():
			line := x.Pattern.Reply(hope(finals))
			if session.ParseReplyLine([]byte(line + "\r\n")).More {
				out = append(out, sampled{line, x.Line})
				continue
			}
			if finals == 0 && put < 0 {
				put = len(out)
			}
			finals++
			out = append(out, sampled{line, x.Line})
		case put < 0 && finals == 0:
			put = len(out)
			if !ordered(expect[i+1:]) { // what comes last may be anything
				out = append(out, sampled{hope(0).String() + " ok", x.Line})
				finals++
			}
		}
	}
	if finals == 0 && len(out) == 0 {
		put = 0
		if len(anywhere) == 0 && len(expect) > 0 {
			out = append(out, sampled{hope(0).String() + " ok", expect[0].Line})
		}
	}
	return insert(out, max(put, 0), anywhere, hope(0))
}

func ordered(expect []Expectation) bool {
	for _, x := range expect {
		if x.Op == '?' && !x.Pattern.Any() {
			return true
		}
	}
	return false
}

// insert puts lines for what may stand anywhere among those of the first
// reply, or makes a reply of them alone.
func insert(lines []sampled, at int, anywhere []Expectation, hope session.Code) []sampled {
	alone := len(lines) == 0
	for i, x := range anywhere {
		met := false
		for _, l := range lines {
			_, ok := x.Pattern.MatchAnywhere(l.text)
			met = met || ok
		}
		if met {
			continue
		}
		text := x.Pattern.Reply(hope)
		if separator := "-"; len(text) >= 3 {
			if alone && i == len(anywhere)-1 {
				separator = " "
			}
			text = text[:3] + separator + strings.TrimLeft(text[3:], " -")
		}
		lines = append(lines[:at], append([]sampled{{text, x.Line}}, lines[at:]...)...)
		at++
	}
	return lines
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
