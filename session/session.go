package session

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Options say how a session reaches its server. The zero value of each field
// is a sensible default.
type Options struct {
	Target Target
	// Lookup finds the addresses of a host. Default: the system's resolver.
	Lookup func(ctx context.Context, host string) ([]string, error)
	// Vouch is told of a host whose addresses were found, and notes what the DNS
	// says about its certificates. May be nil.
	Vouch func(ctx context.Context, host string, port int, note func(string))
	// Route finds the hops of an mx: target, best first, and notes what it
	// learns on the way. Default: none can be found.
	Route func(ctx context.Context, domain string, note func(string)) ([]Hop, error)
	// Dial opens a channel: any reliable, ordered stream of octets, or a
	// [Channel], which can tell more. addr is HOST:PORT, or the target's text
	// where it is no host. Default: TCP.
	Dial func(ctx context.Context, t Target, addr string) (net.Conn, error)
	TLS  TLS
	// Now stamps the events. Default: time.Now.
	Now    func() time.Time
	Limits Limits
	// Timeout bounds the wait for each connection and reply, in place of the
	// RFC's own; 0 keeps those.
	Timeout time.Duration
	// Inline is how many octets of content go into the log line by line; the
	// Recorder keeps longer content, and the log refers to it. Default: 64 KiB;
	// at most 16 MiB, and with a negative number none.
	Inline int64
	// Recorder keeps the log outside of memory. Default: none.
	Recorder Recorder
}

// Session drives one conversation: steps go in at [Session.Do], events come
// out of [Session.Log]. It may have several connections, one after the other.
type Session struct {
	opts Options
	log  Log

	doing  sync.Mutex // held by Do: one at a time
	supply supply     // of chunks, guarded by doing
	source []byte     // content is read into it, guarded by doing
	alarm  alarm      // ends a wait, guarded by doing

	stateMu sync.Mutex // held for a moment
	state   State
	news    chan struct{} // for Do, when state has changed

	mu         sync.Mutex // guards what follows, and the order of events
	conn       net.Conn
	target     Target        // of the channel that was opened last
	reading    chan struct{} // closed when the reader of conn has ended
	pausing    bool          // the reader is asked to end, the channel goes on
	writing    chan struct{} // closed when the write under way is in the log; nil if there is none
	early      bool          // replies may come before that write is done
	block      int           // of the last write or read, and of the last write
	writeBlock int
	received   int64       // against Limits.Session
	going      bool        // lines may wait to be written: somebody will go on
	unwritten  bool        // the recorder was told of events since its last Flush
	late       *time.Timer // of flushSoon
	soon       bool        // it is set
	few        []Event     // memory for events on their way into the log
	ahead      State       // memory for the state behind them
	outflow    *outflow    // the content that is going out, if any
	half       bool        // the client has half-closed the channel
	veil       Veil        // finds what is secret
	farewell   func() []Fact
	reset      bool // a write has learnt that the server reset the channel
	recorder   Recorder
	unsaid     error // why the recorder stopped
}

// New returns a session that has not connected. It never fails.
func New(o Options) *Session {
	if o.Lookup == nil {
		o.Lookup = net.DefaultResolver.LookupHost
	}
	if o.Dial == nil {
		o.Dial = DialTCP
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Inline == 0 {
		o.Inline = inline
	}
	o.Inline = min(o.Inline, mostInline)
	o.Limits = o.Limits.Filled()
	o.TLS.Implicit = o.TLS.Implicit || o.Target.TLS
	s := &Session{opts: o, recorder: o.Recorder, target: o.Target, news: make(chan struct{}, 1)}
	s.alarm.ring = s.wake
	s.log.record = s.keep
	return s
}

// Log returns the log, which grows while the session lives.
func (s *Session) Log() *Log { return &s.log }

// State returns the state after the last event.
func (s *Session) State() State {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	return s.state
}

// ErrNotOpen is returned by Do for a step that needs a channel when there is
// none.
var ErrNotOpen = errors.New("there is no open channel")

// Do carries out steps and waits until every reply they call for has come, or
// ctx is done, or a reply is overdue, or the channel is closed. Neighbouring
// steps that say something go out in one write, and their replies are awaited
// together (RFC 2920).
//
// What happened is in the log whatever Do returns: an error only says why the
// steps could not be carried out to their end. After a cancelled or overdue
// wait the session can go on with [Await].
func (s *Session) Do(ctx context.Context, steps ...Step) error {
	defer s.goOn(false)
	return s.Proceed(ctx, steps...)
}

// Proceed is [Session.Do] for whoever goes on at once, or closes: the last
// replies may be on record no sooner than what goes out next.
func (s *Session) Proceed(ctx context.Context, steps ...Step) error {
	s.doing.Lock()
	s.goOn(true)
	defer func() {
		if !s.State().Open {
			s.rest()
		}
		s.doing.Unlock()
	}()
	for len(steps) > 0 {
		n := 1
		for n < len(steps) && plain(steps[n-1]) && plain(steps[n]) {
			n++
		}
		if err := s.do(ctx, steps[:n]); err != nil {
			return err
		}
		steps = steps[n:]
	}
	return nil
}

// rest gives up what a channel may need again. s.doing must be held.
func (s *Session) rest() {
	s.supply.close()
	s.alarm.stop()
	s.source = nil
}

// plain reports whether a step is octets that can share a write with others.
func plain(st Step) bool {
	return st.Kind == Say && st.Content == nil && !st.NoWait && len(st.Gaps) == 0
}

func (s *Session) do(ctx context.Context, group []Step) error {
	first := group[0]
	if first.Kind != Say { // which may take long
		s.keep()
	}
	var err error
	switch {
	case first.Kind == Resolve:
		return s.resolve(ctx)
	case first.Kind == HangUp:
		s.supply.close()
		return s.hangUp()
	case first.Kind == Reset:
		s.supply.close()
		return s.resetChannel()
	case first.Kind == HalfClose:
		return s.halfClose()
	case first.Kind == Connect:
		err = s.connect(ctx, first)
	case first.Kind == StartTLS:
		err = s.startTLS(ctx, first.How)
	case first.Kind == Await && len(s.State().Pending) == 0:
		return s.overhear(ctx, first.Timeout)
	case first.Kind == Await:
	case len(first.Gaps) > 0:
		err = s.sayInPieces(ctx, first)
	case first.Part != nil:
		err = s.sayChunk(ctx, first)
	case first.Content != nil:
		err = s.sayContent(ctx, first)
		if err == nil && first.Content.Wire {
			s.listen(ctx, first.Timeout)
		}
	default:
		err = s.say(ctx, group)
	}
	if errors.Is(err, errWrite) {
		s.linger(ctx, settleTime)
	}
	if err != nil || first.NoWait {
		return err
	}
	return s.await(ctx, group[len(group)-1].Timeout)
}

// Note adds a remark to the log.
func (s *Session) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(Event{Kind: Noted, Text: text})
}

// fail puts a Failed event into the log.
func (s *Session) fail(f Fault, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(Event{Kind: Failed, Fault: f, Text: text})
}
