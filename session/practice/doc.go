// Package practice is the built-in server: a correct one by default, and one
// that misbehaves as a scenario says.
//
// It plays the other side of the same [session.State]. What it reads it
// applies as Sent, what it writes as Received, so phases and buffers are kept
// by the same code as on the client's side; the server adds only the decision
// which reply to give.
//
//	client ──▶ line ──▶ State.Apply ──▶ Scenario rule?  yes: its actions
//	                                         │ no
//	                                         ▼
//	client ◀── reply ◀── State.Apply ◀── answer (one function a verb)
//
// # Scenarios
//
// A scenario is a small text file in scenarios/. Its head says what it is
// about, its rules what is different:
//
//	title: EHLO 500, HELO 250
//	notice: fallback; no extensions
//	source: RFC 5321, 3.2
//
//	on EHLO: reply 500 5.5.1 Command unrecognized
//
// A rule is "on WHAT [arg GLOB] [phase NAME] [count N | N- | N-M]: ACTION, then
// ACTION…". WHAT is a verb, "greeting", "end of data" or "*". The phase is that
// before the reply, in the words of [session.Phase]. The count is that of the
// matching commands in one connection. The first rule that fits wins; without
// one the server answers correctly. Actions are
//
//	reply 250-one | 250 two   one reply line for each part
//	raw "\x00\r\n"            octets as they are, with Go's escapes
//	delay 3s                  wait
//	drip 1s                   what follows goes out one octet at a time
//	close                     close the channel
//	reset                     reset it (RST)
//	go on                     and now the correct answer
//
// Lines "offer: KEYWORD …" and "withhold: KEYWORD" change the reply to EHLO;
// both together replace an offer, and "offer: SIZE n" sets the limit too.
// "withhold: ENHANCEDSTATUSCODES" also takes the codes off the server's own
// replies. Those of a rule go out as they stand. An extension that the server
// knows works as soon as it is offered: see extensions.scenario.
//
// "require: STARTTLS", "require: AUTH" or both have everything else answered
// 530 until it is done. "protocol: LMTP" speaks LMTP (RFC 2033), "tls: implicit"
// begins with the handshake (RFC 8314, 3); in memory every scenario does if the
// client does. "certificate: expired", "other-name" or "untrusted" is one that
// does not verify.
//
// # Who is who
//
// The user alice has the password wonderland and the bearer token t0ken.
// Mailboxes with a name of their own, in any domain: nobody@ is refused at RCPT
// with 550, busy@ with 450, and full@ is taken at RCPT and refused with 452
// after the content, where LMTP or PRDR give a verdict for each recipient. All
// others take everything, and throw it away.
//
// # TLS
//
// Each server has an [Authority] of its own, made when it is first needed, or
// the one of its Options. In memory a client trusts it without being told: the
// channel vouches for the server (see [session.Vouched]). Over the network
// [Authority.Roots] or [Authority.PEM] say whom to trust.
//
// Reading order: scenario.go, server.go (accept.go, memory.go), conn.go,
// answer.go, then one file for what a client says: hello.go, envelope.go
// (param.go), content.go, chunk.go, verify.go, etrn.go, xclient.go; tls.go
// (authority.go); auth.go (password.go, bearer.go, scram.go).
package practice
