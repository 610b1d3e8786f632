package plain

import (
	"strconv"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// tape is a transcript that is played back.
type tape struct {
	name   string
	events []session.Event
	at     int // how many of them have been shown
	pace   transcript.Pace
}

func (t *talk) open(arg string) {
	if strings.TrimSpace(arg) == "" {
		t.wrong("/open: the name of the file is missing")
		return
	}
	t.opened(arg)
}

// opened opens a file to play back, and reports whether that could be done.
func (t *talk) opened(arg string) bool {
	name := t.fileNamed(arg)
	file, err := transcript.ReadFile(name)
	if file == nil || len(file.Events()) == 0 {
		if err == nil {
			t.wrong("open %s: nothing has happened in it", name)
			return false
		}
		t.wrong("%s", err)
		return false
	}
	if err != nil {
		t.wrong("some lines could not be read: %s", err)
	}
	t.tape = &tape{name: name, events: file.Events()}
	t.say("playing back %s, %d rows: /step shows the next, /run all, /play plays them as they came, /goto ROW moves, /close goes back", name, len(file.Events()))
	return true
}

func (p *tape) where(t *talk) {
	if p.at == len(p.events) {
		t.say("row %d of %d: the file ends here", p.at, len(p.events))
	}
}

// step shows the next row, and what the rules say about it.
func (p *tape) step(t *talk) {
	if p.at < len(p.events) {
		p.show(t)
		s, _ := t.moment("")
		for _, r := range s.Remarks {
			t.prose("   ", remark(r))
		}
	}
	p.where(t)
}

// show shows the next row.
func (p *tape) show(t *talk) {
	p.at++
	t.say("%d. %s", p.at, row(p.events[p.at-1]))
}

func (p *tape) run(t *talk) {
	for p.at < len(p.events) {
		p.show(t)
	}
	p.where(t)
}

func (t *talk) goTo(arg string) {
	if t.tape == nil {
		t.wrong("no file is played back: /open FILE; /state ROW looks back in the session")
		return
	}
	if n, ok := t.number("row", arg, len(t.tape.events)); ok {
		t.tape.at = n - 1
		t.tape.step(t)
	}
}

// shut goes back to the session, or from what is run again to the letter.
func (t *talk) shut(string) {
	switch {
	case t.tape != nil:
	case t.again != nil:
		t.forget()
		t.say("back at the letter to %s", t.mail.Target)
		t.next()
		return
	default:
		t.wrong("no file is played back or run again")
		return
	}
	t.tape = nil
	t.say("back at the session with %s", t.mail.Target)
	t.next()
}

// pauseAtMost bounds a pause of a recording, and unhasty is how long a row stands
// where a file has no times.
const (
	pauseAtMost = 2 * time.Second
	unhasty     = 500 * time.Millisecond
)

// play shows the rows to come as late as they came, or so many times as fast.
func (t *talk) play(arg string) {
	name, speed := strings.TrimSpace(arg), 1.0
	at := strings.LastIndexByte(name, ' ') + 1
	if times, ok := strings.CutPrefix(name[at:], "x"); ok {
		if n, err := strconv.ParseFloat(times, 64); err == nil && n > 0 {
			name, speed = strings.TrimSpace(name[:at]), n
		}
	}
	if name != "" && !t.opened(name) {
		return
	}
	p := t.tape
	if p == nil {
		t.wrong("/play: the name of the file is missing")
		return
	}
	if p.at == len(p.events) {
		p.at = 0
	}
	p.pace = transcript.Pace{Speed: speed, Idle: pauseAtMost}
	t.playing = true
	t.nextRow.Reset(0)
}

// played shows a row, and those that came with it.
func (t *talk) played() {
	p := t.tape
	if !t.playing || p == nil {
		return
	}
	for p.at < len(p.events) {
		p.show(t)
		if wait := p.gap(); wait > 0 {
			t.nextRow.Reset(wait)
			return
		}
		if t.out.Buffered() > 0 {
			_ = t.out.Flush() // Run sees the error
		}
	}
	t.playing = false
	p.where(t)
}

// gap is how long to wait before the next row.
func (p *tape) gap() time.Duration {
	n := len(p.events)
	if p.at == n {
		return 0
	}
	wait := p.events[p.at].At.Sub(p.events[p.at-1].At)
	if p.events[0].At.Equal(p.events[n-1].At) {
		wait = unhasty
	}
	began := time.Unix(0, 0) // a file without a date has the zero time, which is none to Pace
	return p.pace.Wait(began, began.Add(wait))
}

// paused reports whether there was something to pause.
func (t *talk) paused() bool {
	if !t.playing {
		return false
	}
	t.playing = false
	t.say("paused at row %d of %d: /play goes on", t.tape.at, len(t.tape.events))
	return true
}
