// Package sasl answers the challenges of SASL mechanisms, and says of each
// answer how it was made.
//
//	session.Mail ──Mechanism, Response──▶ Client ──▶ mechanism (one file a family)
//
// A mechanism is a function from the credentials and all challenges so far to
// the next response: no hidden progress, so that a step can be looked at,
// changed, and taken again.
//
// SCRAM's cryptography is that of github.com/xdg-go/scram. The short
// mechanisms are written out here, because a debugger must also be able to
// send them wrong.
//
// Reading order: client.go, plain.go, scram.go, oauth.go.
package sasl
