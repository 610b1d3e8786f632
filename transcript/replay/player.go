package replay

import (
	"cmp"
	"fmt"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
)

// Player is a transcript as a [session.Stepper]: what its client said, turn
// by turn, for a person who sets the pace. Learn compares what comes with what
// came then:
//
//	p, err := replay.NewPlayer(t, options)
//	for {
//		step, ok := p.Next(state)    // step.ID is the turn
//		…                            // the session does it
//		for _, e := range events {   // and these came
//			state = state.Apply(e)
//			for _, r := range p.Learn(e) {
//				…            // r.Want beside r.Got, r.Unified()
//			}
//		}
//	}
//	err = replay.Accept(name, p.Report().Steps) // those that shall stand in the file
//
// The ID of a step is the number of the turn, and the state keeps the last
// one: so a person can leave the path by hand and come back to it. What is
// said by hand is not compared.
type Player struct {
	*Comparison
	t     *transcript.Transcript
	o     Options
	turns []script.Turn
	hopes []session.Code
	run   *run // answers in logins
}

// NewPlayer makes a player. Each variable of the transcript must have a
// value, secrets among them, or be captured on the way; in a login o.Auth
// answers. Pacing and what to do about a difference are the person's.
func NewPlayer(t *transcript.Transcript, o Options) (*Player, error) {
	sc := script.New(t)
	if name, line := sc.Missing(o.Variables, o.Auth != nil); name != "" {
		return nil, &transcript.MissingError{Name: name, File: t.Name, Line: line}
	}
	w := o.rewriter()
	w.conns = sc.Conns
	p := &Player{Comparison: newComparison(sc, o.Compare, w), t: t, o: o}
	p.run = &run{Comparison: p.Comparison, t: t, o: o, sc: sc, w: w}
	for i := range sc.Conns {
		c := &sc.Conns[i]
		for _, turn := range c.Turns {
			if turn.Kind == script.TurnSay || turn.Kind == script.TurnContent {
				// Whatever cannot be said is told of now, not in the middle.
				if _, err := (&rewriter{}).step(&turn, t, standIns(&turn)); err != nil {
					return nil, fmt.Errorf("%s: %w", session.Escape(t.Name), err)
				}
			}
			p.turns = append(p.turns, turn)
			p.hopes = append(p.hopes, c.Hope(turn))
		}
	}
	return p, nil
}

// standIns are values for what is not known before it is captured.
func standIns(t *script.Turn) map[string]string {
	out := map[string]string{}
	for _, part := range t.Parts {
		for _, v := range part.Vars {
			out[v.Name] = ""
		}
	}
	return out
}

// Report is what was compared so far.
func (p *Player) Report() *Report {
	r := &Report{Name: p.t.Name, Steps: p.steps, Captures: p.Captures}
	differences, _ := r.Counts()
	r.Same = differences == 0
	return r
}

// Pause says why a person should look before the next step: what "@ break"
// says there, or "".
func (p *Player) Pause(s session.State) string {
	if at := p.next(s); at >= 0 && at < len(p.turns) {
		return p.turns[at].Pause
	}
	return ""
}

// Line is the line of the file that the next step comes from, or 0.
func (p *Player) Line(s session.State) int {
	if at := p.next(s); at >= 0 && at < len(p.turns) {
		return p.turns[at].Line
	}
	return 0
}

func (p *Player) next(s session.State) int {
	at := s.Step
	done := func(kind script.TurnKind) bool {
		switch kind {
		case script.TurnWait:
			return true // a person sets the pace
		case script.TurnSecure: // a handshake says nothing that would tell its step
			return s.Secure && s.Phase != session.Handshake && len(s.Pending) == 0
		}
		return false
	}
	for at >= 0 && at < len(p.turns) && done(p.turns[at].Kind) {
		at++
	}
	return at
}

