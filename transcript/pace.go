package transcript

import (
	"sort"

	"ehlo/session"
)

// What of a script has come when, and so what may be waited for, stands here.

// first is the first line of a connection.
func (c *conn) first() int {
	switch {
	case c.line > 0:
		return c.line
	case len(c.turns) > 0:
		return c.turns[0].line
	}
	return c.atEnd
}

// repliesAfter says for how many replies in all to wait behind a turn: those
// that had come before the next one was said. -1 waits for all that are due.
func (c *conn) repliesAfter(i int) int {
	for _, next := range c.turns[i+1:] {
		switch {
		case next.kind == turnWait:
		case next.eager:
			return next.after
		default:
			return -1
		}
	}
	if len(c.end.Pending) > 0 || c.end.Phase == session.Data {
		return len(c.answer) // it ended in the middle
	}
	return -1
}

// due counts the replies that had come before the turn behind i.
func (c *conn) due(i int) (n int) {
	for k := len(c.answer); k > 0; k-- {
		if c.answer[k-1].turn <= i {
			return k // they are in their order
		}
	}
	return 0
}

// hope is the code of the last reply that a turn was given.
func (c *conn) hope(t turn) session.Code {
	var code session.Code
	for _, a := range c.answer {
		if a.turn >= 0 && c.turns[a.turn].id == t.id {
			code = a.Code
		}
	}
	return code
}

// unit finds the k-th unit of a step; -1 if there is none.
func (c *conn) unit(step, k int) int {
	if len(c.turns) == 0 {
		return -1
	}
	turn := step - c.turns[0].id // they are numbered one by one
	i := k + sort.Search(len(c.units), func(i int) bool { return c.units[i].turn >= turn })
	if i >= len(c.units) || c.units[i].turn != turn {
		return -1
	}
	return i
}
