package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/themes"
)

// conversation is the pane that shows a timeline. The row that its cursor is
// on governs what the other panes show.
type conversation struct {
	timeline
	cursor int // a row
	held   int // one more than the row that a selection began at, 0 if there is none
	top    int // the first row on the screen
	height int // of the pane, in rows

	folds   map[int32]bool   // groups that a person has folded or unfolded
	sieve   *sieve           // what is shown alone, nil for all
	written map[int32]string // what a person wrote beside rows
	exact   bool             // rows show every octet, and Explain a dump of it
	jumped  bool             // the cursor has come from afar: what is around it should be seen
}

// follows reports whether the cursor is at the end and goes with it.
func (c *conversation) follows() bool {
	if c.sieve != nil {
		return c.cursor >= c.lastSeen()
	}
	return c.cursor >= len(c.rows)-1
}

// take learns events and keeps the cursor at the end if it is there.
func (c *conversation) take(events []session.Event) {
	c.reach(append(c.events, events...))
}

// reach learns what all of a log holds more, and keeps the cursor at the end
// if it is there. The timeline shares the memory of the log.
func (c *conversation) reach(all []session.Event) {
	follow := c.follows()
	c.timeline.reach(all)
	if c.sieve != nil {
		c.sift(siftAtOnce)
	}
	if follow {
		c.cursor = max(c.lastSeen(), 0)
	}
}

func (c *conversation) move(to int) {
	c.cursor = max(min(to, len(c.rows)-1), 0)
	c.snap()
}

// snap puts the cursor on a row that can be seen.
func (c *conversation) snap() {
	if len(c.rows) == 0 || !c.hidden(c.cursor) {
		return
	}
	if to := c.previous(c.cursor); to >= 0 {
		c.cursor = to
	} else if to := c.next(c.cursor); to >= 0 {
		c.cursor = to
	}
}

// follow goes to the end: whoever does something wants to see what comes of
// it.
func (c *conversation) follow() { c.move(len(c.rows)) }

// show scrolls so that the cursor is on the screen of a pane so high.
func (c *conversation) show(height int) {
	c.height = height
	c.cursor = max(min(c.cursor, len(c.rows)-1), 0)
	c.snap()
	first := func(from int) int { // the first row of a screen that ends with from
		for n := 1; n < height; n++ {
			to := c.previous(from)
			if to < 0 {
				break
			}
			from = to
		}
		return max(from, 0)
	}
	if c.jumped && (c.cursor < c.top || c.top < first(c.cursor)) {
		c.top = c.cursor
		for n := height / 3; n > 0 && c.top > 0; n-- {
			c.top = max(c.previous(c.top), 0)
		}
	}
	c.jumped = false
	c.top = max(c.top, first(c.cursor))
	c.top = min(c.top, c.cursor, first(c.lastSeen()))
	if len(c.rows) > 0 && c.top < len(c.rows) && c.hidden(c.top) {
		c.top = max(c.previous(c.top), 0)
	}
}

// moment is the state at the cursor.
func (c *conversation) moment() session.State {
	if c.cursor >= len(c.rows)-1 {
		return c.now
	}
	return c.timeline.moment(c.cursor)
}

func (c *conversation) note() string {
	if len(c.rows) == 0 {
		return ""
	}
	if c.sieve != nil {
		return c.sieve.note(len(c.rows))
	}
	return fmt.Sprintf("%d/%d", c.cursor+1, len(c.rows))
}

// Columns of a row: cursor 0, side 1, TLS 2, a person's mark 3, text from 4; on
// the right a mark, then a time.
const (
	markColumn = 3
	textColumn = 4
	timeColumn = 8
	timesFrom  = 52 // narrower panes have no times
)

// room is how many cells the text of a row has in a pane so wide: one without
// a time may use its columns, but for a mark at its end.
func (c *conversation) room(r *row, w int, t themes.Theme) int {
	room := w - textColumn - 1
	switch mark, _ := flagOf(r, t); {
	case w >= timesFrom && c.duration(r) != "":
		room -= timeColumn + 1
	case mark != "":
		room -= 2
	}
	return max(room, 0)
}

// lines draws the rows that are visible, and nothing else.
func (c *conversation) lines(w, h int, t themes.Theme) []string {
	out := make([]string, 0, h)
	from, to := c.timeline.exchange(c.cursor)
	i := c.top
	if i < len(c.rows) && c.hidden(i) {
		i = c.next(i)
	}
	for ; i >= 0 && i < len(c.rows) && len(out) < h; i = c.next(i) {
		out = append(out, c.line(i, w, t, i >= from && i < to))
	}
	return out
}

func (c *conversation) line(i, w int, t themes.Theme, together bool) string {
	r := &c.rows[i]
	first, last := c.selection()
	selected := i == c.cursor
	held := i >= first && i < last
	text := c.text(r, w, t)
	room := c.room(r, w, t)
	c.beside(&text, i, room, t)
	var l line
	switch {
	case selected:
		l.add(t.Key, t.Marks.Cursor)
	case held:
		l.add(t.Key, "┃")
	case together:
		l.add(t.Dim, "┆")
	default:
		l.add(t.Text, " ")
	}
	side, style := sideOf(r.kind, t)
	l.add(style, side)
	if r.secure && width(side) == 1 {
		l.add(t.Dim, t.Marks.Secure)
	}
	if mark := c.markOf(r, t); mark != "" {
		l.to(markColumn, t.Text)
		l.add(t.Key, mark)
	}
	l.to(textColumn, t.Text)
	tail := w - textColumn - room
	drawn := text.drawOn(room, t.Text, t.Marks.Cut, ground(selected || held, t))
	var end line
	switch mark, style := flagOf(r, t); {
	case mark != "":
		end.add(style, " "+mark)
	case tail > 1:
		end.add(t.Text, "  ")
	}
	if w >= timesFrom && tail > 3 {
		took := c.duration(r)
		end.add(t.Dim, blanks(timeColumn-1-width(took))+took+" ")
	}
	return l.drawOn(min(textColumn, w), t.Text, "", ground(selected || held, t)) + drawn +
		end.drawOn(min(tail, max(w-textColumn, 0)), t.Text, "", ground(selected || held, t))
}

