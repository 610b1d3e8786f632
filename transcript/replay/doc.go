// Package replay runs a transcript again against a server and compares what
// comes with what came then.
//
//	Transcript ──▶ script ──▶ Run, Player ──▶ session ──▶ server
//	                             │               │
//	                             ▼               ▼
//	            Report ◀── Comparison.Learn ◀── events
//	              │
//	              ├──▶ Reporter: text, JSON, JUnit, TAP
//	              └──▶ Accept: the new replies, into the file
//
// [Run] goes by itself, as fast as the replies come; with a [Player] a person
// sets the pace, and can say something else in between. Nothing is said blindly:
// content needs a 354, a response to a challenge a 334, and what was said under
// TLS is not said in the clear.
//
// What differs is a difference if clients act on it, and a note if not; ids,
// dates and names are neither (package normalise).
//
// Reading order: replay.go, play.go, say.go, renew.go, respond.go (what goes
// out); player.go (step by step); compare.go, diff.go, expect.go, ending.go (what
// differs); two.go (two recordings); report.go, outcome.go, accept.go (what becomes of it).
package replay
