package transcript

import (
	"fmt"
	"time"

	"ehlo/session"
)

// Dir says whose octets a line holds.
type Dir byte

const (
	FromClient Dir = 'C'
	FromServer Dir = 'S'
)

// ItemKind says what a line of the file is.
type ItemKind uint8

const (
	Blank     ItemKind = iota
	Comment            // # text
	Octets             // C: S: and their kin
	Expect             // S? S+ S! and C?
	Time               // + seconds
	Fact               // = key …: it happened
	Directive          // @ key …: it is intended
	Damage             // a line that could not be read; Text says why
)

// Item is one line of the file. Items keep everything a file holds, so that
// it can be written again; what happened is in [Transcript.Events].
type Item struct {
	Line int // counted from 1
	Kind ItemKind
	Dir  Dir
	// Op is what follows C or S: one of : > " 6 * @ for octets, of ? + ! for
	// expectations.
	Op byte
	// Data holds the octets, escapes resolved and line ending added. Vars
	// marks the ${name} placeholders in it.
	Data []byte
	Vars []Var
	// Count is how often Data stands (Op '*').
	Count int
	// Bulk says where the octets are (Op '@'); without a name nobody kept them.
	Bulk *session.Bulk
	Wait time.Duration // Time: since the event before
	Step int           // Time: the step of what follows, 0 if none
	Key  string        // Fact, Directive
	// Text is what follows a key, the text of a comment or of a pattern.
	Text    string
	Pattern *Pattern // Expect
}

// Var is a ${name} placeholder: Data[From:To].
type Var struct {
	From, To int
	Name     string
}

// SyntaxError says what is wrong with a line of a transcript.
type SyntaxError struct {
	File      string
	Line, Col int // counted from 1, Col in octets
	Text      string
}

func (e *SyntaxError) Error() string {
	// Both come from outside: who named the file, and who wrote it.
	file, text := session.Escape(e.File), session.Escape(e.Text)
	if e.Col > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", file, e.Line, e.Col, text)
	}
	return fmt.Sprintf("%s:%d: %s", file, e.Line, text)
}

// Warning is something a reader of the file should know, and no error.
type Warning struct {
	Line int
	Text string
}
