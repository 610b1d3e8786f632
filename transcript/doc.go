// Package transcript is the log of a conversation in a text file: it records,
// reads, mends and prints one, and takes its secrets out. Package replay runs it
// again against a server, package serve plays its server to a client; what both
// make of it stands in package script.
//
// A line of the file is what was on the wire, so that a dialogue pasted from
// an RFC is a transcript already:
//
//	S: 220 foo.com Simple Mail Transfer Service Ready
//	C: EHLO bar.com
//	S: 250 foo.com greets bar.com
//
// A file that does not begin with "= smtp-transcript 1" may be such a dialogue.
// What was printed around it is left out, what is missing put in, with a
// warning each ([Scanner.Warnings]); see loose.go.
//
// What such a line cannot hold has lines of other kinds: octets in quotes or
// base64, "+ seconds" before each read and write, "=" for what happened beside
// the octets, "@" for what is intended, "S?" for what is expected.
//
//	session ──▶ Recorder ──▶ writer ──▶ file ──▶ Scanner ──▶ Item
//	                                                          │ assembler
//	                             Printer, JSON ◀── Event ◀────┤ (one by one: Reader)
//	                                                          ▼
//	                                                     Transcript ──▶ script ──▶ replay, serve
//
// Four promises hold it together. Octets, their direction and how they were
// cut into reads and writes come back as they were. The state after each event
// of a file is the state of the recorded session there. A file that was cut
// off anywhere can be read. Nothing secret is in it, nor in what is printed.
//
// # Events and lines
//
// Events are numbered by their order in the file: each line of octets up to
// its line feed is one, and so is each of the facts resolved, connect, tls,
// failed, closed and note. Three facts carry what an event has and octets
// cannot show, and stand only where they are needed:
//
//	= step 100       the step of the client's lines that follow in this block
//	= part           the line before this is an event though it has no end
//	= gap octets=12  octets before the next line that were not kept
//	= more san=…     goes on with the fact before
//
// The step of a whole block stands on its "+" line: "+ 0.021 step=5". The
// facts auth, capture, note, gap, more, part, secrets and step are inside a block; all others end
// it.
//
// Reading order: item.go, line.go, quote.go, param.go, scan.go, known.go (a line);
// loose.go, label.go, pasted.go, unlabelled.go, aside.go, gloss.go (a line that was pasted);
// assemble.go, facts.go, reader.go, transcript.go, room.go, beside.go (a file);
// encode.go, fact.go, write.go, login.go, record.go, scribe.go, side.go, remove.go,
// format.go, items.go, redact.go, mask.go (writing); lint.go, look.go, flow.go
// capture.go (secrets, and what is worth finding); printer.go, text.go, json.go
// (showing); pattern.go, sample.go, directive.go, level.go, missing.go (by hand);
// playback.go (in its time).
package transcript
