package transcript

import (
	"bytes"
	"errors"
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

	hoped    int    // the event behind which something is expected
	part     []byte // the beginning of a line whose end has not come
	own      bool   // part shares its memory with no item
	vars     []Var  // in part
	begun    int    // the item that part began with
	repeated int    // what C* and S* lines have made, by weight

	placeholders map[int][]Var // of the events that have some, by Seq
	guard        flow          // finds what is secret in a file that no recorder wrote
	guarded      bool          // the secrets of this file were cut out
	forecast     *forecast

	spare  []session.Event // memory for events
	seq    int             // of the last event
	mores  int             // lines that added to it
	joined int             // how long part may become; 0 is without limit
}

// drain takes events away, all but the last keep. They are good until the
// next time.
func (a *assembler) drain(keep int) []session.Event {
	n := len(a.events) - keep
	if n <= 0 {
		return nil
	}
	out := a.events[:n]
	a.events, a.spare = append(a.spare[:0], a.events[n:]...), out
	if len(out) > 4096 {
		a.spare = nil // a line stood for very many
	}
	a.origin, a.placeholders = a.origin[:0], nil
	return out
}

// maxRepeats bounds what all C* and S* lines of a file may stand for: a short
// file must not fill the memory.
const maxRepeats = 64 << 20

// weight is the room that octets take as events, roughly.
func weight(data []byte) int { return len(data) + 256*max(bytes.Count(data, []byte{'\n'}), 1) }

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
		if !a.guarded {
			a.guard.happened(it)
		}
		return a.fact(it, index)
	case Directive:
		a.flush()
		if !a.guarded {
			a.guard.happened(it)
		}
		a.fresh, a.step = true, 0
		if err := checkOrder(it); err != nil {
			return err
		}
		if !a.recorded {
			a.directive(it, index)
		}
	case Expect:
		// Who expects something of a server has connected to it.
		if it.Dir == FromServer && !a.open && !a.recorded {
			a.flush()
			a.opened(index)
		}
		a.hoped = a.seq
		if !a.guarded {
			a.guard.expected(it)
		}
	case Damage:
		a.flush()
		a.fresh = true
	}
	return nil
}

// end takes what is left of a line without an end.
func (a *assembler) end() { a.flush() }

// emit adds an event, and returns it where it stands.
func (a *assembler) emit(e session.Event, index int) *session.Event {
	a.mores = 0
	a.seq++
	e.Seq, e.At = a.seq, a.at
	a.events = push(a.events, e, a.forecast)
	a.origin = push(a.origin, index, a.forecast)
	return &a.events[len(a.events)-1]
}

// octets begins a block where the direction changes, or where something else
// has said so.
func (a *assembler) octets(it *Item, index int) error {
	if it.Dir != a.dir || a.fresh {
		a.flush()
		switch {
		case a.open || a.recorded:
		case it.Dir == FromServer:
			a.opened(index)
		default:
			a.open = true // a piece of a dialogue: its greeting was before it
		}
		a.preamble(it)
		if it.Dir != a.dir && !a.fresh && a.dir != 0 {
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
		if !a.guarded {
			a.guard.heard(it.Dir, nil, it.Bulk)
		}
		a.emit(e, index)
	case '*':
		if a.repeated += it.Count * weight(it.Data); a.repeated > maxRepeats {
			return errors.New("the repeats of this file make too much; keep their octets in a file beside this one")
		}
		for range it.Count {
			a.take(it.Data, it.Vars, index)
		}
	default:
		a.take(it.Data, it.Vars, index)
	}
	return nil
}

// preamble: in the log of some other program the header of the PROXY protocol
// is a line of the client's, before the greeting; here it belongs to the channel.
func (a *assembler) preamble(it *Item) {
	n := len(a.events)
	if a.recorded || n == 0 || a.hoped == a.seq || a.events[n-1].Fact("preamble") != "" || a.events[n-1].Kind != session.Opened || it.Dir != FromClient || !bytes.HasPrefix(it.Data, []byte("PROXY ")) {
		return
	}
	a.extend([]session.Fact{{Key: "preamble", Value: strconv.Itoa(len(it.Data))}})
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
		if line[n-1] == '\n' || a.joined > 0 && len(a.part) > a.joined {
			a.flush()
		}
		at += n
	}
}

// Secret goes by the name of a variable.
func (v Var) Secret() bool { return v.Name == "secret" || strings.HasPrefix(v.Name, "secret.") }

// flush emits the line, or the part of one, that has come.
func (a *assembler) flush() {
	if len(a.part) == 0 {
		return
	}
	e := a.emit(a.event(), a.begun)
	e.Data = a.part
	for _, v := range a.vars {
		if v.Secret() {
			e.Secret = append(e.Secret, session.Span{From: v.From, To: v.To})
		}
	}
	if !a.guarded {
		a.watch(e)
	}
	if a.vars != nil {
		if a.placeholders == nil {
			a.placeholders = make(map[int][]Var)
		}
		a.placeholders[a.seq] = a.vars
	}
	a.part, a.vars = nil, nil
}

// watch marks what is secret in a line of a file that no recorder wrote.
func (a *assembler) watch(e *session.Event) {
	a.guard.mark(e)
	a.guard.heard(a.dir, e.Data, nil)
}
