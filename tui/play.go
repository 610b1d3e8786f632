package tui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Playing back: the cursor goes through the rows of a file as they came. It
// can be paused, made faster and slower, and moved by hand at any time.

// playback is what a tape that plays remembers.
type playback struct {
	on    bool
	speed int // a power of two: 0 is as recorded
	act   int // counts the starts; the ticks of older ones are not heard
}

// playMsg says that it is time for the next row.
type playMsg struct {
	tape *tape
	act  int
}

// How fast playing can be, as powers of two, and how long a row stands where
// a file has no times.
const (
	slowest = -4
	fastest = 8
	unhasty = 500 * time.Millisecond
)

func playing() []action {
	return []action{
		{"play", tapeScope, []string{"space"}, "play", "play with the recorded timing; again: pause", (*Model).playPause},
		{"faster", tapeScope, []string{"+", "="}, "faster", "play twice as fast", speeds(1)},
		{"run-again-open", tapeScope, []string{"R"}, "run again", "say again what its client said, and compare", (*Model).rerunListed},
		{"serve-open", tapeScope, []string{"S"}, "serve", "serve it as a fake server", (*Model).serveListed},
		{"slower", tapeScope, []string{"-"}, "slower", "play half as fast", speeds(-1)},
	}
}

// playPause starts, or pauses. At the end it starts from the beginning.
func (m *Model) playPause() tea.Cmd {
	t := m.tape
	if t == nil {
		m.say("no file is played back")
		return nil
	}
	t.playback.act++
	if t.playback.on = !t.playback.on; !t.playback.on {
		return nil
	}
	if t.follows() {
		t.move(0)
	}
	return t.await()
}

func speeds(by int) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		t := m.tape
		if t == nil {
			m.say("no file is played back")
			return nil
		}
		t.playback.speed = max(min(t.playback.speed+by, fastest), slowest)
		if !t.playback.on {
			return nil
		}
		t.playback.act++
		return t.await()
	}
}

// await waits for the next row, or ends.
func (t *tape) await() tea.Cmd {
	if t.follows() {
		t.playback.on = false
		return nil
	}
	msg := playMsg{t, t.playback.act}
	return tea.Tick(t.gap(), func(time.Time) tea.Msg { return msg })
}

// gap is how long it takes until the next row that can be seen.
func (t *tape) gap() time.Duration {
	next := t.next(t.cursor)
	if next < 0 {
		return 0
	}
	d := t.timeOf(next).Sub(t.timeOf(t.cursor))
	if t.timeOf(len(t.rows) - 1).Equal(t.timeOf(0)) {
		d = unhasty
	}
	return max(t.atSpeed(d), 0)
}

func (t *tape) atSpeed(d time.Duration) time.Duration {
	if t.playback.speed < 0 {
		return d << -t.playback.speed
	}
	return d >> t.playback.speed
}

func (t *tape) timeOf(row int) time.Time { return t.events[t.rows[row].from].At }

// played goes on by one row, and by those that came with it.
func (m *Model) played(msg playMsg) tea.Cmd {
	t := m.tape
	if t == nil || t != msg.tape || !t.playback.on || t.playback.act != msg.act {
		return nil
	}
	t.by(1)
	for n := 0; !t.follows() && t.gap() < time.Millisecond && n < stride; n++ {
		t.by(1)
	}
	m.session.tops[explainPane] = 0
	return t.await()
}

// position says how far playing has come.
func (t *tape) position() string {
	if len(t.rows) == 0 {
		return ""
	}
	began := t.timeOf(0)
	at, all := t.timeOf(t.cursor).Sub(began), t.timeOf(len(t.rows)-1).Sub(began)
	text := fmt.Sprintf("%s of %s", clock(at), clock(all))
	if all < time.Second { // a server nearby
		text = fmt.Sprintf("%d of %d ms", at.Milliseconds(), all.Milliseconds())
	}
	switch s := t.playback.speed; {
	case s > 0:
		text += fmt.Sprintf(" ×%d", 1<<s)
	case s < 0:
		text += fmt.Sprintf(" ×1/%d", 1<<-s)
	}
	if !t.playback.on {
		text += " paused"
	}
	return text
}
