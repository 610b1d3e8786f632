package transcript

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// assembler makes events of items. In the file a block of several lines, or
// one line in several pieces, is many items; in the log each line is an event.
//
// A file that has no "= recorded" was written by hand or pasted from
// somewhere: then its directives stand for what happened, and a greeting
// means that somebody must have connected.
type assembler struct {
	events []session.Event
	origin []int // for each event, the index of the item it began with

	at       time.Time
	recorded bool
	date     time.Time // of the header
	by       string

	open  bool // a channel is open
	block int
	dir   Dir
	fresh bool // the next octets begin a block
	step  int
	lost  int64

	part   []byte // the beginning of a line whose end has not come
	own    bool   // part shares its memory with no item
	vars   []Var  // in part
	begun  int    // the item that part began with
	quoted int    // octets that C* and S* lines have made

	placeholders map[int][]Var // of the events that have some, by Seq
}

// maxRepeats bounds what all C* and S* lines of a file may stand for.
const maxRepeats = 64 << 20

// add takes the item with this index.
func (a *assembler) add(it *Item, index int) error {
	switch it.Kind {
	case Octets:
		return a.octets(it, index)
	case Time:
		a.flush()
		a.at = a.at.Add(it.Wait)
		a.fresh, a.step = true, it.Step
	case Fact:
		a.flush()
		return a.fact(it, index)
	case Directive:
		a.flush()
		a.fresh, a.step = true, 0
		if !a.recorded {
			return a.directive(it, index)
		}
	case Damage:
		a.flush()
		a.fresh = true
	}
	return nil
}

// end takes what is left of a line without an end.
func (a *assembler) end() { a.flush() }

func (a *assembler) emit(e session.Event, index int) {
	e.Seq, e.At = len(a.events)+1, a.at
	a.events = append(a.events, e)
	a.origin = append(a.origin, index)
}

// octets begins a block where the direction changes, or where something else
// has said so.
func (a *assembler) octets(it *Item, index int) error {
	if it.Dir != a.dir || a.fresh {
		a.flush()
		if !a.open && !a.recorded && it.Dir == FromServer {
			a.opened(nil, "", index)
		}
		if it.Dir != a.dir && !a.fresh {
			a.step = 0
		}
		a.dir, a.fresh = it.Dir, false
		a.block++
	}
	switch it.Op {
	case '@':
		a.flush()
		e := a.event()
		e.Bulk = it.Bulk
		a.emit(e, index)
	case '*':
		if a.quoted += it.Count * len(it.Data); a.quoted > maxRepeats {
			return fmt.Errorf("the repeats of this file make more than %d octets", maxRepeats)
		}
		for range it.Count {
			a.take(it.Data, it.Vars, index)
		}
	default:
		a.take(it.Data, it.Vars, index)
	}
	return nil
}

// event returns an event for octets of the current block.
func (a *assembler) event() session.Event {
	e := session.Event{Kind: session.Received, Block: a.block, Lost: a.lost}
	if a.dir == FromClient {
		e.Kind, e.Step = session.Sent, a.step
	}
	a.lost = 0
	return e
}

// take cuts octets into lines.
func (a *assembler) take(data []byte, vars []Var, index int) {
	if len(data) == 0 && len(a.part) == 0 {
		a.emit(a.event(), index)
		return
	}
	for at := 0; at < len(data); {
		n := bytes.IndexByte(data[at:], '\n') + 1
		if n == 0 {
			n = len(data) - at
		}
		line := data[at : at+n : at+n]
		if len(a.part) == 0 {
			a.part, a.begun, a.own = line, index, false
		} else if a.own {
			a.part = append(a.part, line...)
		} else {
			a.part, a.own = append(a.part[:len(a.part):len(a.part)], line...), true
		}
		for _, v := range vars {
			if v.From >= at && v.From < at+n {
				base := len(a.part) - n - at
				a.vars = append(a.vars, Var{base + v.From, base + v.To, v.Name})
			}
		}
		if line[n-1] == '\n' {
			a.flush()
		}
		at += n
	}
}

// isSecret goes by the name of a variable.
func isSecret(name string) bool { return name == "secret" || strings.HasPrefix(name, "secret.") }

// flush emits the line, or the part of one, that has come.
func (a *assembler) flush() {
	if len(a.part) == 0 {
		return
	}
	e := a.event()
	e.Data = a.part
	for _, v := range a.vars {
		if isSecret(v.Name) {
			e.Secret = append(e.Secret, session.Span{From: v.From, To: v.To})
		}
	}
	a.emit(e, a.begun)
	if a.vars != nil {
		if a.placeholders == nil {
			a.placeholders = make(map[int][]Var)
		}
		a.placeholders[len(a.events)] = a.vars
	}
	a.part, a.vars = nil, nil
}