// Next implements [session.Stepper].
func (p *Player) Next(s session.State) (session.Step, bool) {
	at := p.next(s)
	left := at >= 0 && at < len(p.turns)
	target := p.o.Session.Target
	switch {
	case s.Phase == session.Idle && s.Fault != "":
		return session.Step{}, false
	case s.Phase == session.Idle && target.NeedsLookup() && s.Addresses == nil:
		return session.Step{Kind: session.Resolve, Why: "find the addresses of " + target.Host}, true
	case s.Phase == session.Idle:
		return p.connect(), true
	case !s.Open && left && p.begins(at):
		return p.connect(), true
	case !s.Open:
		return session.Step{}, false
	case len(s.Pending) > 0 && !(left && p.turns[at].Eager && p.turns[at].Gate == script.GateNone):
		why := "wait for the reply to " + session.Escape(s.Pending[0].Verb)
		if s.Fault == session.FaultTimeout {
			why += ", once more: " + faultText(s)
		}
		return session.Step{Kind: session.Await, Why: why}, true
	case s.Seq == p.st.Seq && p.unasked(p.before(at)) != nil:
		a := p.unasked(p.before(at))
		return session.Step{Kind: session.Await, Timeout: p.o.lull(a), Why: fmt.Sprintf("wait for what the server said by itself, line %d of the transcript", a.Line)}, true
	case !left, p.begins(at) && !fresh(s), s.Phase == session.Over:
		return session.Step{Kind: session.HangUp, Why: "the recording ends here"}, true
	}
	return p.say(s, at), true
}

// say is the step of a turn, or what can be done where it must not be said.
func (p *Player) say(s session.State, at int) session.Step {
	t := &p.turns[at]
	why := barred(s, s.Step == t.ID-1, t)
	if why == "" {
		p.run.answers = nil // to a challenge that somebody may have imagined
		why = p.run.logIn(s, t)
	}
	switch stuck := s.Phase == session.Data || s.Phase == session.Challenged || s.Phase == session.Handshake; {
	case why != "" && stuck:
		return session.Step{Kind: session.HangUp, Why: fmt.Sprintf("line %d of the transcript is %s", t.Line, why)}
	case why != "":
		// Where it cannot be as it was, the only safe word is QUIT.
		st := session.Line("QUIT")
		st.Hope, st.Why = 221, fmt.Sprintf("line %d of the transcript is %s", t.Line, why)
		return st
	case t.Kind == script.TurnSecure:
		return session.Step{ID: t.ID, Kind: session.StartTLS, Why: fmt.Sprintf("line %d of the transcript", t.Line)}
	}
	st, err := p.run.w.step(t, p.t, p.run.known())
	if err != nil {
		why := cmp.Or(p.uncaptured(err, t), err.Error())
		return session.Step{Kind: session.HangUp, Why: session.Escape(why)}
	}
	st.Hope = p.hopes[at]
	return st
}

func (p *Player) connect() session.Step {
	return session.Step{Kind: session.Connect, Hope: 220, Why: "open the channel, wait for the greeting"}
}

// before counts the turns of the connection under way that stand before a turn.
func (p *Player) before(at int) int {
	n := 0
	for i := range min(max(at, 0), len(p.turns)) {
		if p.turns[i].Conn == p.conn {
			n++
		}
	}
	return n
}

// begins reports whether a turn is the first of its connection.
func (p *Player) begins(at int) bool { return at == 0 || p.turns[at-1].Conn != p.turns[at].Conn }

// fresh reports whether nothing has been said on this channel.
func fresh(s session.State) bool { return s.Last.To == "" || s.Last.To == session.Greeting }

// Wary is a player that minds certificates: what was meant for one server must
// not go to another that cannot prove its name, unless Insecure says so.
type Wary struct {
	*Player
	Insecure bool
}

// Next implements [session.Stepper].
func (w Wary) Next(s session.State) (session.Step, bool) {
	if s.Open && s.Secure && !s.Verified && !w.Insecure && s.Phase != session.Over {
		return session.Step{Kind: session.HangUp, Why: "the certificate is not verified: " + s.Unverified}, true
	}
	return w.Player.Next(s)
}
