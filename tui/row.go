package tui

import (
	"bytes"
	"time"

	"ehlo/session"
)

// row is a line of the conversation as the screen shows it: one event, or
// several if the line came or went in pieces.
type row struct {
	from, to int // events[from:to]
	kind     session.Kind
	class    uint8 // first digit of a reply's code, 0 if there is none
	secure   bool  // it went over TLS
	content  bool  // it is mail data
	preamble bool  // it is of a header before the conversation
	start    bool  // it begins a reply
	ended    bool  // its last octet is a line feed
	verb     string
	// command is the row that a reply belongs to, or -1.
	command int
	took    time.Duration // from the command to this reply
	remarks []session.Remark
}

// maxRemarks bounds what is kept of a line that is wrong octet by octet.
const maxRemarks = 16

// severity is the worst that the rules say about the row.
func (r *row) severity() session.Severity {
	worst := session.Note
	for _, remark := range r.remarks {
		worst = max(worst, remark.Severity)
	}
	return worst
}

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
