package tui

import "ehlo/session"

// The lines of one reply are a group, and so are those of content. A long one
// is folded: its first line and its last are shown.

// A group is folded by itself when it has more lines than this, or when it and
// its command would fill the pane and push out of sight what was said before.
const (
	foldOver = 24
	foldNone = 4 // so many are never folded, however low the pane is
)

// join finds the group of the last row.
func (t *timeline) join(n int) {
	r := &t.rows[n]
	r.group = int32(n)
	if n == 0 || r.kind != session.Sent && r.kind != session.Received {
		return
	}
	before := &t.rows[n-1]
	switch {
	case before.kind != r.kind:
		return
	case r.kind == session.Received && (r.start || before.command != r.command):
		return
	case r.kind == session.Sent && !(r.content && before.content && before.verb != session.EndOfData):
		return
	}
	r.group = before.group
	if n-int(r.group) >= foldNone {
		if t.long == nil {
			t.long = map[int32]int32{}
		}
		t.long[r.group] = int32(n)
	}
}

// groupEnd returns the last row of the group that begins at a row.
func (t *timeline) groupEnd(group int32) int {
	if end, ok := t.long[group]; ok {
		return int(end)
	}
	end := int(group)
	for end+1 < len(t.rows) && t.rows[end+1].group == group {
		end++
	}
	return end
}

// folded reports whether the group of a row is folded.
func (c *conversation) folded(group int32) bool {
	if folded, ok := c.folds[group]; ok {
		return folded
	}
	end, long := c.long[group]
	return long && c.sieve == nil && int(end-group) >= c.foldsFrom()
}

// foldsFrom is how many lines a group may have in a pane so high.
func (c *conversation) foldsFrom() int {
	if c.height == 0 {
		return foldOver
	}
	return within(c.height-1, foldNone, foldOver)
}

// hidden reports whether a row is folded away or does not match the filter.
func (c *conversation) hidden(i int) bool {
	if c.sieve != nil {
		return !c.sieve.has(i)
	}
	group := c.rows[i].group
	return int(group) != i && c.folded(group) && i != c.groupEnd(group)
}

// fold folds the group under the cursor, or unfolds it; it reports whether
// there is one.
func (c *conversation) fold(folded bool) bool {
	if len(c.rows) == 0 || c.sieve != nil {
		return false
	}
	group := c.rows[c.cursor].group
	if c.groupEnd(group)-int(group) < 2 || c.folded(group) == folded {
		return false
	}
	if c.folds == nil {
		c.folds = map[int32]bool{}
	}
	c.folds[group] = folded
	if !folded {
		c.top = max(c.top, int(group)-3) // so that there is something to see of it
	}
	if c.hidden(c.cursor) {
		c.cursor = int(group)
	}
	return true
}

// foldedHere reports whether the row under the cursor stands for folded ones.
func (c *conversation) foldedHere() bool {
	return len(c.rows) > 0 && c.sieve == nil && c.folded(c.rows[c.cursor].group)
}

// foldedAway is how many rows are folded behind the first one of a group.
func (c *conversation) foldedAway(i int) int {
	group := c.rows[i].group
	if int(group) != i || c.sieve != nil || !c.folded(group) {
		return 0
	}
	return max(c.groupEnd(group)-i-1, 0)
}

// next returns the first row to see behind i, and before the one in front of
// it; -1 if there is none.
func (c *conversation) next(i int) int {
	if c.sieve != nil {
		return c.sieve.next(i)
	}
	i++
	if i >= len(c.rows) {
		return -1
	}
	if c.hidden(i) {
		return c.groupEnd(c.rows[i].group)
	}
	return i
}

func (c *conversation) previous(i int) int {
	if c.sieve != nil {
		return c.sieve.previous(i)
	}
	i--
	if i >= 0 && c.hidden(i) {
		return int(c.rows[i].group)
	}
	return i
}

// last returns the last row to see; it is -1 if there is none.
func (c *conversation) lastSeen() int { return c.previous(len(c.rows)) }

// by moves the cursor over so many rows that can be seen.
func (c *conversation) by(n int) {
	if n >= len(c.rows) || n <= -len(c.rows) {
		c.cursor = max(c.lastSeen(), 0)
		if n < 0 {
			c.cursor = max(c.next(-1), 0)
		}
		return
	}
	for ; n > 0; n-- {
		if to := c.next(c.cursor); to >= 0 {
			c.cursor = to
		}
	}
	for ; n < 0; n++ {
		if to := c.previous(c.cursor); to >= 0 {
			c.cursor = to
		}
	}
}

// reveal goes to a row, and unfolds what it is folded away in.
func (c *conversation) reveal(i int) {
	c.cursor, c.jumped = max(min(i, len(c.rows)-1), 0), true
	if len(c.rows) > 0 && c.sieve == nil && c.hidden(c.cursor) {
		c.fold(false)
	}
}
