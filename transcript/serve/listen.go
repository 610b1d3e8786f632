package serve

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// left says what was not played when the client went away.
func (p *speaker) left(err error) {
	if errors.Is(err, errTold) || p.halved || p.parted && !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	how := "the client left"
	switch {
	case p.srv.isClosed():
		how = "the server was closed"
	case errors.Is(err, os.ErrDeadlineExceeded):
		how = fmt.Sprintf("the client did nothing for %s and was left", p.srv.opts.Idle)
		// RFC 5321, 3.8: who gives up says 421. Nobody may be reading.
		_, _ = fmt.Fprintf(p.net, "421 4.4.2 ehlo-serve: nothing came within %s\r\n", p.srv.opts.Idle)
	}
	switch {
	case p.srv.opts.Match == MatchAny:
		p.unused(how)
	case p.said < len(p.c.Units) && p.mayMiss(p.said):
	case p.said < len(p.c.Units):
		p.problem(p.c.Units[p.said].Line, "%s without %s", how, nameOf(&p.c.Units[p.said]))
	case p.heard < len(p.c.Heard):
		p.problem(p.c.Heard[p.heard].Line, "%s before this was sent", how)
	}
}

// unused names the first unit that a client of [MatchAny] did not say.
func (p *speaker) unused(how string) {
	for i, used := range p.used {
		if !used {
			p.problem(p.c.Units[i].Line, "%s without %s", how, nameOf(&p.c.Units[i]))
			return
		}
	}
}

// nameOf is the unit in a few words.
func nameOf(u *script.Unit) string {
	switch {
	case u.Pattern != nil:
		return u.Pattern.String()
	case u.Verb == "":
		return "an empty line"
	}
	return u.Verb
}

// listen reads one line from the client, or what there is of one, and takes
// what it completes.
func (p *speaker) listen() error {
	if p.st.Phase == session.Handshake {
		// RFC 8446, 5.1: a handshake begins with 22. Nobody is here to make it.
		if first, err := p.in.Peek(1); err == nil && first[0] == 22 {
			p.problem(p.lastLine(), "the client starts TLS here, and the transcript does not")
			return errTold
		}
	}
	text, err := p.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	if p.said == 0 && bytes.HasPrefix(text, []byte("PROXY ")) && (len(p.c.Units) == 0 || p.c.Units[0].Verb != "PROXY") {
		return nil // a header for whoever is before the server
	}
	if p.st.Phase == session.Data && !p.st.MailData.Complete {
		p.compares(session.EndOfData)
		_, _ = p.Write(text) // it takes all
	}
	owed := p.st.Owed()
	p.apply(session.Event{Kind: session.Sent, Data: text})
	asked, ok := script.Asks(p.st, owed, session.Event{Seq: p.st.Seq, Data: text})
	if !ok {
		p.octets += int64(len(text))
		return nil // content, or no whole line yet
	}
	s := said{Pending: asked, octets: text}
	line := strings.TrimRight(string(text), "\r\n")
	chunk := int64(0)
	switch s.Verb {
	case "BDAT":
		s.octets = []byte(string(text)) // the buffer is read into again
		p.compares("BDAT")
		if chunk, err = p.chunk(s.Arg); err != nil {
			return err
		}
		p.compared()
	case session.EndOfData:
		p.compared()
	case "EHLO", "HELO", "LHLO":
		p.helo = strings.TrimSpace(s.Arg)
		p.values["client.helo"] = p.helo
	}
	err = p.match(s, line)
	p.octets += chunk
	return err
}

// chunk reads what belongs to a BDAT (RFC 3030, 2).
func (p *speaker) chunk(arg string) (int64, error) {
	if !p.st.Offered.Has("CHUNKING") {
		return 0, nil // then these are commands, as the state has it
	}
	number, _, _ := strings.Cut(strings.TrimSpace(arg), " ")
	size, err := strconv.ParseInt(number, 10, 64)
	if err != nil || size <= 0 {
		return 0, nil
	}
	if e := p.c.Closed; e != nil && e.Fact("by") == "server" && p.said == len(p.c.Units)-1 && p.c.After < size {
		return 0, nil // the recorded server did not take all of it
	}
	n, err := io.CopyN(p, p.in, p.whole(size))
	if more := min(size-n, int64(p.in.Buffered())); more > 0 && err == nil {
		_, err = io.CopyN(p, p.in, more)
		n += more
	}
	p.apply(session.Event{Kind: session.Sent, Bulk: &session.Bulk{Octets: n}})
	if errors.Is(err, io.EOF) && p.said < len(p.c.Units) && p.c.Units[p.said].Chunk < size {
		return n, nil // the recorded client left within its chunk too
	}
	return n, err
}

// whole is how much of a chunk to wait for. A log that was edited has less
// than its BDAT says, and its reply came all the same.
func (p *speaker) whole(size int64) int64 {
	if p.said < len(p.c.Units) {
		if u := &p.c.Units[p.said]; u.Verb == "BDAT" && u.Chunk > 0 && strings.Contains(string(u.Octets), strconv.FormatInt(size, 10)) {
			return min(size, u.Chunk)
		}
	}
	return size
}

