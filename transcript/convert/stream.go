package convert

import (
	"bytes"
	"net/netip"
	"slices"
	"time"
)

const (
	maxPending = 4 << 20 // octets of one direction that wait for what is missing before them
	maxFlows   = 20000   // connections that are followed at the same time
	lateCost   = 64      // octets that a waiting segment takes beside its own
)

// flow is one TCP connection: both directions put in order.
//
// gopacket/reassembly does the same for programs that listen to a network. It
// does not fit a file: a hole is passed over for all connections at once, by
// age, and not for the one that ends; an RST ends one direction, and behind a
// hole none; its pages are not given back. Sessions with a lost packet would
// have no end, and those behind them would wait.
type flow struct {
	key    [2]netip.AddrPort
	sides  [2]side // of who was seen first, and of the other
	opener int     // which side sent the SYN; -1 if nobody saw it
	begun  time.Time
	talk   *talk
	over   bool
}

// side is one direction.
type side struct {
	addr    netip.AddrPort
	next    uint32 // sequence number of the next octet
	known   bool   // next is known
	waiting []late
	held    int
	done    bool // FIN
	ends    uint32
}

// late is a segment that came before one that should have been first.
type late struct {
	seq  uint32
	data []byte
}

// chunk is what came in one direction, in order.
type chunk struct {
	side int
	at   time.Time
	data []byte
	lost uint32 // octets before it that are not in the capture
}

// held is how much waits on both sides.
func (f *flow) held() int { return f.sides[0].held + f.sides[1].held }

// before compares sequence numbers, which go round.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// add takes a segment and gives what is in order now.
func (f *flow) add(i int, s segment, at time.Time, emit func(chunk)) {
	d := &f.sides[i]
	seq := s.Seq
	if s.SYN {
		seq++
		if !d.known {
			d.next, d.known = seq, true
		}
	}
	if !d.known {
		d.next, d.known = seq, true
	}
	if s.FIN {
		d.done, d.ends = true, seq+uint32(len(s.Payload))
	}
	if len(s.Payload) > 0 {
		d.take(i, seq, s.Payload, at, emit)
	}
}

func (d *side) take(i int, seq uint32, data []byte, at time.Time, emit func(chunk)) {
	if before(seq, d.next) { // it came before, all of it or a part
		known := d.next - seq
		if uint64(known) >= uint64(len(data)) {
			return
		}
		data, seq = data[known:], d.next
	}
	if seq != d.next {
		d.waiting = append(d.waiting, late{seq, bytes.Clone(data)})
		if d.held += len(data) + lateCost; d.held > maxPending || len(d.waiting) > 4096 {
			d.skip(i, at, emit)
		}
		return
	}
	d.give(i, data, 0, at, emit)
	d.catchUp(i, at, emit)
}

func (d *side) give(i int, data []byte, lost uint32, at time.Time, emit func(chunk)) {
	d.next += uint32(len(data))
	emit(chunk{i, at, data, lost})
}

// catchUp gives what has waited for the octets that came.
func (d *side) catchUp(i int, at time.Time, emit func(chunk)) {
	for again := true; again; {
		again = false
		for n, l := range d.waiting {
			if before(d.next, l.seq) {
				continue
			}
			d.waiting = slices.Delete(d.waiting, n, n+1)
			d.held -= len(l.data) + lateCost
			if known := d.next - l.seq; uint64(known) < uint64(len(l.data)) {
				d.give(i, l.data[known:], 0, at, emit)
			}
			again = true
			break
		}
	}
}

// skip goes on behind octets that never came.
func (d *side) skip(i int, at time.Time, emit func(chunk)) {
	for len(d.waiting) > 0 {
		first := 0
		for n, l := range d.waiting {
			if before(l.seq, d.waiting[first].seq) {
				first = n
			}
		}
		l := d.waiting[first]
		d.waiting = slices.Delete(d.waiting, first, first+1)
		d.held -= len(l.data) + lateCost
		lost := l.seq - d.next
		d.next = l.seq
		d.give(i, l.data, lost, at, emit)
		d.catchUp(i, at, emit)
	}
}
