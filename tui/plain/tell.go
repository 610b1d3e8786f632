package plain

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ehlo/session"
)

// mask stands where a secret was. It is ASCII: a dumb terminal has no bullets.
const mask = "********"

// say prints a line of this program, or several: those of the format. What
// stands in an argument comes from elsewhere, and neither begins a line nor
// moves a cursor.
func (t *talk) say(format string, args ...any) {
	if t.prompted { // nobody has typed behind it
		t.prompted = false
		_, _ = t.out.WriteString("\n")
	}
	args = slices.Clone(args)
	for i, arg := range args {
		switch x := arg.(type) {
		case string:
			args[i] = unbroken(x)
		case error, fmt.Stringer:
			args[i] = unbroken(fmt.Sprint(x))
		}
	}
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		line = session.Escape(line)
		if t.o.ASCII {
			line = ascii(line)
		}
		_, _ = t.out.WriteString(line + "\n")
	}
}

// unbroken has no line break. What else is to be escaped is so before it is
// printed.
func unbroken(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }

// remark is what the rules say about something.
func remark(r session.Remark) string {
	return unbroken(fmt.Sprintf("%s: %s (%s)", r.Severity, r.Text, r.Source))
}

// ascii is a line for a terminal that has nothing else.
func ascii(line string) string {
	line = strings.NewReplacer("…", "...", "·", "-", "→", "->").Replace(line)
	var b strings.Builder
	for i := range len(line) {
		if c := line[i]; c >= 0x80 {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// paragraph prints text that is broken at 80 columns.
func (t *talk) paragraph(text string) {
	if t.o.Width > 0 && t.o.Width < 80 {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	t.prose("", text)
}

// prose prints text of this program, a line for each that it has, broken between
// words where the terminal is narrow: many cut words in half otherwise. What was
// on the wire is never broken.
func (t *talk) prose(indent, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if t.o.Width < 20 {
			t.say("%s%s", indent, line)
			continue
		}
		out := indent
		for word := range strings.FieldsSeq(line) {
			if len(out) > len(indent) && utf8.RuneCountInString(out)+1+utf8.RuneCountInString(word) > t.o.Width {
				t.say("%s", out)
				out = indent
			}
			if len(out) > len(indent) {
				out += " "
			}
			out += word
		}
		t.say("%s", out)
	}
}

// wrong says what could not be done. A script's exit code remembers it.
func (t *talk) wrong(format string, args ...any) {
	t.result.Wrong++
	t.say("error: "+format, args...)
}

func (t *talk) welcome() {
	if t.o.File != "" {
		t.open(t.o.File)
		return
	}
	if t.o.Pupil {
		t.school()
		return
	}
	t.prose("", unbroken(fmt.Sprintf("ehlo %s, plain: %s. /step does what comes next, /help lists the rest.", session.Version, t.mail.Target)))
	t.next()
}

// school begins the lesson that somebody came for, or has one chosen.
func (t *talk) school() {
	if t.o.Lesson != nil {
		t.begins(*t.o.Lesson)
		t.over = t.class == nil
		return
	}
	t.lessons("")
	t.say("\nWhich one?")
	t.choosing = true
}

// prompt asks for a line, where somebody sits.
func (t *talk) prompt() {
	if t.o.Terminal && !t.over && !t.acting && !t.playing && t.out.Buffered() > 0 {
		_, _ = t.out.WriteString("> ")
		t.prompted = true
	}
}

// echo repeats a line that nobody saw when it was typed: what a script has
// printed can be read as the dialogue that it was.
func (t *talk) echo(line string) {
	if t.o.Terminal {
		return
	}
	word := ""
	if strings.HasPrefix(line, "/") {
		if i := strings.IndexByte(line, ' '); i > 0 {
			word, line = line[:i+1], line[i+1:]
		} else {
			word, line = line, ""
		}
	}
	data := session.Line(line).Bytes
	t.say("> %s%s", session.Escape(word), wireText(session.Event{Data: data, Secret: t.behind(t.hold).Secrets(data)}.Public(mask)))
}

// event prints what happened, and what the rules say about it.
func (t *talk) event(e session.Event, before session.State) {
	t.say("%s", row(e))
	if e.Kind == session.Closed || e.Kind == session.Opened {
		t.lost()
	}
	if decoded, ok := e.Decoded(); ok && e.Kind == session.Received {
		t.say("   decoded: %s", decoded)
	}
	for _, r := range t.now.Remarks {
		if r.Severity > session.Note {
			t.prose("   ", remark(r))
		}
	}
	if before.Open && !t.now.Open && !t.acting && !t.over && before.Phase != session.Over {
		t.report() // nobody asked for that
	}
}

// row is an event as one line.
func row(e session.Event) string {
	lost := ""
	if e.Lost > 0 {
		lost = fmt.Sprintf("(%d octets not kept) ", e.Lost)
	}
	switch e.Kind {
	case session.Sent:
		if b := e.Bulk; b != nil {
			return fmt.Sprintf("C: (content, %d octets, %d lines)", b.Octets, b.Lines)
		}
		return "C: " + wireText(e.Public(mask))
	case session.Received:
		return "S: " + lost + wireText(e.Public(mask))
	case session.Failed:
		return "== failed: " + session.Escape(e.Text)
	}
	text := e.Text
	if text == "" {
		text = e.Kind.String()
	}
	return "== " + session.Escape(text)
}

// wireText leaves out the line end that every line should have.
func wireText(line []byte) string {
	text, whole := bytes.CutSuffix(line, []byte("\r\n"))
	shown := session.Escape(string(text))
	if !whole && !bytes.HasSuffix(line, []byte("\n")) {
		shown += " (no line end)"
	}
	return shown
}

// report says what has changed, and what comes next.
func (t *talk) report() {
	s, was := t.now, t.told
	t.told = s
	if s.Phase != was.Phase || s.Responsible != was.Responsible {
		text := "state: " + s.Phase.String()
		if s.Responsible != was.Responsible {
			text += "; responsible: " + s.Responsible.String()
		}
		t.say("%s", text)
	}
	switch c := t.class; {
	case c == nil && s.Phase == session.Data && was.Phase == session.Data: // somebody types content of his own
	case c == nil:
		t.next()
		if s.Phase == session.Data && t.o.Terminal {
			t.prose("", "or type content of your own: a line goes out as it stands, and a dot alone ends it")
		}
	case c.done:
		c.done = false
		t.say("Done.")
		t.teach()
	case !s.Open:
		t.say("The channel is closed: /reconnect opens a new one.")
	}
}

// next says what comes next, and what the rules say about it.
func (t *talk) next() {
	if t.tape != nil {
		t.tape.where(t)
		return
	}
	if t.class != nil {
		t.remind()
		return
	}
	steps := t.steps()
	if len(steps) == 0 && t.again != nil {
		t.again.sum(t)
		return
	}
	if len(steps) == 0 {
		t.say("next: nothing; /reconnect begins anew, /quit leaves")
		return
	}
	st := steps[len(steps)-1]
	t.say("next: %s (%s)", t.stepText(st), st.Why)
	if st.Kind == session.Say && st.Content == nil {
		t.advice(st.Bytes)
	}
}

// advice prints what speaks against a line that goes out behind what is held,
// and reports whether anything does.
func (t *talk) advice(line []byte) (against bool) {
	for _, a := range session.AdviseBehind(t.now, t.hold, line) {
		if a.Severity > session.Note {
			t.prose("   ", remark(a.Remark))
			against = true
		}
	}
	return against
}

// stepText is what a step says, without secrets.
func (t *talk) stepText(st session.Step) string {
	if st.Kind != session.Say || st.Content != nil && len(st.Bytes) == 0 {
		return st.String()
	}
	e := session.Event{Kind: session.Sent, Data: st.Bytes}
	e.Secret = t.behind(t.hold).Secrets(st.Bytes)
	return wireText(e.Public(mask))
}

// tellWait says what is awaited, now and from time to time.
func (t *talk) tellWait() {
	t.lasts += slow
	if t.lasts > slow {
		t.lasts += often - slow
	}
	t.late.Reset(often)
	t.await()
}

// await says what is awaited.
func (t *talk) await() {
	if len(t.now.Pending) == 0 {
		t.say("== still at it: /stop ends it")
		return
	}
	p := t.now.Pending[0]
	limit, source := session.Timeout(p.Verb)
	if t.o.Session.Timeout > 0 {
		limit, source = t.o.Session.Timeout, "as set"
	}
	t.say("== waiting for %s: at most %s in all (%s)", p.What(), limit, source)
}
