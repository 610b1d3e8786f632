// Package transcript is the log of a conversation in a text file: one format
// that is record, script, fake server and test.
package transcript
