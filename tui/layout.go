package tui

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

// layout is where everything is: widths of columns, and heights of the
// insides of panes. It is a function of the size of the room alone, so that
// nothing jumps about.
type layout struct {
	shape       shape
	left, right int
	heights     [panes]int
}

func arrange(w, h int) layout {
	switch {
	case low(h):
		l := layout{shape: single, left: w}
		for p := range l.heights {
			l.heights[p] = max(h-2, 0)
		}
		return l
	case w < 100 || h < 21:
		l := layout{shape: column, left: w}
		room := h - 5 // borders
		next := min(max(h/8, 2), 6)
		lower := (room - next) / 2
		l.heights = [panes]int{conversationPane: room - next - lower, nextPane: next, statePane: lower, offeredPane: lower, explainPane: lower}
		return l
	}
	l := layout{shape: wide, right: min(max(w*45/100, 46), 90)}
	l.left = w - l.right
	next := min(max(h/7, 3), 10)
	room := h - 4
	state := max(room*37/100, 8)
	offered := max(room*17/100, 3)
	l.heights = [panes]int{
		conversationPane: h - 3 - next, nextPane: next,
		statePane: state, offeredPane: offered, explainPane: room - state - offered,
	}
	return l
}

// inside is the width of the inside of a pane.
func (l layout) inside(p pane) int {
	if l.shape == wide && p >= statePane {
		return l.right - 2
	}
	return l.left - 2
}
