package tui

import (
	"bytes"
	"time"

	"ehlo/session"
)

// row is a line of the conversation as the screen shows it: one event, or
// several if the line came or went in pieces. There may be a million of them:
// what few of them have stands in maps of the timeline.
type row struct {
	from, to int32 // events[from:to]
	// command is the row that a reply belongs to, or -1.
	command int32
	group   int32  // the row that its reply, or its content, begins with
	took    micros // from the command to this reply, or from the line before if that was long ago
	verb    string // interned
	kind    session.Kind
	class   uint8         // first digit of a reply's code, 0 if there is none
	phase   session.Phase // behind it
	secure  bool          // it went over TLS
	content bool          // it is mail data
	// preamble says that it is of a header before the conversation.
	preamble bool
	start    bool // it begins a reply
	ended    bool // its last octet is a line feed
	marked   bool // by a person
	// weight is 0 if the rules say nothing about the row, else the worst
	// severity and one.
	weight uint8
}

// micros is a duration in four octets: up to 71 minutes, and no longer.
type micros uint32

func microsOf(d time.Duration) micros {
	return micros(min(max(d.Microseconds(), 0), 1<<32-1))
}

func (n micros) duration() time.Duration { return time.Duration(n) * time.Microsecond }

// unverified reports whether the row is a handshake with a server that did not
// prove its name.
func (r *row) unverified() bool { return r.kind == session.Secured && r.against(session.Note) }

// maxRemarks bounds what is kept of a line that is wrong octet by octet.
const maxRemarks = 16

// against reports whether the rules say about the row that it is so bad.
func (r *row) against(severity session.Severity) bool { return r.weight > uint8(severity) }

// octets joins what the events of a row carry, up to a limit, with the
// secrets in it replaced by mask. cut says that there was more.
func octets(events []session.Event, limit int, mask string) (data []byte, cut bool) {
	if len(events) == 1 && len(events[0].Data) <= limit {
		return events[0].Public(mask), false
	}
	for i := range events {
		data = append(data, events[i].Public(mask)...)
		if len(data) > limit {
			// The end of a very long line is far off the screen.
			return data[:limit], true
		}
	}
	return data, false
}

// class returns the first digit of the code that a reply line begins with.
func class(data []byte) uint8 {
	if len(data) < 3 {
		return 0
	}
	if l := session.ParseReplyLine(data[:min(len(data), 16)]); l.Code != 0 {
		return uint8(l.Code.Class())
	}
	return 0
}

func endsLine(e session.Event) bool {
	return e.Bulk != nil || bytes.HasSuffix(e.Data, []byte{'\n'})
}
