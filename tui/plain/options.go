package plain

import (
	"context"
	"io"
	"time"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/transcript/shelf"
)

// Options say what is talked about and how it reaches the world.
type Options struct {
	// Mail is the plan, and whom it is for.
	Mail session.Mail
	// Session says how its server is reached. Its Target is that of Mail.
	Session session.Options
	// Shelf keeps the transcript of every session. Default: none is kept.
	Shelf shelf.Shelf
	// Begins is told of each session before it connects. May be nil.
	Begins func(*session.Session)
	// Compose makes content when a part of the letter is changed; Draft is the
	// letter. A nil Compose leaves the content as it is.
	Compose func(message.Draft) (*session.Content, error)
	Draft   message.Draft
	// File is a transcript to play back.
	File string

	In  io.Reader
	Out io.Writer
	// Terminal says that a person sits before In: there are prompts, a line
	// that is typed during a wait is heard at once, and an open transaction is
	// not left without a question.
	Terminal bool
	// Interrupt ends a wait, and where nothing is awaited asks to leave. May
	// be nil.
	Interrupt <-chan struct{}
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Dir is where files are saved and opened unless a name says otherwise.
	Dir string
	// Export writes what happened as something else; nil exports nothing.
	Export func(ctx context.Context, format string, events []session.Event) (string, error)
	// Formats names what Export knows.
	Formats []string
}

// Result is how it ended.
type Result struct {
	State  session.State
	Events []session.Event
	Ran    bool         // the plan was run to its end
	Last   session.Step // the step with which the plan turned to its end
	Wrong  int          // commands that could not be understood
	Saved  []string     // transcripts that were written
	Mail   session.Mail // as it was in the end
}
