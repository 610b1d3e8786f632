package outbox

import (
	"io"
	"slices"

	"ehlo/session"
)

// course is the stepper of one letter on a connection that may have carried
// others before. It is a [session.Mail] that sees of the state what concerns
// its letter.
type course struct {
	mail   session.Mail
	served int // letters that are finished on this channel
}

// maxGiven is how many recipients a transaction is given unless the server
// tells its limit.
//
// RFC 5321, 4.5.3.1.8: a server must take at least 100.
const maxGiven = 100

// room is how many recipients the letter may have (RFC 9422, 4.2).
func room(s session.State) int {
	if most := s.Limit("RCPTMAX"); most > 0 {
		return min(most, 10*maxGiven)
	}
	return maxGiven
}

// Next implements [session.Stepper].
func (c *course) Next(s session.State) (session.Step, bool) {
	s.Letters = max(s.Letters-c.served, 0)
	m := c.mail
	m.To = m.To[:min(len(m.To), room(s))]
	if !s.Offered.Has("DSN") {
		// RFC 3461, 4: the parameters are for servers that offer DSN.
		m.From.Params = without(m.From.Params, "RET", "ENVID")
		if slices.ContainsFunc(m.To, func(e session.Envelope) bool { return len(e.Params) > 0 }) {
			to := slices.Clone(m.To)
			for i, e := range to {
				to[i].Params = without(e.Params, "NOTIFY", "ORCPT")
			}
			m.To = to
		}
	}
	return m.Next(s)
}

func without(params []session.Param, keys ...string) []session.Param {
	return slices.DeleteFunc(slices.Clone(params), func(p session.Param) bool { return slices.Contains(keys, p.Key) })
}

// lastWord wraps content so that something is done when all of it was read,
// which is before the final dot goes out. If that fails the reader fails, and
// the session does not send the dot.
func lastWord(c session.Content, do func() error) *session.Content {
	open := c.Open
	c.Open = func() (io.ReadCloser, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		return &lastReader{r, do}, nil
	}
	return &c
}

type lastReader struct {
	io.ReadCloser
	do func() error
}

func (r *lastReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err == io.EOF {
		if n > 0 {
			return n, nil // the end comes with the next read
		}
		if doing := r.do(); doing != nil {
			return 0, doing
		}
	}
	return n, err
}
