package transcript

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// fact reads what happened beside the octets. The facts auth, capture, gap, note,
// more, part, secrets and step stand inside a block; all others end one. What is not known here
// is kept in the file and says nothing.
func (a *assembler) fact(it *Item, index int) error {
	switch it.Key {
	case "note":
		return a.note(it, index)
	case "part", "capture":
		return nil
	case "auth":
		what, rest, _ := strings.Cut(it.Text, " ")
		_, err := ParseParams(rest)
		return shift(err, len("= auth ")+len(what)+1)
	case "step":
		return a.setStep(it.Text)
	case "more":
		return a.more(it.Text, len("= more "))
	case "gap":
		return a.gap(it.Text)
	case "secrets":
		a.guarded = a.guarded && it.Text != "kept"
		return nil
	}
	a.fresh, a.step = true, 0
	switch it.Key {
	case "tls":
		return a.tls(it.Text, index)
	case "recorded":
		return a.header(it.Text)
	case "session":
		a.open = false
	case "resolved", "connect", "failed", "closed":
		return a.happened(it.Key, it.Text, len("= ")+len(it.Key)+1, index)
	}
	return nil
}

func (a *assembler) setStep(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("step: %q is no number", text)
	}
	a.step = n
	return nil
}

// gap: octets that were not kept.
func (a *assembler) gap(text string) error {
	params, err := ParseParams(text)
	if err != nil {
		return shift(err, len("= gap "))
	}
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

// tls: one event in several lines, "started" what was agreed on, "peer" each
// certificate, "verified" the verdict.
func (a *assembler) tls(text string, index int) error {
	what, rest, _ := strings.Cut(text, " ")
	at := len("= tls ") + len(what) + 1
	n := len(a.events)
	switch {
	case what == "started":
		if words, bare := strings.CutSuffix(rest, " resumed"); bare {
			rest = words + " resumed=yes" // as some write it by hand
		}
		return a.happened("tls", rest, at, index)
	case what != "peer" && what != "verified", n == 0 || a.events[n-1].Kind != session.Secured:
		return nil
	case what == "verified":
		return a.more(rest, at)
	}
	number, rest, _ := strings.Cut(rest, " ")
	params, err := ParseParams(rest)
	if err != nil {
		return shift(err, at+len(number)+1)
	}
	return a.moreOf(append([]session.Fact{{Key: what, Value: number}}, params...))
}

// factKinds are the facts that are events.
var factKinds = map[string]session.Kind{
	"resolved": session.Resolved, "connect": session.Opened, "tls": session.Secured,
	"failed": session.Failed, "closed": session.Closed,
}

// happened makes an event of a fact; at is where text stands in the line.
func (a *assembler) happened(key, text string, at, index int) error {
	params, err := ParseParams(text)
	if err != nil {
		return shift(err, at)
	}
	kind := factKinds[key]
	switch kind {
	case session.Opened:
		a.opened(index)
	case session.Closed:
		a.open = false
		fallthrough
	default:
		a.emit(session.Event{Kind: kind}, index)
	}
	if kind == session.Failed && len(params) > 0 && params[0].Key == "what" {
		a.events[len(a.events)-1].Fault = session.Fault(params[0].Value)
		params = params[1:]
	}
	a.extend(params)
	return nil
}

func (a *assembler) opened(index int) {
	a.open = true
	a.block++ // as a session counts
	a.emit(session.Event{Kind: session.Opened}, index)
	a.extend(nil)
}

// more continues a fact that was too long for one line.
func (a *assembler) more(text string, at int) error {
	params, err := ParseParams(text)
	if err != nil {
		return shift(err, at)
	}
	n := len(a.events)
	if n == 0 || a.events[n-1].Kind == session.Sent || a.events[n-1].Kind == session.Received {
		return errors.New("there is nothing before this that it could continue")
	}
	return a.moreOf(params)
}

// maxMore is how many lines may add to one event. Each of them costs as much
// as all before it.
const maxMore = 2000

func (a *assembler) moreOf(params []session.Fact) error {
	if a.mores++; a.mores > maxMore {
		return fmt.Errorf("more than %d lines belong to one event", maxMore)
	}
	a.extend(params)
	return nil
}

// extend adds facts to the last event, and its words: those in the file, or
// those that follow from the facts.
func (a *assembler) extend(params []session.Fact) {
	e := &a.events[len(a.events)-1]
	if e.Text == plainText(*e) && e.Kind != session.Noted {
		e.Text = ""
	}
	took := ""
	for i, p := range params {
		switch last := i == len(params)-1; {
		case last && p.Key == "text":
			e.Text += p.Value
		case last && p.Key == "took":
			took = p.Value
		default:
			e.Facts = append(e.Facts, p)
		}
	}
	e.Text = textOf(*e)
	if took != "" {
		e.Text += " in " + took
	}
}

// note: words as they stand, or in quotes.
func (a *assembler) note(it *Item, index int) error {
	text := it.Text
	if strings.HasPrefix(text, `"`) {
		value, n, err := paramValue(text)
		if err != nil || n < len(text) {
			return errors.New("expected one text in quotes behind = note")
		}
		text = value
	}
	a.emit(session.Event{Kind: session.Noted, Text: text}, index)
	return nil
}

// header: = recorded 2026-11-23T18:50:12.345Z by=ehlo/0.1
func (a *assembler) header(rest string) error {
	a.recorded, a.guarded = true, true
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
	facts, err := ParseParams(params)
	for _, f := range facts {
		if f.Key == "by" {
			a.by = f.Value
		}
	}
	return err
}

// directive: by hand, what is intended is what will have happened.
func (a *assembler) directive(it *Item, index int) {
	switch it.Key {
	case "connect":
		a.opened(index)
	case "starttls":
		a.emit(session.Event{Kind: session.Secured}, index)
		a.extend(nil)
	case "close":
		a.open = false
		a.emit(session.Event{Kind: session.Closed, Facts: closing(it)}, index)
		a.extend(nil)
	}
}

// closing: @ close is the client's. What only a server that is played can do,
// a reset or an end in the middle of content, is the server's.
func closing(it *Item) []session.Fact {
	params, _ := ParseParams(it.Text) // it was read before
	by := "client"
	for _, f := range params {
		if f.Key == "by" {
			return params
		}
		if f.Key == "how" || f.Key == "after" {
			by = "server"
		}
	}
	return append([]session.Fact{{Key: "by", Value: by}}, params...)
}
