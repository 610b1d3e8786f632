// Package normalise knows what changes from run to run and says nothing: dates,
// names of queued messages, how long it took, what each side calls itself. Where
// texts are compared it puts a token such as ‹date› in the place of each; what
// was recorded stays as it is.
//
// Reading order: rules.go (dates, ids, …), names.go (of both sides), queue.go (the
// name of a message that was taken).
package normalise
