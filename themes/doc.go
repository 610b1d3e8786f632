// Package themes gives a screen its looks by meaning: what is a refusal, what
// is a secret, what is only a border. A theme is data.
//
//	data/NAME.theme ──parse──▶ Theme ──┬─ styles   Refused.Render("550 …")
//	                                   └─ marks    Marks.Refused = "!"
//
// Every meaning that a style carries by colour, a mark carries by a character,
// so that a screen says the same without any colour at all ([Plain]).
//
// Reading order: background.go (why this package must come first), theme.go,
// style.go, marks.go, parse.go, folder.go (a person's own).
package themes
