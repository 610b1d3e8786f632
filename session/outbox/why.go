package outbox

import (
	"fmt"
	"time"

	"ehlo/session"
)

// Why says in one sentence why a recipient is still here, or how it ended.
func (m *Message) Why(i int, now time.Time) string {
	x := m.Recipients[i]
	said := x.Reply
	if session.ParseReplyLine([]byte(said)).Code != 0 && x.Host != "" {
		said = x.Host + " said " + said
	}
	switch {
	case x.Fate == Accepted:
		return "it is gone: " + said + doubts(x)
	case x.Fate == Refused:
		return "nothing more is tried: " + said + doubts(x) + told(x)
	case x.Fate == Expired:
		return fmt.Sprintf("given up after %s: %s%s", Plain(m.Done.Sub(m.Added)), said, doubts(x)+told(x))
	case x.Trying != 0:
		return "an attempt is at the final dot; if its run is no more, it may have been delivered (RFC 1047)"
	case m.Held != "":
		return "it is held: " + m.Held
	case x.Fate == Unclear && x.Next.IsZero():
		return "it may have been delivered, and nobody has chosen to try again: " + said + "; retry or drop it"
	case x.Fate == Unclear:
		return "it may have been delivered, and the rule is to try again: " + said + "; " + when(x.Next, now)
	case x.Reply == "" && x.Next.IsZero():
		return "it has not been tried yet"
	case x.Reply == "":
		return "somebody wants it tried; " + when(x.Next, now)
	}
	return said + "; " + when(x.Next, now)
}

// doubts says of a fate that is known that it may not be all.
func doubts(x Recipient) string {
	switch x.Doubts {
	case 0:
		return ""
	case 1:
		return "; an attempt before may have delivered it, too"
	}
	return fmt.Sprintf("; %d attempts before may have delivered it, too", x.Doubts)
}

func told(x Recipient) string {
	if x.Told {
		return "; the sender's report is written"
	}
	return ""
}

func when(next, now time.Time) string {
	if !next.After(now) {
		return "the next attempt is due"
	}
	return "the next attempt is in " + Plain(next.Sub(now))
}

// Holder says who is responsible for the message to a recipient now, since
// when, and on whose word.
//
// RFC 5321, 4.2.5 and 6.1: with a 2yz reply to the end of data the server has
// the message; before it, and with any other reply, the client has.
func (m *Message) Holder(i int) string {
	x := m.Recipients[i]
	here := "this outbox, since it was added at " + clockTime(m.Added)
	switch x.Fate {
	case Accepted:
		return fmt.Sprintf("%s, since it replied %s at %s", x.Host, x.Reply, clockTime(x.At))
	case Refused, Expired:
		if x.Told {
			return "nobody: the report to the sender has ended it"
		}
		return here + ", until the sender is told that it failed"
	case Unclear:
		return fmt.Sprintf("this outbox or %s: the final dot went out before %s and no reply came (RFC 1047)", x.Host, clockTime(x.At))
	}
	if x.Trying != 0 {
		return fmt.Sprintf("this outbox, or %s if the final dot of attempt %d has arrived", x.Host, x.Trying)
	}
	if x.Reply != "" && x.Host != "" {
		return here + "; " + x.Host + " did not take it"
	}
	return here
}

func clockTime(t time.Time) string { return t.Format("2006-01-02 15:04:05 -0700") }

// Plain writes a time as a person says it: 45s, 12m, 3h20m, 2d4h.
func Plain(d time.Duration) string {
	const day = 24 * time.Hour
	d = max(d, 0)
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	d = d.Round(time.Minute)
	parts := []struct {
		unit time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}}
	text, left := "", 2 // two units are exact enough
	for _, p := range parts {
		if n := d / p.unit; n > 0 && left > 0 {
			text += fmt.Sprintf("%d%s", n, p.name)
			d -= n * p.unit
			left--
		} else if text != "" {
			left--
		}
	}
	return text
}
