// Package message composes and judges mail content: what a client sends
// between the 354 and the final dot.
//
//	Draft ──Compose──▶ session.Content ──Sign──▶ session.Content ──▶ session.Mail
//	                        │  │
//	                        │  └──Mangle──▶ wire content, broken on purpose
//	                        └──Lint──▶ findings, with the section of the rule
//
// Content is a reference all the way: an attachment, or a message in a file,
// is read when it goes out and never held in memory. A message that comes from
// a file is not touched unless it is to be signed.
//
// Reading order: draft.go, header.go, entity.go, attachment.go, finding.go,
// lint.go, headerlint.go, verify.go (what the rules say); dkim.go, mangle.go, wire.go
// (octets); template.go (what to begin with), mailbox.go (what arrived).
package message
