package session

import "time"

// Timeout is how long a client should wait for the reply to a verb.
//
// RFC 5321, 4.5.3.2: greeting, MAIL and RCPT five minutes, the reply to DATA
// two, each block of content three, the end of data ten. For other commands
// the RFC names none; five minutes are the common answer.
func Timeout(verb string) (limit time.Duration, source string) {
	switch verb {
	case Greeting:
		return 5 * time.Minute, "RFC 5321, 4.5.3.2.1"
	case "MAIL":
		return 5 * time.Minute, "RFC 5321, 4.5.3.2.2"
	case "RCPT":
		return 5 * time.Minute, "RFC 5321, 4.5.3.2.3"
	case "DATA":
		return 2 * time.Minute, "RFC 5321, 4.5.3.2.4"
	case EndOfData, "BDAT":
		return 10 * time.Minute, "RFC 5321, 4.5.3.2.6"
	}
	return 5 * time.Minute, "RFC 5321, 4.5.3.2"
}

const (
	// blockTimeout bounds one write (RFC 5321, 4.5.3.2.5).
	blockTimeout = 3 * time.Minute
	// connectTimeout bounds the attempt on one address; no RFC names one.
	connectTimeout = time.Minute
)

// alarm ends one wait after the other. It goes off too early rather than being
// set anew for each of them: few last until their deadline.
type alarm struct {
	ring  func()
	timer *time.Timer
	when  time.Time // it goes off, zero if it is not set
}

// set has it ring at the deadline, if not before.
func (a *alarm) set(deadline time.Time) {
	now := time.Now()
	switch {
	case a.when.After(now) && !a.when.After(deadline):
		return
	case a.timer == nil:
		a.timer = time.AfterFunc(deadline.Sub(now), a.ring)
	default:
		a.timer.Reset(deadline.Sub(now))
	}
	a.when = deadline
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.when = time.Time{}
}
