package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
)

// What became of the mail, when nothing is left to do.

// noteEnd keeps why the plan turns to its end, until it begins again.
func (d *drive) noteEnd(steps []session.Step) {
	for _, st := range steps {
		switch {
		case st.Ends != "":
			d.gaveUp = st.Why
		case st.Kind == session.Connect:
			d.gaveUp = ""
		}
	}
}

// ending says what became of it when nothing is left to do.
func (m *Model) ending() notice {
	f := m.live.now.Finished
	switch {
	case m.drive.gaveUp != "":
		why, _, _ := strings.Cut(m.drive.gaveUp, ": ") // Next has all of it
		return notice{"no mail was sent: " + why, true}
	case f == nil:
		return notice{text: "done"}
	case f.Responsible != session.Server:
		return notice{"done, and the mail was " + endingOf(f), true}
	}
	if taken, n := takenOf(f), len(f.Recipients); taken < n {
		return notice{fmt.Sprintf("done: accepted for %d of %s", taken, plural(n, "recipient", "recipients")), true}
	}
	return notice{text: "done: the mail was " + endingOf(f)}
}

// endingOf is what became of a transaction, in words.
func endingOf(f *session.Transaction) string {
	reply := ""
	if f.Reply.Code != 0 {
		reply = ", " + f.Reply.String()
	}
	switch f.Responsible {
	case session.Server:
		if taken, n := takenOf(f), len(f.Recipients); taken < n {
			return fmt.Sprintf("accepted for %d of %d", taken, n) + reply
		}
		return "accepted" + reply
	case session.Either:
		return "unclear: it may have been accepted"
	}
	return "not accepted" + reply
}

// takenOf is for how many recipients the server has taken a mail.
func takenOf(f *session.Transaction) int {
	taken := 0
	for _, r := range f.Recipients {
		if r.Taken() && (r.Final.Code == 0 || r.Final.Code.Done()) {
			taken++
		}
	}
	return taken
}
