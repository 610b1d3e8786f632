package practice

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// The wait behind an accept that failed for now begins short and doubles.
const (
	firstPatience = 5 * time.Millisecond
	lastPatience  = time.Second
)

// accept returns the next client. While the system has no descriptor or no
// memory left for one it waits: clients that leave give some back. It ends
// when the listener or the server is closed.
func (s *Server) accept(l net.Listener) (net.Conn, error) {
	for patience := firstPatience; ; patience = min(2*patience, lastPatience) {
		c, err := l.Accept()
		if err == nil || !passing(err) {
			return c, err
		}
		timer := time.NewTimer(patience)
		select {
		case <-timer.C:
		case <-s.done:
			timer.Stop()
			return nil, net.ErrClosed
		}
	}
}

// passing reports whether an accept may succeed later.
func passing(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EAGAIN, syscall.EPROTO,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