// fact reads what happened beside the octets. The facts gap, note, part and
// step stand inside a block; all others end one.
func (a *assembler) fact(it *Item, index int) error {
	switch it.Key {
	case "note":
		return a.note(it, index)
	case "part":
		return nil
	case "step":
		n, err := strconv.Atoi(it.Text)
		if err != nil {
			return fmt.Errorf("step: %q is no number", it.Text)
		}
		a.step = n
		return nil
	case "more":
		return a.more(it)
	}
	if it.Key != "gap" {
		a.fresh, a.step = true, 0
	}
	rest := it.Text
	switch it.Key {
	case "tls":
		var what string
		if what, rest, _ = strings.Cut(rest, " "); what != "started" {
			return nil
		}
	case "recorded":
		return a.header(rest)
	case "session":
		a.open = false
		return nil
	case "gap", "resolved", "connect", "failed", "closed":
	default:
		return nil
	}
	params, err := parseParams(rest)
	if err != nil {
		return shift(err, len("= ")+len(it.Key)+1)
	}
	return a.happened(it.Key, params, index)
}

// happened makes events of the facts that are events.
func (a *assembler) happened(key string, params []session.Fact, index int) error {
	if key == "gap" {
		for _, p := range params {
			if p.Key == "octets" {
				n, err := number(p.Value)
				if err != nil {
					return err
				}
				a.lost += n
			}
		}
		return nil
	}
	text, facts := "", params
	if n := len(params); n > 0 && params[n-1].Key == "text" {
		text, facts = params[n-1].Value, params[:n-1:n-1]
	}
	if len(facts) == 0 {
		facts = nil
	}
	switch key {
	case "resolved":
		a.say(session.Event{Kind: session.Resolved, Facts: facts, Text: text}, index)
	case "connect":
		a.opened(facts, text, index)
	case "tls":
		a.say(session.Event{Kind: session.Secured, Facts: facts, Text: text}, index)
	case "failed":
		e := session.Event{Kind: session.Failed, Facts: facts, Text: text}
		if len(facts) > 0 && facts[0].Key == "what" {
			e.Fault = session.Fault(facts[0].Value)
			if e.Facts = facts[1:]; len(e.Facts) == 0 {
				e.Facts = nil
			}
		}
		a.emit(e, index)
	case "closed":
		a.open = false
		a.say(session.Event{Kind: session.Closed, Facts: facts, Text: text}, index)
	}
	return nil
}

// say emits an event that has words, its own or those that follow from its facts.
func (a *assembler) say(e session.Event, index int) {
	e.Text = textOf(e)
	a.emit(e, index)
}

func (a *assembler) opened(facts []session.Fact, text string, index int) {
	a.open = true
	a.block++ // as a session counts
	a.say(session.Event{Kind: session.Opened, Facts: facts, Text: text}, index)
}

// note: words as they stand, or in quotes.
func (a *assembler) note(it *Item, index int) error {
	text := it.Text
	if strings.HasPrefix(text, `"`) {
		value, n, err := paramValue(text)
		if err != nil || n < len(text) {
			return fmt.Errorf("expected one text in quotes behind = note")
		}
		text = value
	}
	a.emit(session.Event{Kind: session.Noted, Text: text}, index)
	return nil
}

// more continues a fact that was too long for one line.
func (a *assembler) more(it *Item) error {
	params, err := parseParams(it.Text)
	if err != nil {
		return shift(err, len("= more "))
	}
	n := len(a.events)
	if n == 0 || a.events[n-1].Kind == session.Sent || a.events[n-1].Kind == session.Received {
		return fmt.Errorf("there is nothing before this that it could continue")
	}
	e := &a.events[n-1]
	if e.Text == plainText(*e) && e.Kind != session.Noted && e.Kind != session.Failed {
		e.Text = ""
	}
	for _, p := range params {
		if p.Key == "text" {
			e.Text += p.Value
		} else {
			e.Facts = append(e.Facts, p)
		}
	}
	e.Text = textOf(*e)
	return nil
}

// header: = recorded 2026-11-23T18:50:12.345Z by=ehlo/0.1
func (a *assembler) header(rest string) error {
	a.recorded = true
	when, params, _ := strings.Cut(rest, " ")
	if strings.Contains(when, "=") {
		when, params = "", rest
	}
	if when != "" {
		at, err := time.Parse(time.RFC3339Nano, when)
		if err != nil {
			return fmt.Errorf("%q is no date as of RFC 3339", when)
		}
		a.at, a.date = at, at
	}
	facts, err := parseParams(params)
	for _, f := range facts {
		if f.Key == "by" {
			a.by = f.Value
		}
	}
	return err
}

// directive: by hand, what is intended is what will have happened.
func (a *assembler) directive(it *Item, index int) error {
	switch it.Key {
	case "connect":
		a.opened(nil, "", index)
	case "starttls":
		a.say(session.Event{Kind: session.Secured}, index)
	case "close":
		a.open = false
		a.say(session.Event{Kind: session.Closed, Facts: []session.Fact{{Key: "by", Value: "client"}}}, index)
	}
	return nil
}
