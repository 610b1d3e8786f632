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
//	                          │ accepted
//	                          ▼
//	                     Mail ──▶ Store (mailboxes, maildirs), or Options.Forward
//
// # Scenarios
//
// A scenario is a small text file in scenarios/, or one of a user's own. Its
// head says what it is about, its rules what is different:
//
//	title: EHLO 500, HELO 250
//	chapter: Saying hello
//	notice: fallback; no extensions
//	source: RFC 5321, 3.2
//
//	on EHLO: reply 500 5.5.1 Command unrecognized
//
// A rule is "on WHAT CONDITION…: ACTION, then ACTION…". The first rule that
// fits wins; without one the server answers correctly. WHAT is a verb, or two
// with | between, * for every command, "unknown command", "greeting", "early
// talk" (before the greeting is complete), "handshake" (its first octets have
// come), "end of login" (a 235 or 535 is due), "end of data", or "verdict" (on
// one recipient: LMTP, PRDR). Conditions are
//
//	arg GLOB          what follows the verb
//	answer GLOB       what a correct server would say
//	phase NAME        that before the reply, in the words of [session.Phase]
//	if FLAG           pipelined, bare-lf, eight-bit, secure, clear
//	count N, N-, N-M  which of the matches this is
//	after 60s         that long or longer since the first match
//	until 60s         not so long
//	per SCOPE         whose matches are counted: those of the connection, or of
//	                  the transaction, client, recipient, triplet (RFC 6647) or
//	                  server
//
// Actions are
//
//	reply 250-one | 250 two   one reply line for each part
//	raw "\x00\r\n"            octets as they are, with Go's escapes
//	delay 3s                  wait
//	drip 1s                   what follows goes out one octet at a time
//	keep                      take the message, and say nothing
//	show                      reply with the content as it was received
//	close                     close the channel
//	reset                     reset it (RST)
//	go on                     and now the correct answer, or the handshake
//
// In a reply ${name} is the server, ${client} and ${helo} are the client,
// ${path}, ${local} and ${domain} the address in the command, ${line} is that,
// ${argument} all behind its verb, and there are ${octets}, ${id}, ${date} and ${limit}.
//
// Lines "offer: KEYWORD …" and "withhold: KEYWORD" change the reply to EHLO;
// both together replace an offer, "withhold: *" takes all away, and "offer:
// SIZE n" sets the limit too. "withhold: ENHANCEDSTATUSCODES" also takes the
// codes off the server's own replies. Those of a rule go out as they stand. An
// extension that the server knows works as soon as it is offered: see
// extensions.scenario. "greeting:" and "hello:" are the text behind 220 and
// behind the first 250.
//
// "require: STARTTLS", "require: AUTH" or both have everything else answered
// 530 until it is done. "mechanisms:" are all that AUTH offers, "login:
// refused" lets nobody in. "mailboxes:" are the only ones of the server's own
// domain. "content: dots-kept" or "seven-bit" spoils what is kept. "protocol:
// LMTP" speaks LMTP (RFC 2033), "tls: implicit" begins with the handshake (RFC
// 8314, 3); in memory every scenario does if the client does. "certificate:
// expired", "other-name", "untrusted" or "self-signed" is one that does not
// verify; with "stapled" a good OCSP response comes with a good one, with
// "revoked" a bad one. "network:" names hosts behind the server; "also:" is another name.
// "from:" and "to:" are whose mail shows best what it is about.
//
// # Who is who
//
// The user alice has the password wonderland and the bearer token t0ken, unless
// Options name others. Mailboxes with a name of their own, in any domain:
// nobody@ is refused at RCPT with 550, busy@ with 450, gone@ with 551; moved@
// is taken with 251 and forwarded to bob@; staff@ is a list; full@ is taken at
// RCPT and refused with 452 after the content, where LMTP or PRDR give a
// verdict for each recipient, and otherwise its sender gets a notification.
// VRFY smith is ambiguous. All others take everything.
//
// What is taken has the trace of RFC 5321, 4.4 on top and lies in the
// server's [Store], where [Store.Mailboxes] finds it: in memory as much as
// there is room for, and all of it in maildirs if the store has a folder.
// Notifications (RFC 3461, RFC 3464) are made and lie in the mailbox of the
// sender.
//
// # TLS
//
// Each server has an [Authority] of its own, made when it is first needed, or
// the one of its Options. In memory a client trusts it without being told: the
// channel vouches for the server (see [session.Vouched]). Over the network
// [Authority.Roots] or [Authority.PEM] say whom to trust.
//
// Reading order: scenario.go, parse.go, rule.go, action.go (the files); server.go
// (accept.go, door.go, memory.go), conn.go (cork_linux.go, cork_other.go), match.go,
// act.go, answer.go, then one file for what a client says: hello.go, envelope.go
// (param.go), content.go, chunk.go, verify.go, etrn.go, xclient.go; tls.go
// (authority.go); auth.go (user.go, password.go, bearer.go, scram.go); and what
// becomes of mail: letter.go, trace.go, deliver.go, notify.go, store.go, maildir.go.
package practice
