package script

import (
	"sort"

	"ehlo/session"
)

// What of a script has come when, and so what may be waited for, stands here.

// First is the first line of a connection.
func (c *Conn) First() int {
	switch {
	case c.Line > 0:
		return c.Line
	case len(c.Turns) > 0:
		return c.Turns[0].Line
	}
	return c.AtEnd
}

// RepliesAfter says for how many replies in all to wait behind a turn: those
// that had come before the next one was said. -1 waits for all that are due.
func (c *Conn) RepliesAfter(i int) int {
	for _, next := range c.Turns[i+1:] {
		switch {
		case next.Kind == TurnWait:
		case next.Eager:
			return next.after
		default:
			return -1
		}
	}
	if len(c.End.Pending) > 0 || c.End.Phase == session.Data {
		return len(c.Answer) // it ended in the middle
	}
	return -1
}

// Due counts the replies that had come before the turn behind i.
func (c *Conn) Due(i int) (n int) {
	for k := len(c.Answer); k > 0; k-- {
		if c.Answer[k-1].Turn <= i {
			return k // they are in their order
		}
	}
	return 0
}

// Hope is the code of the last reply that a turn was given.
func (c *Conn) Hope(t Turn) session.Code {
	var code session.Code
	for _, a := range c.Answer {
		if a.Turn >= 0 && c.Turns[a.Turn].ID == t.ID {
			code = a.Code
		}
	}
	return code
}

// Unit finds the k-th unit of a step; -1 if there is none.
func (c *Conn) Unit(step, k int) int {
	if len(c.Turns) == 0 {
		return -1
	}
	turn := step - c.Turns[0].ID // they are numbered one by one
	i := k + sort.Search(len(c.Units), func(i int) bool { return c.Units[i].Turn >= turn })
	if i >= len(c.Units) || c.Units[i].Turn != turn {
		return -1
	}
	return i
}
