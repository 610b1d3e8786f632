// Package convert reads what other programs show of SMTP, and writes
// transcripts in the forms that others use.
//
//	file ──▶ source ──▶ a format ──▶ draft ──▶ transcript.Scribe ──▶ transcript
//	 (lines, cleaned)   (whose line?)  (secrets cut, warnings)
//
//	transcript ──▶ play ──▶ a form: command line, program, page, picture
//
// A format says of each line who said it. Most formats mark their lines, and a
// function takes the mark off; pastes of a terminal have no marks, and the
// protocol itself tells who must be speaking. What was guessed, mended or left
// out is a warning with its line.
//
// Memory is bounded whatever comes in. Only a file that holds several
// connections at once, interleaved, is gathered, up to a limit.
//
// Reading order: format.go, source.go, wide.go, clean.go, emphasis.go, foreword.go, draft.go,
// remark.go, mend.go, marked.go, learned.go, bare.go, dotted.go, sclient.go, reply.go (reading); then
// one file per format; of captures capture.go, packet.go, stream.go, pcap.go,
// talk.go, tls.go, tlsrecord.go, tcpdump.go. export.go, play.go, target.go, program.go
// (writing); then one file per form.
package convert
