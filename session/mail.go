package session

// The IDs of a mail's steps. Those of a letter follow each other: recipient i
// has the ID stepRcpt + i.
const (
	stepResolve = iota + 1
	stepConnect
	stepHello
	stepHELO
	stepMail
	stepData
	stepContent
	stepQuit
	stepHangUp
	stepSTARTTLS
	stepHandshake
	stepAUTH
	stepResponse
	stepXCLIENT
	stepXFORWARD
	stepRset
	stepAside
	stepEnd
	stepRcpt = 100
	// stepAmended is where the IDs of steps begin that a person put into a plan.
	stepAmended = 1 << 24
)

// maxChallenges bounds a login. SCRAM, the longest, has three.
const maxChallenges = 10

// TLSPolicy says when a mail asks for TLS.
type TLSPolicy uint8

const (
	TLSNever   TLSPolicy = iota // stay in the clear
	TLSAuto                     // STARTTLS if it is offered
	TLSRequire                  // no mail without TLS
)

// TLSByItself is the policy of a target where nobody has said what they wish.
// Who practises wants to see SMTP, and under TLS there is none to see.
func (t Target) TLSByItself() TLSPolicy {
	if t.Practice != "" {
		return TLSNever
	}
	return TLSAuto
}

// Letter is one envelope and its content.
type Letter struct {
	From    Envelope
	To      []Envelope
	Content *Content
	// UTF8 says that the header of the content needs SMTPUTF8 (RFC 6531). An
	// address that is not ASCII says so by itself.
	UTF8 bool
}

// Mail is a composed mail as a [Stepper]: connect, EHLO (HELO if the server
// knows no EHLO), TLS and login if they are wanted, then for each letter MAIL,
// a RCPT for each recipient, DATA and content or BDAT, and QUIT.
//
// Where a step is refused for good the mail goes on to the next letter, or to
// QUIT; a refused recipient does not stop the others (RFC 5321, 3.3).
type Mail struct {
	Target Target
	// Hello is the verb to begin with: EHLO, which falls back to HELO, or HELO
	// or LHLO alone. Default: EHLO, and LHLO for an LMTP target.
	Hello string
	Helo  string // its argument; "" takes the client's address as a literal

	Letter
	More []Letter // sent after it, on the same connection
	Rset bool     // send RSET between letters

	// Ignore names keywords that the mail treats as if they were not offered.
	Ignore []string
	// Chunk sends content with BDAT (RFC 3030) in chunks of that many octets;
	// below 0 it is all one chunk. 0 sends it with DATA.
	Chunk int64

	TLS TLSPolicy
	// Insecure goes on although the certificate did not verify.
	Insecure bool
	// Auth logs in before the mail; nil does not.
	Auth Authenticator
	// AuthOptional goes on without a login that fails or that nobody offers.
	AuthOptional bool
	// AuthIfOffered goes on without a login that nobody offers; one that fails
	// ends the mail.
	AuthIfOffered bool
	// XClientFirst says XCLIENT before STARTTLS; XClientOptional goes on if it
	// is refused.
	XClientFirst, XClientOptional bool
	// XClient are the attributes of an XCLIENT before the login, XForward
	// those of an XFORWARD before each letter (Postfix XCLIENT, XFORWARD).
	XClient, XForward []Param

	// Onward says whether the next address of an mx: target is to be tried
	// after what happened at the last one, and why (RFC 5321, 5.1). nil stays
	// with the first.
	Onward func(State) (why string, ok bool)

	Asides []Aside
	Stop   Stop
}

// Authenticator answers the challenges of a SASL mechanism (RFC 4954, 4). It
// is a function of what was asked so far, like everything that a [Stepper]
// goes by.
type Authenticator interface {
	// Mechanism picks one for a server that offers these; "" if none fits.
	Mechanism(offered []string, s State) string
	// Response answers the last challenge of s.Challenges. Without one it is
	// the initial response, or nil if the mechanism has none.
	Response(mech string, s State) (response []byte, why string, err error)
	// Accepted says what is wrong with a 235, or nil: a server may owe a proof
	// that it knows the password, too.
	Accepted(mech string, s State) error
	// Wanted are the mechanisms that somebody named; nil leaves the choice to it.
	Wanted() []string
}

// Next implements [Stepper].
func (m Mail) Next(s State) (Step, bool) {
	st, ok := m.next(s)
	if !ok {
		return st, false
	}
	return m.stop(s, m.aside(s, st))
}

func (m Mail) next(s State) (Step, bool) {
	if st, ok := m.connectToHop(s); ok {
		return st, true
	}
	switch {
	case s.Phase == Idle && s.Fault != "":
		return Step{}, false
	case s.Phase == Idle && m.Target.MX != "" && s.Hops == nil:
		return Step{ID: stepResolve, Kind: Resolve, Why: "ask the DNS where its mail goes"}, true
	case s.Phase == Idle && m.Target.NeedsLookup() && s.Addresses == nil:
		return Step{ID: stepResolve, Kind: Resolve, Why: "find its addresses"}, true
	case s.Phase == Idle:
		return Step{ID: stepConnect, Kind: Connect, Hope: 220, Why: "open, wait for 220"}, true
	case s.Phase == Over && s.Open:
		return hangUp("close the channel"), true
	case s.Phase == Over:
		return Step{}, false
	case s.Answers.Quit.Code != 0:
		return hangUp("QUIT was answered " + s.Answers.Quit.Code.String() + ": close the channel"), true
	case s.Phase == Challenged && len(s.Challenges) > maxChallenges:
		return hangUp("the server asks for ever: close the channel"), true
	case len(s.Pending) > 0:
		return Step{Kind: Await, Hope: HopeFor(s.Pending[0].Verb), Why: "wait for " + s.Pending[0].What()}, true
	}
	if s.Secure && !s.Verified && !m.Insecure {
		return giveUp(NoTLS, "the certificate is not verified: "+s.Unverified), true
	}
	switch s.Phase {
	case Greeted:
		return m.hello(s), true
	case Handshake:
		return Step{ID: stepHandshake, Kind: StartTLS, Why: "the next octet belongs to TLS"}, true
	case Challenged:
		return m.respond(s), true
	case Ready, Sender, Recipients, Data, Chunks, Spoilt:
		return m.letters(s), true
	}
	why := ""
	if s.Phase == Rejected {
		why = "the server wants no session, " + s.Answers.Greeting.Code.String() + ": say good-bye"
	}
	return quit(why), true
}

// quit ends a session in order.
func quit(why string) Step {
	if why == "" {
		why = "say good-bye, wait for 221"
	}
	return say(stepQuit, "QUIT", 221, why)
}

// giveUp ends a session before its mail was sent.
func giveUp(e Ending, why string) Step {
	st := quit(why)
	st.Ends = e
	return st
}

func hangUp(why string) Step { return Step{ID: stepHangUp, Kind: HangUp, Why: why} }

func say(id int, line string, hope Code, why string) Step {
	st := Line(line)
	st.ID, st.Hope, st.Why = id, hope, why
	return st
}