// match compares what the client said with what comes next in the transcript.
func (p *speaker) match(s said, line string) error {
	if p.halved {
		return nil // nothing can be answered, and nothing is expected
	}
	if p.srv.opts.Match == MatchAny {
		return p.matchAny(s, line)
	}
	if p.said >= len(p.c.Units) {
		return p.mismatch(s.Verb, fmt.Sprintf("transcript ends at %s", p.p.line(p.lastLine())), session.Escape(line))
	}
	want := &p.c.Units[p.said]
	ok, what := p.fits(want, s, line)
	k := p.said
	for !ok && p.mayMiss(k) && k+1 < len(p.c.Units) {
		k++
		ok, what = p.fits(&p.c.Units[k], s, line)
	}
	if !ok || k > p.said && !p.answered(k) { // then the replies that are left are about something else
		return p.mismatch(s.Verb, fmt.Sprintf("transcript %s expects %s", p.p.line(want.Line), p.wanted(want)), session.Escape(line))
	}
	if k > p.said {
		p.miss(k)
		want = &p.c.Units[k]
	}
	if what != "" {
		p.problem(want.Line, "the client says %s", what)
	}
	p.said, p.octets = p.said+1, 0
	return nil
}

// mayMiss reports whether a client may leave out what is expected: it was said
// without the reply that it had to wait for, and most clients wait.
func (p *speaker) mayMiss(unit int) bool { return p.c.Turns[p.c.Units[unit].Turn].Early }

// answered reports whether a unit has a reply.
func (p *speaker) answered(unit int) bool {
	return slices.ContainsFunc(p.c.Heard, func(h script.Heard) bool { return h.Need == unit+1 })
}

// miss goes on at a unit, behind those before it and what they were answered.
func (p *speaker) miss(unit int) {
	p.said, p.octets = unit, 0
	for p.heard < len(p.c.Heard) && p.c.Heard[p.heard].Need <= unit {
		p.heard++
	}
}

// wanted names a unit so that the client's author sees what does not fit.
func (p *speaker) wanted(u *script.Unit) string {
	if p.srv.opts.Match == MatchVerb || u.Pattern != nil || u.Octets == nil || len(u.Vars) > 0 {
		return nameOf(u)
	}
	return session.Escape(strings.TrimRight(string(u.Octets), "\r\n"))
}

func (p *speaker) fits(u *script.Unit, s said, line string) (ok bool, what string) {
	if u.Pattern != nil {
		var captures map[string]string
		captures, ok = u.Pattern.Match(spelt(line, u.Pattern.String()))
		maps.Copy(p.values, captures)
		return ok, ""
	}
	var then, now normalise.Names
	if p.srv.opts.Match == MatchText {
		then, now = normalise.NamesOf(p.c.End, p.c.Helo), normalise.NamesOf(p.st, p.helo)
		then.Rules, now.Rules = p.p.sc.Rules, p.p.sc.Rules
	}
	return follows(u, p.srv.opts.Match, s, then, now)
}

// matchAny finds the next unit of this kind that was not used, and answers as
// it was answered.
func (p *speaker) matchAny(s said, line string) error {
	for i := range p.c.Units {
		if p.used[i] {
			continue
		}
		if ok, _ := p.fits(&p.c.Units[i], s, line); !ok {
			continue
		}
		p.used[i] = true
		p.said++
		due := func(h *script.Heard) bool { return h.Need == i+1 }
		for k := 0; k < len(p.c.Heard); {
			if !due(&p.c.Heard[k]) {
				k++
				continue
			}
			n, err := p.sayBlock(p.c.Heard[k:], due)
			if err != nil {
				return err
			}
			k += max(n, 1)
		}
		return nil
	}
	return p.mismatch(s.Verb, "transcript has no unused reply to "+nameOf(&script.Unit{Verb: s.Verb}), session.Escape(line))
}

func (p *speaker) lastLine() int {
	line := p.c.Line
	if n := len(p.c.Units); n > 0 {
		line = max(line, p.c.Units[n-1].Line)
	}
	if n := len(p.c.Heard); n > 0 {
		line = max(line, p.c.Heard[n-1].Line)
	}
	return line
}

// mismatch answers what the transcript does not have. Nobody shall take the
// answer for one of the transcript's own.
func (p *speaker) mismatch(verb string, why, line string) error {
	switch {
	case verb == "AUTH":
		line = "AUTH" // the rest is nobody's business
	case session.Source(verb) == "" && verb != session.EndOfData:
		line = "an unknown command" // or a password
	}
	p.srv.problem(p.client, "%s: got %s", why, line)
	switch p.srv.opts.Mismatch {
	case MismatchClose:
		return errTold
	case MismatchExit:
		p.srv.Close()
		return errTold
	}
	reply := []byte("503 5.5.1 ehlo-serve: " + session.Escape(why) + "\r\n")
	p.apply(session.Event{Kind: session.Received, Data: reply})
	p.closed = verb == "QUIT"
	_, err := p.net.Write(reply)
	return err
}
