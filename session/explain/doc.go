// Package explain says what the words of SMTP mean: reply codes, enhanced
// status codes, verbs, keywords, parameters, mechanisms, limits, and the terms that
// people use.
//
// The facts are tables, one file a kind, embedded. Each row has a source, and
// this is the one place where RFC numbers are told to people.
//
//	word ──Lookup──▶ entries          reply ──Reply──▶ entries, in the context
//	     ──Nearest──▶ words                            of the command it answers
//
// Reading order: explain.go, document.go (where it is written), then the tables
// in facts/; fault.go (what failed without a reply); ask.go (a question of
// several words).
package explain
