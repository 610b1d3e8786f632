// Package plain is the session line by line: for screen readers, dumb
// terminals, serial consoles and pipes. It moves no cursor, draws no colours
// and needs no terminal.
//
//	standard input ─▶ hear ─▶ a line goes out as it is typed, with CRLF
//	                    │     /step, /run, /edit … do what the plan says
//	                    ▼                      │
//	                  Run ◀── Log.Wait ◀── session.Do
//	                    │
//	                    ▼
//	standard output: C: and S: lines, what has changed, what comes next
//
// What a person types is for the server, but for lines that begin with a slash
// and a question mark alone; two slashes send one. An empty line sends nothing,
// so that a line break which was pasted does nothing, unless the server waits
// for content or for a response: there it is what it is on the wire. Where a person sits,
// a line that the rules speak against is told about first, and Enter sends it.
//
// Reading order: options.go, talk.go (the loop), lines.go (what is typed),
// hear.go, doubt.go, command.go, help.go (what it means), say.go, hold.go, amend.go (what goes out),
// tell.go (what is printed), show.go, explain.go, file.go, tape.go, again.go, fake.go
// (transcripts), letter.go, form.go, library.go (what there is to choose from), lesson.go.
package plain
