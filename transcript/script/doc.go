// Package script makes of a transcript something that can be done again. What
// was recorded, or written by hand, becomes for each connection what the client
// says, what calls for a reply, and what it was answered or is expected to be.
//
//	Transcript ──▶ New ──▶ Script ─┬▶ Conn.Turns ──▶ replay: what goes out, and what it waits for
//	                               ├▶ Conn.Units ──▶ serve:  what is waited for
//	                               ├▶ Conn.Heard ──▶ serve:  what goes out, and behind which unit
//	                               └▶ Conn.Answer ─▶ replay: what the replies are compared with
//
// Package replay takes the client's side of it and package serve the server's.
// Both see the same script, and so a file agrees with itself.
//
// A turn that must not be said again without a reply before it has a [Gate].
// Where replies are expected and none was recorded, some are made up that meet
// the expectations: they take the state on, and can be served.
//
// Reading order: script.go (what there is), scripter.go (line by line), said.go,
// heard.go, orders.go, exchange.go (logins), meet.go (replies that are made up);
// pace.go, missing.go, expand.go, content.go (of use to both sides).
package script
