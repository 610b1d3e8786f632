package outbox

import "time"

// Schedule says when a message is tried again, and for how long.
//
// RFC 5321, 4.5.4.1: the interval should be at least 30 minutes, and the
// give-up time at least 4 to 5 days.
type Schedule struct {
	// Waits are the times between attempts; the last one repeats.
	Waits  []time.Duration
	GiveUp time.Duration // since the message was added
	Warn   time.Duration // until the sender hears of the delay, if NOTIFY=DELAY asks for it
}

// DefaultSchedule begins with half an hour and ends with four.
func DefaultSchedule() Schedule {
	return Schedule{
		Waits:  []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour},
		GiveUp: 5 * 24 * time.Hour,
		Warn:   4 * time.Hour,
	}
}

// next returns when a recipient is due again after it has waited for so many
// attempts, or false if it has waited for long enough. The last attempt is at
// the very end.
func (s Schedule) next(added, now time.Time, tries int) (time.Time, bool) {
	end := added.Add(s.GiveUp)
	if !now.Before(end) || len(s.Waits) == 0 {
		return time.Time{}, false
	}
	at := now.Add(s.Waits[min(tries, len(s.Waits)-1)])
	if at.After(end) {
		at = end
	}
	return at, true
}

// First returns when a message that was tried once is tried again.
func (s Schedule) First(now time.Time) time.Time {
	next, _ := s.next(now, now, 0)
	return next
}

// Clock is the time that a run goes by. Tests and lessons have faster ones.
type Clock interface {
	Now() time.Time
	// After is as [time.After].
	After(time.Duration) <-chan time.Time
}

// RealClock is that of the system.
type RealClock struct{}

func (RealClock) Now() time.Time                         { return time.Now() }
func (RealClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// FastClock begins now and goes Speed times as fast as the system's.
type FastClock struct {
	Begin time.Time
	Speed float64
}

func (c FastClock) Now() time.Time {
	return c.Begin.Add(time.Duration(float64(time.Since(c.Begin)) * c.Speed))
}

func (c FastClock) After(d time.Duration) <-chan time.Time {
	return time.After(time.Duration(float64(d) / c.Speed))
}
