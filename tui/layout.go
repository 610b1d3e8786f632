package tui

import (
	"fmt"
	"strconv"
	"strings"
)

// shape is how the session screen is divided.
type shape uint8

const (
	single shape = iota // one pane at a time
	column              // conversation and next, below them one of the others
	wide                // everything at once, in two columns
)

// The smallest terminal that shows a session.
const (
	minWidth  = 40
	minHeight = 12
)

// wishes are what a person wants otherwise than it would be: panes larger by
// so many cells, closed, or one of them alone. They hold for every size of
// terminal, as far as there is room.
type wishes struct {
	wider  int        // the right column
	taller [panes]int // in the left column Next, in the right one State and Offered
	lower  int        // the pane below, where there is one column
	closed [panes]bool
	zoomed bool // the pane with the keyboard fills the screen
}

// layout is where everything is: widths of columns, and heights of the
// insides of panes. It is a function of the size of the room and of what was
// wished for alone, so that nothing jumps about.
type layout struct {
	shape       shape
	left, right int
	heights     [panes]int
	closed      [panes]bool
}

func arrange(w, h int, wish wishes) layout {
	l := layout{left: w, closed: wish.closed}
	switch {
	case low(h) || wish.zoomed:
		for p := range l.heights {
			l.heights[p] = max(h-2, 0)
		}
		return l
	case w < 100 || h < 21:
		return l.stacked(h, wish)
	}
	l.shape = wide
	if len(l.rightPanes()) > 0 {
		l.right = within(min(max(w*45/100, 46), 90)+wish.wider, 24, w-minWidth)
		l.left = w - l.right
	}
	l.heights[conversationPane] = h - 2
	if !l.closed[nextPane] {
		next := within(min(max(h/7, 3), 10)+wish.taller[nextPane], 1, h-6)
		l.heights[nextPane], l.heights[conversationPane] = next, h-3-next
	}
	l.rightHeights(h, wish)
	return l
}

// stacked is the layout with one column.
func (l layout) stacked(h int, wish wishes) layout {
	l.shape = column
	room, next, lower := h-2, 0, 0
	if len(l.rightPanes()) > 0 {
		room -= 2 // a frame of its own
	}
	if !l.closed[nextPane] {
		room--
		next = within(min(max(h/8, 2), 6)+wish.taller[nextPane], 1, room-6)
	}
	if len(l.rightPanes()) > 0 {
		lower = within((room-next)/2+wish.lower, 1, room-next-3)
	}
	l.heights = [panes]int{conversationPane: room - next - lower, nextPane: next, statePane: lower, offeredPane: lower, explainPane: lower}
	return l
}

// rightHeights parts the right column: the last pane of it takes the rest.
func (l *layout) rightHeights(h int, wish wishes) {
	list := l.rightPanes()
	if len(list) == 0 {
		return
	}
	room := h - len(list) - 1
	usual := map[pane]int{statePane: max((h-4)*37/100, 8), offeredPane: max((h-4)*24/100, 3)}
	for i, p := range list {
		if i == len(list)-1 {
			l.heights[p] = room
			return
		}
		rest := len(list) - 1 - i
		l.heights[p] = within(usual[p]+wish.taller[p], 1, room-2*rest)
		room -= l.heights[p]
	}
}

// rightPanes are those of the right column that are open.
func (l *layout) rightPanes() []pane {
	var list []pane
	for p := statePane; p < panes; p++ {
		if !l.closed[p] {
			list = append(list, p)
		}
	}
	return list
}

// leftPanes are those of the left column that are open.
func (l *layout) leftPanes() []pane {
	if l.closed[nextPane] {
		return []pane{conversationPane}
	}
	return []pane{conversationPane, nextPane}
}

func within(n, low, high int) int { return max(min(n, high), low) }

// inside is the width of the inside of a pane.
func (l layout) inside(p pane) int {
	if l.shape == wide && p >= statePane {
		return l.right - 2
	}
	return l.left - 2
}

// grow makes a pane higher by so many lines.
func (w *wishes) grow(p pane, by int, shape shape) {
	const most = 200
	clamp := func(n *int) { *n = within(*n, -most, most) }
	switch {
	case p == conversationPane:
		w.taller[nextPane] -= by
		clamp(&w.taller[nextPane])
	case p == nextPane:
		w.taller[nextPane] += by
		clamp(&w.taller[nextPane])
	case shape == column:
		w.lower += by
		clamp(&w.lower)
	case p == explainPane: // it takes what the others leave
		above := offeredPane
		if w.closed[offeredPane] {
			above = statePane
		}
		w.taller[above] -= by
		clamp(&w.taller[above])
	default:
		w.taller[p] += by
		clamp(&w.taller[p])
	}
}

// String is the form in which wishes are kept: what is not as it would be.
func (w wishes) String() string {
	var words []string
	add := func(key string, n int) {
		if n != 0 {
			words = append(words, fmt.Sprintf("%s=%d", key, n))
		}
	}
	add("right", w.wider)
	add("below", w.lower)
	for p := nextPane; p < explainPane; p++ {
		add(p.name(), w.taller[p])
	}
	for p := nextPane; p < panes; p++ {
		if w.closed[p] {
			words = append(words, "closed="+p.name())
		}
	}
	return strings.Join(words, " ")
}

// parseWishes reads them. What it does not know it passes over: nobody should
// be kept from working by a layout.
func parseWishes(text string) (w wishes) {
	for word := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(value)
		n = within(n, -200, 200)
		for p := nextPane; p < panes; p++ {
			switch {
			case key == "closed" && value == p.name():
				w.closed[p] = true
			case key == p.name() && err == nil:
				w.taller[p] = n
			}
		}
		switch {
		case err != nil:
		case key == "right":
			w.wider = n
		case key == "below":
			w.lower = n
		}
	}
	return w
}