func ground(selected bool, t themes.Theme) *themes.Style {
	if !selected {
		return nil
	}
	return &t.Selection
}

func sideOf(k session.Kind, t themes.Theme) (string, themes.Style) {
	switch k {
	case session.Sent:
		return t.Marks.Client, t.Client
	case session.Received:
		return t.Marks.Server, t.Server
	case session.Failed:
		return t.Marks.Info, t.Failure
	}
	return t.Marks.Info, t.Info
}

// flagOf is the mark of a row that wants attention.
func flagOf(r *row, t themes.Theme) (string, themes.Style) {
	switch {
	case r.class == 5, r.kind == session.Failed, r.against(session.Wrong):
		return t.Marks.Refused, t.Refused
	case r.class == 4:
		return t.Marks.Refused, t.Temporary
	case r.against(session.Note):
		return t.Marks.Warning, t.Warning
	}
	return "", t.Text
}

// text is what a row says.
func (c *conversation) text(r *row, w int, t themes.Theme) line {
	var l line
	first := c.events[r.from]
	switch r.kind {
	case session.Sent, session.Received:
		if b := first.Bulk; b != nil {
			l.add(t.Content, fmt.Sprintf("content, %s octets, %s lines", session.Digits(b.Octets), session.Digits(b.Lines)))
			return l
		}
		c.spoken(&l, r, w, t)
		return l
	}
	says, _ := cutTook(first.Text)
	if says == "" {
		says = first.Kind.String()
	}
	style := t.Info
	switch {
	case r.kind == session.Failed:
		style = t.Failure
	case r.unverified():
		style = t.Warning
	}
	l.wire(style, t.Escape, says)
	return l
}

// spoken shows a line from the wire.
func (c *conversation) spoken(l *line, r *row, w int, t themes.Theme) {
	events := c.events[r.from:r.to]
	if lost := events[0].Lost; lost > 0 {
		l.add(t.Dim, fmt.Sprintf("(%s octets not kept) ", session.Digits(lost)))
	}
	if r.kind == session.Sent && secret(events) {
		masked(l, events, w, t)
		return
	}
	data, cut := octets(events, 4*w+64, t.Marks.Secret)
	if c.exact {
		c.exactly(l, r, data, cut, t)
		return
	}
	text, ending := string(data), ""
	if !cut {
		text, ending = cutEnding(text)
	}
	switch {
	case text == "" && ending != "" && !r.content:
		l.add(t.Dim, "(an empty line)")
	case r.kind == session.Received:
		n := 0
		if r.class != 0 && len(text) >= 3 && ordinary(text[:3]) {
			n = 3
		}
		code, rest := replyStyle(r.class, t), t.Server
		if r.class >= 4 {
			rest = code
		}
		l.add(code, text[:n])
		l.wire(rest, t.Escape, text[n:])
	case r.content:
		l.wire(t.Content, t.Escape, text)
	default:
		l.wire(t.Client, t.Escape, text)
	}
	switch {
	case ending == "\n":
		l.add(t.Escape, `\n`)
	case ending == "" && !cut && !r.ended:
		l.add(t.Dim, " (no line end)")
	}
}

// masked shows a line with secrets in it: one mark for each, however many
// pieces it was written in.
func masked(l *line, events []session.Event, w int, t themes.Theme) {
	hidden := false
	for i := range events {
		e, at := &events[i], 0
		for _, s := range append(e.Secret[:len(e.Secret):len(e.Secret)], session.Span{From: len(e.Data), To: len(e.Data)}) {
			from, to := max(s.From, at), min(s.To, len(e.Data))
			if at < from {
				text, _ := cutEnding(string(e.Data[at:min(from, len(e.Data))]))
				l.wire(t.Client, t.Escape, text)
				hidden = false
			}
			if from < to && !hidden {
				l.add(t.Secret, t.Marks.Secret)
				hidden = true
			}
			at = max(at, to)
		}
		if l.width() > w {
			return
		}
	}
}

func secret(events []session.Event) bool {
	for i := range events {
		if len(events[i].Secret) > 0 {
			return true
		}
	}
	return false
}

// cutEnding splits a line from its CRLF or LF.
func cutEnding(text string) (string, string) {
	if rest, ok := strings.CutSuffix(text, "\r\n"); ok {
		return rest, "\r\n"
	}
	if rest, ok := strings.CutSuffix(text, "\n"); ok {
		return rest, "\n"
	}
	return text, ""
}

func replyStyle(class uint8, t themes.Theme) themes.Style {
	switch class {
	case 2, 3:
		return t.Good
	case 4:
		return t.Temporary
	case 5:
		return t.Refused
	}
	return t.Server
}

// duration is the time that belongs to a row, or "".
func (c *conversation) duration(r *row) string {
	if r.kind == session.Received {
		return short(r.took.duration())
	}
	if r.kind == session.Sent {
		return ""
	}
	_, took := cutTook(c.events[r.from].Text)
	return short(took)
}
