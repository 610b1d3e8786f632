package plain

import (
	"context"
	"io"
	"net"
	"time"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/transcript/lesson"
	"ehlo/transcript/shelf"
)

// Room is the server of a lesson.
type Room struct {
	Target    session.Target
	Dial      func(ctx context.Context, t session.Target, addr string) (net.Conn, error)
	Mailboxes func() []message.Mailbox // what it has taken
}

// Options say what is talked about and how it reaches the world.
type Options struct {
	// Mail is the plan, and whom it is for.
	Mail session.Mail
	// Session says how its server is reached. Its Target is that of Mail.
	Session session.Options
	// Envelope is from whom and to whom mail goes with a target, until a person
	// says so. May be nil.
	Envelope func(session.Target) (from, to string)
	// TLSByItself says that nobody has said what they wish of TLS: it goes with the
	// target.
	TLSByItself bool
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

	// Helo is the name of the client for a server, until a person gives it one.
	// May be nil.
	Helo func(session.Target) string
	// Target reads what a person types as one. Default: [session.ParseTarget].
	Target func(text string) (session.Target, error)
	// Profiles names those of the configuration file; Profile has what one comes
	// to. Of that Mail, Helo, Session, Begins, Compose, Draft, Message, Breaks,
	// KeepProfile and KeepTemplate count.
	Profiles []string
	Profile  func(name string) (Options, error)
	// Breaks are the breakpoints to begin with.
	Breaks []session.Breakpoint
	// KeepProfile saves the letter, its target, TLS and breakpoints as a profile,
	// KeepTemplate the letter alone. They replace one of that name, and say where
	// it is. May be nil.
	KeepProfile, KeepTemplate func(name string, f Form) (words string, err error)
	// Message is the path of the file that the content of Mail is from; "" if it
	// was composed.
	Message string
	// OwnTemplates are a person's own, TemplateFolder has messages (.eml). May be
	// nil and "".
	OwnTemplates   func() ([]message.Template, error)
	TemplateFolder string
	// Scenarios are what practice targets can be, and Mailboxes is what their
	// servers have taken. May be nil.
	Scenarios []Scenario
	Mailboxes func() []message.Mailbox
	// Folders are others than Dir in which transcripts are looked for.
	Folders []string
	// Room has the server of a lesson; nil if there are no lessons. Progress
	// remembers those that were done. May be nil.
	Room     func(lesson.Lesson) (Room, error)
	Progress *lesson.Progress
	// Pupil comes for a lesson and leaves after it: Lesson, or the one that is
	// chosen.
	Pupil  bool
	Lesson *lesson.Lesson

	In  io.Reader
	Out io.Writer
	// Terminal says that a person sits before In: there are prompts, a line
	// that is typed during a wait is heard at once, and an open transaction is
	// not left without a question.
	Terminal bool
	// Width is how many columns prose may take, 0 any number; ASCII has everything
	// else in what is printed escaped.
	Width int
	ASCII bool
	// Interrupt ends a wait, and where nothing is awaited asks to leave. May
	// be nil.
	Interrupt <-chan struct{}
	// Resumed tells that the program was stopped and goes on. May be nil.
	Resumed <-chan struct{}
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Dir is where files are saved and opened unless a name says otherwise.
	Dir string
	// Export writes what happened as something else; nil exports nothing.
	Export func(ctx context.Context, format string, events []session.Event) (string, error)
	// Formats names what Export knows.
	Formats []string
}

// Result is how it ended. State, Events, Last and Mail are of the last connection
// on which the plan was run to its end, or of the last.
type Result struct {
	State  session.State
	Events []session.Event
	Ran    bool         // the plan was run to its end
	Last   session.Step // the step with which the plan turned to its end
	Wrong  int          // commands that could not be understood
	Saved  []string     // transcripts that were written
	Learnt bool         // a lesson was gone through
	Differ []string     // recordings whose last run was not as it was recorded
	Mail   session.Mail // as it was in the end
}
