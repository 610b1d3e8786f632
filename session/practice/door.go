package practice

import (
	"net"
	"sync/atomic"
	"time"
)

const (
	// few clients are greeted before one of them has said something.
	few = 8
	// silence is how long they may say nothing, and have the others wait.
	silence = 10 * time.Millisecond
)

// door is where clients wait to be let in. Those that are inside come first:
// of a thousand that come at once all but a few stand at the door, where they
// cost nothing, and the few are soon done, instead of all of them moving on by
// one step and then by the next. Clients that say nothing hold nobody up: in
// their place come twice as many.
type door struct {
	inside *party
	most   int64 // that may be inside and not heard
	spoke  chan struct{}
	timer  *time.Timer
}

func newDoor() *door {
	d := &door{spoke: make(chan struct{}, 1), timer: time.NewTimer(silence)}
	d.open(few)
	return d
}

// open has as many more let in, however many are inside.
func (d *door) open(most int64) {
	d.inside, d.most = &party{spoke: d.spoke}, most
}

// wait returns when the next may come in, which is soon, and with whom it is.
func (d *door) wait(done <-chan struct{}) *party {
	select {
	case <-d.spoke:
		d.most = few
	default:
	}
	d.timer.Reset(silence)
	for d.inside.unheard.Load() >= d.most {
		select {
		case <-d.spoke:
			d.most = few
		case <-d.timer.C:
			d.open(2 * d.most)
		case <-done:
			d.open(few)
		}
	}
	d.inside.unheard.Add(1)
	return d.inside
}

// party is who was let in together.
type party struct {
	unheard atomic.Int64
	spoke   chan<- struct{}
}

// heard is told once of each: it has said something, or has left.
func (p *party) heard() {
	p.unheard.Add(-1)
	select {
	case p.spoke <- struct{}{}:
	default:
	}
}

// letIn serves those that came, in their order, and gives back the slot of
// each in the end.
func (s *Server) letIn(came <-chan net.Conn, slots <-chan struct{}) {
	d := newDoor()
	defer d.timer.Stop()
	for c := range came {
		with := d.wait(s.done)
		go func() {
			defer func() { <-slots }()
			s.serveConn(c, with)
		}()
	}
}
