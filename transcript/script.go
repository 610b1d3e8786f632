package transcript

import (
	"fmt"
	"io"
	"time"

	"ehlo/session"
)

// script is a transcript seen as something to be done again: for each
// connection what the client says, in turns, and what it was answered.
type script struct {
	conns []conn
}

type conn struct {
	line   int
	turns  []turn
	heard  []heard  // the server's octets, line by line
	units  []unit   // what the client said that calls for a reply
	answer []answer // complete replies, in their order
	expect []expectation
	closed *session.Event // how it ended, if the file says

	secured *session.Event // implicit TLS
	tlsLine int
	end     session.State // what was known then
	atEnd   int           // line of the file
}

// turn is what the client does at one go: one write, or the whole content of
// a message.
type turn struct {
	id      int // counted from 1 through all connections
	conn    int
	line    int
	last    int // last line
	kind    turnKind
	parts   []part
	wait    time.Duration // turnWait
	gate    gate
	secure  bool          // it was said under TLS
	secured session.Event // turnSecure: what the handshake agreed on
	// eager is set if replies were pending when it was said; after counts
	// those that had come.
	eager  bool
	after  int
	limit  time.Duration // @ timeout
	expect []expectation
}

type turnKind uint8

const (
	turnSay turnKind = iota
	turnContent
	turnSecure // a TLS handshake
	turnWait   // @ wait
)

// gate is what must be so before a turn is said again. A replay never fails
// open.
type gate uint8

const (
	gateNone      gate = iota
	gateData           // a 354 came: RFC 5321, 4.1.1.4
	gateChallenge      // a 334 came: RFC 4954, 4
	gateChunk          // there are recipients: RFC 3030, 2
	gateInChunk        // the BDAT before it was said
	gateHandshake      // a 220 to STARTTLS came: RFC 3207, 4
)

// part is a piece of what goes out.
type part struct {
	data []byte
	vars []Var
	bulk *session.Bulk
	line int
	mute bool // a pattern: it can be expected, not said

	login *response // its secrets are a response of a login
}

// unit is a command, a response to a challenge, or a whole content.
type unit struct {
	verb    string
	text    string
	line    int
	pattern *Pattern
}

// heard is one line from the server.
type heard struct {
	data  []byte
	vars  []Var
	bulk  *session.Bulk // instead of data
	line  int
	block int
	need  int // how many units must have been said before
	wait  time.Duration

	secure bool   // a TLS handshake stands here
	host   string // that it asked for
}

// answer is a recorded reply.
type answer struct {
	session.Reply
	line int // where the reply begins
	unit int // index of the unit it answers; -1 for the greeting
	turn int // index of the turn before it; -1 if there was none
}

type expectation struct {
	op      byte
	pattern *Pattern
	line    int
}

// missing names the first variable that has no value and no capture before it.
// Those of a login can be computed.
func (s *script) missing(values map[string]string, computed bool) (name string, line int) {
	known := map[string]bool{}
	for _, c := range s.conns {
		learn(known, c.expect)
		for _, t := range c.turns {
			for _, p := range t.parts {
				for _, v := range p.vars {
					if computed && p.login != nil && isSecret(v.Name) {
						continue
					}
					if _, ok := values[v.Name]; !ok && !known[v.Name] {
						return v.Name, p.line
					}
				}
			}
			learn(known, t.expect)
		}
	}
	return "", 0
}

func learn(known map[string]bool, expect []expectation) {
	for _, x := range expect {
		for _, name := range x.pattern.names {
			known[name] = true
		}
	}
}

// step makes a session's step of a turn.
func (t *turn) step(from *Transcript, values map[string]string) (session.Step, error) {
	st := session.Step{ID: t.id, Timeout: t.limit, Why: fmt.Sprintf("line %d of the transcript", t.line)}
	var octets []byte
	var total, lines int64
	for _, p := range t.parts {
		if p.mute {
			return st, fmt.Errorf("line %d: C? says what a client should send; it cannot be sent itself", p.line)
		}
		if p.bulk != nil {
			if p.bulk.Name == "" {
				return st, fmt.Errorf("line %d: %w", p.line, errNotKept)
			}
			total += p.bulk.Octets
			lines += p.bulk.Lines
			continue
		}
		data, err := expand(p.data, p.vars, values)
		if err != nil {
			return st, fmt.Errorf("line %d: %w", p.line, err)
		}
		octets = append(octets, data...)
		total += int64(len(data))
		lines++
	}
	if t.kind == turnSay {
		st.Bytes = octets
		return st, nil
	}
	st.Content = &session.Content{Wire: true, Octets: total, Lines: lines, Open: func() (io.ReadCloser, error) {
		return t.open(from, values)
	}}
	return st, nil
}
