package tui

import (
	"strings"
	"time"

	"ehlo/session"
)

// landmarks are the rows that are no lines of the dialogue: connected,
// secured, failed, closed, noted. There are few of them, and some screens look
// for nothing else.

// mark notes the last row if it is one, or begins a reply.
func (t *timeline) mark() {
	n := len(t.rows) - 1
	t.markFailure()
	switch r := &t.rows[n]; r.kind {
	case session.Sent:
		t.markLogin()
	case session.Received:
		if r.start {
			t.phases = append(t.phases, int32(n))
			t.waited += r.took.duration()
		}
	case session.Noted:
		t.landmarks = append(t.landmarks, int32(n))
	default:
		t.landmarks = append(t.landmarks, int32(n))
		t.phases = append(t.phases, int32(n))
		_, took := cutTook(t.events[r.from].Text)
		t.waited += took
	}
}

// markFailure notes the last row if it is a failure.
func (t *timeline) markFailure() {
	if n := len(t.rows) - 1; t.isFailure(n) {
		t.failed = int32(n + 1)
	}
}

// opened is the row that the last channel begins with, 0 if there is none.
func (t *timeline) opened() int {
	for i := len(t.landmarks) - 1; i >= 0; i-- {
		if n := int(t.landmarks[i]); t.rows[n].kind == session.Opened {
			return n
		}
	}
	return 0
}

// markLogin notes the last row if it is an AUTH, and no response of one.
func (t *timeline) markLogin() {
	n := len(t.rows) - 1
	r := &t.rows[n]
	if r.verb != "AUTH" || r.kind != session.Sent {
		return
	}
	if head, _ := octets(t.events[r.from:r.to], 64, ""); session.ParseCommand(head).Verb == "AUTH" {
		t.logins = append(t.logins, int32(n))
	}
}

// before returns the last event of a kind at or before a row, or nil.
func (t *timeline) before(row int, kind session.Kind) *session.Event {
	for i := len(t.landmarks) - 1; i >= 0; i-- {
		r := int(t.landmarks[i])
		if r <= row && t.rows[r].kind == kind {
			return &t.events[t.rows[r].from]
		}
	}
	return nil
}

// lasted is the time from the beginning of what the first event tells of to
// the last one.
func (t *timeline) lasted() time.Duration {
	if len(t.events) == 0 {
		return 0
	}
	_, took := cutTook(t.events[0].Text)
	return t.events[len(t.events)-1].At.Sub(t.events[0].At) + took
}

// notes returns the remarks up to the cursor that begin with one of these
// words.
func (c *conversation) notes(heads ...string) []string {
	var list []string
	for _, n := range c.landmarks {
		r := &c.rows[n]
		if int(n) > c.cursor || r.kind != session.Noted {
			continue
		}
		text := c.events[r.from].Text
		for _, head := range heads {
			if strings.HasPrefix(text, head) {
				list = append(list, text)
			}
		}
	}
	return list
}
