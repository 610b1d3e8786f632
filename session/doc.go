// Package session is the SMTP conversation itself: what happened, what both
// sides now share, what can be said next, and the one place where bytes meet
// a network.
//
// A conversation is a list of things that happened. That list is the [Log];
// everything else is a function of it.
//
//	           Next                 Do                 write
//	Stepper ────────▶ Step ────────────▶ Session ─────────────▶ server
//	   ▲                                    │ append              │
//	   │ State                              ▼                     │ read
//	   └───────── State.Apply ◀─── Event ◀─ Log ◀─ Decoder ◀──────┘
//
// Knowledge is pure and total: [Decoder], [ParseReplyLine], [ParseCommand],
// [State.Apply], [Stepper], [Forecast] and [Advise] know no socket, no clock
// and no goroutine, return for every input, and never panic. Effects live in
// the last files of the reading order, and no other file here imports net.
//
// The machine comments and never forbids. Any bytes go out if the user wants
// them to; [Advise] says beforehand what the RFC thinks of them, and what a
// server does against the rules is a [Remark] on the state, not an error.
//
// Reading order: event.go, log.go (what happened); decoder.go, reply.go,
// command.go, path.go, typed.go, param.go, extension.go (the language); target.go, hop.go, offer.go
// (where to); content.go, measure.go; state.go,
// apply.go, incoming.go, transition.go, verdict.go, login.go, dots.go (what
// both sides share); step.go, mail.go, opening.go, letter.go, stage.go,
// group.go, amended.go, stepname.go (what to do next); advise.go, sequence.go,
// argument.go, attribute.go, parameter.go, complete.go (what the rules think of it);
// condition.go, breakpoint.go (what is looked for); timeout.go, secret.go, veil.go,
// decoded.go, quote.go, escape.go, count.go, version.go; then the effects: session.go, record.go, wait.go, dial.go, tls.go, overheard.go, ocsp.go, leave.go,
// wire.go, stream.go, chunk.go.
package session
