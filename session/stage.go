package session

import (
	"errors"
	"strings"
)

// Stage is a part of a mail's way, in the order in which they are reached.
type Stage uint8

const (
	NoStage Stage = iota
	StageConnect
	StageGreeting
	StageFirstHelo // before TLS
	StageTLS
	StageHelo // the one that the mail is sent under
	StageXClient
	StageAuth
	StageMail
	StageRcpt
	StageData
	StageContent
	StageQuit
)

var stageNames = [...]string{
	"", "connect", "greeting", "first-helo", "tls", "helo", "xclient", "auth", "mail", "rcpt", "data", "content", "quit",
}

func (g Stage) String() string { return stageNames[min(g, StageQuit)] }

// Stages returns the names of all stages.
func Stages() []string { return append([]string(nil), stageNames[1:]...) }

// ParseStage reads the name of a stage.
func ParseStage(name string) (Stage, error) {
	for i, n := range stageNames {
		if i > 0 && strings.EqualFold(n, name) {
			return Stage(i), nil
		}
	}
	return NoStage, errors.New("no stage of a mail; there are " + strings.Join(Stages(), ", "))
}

// Aside is a line that a mail says beside its own, as soon as a stage is
// behind it: in every transaction, if the stage is one of a transaction. They
// stand in the order of their stages.
type Aside struct {
	After Stage
	Line  string
}

// Stop ends a mail early. QUIT is said where it can be.
type Stop struct {
	Before, After Stage
	// Drop hangs up after the reply of a stage, DropSent before it, both
	// without QUIT.
	Drop, DropSent Stage
}

// Undecided reports whether the mail ends before a server can have judged its
// last letter.
func (s Stop) Undecided() bool {
	within := func(g, last Stage) bool { return g != NoStage && g <= last }
	return within(s.Before, StageContent) || within(s.After, StageData) || within(s.Drop, StageData) || within(s.DropSent, StageContent)
}

// Ending says why a plan ends before its mail was sent.
type Ending string

const (
	Stopped   Ending = "stopped"     // as asked
	NoTLS     Ending = "no TLS"      // it is required
	NoAuth    Ending = "no login"    // it was asked for
	NoXClient Ending = "no identity" // the server did not take the XCLIENT
)

// stage tells which one a step of the plan belongs to. All chunks but the last
// are of the stage data.
func (m Mail) stage(s State, st Step) Stage {
	switch {
	case st.ID >= stepRcpt:
		return StageRcpt
	case st.ID == stepHello || st.ID == stepHELO:
		if !s.Secure && m.TLS != TLSNever && s.Answers.StartTLS.Code == 0 {
			return StageFirstHelo
		}
		return StageHelo
	case st.ID == stepContent && partial(ParseCommand(st.Bytes)):
		return StageData
	}
	switch st.ID {
	case stepResolve, stepConnect:
		return StageConnect
	case stepSTARTTLS, stepHandshake:
		return StageTLS
	case stepXCLIENT:
		if m.XClientFirst {
			return StageFirstHelo
		}
		return StageXClient
	case stepAUTH, stepResponse:
		return StageAuth
	case stepMail, stepXFORWARD, stepRset:
		return StageMail
	case stepData:
		return StageData
	case stepContent:
		return StageContent
	case stepQuit:
		return StageQuit
	}
	return NoStage
}

// partial reports whether a command sends a chunk that is not the last.
func partial(c Command) bool {
	return c.Verb == "BDAT" && !hasWord(c.Arg, "LAST")
}

// letterOf tells which letter a step belongs to. What comes before the first
// is of that, QUIT is of none.
func (m Mail) letterOf(s State, here Stage) int {
	switch {
	case here == StageQuit:
		return m.count()
	case here <= StageMail: // MAIL, or what comes before it
		return s.Letters
	}
	return s.Letters - 1
}

// early reports whether a step belongs to a letter that others follow.
func (m Mail) early(s State, here Stage) bool {
	return here >= StageMail && m.letterOf(s, here) < m.count()-1
}

// aside puts the next of the asides before a step if their time has come.
func (m Mail) aside(s State, st Step) Step {
	if st.Kind != Say || st.Ends != "" || s.Phase == Data || s.Phase == Challenged {
		return st
	}
	a, letter, ok := m.nextAside(s.Asides)
	here := m.stage(s, st)
	if !ok || here == NoStage {
		return st
	}
	if at := m.letterOf(s, here); at < letter || at == letter && here <= a.After {
		return st
	}
	return say(stepAside, a.Line, 0, "asked for after "+a.After.String())
}

// nextAside returns the aside that follows so many others, and the letter that
// it belongs to: those of a transaction are said in every one.
func (m Mail) nextAside(said int) (a Aside, letter int, ok bool) {
	once, each := 0, 0
	for _, a := range m.Asides {
		switch {
		case a.After < StageMail:
			once++
		case a.After < StageQuit:
			each++
		}
	}
	if said < once {
		return m.Asides[said], 0, true
	}
	if said -= once; said >= each*m.count() {
		return a, 0, false
	}
	return m.Asides[once+said%each], said / each, true
}

// stop replaces a step if the mail is to end here. Of several letters it is
// the last that is cut short.
func (m Mail) stop(s State, st Step) (Step, bool) {
	if m.Stop == (Stop{}) || st.Ends != "" {
		return st, true
	}
	here := m.stage(s, st)
	if m.early(s, here) {
		return st, true
	}
	behind := func(g Stage) bool { return g != NoStage && here > g }
	switch {
	case st.Kind == Await && m.unheard(s), behind(m.Stop.DropSent), behind(m.Stop.Drop):
		return stopped(hangUp("hang up without QUIT, as asked")), true
	case here == NoStage:
		return st, true
	case m.Stop.Before == StageConnect:
		return st, false
	case here == StageConnect:
		st.NoWait = m.dropsGreeting()
	case m.Stop.Before != NoStage && here >= m.Stop.Before, behind(m.Stop.After):
		if s.Phase == Data || here == StageQuit {
			return stopped(hangUp("stop here, as asked")), true // a QUIT would be content
		}
		return stopped(quit("stop here, as asked")), true
	case here == m.Stop.DropSent:
		st.NoWait = true
	}
	return st, true
}

// dropsGreeting reports whether the mail hangs up before the greeting.
func (m Mail) dropsGreeting() bool {
	return m.Stop.Before == StageGreeting || m.Stop.DropSent == StageConnect || m.Stop.DropSent == StageGreeting
}

// unheard reports whether what is pending is what the mail hangs up on.
func (m Mail) unheard(s State) bool {
	if s.Phase == Greet {
		return m.dropsGreeting()
	}
	last := s.Pending[len(s.Pending)-1]
	here := m.stage(s, Step{ID: last.Step, Bytes: []byte(last.Verb + " " + last.Arg)})
	return here != NoStage && here == m.Stop.DropSent && !m.early(s, here)
}

func stopped(st Step) Step {
	st.Ends = Stopped
	return st
}
