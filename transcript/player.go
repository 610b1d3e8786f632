package transcript

import (
	"fmt"

	"ehlo/session"
)

// Player is a transcript as a [session.Stepper]: what its client said, turn
// by turn. The ID of a step is the number of the turn, and the state keeps
// the last one: so a person can leave the path by hand and come back to it.
type Player struct {
	target session.Target
	turns  []turn
	steps  []session.Step
}

// NewPlayer makes a player that talks to target. Each variable of the
// transcript must have a value, secrets among them.
func NewPlayer(t *Transcript, target session.Target, values map[string]string) (*Player, error) {
	sc := newScript(t)
	p := &Player{target: target}
	for _, c := range sc.conns {
		for _, turn := range c.turns {
			st, err := turn.step(t, values)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", session.Escape(t.Name), err)
			}
			if turn.kind == turnSecure {
				st = session.Step{ID: turn.id, Kind: session.StartTLS, Why: st.Why}
			}
			st.Hope = c.hope(turn)
			p.turns = append(p.turns, turn)
			p.steps = append(p.steps, st)
		}
	}
	return p, nil
}

// hope is the code of the last reply that a turn was given.
func (c *conn) hope(t turn) session.Code {
	var code session.Code
	for _, a := range c.answer {
		if a.turn >= 0 && c.turns[a.turn].id == t.id {
			code = a.Code
		}
	}
	return code
}

// Next implements [session.Stepper].
func (p *Player) Next(s session.State) (session.Step, bool) {
	at := s.Step
	for at < len(p.turns) && p.turns[at].kind == turnWait {
		at++ // a person sets the pace
	}
	left := at >= 0 && at < len(p.turns)
	switch {
	case s.Phase == session.Idle && s.Fault != "":
		return session.Step{}, false
	case s.Phase == session.Idle && p.target.NeedsLookup() && s.Addresses == nil:
		return session.Step{Kind: session.Resolve, Why: "find the addresses of " + p.target.Host}, true
	case s.Phase == session.Idle:
		return p.connect(), true
	case !s.Open && left && p.begins(at):
		return p.connect(), true
	case !s.Open:
		return session.Step{}, false
	case len(s.Pending) > 0 && !(left && p.turns[at].eager && p.turns[at].gate == gateNone):
		why := "wait for the reply to " + session.Escape(s.Pending[0].Verb)
		if s.Fault == session.FaultTimeout {
			why += ", once more: " + faultText(s)
		}
		return session.Step{Kind: session.Await, Why: why}, true
	case !left, p.begins(at) && !fresh(s), s.Phase == session.Over:
		return session.Step{Kind: session.HangUp, Why: "the recording ends here"}, true
	case p.barred(s, &p.turns[at]) && (s.Phase == session.Data || s.Phase == session.Challenged || s.Phase == session.Handshake):
		return session.Step{Kind: session.HangUp, Why: fmt.Sprintf("line %d of the transcript must not be said in this state", p.turns[at].line)}, true
	case p.barred(s, &p.turns[at]):
		// Where it cannot be as it was, the only safe word is QUIT.
		st := session.Line("QUIT")
		st.Hope, st.Why = 221, fmt.Sprintf("line %d of the transcript must not be said in this state", p.turns[at].line)
		return st, true
	}
	return p.steps[at], true
}

func (p *Player) connect() session.Step {
	return session.Step{Kind: session.Connect, Hope: 220, Why: "open the channel, wait for the greeting"}
}

// begins reports whether a turn is the first of its connection.
func (p *Player) begins(at int) bool { return at == 0 || p.turns[at-1].conn != p.turns[at].conn }

// fresh reports whether nothing has been said on this channel.
func fresh(s session.State) bool { return s.Last.To == "" || s.Last.To == session.Greeting }

func (p *Player) barred(s session.State, t *turn) bool {
	r := run{st: s, inChunk: s.Step == t.id-1}
	return r.barred(t) != ""
}
