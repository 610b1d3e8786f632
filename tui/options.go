package tui

import (
	"context"
	"io"
	"net"
	"time"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/outbox"
	"ehlo/session/sasl"
	"ehlo/themes"
	"ehlo/transcript/lesson"
	"ehlo/transcript/shelf"
)

// Options say what the screen starts with and how it reaches the world. The
// zero value of each field is a sensible default.
type Options struct {
	// Target stands in the compose form; default "practice". It is not
	// connected to before Enter.
	Target string
	// FirstSteps says that TLS was left out of a practice session by itself:
	// for another target that is typed it is not.
	FirstSteps bool
	// File is a transcript to open for playing back, or to be compared with
	// Second.
	File, Second string
	// Screen is the name of the screen to begin with; default "compose".
	Screen string
	// Theme is how it all looks; default dark. ThemeFolder has more of them to
	// choose from than the built-in ones. May be "".
	Theme       themes.Theme
	ThemeFolder string
	// Shelf keeps the transcript of every session. Default: none is kept.
	Shelf shelf.Shelf
	// Journal is told of every message. May be nil.
	Journal io.Writer
	// CatchNoPanic leaves a panic to a process above this one, which sees to
	// the terminal. NoSuspend says that nobody would wake the program again.
	CatchNoPanic, NoSuspend bool
	// Mouse has the mouse on from the beginning.
	Mouse bool
	// Export writes a conversation in one of the Forms, without its secrets.
	Export func(ctx context.Context, form string, events []session.Event) (string, error)
	Forms  []Form
	// Keys are bindings of one's own.
	Keys Bindings

	// Dial opens a channel; it is what makes practice targets work. Default:
	// TCP.
	Dial func(ctx context.Context, t session.Target, addr string) (net.Conn, error)
	// Lookup finds the addresses of a host. Default: the system's resolver.
	Lookup func(ctx context.Context, host string) ([]string, error)
	// Vouch tells what a resolver that was named says about the certificates of a
	// host. May be nil.
	Vouch func(ctx context.Context, host string, port int, note func(string))

	// Route finds the hops of an mx: target. Default: none can be found.
	Route func(ctx context.Context, domain string, note func(string)) ([]session.Hop, error)
	// STS says that it asks for MTA-STS policies.
	STS bool

	// Mail is what the form begins with. What the form has no field for,
	// such as parameters, the login or chunks, goes into every mail.
	Mail session.Mail
	// Subject, Body and Message fill the form, too. Message is the path of a
	// file with a whole message; it takes the place of the other two.
	Subject, Body string
	Message       string
	// Headers are more fields of the header, Attach the paths of files that go with
	// the message, and Login who logs in, if nobody has given the password: it is
	// asked for in the form.
	Headers, Attach []string
	Login           string
	// NewLogin makes who logs in, of what the form says. Default:
	// [sasl.NewClient].
	NewLogin func(sasl.Credentials, ...string) *sasl.Client
	// Compose makes content from what the form says. Default:
	// [message.Compose].
	Compose func(message.Draft) (*session.Content, error)

	// Host is the full name of this machine, "" if it has none: EHLO says it where
	// Mail.Helo names nothing.
	Host string

	// TLS says what a handshake verifies. TLS.Implicit fills the form.
	TLS session.TLS
	// Timeout bounds the wait for each connection and reply; 0 is the RFC's.
	Timeout time.Duration
	// Begins is told of each session before it connects. May be nil.
	Begins func(*session.Session)

	// Breaks are the breakpoints to begin with; KeepBreaks saves them with a
	// profile. May be nil.
	Breaks     []session.Breakpoint
	KeepBreaks func(profile string, list []session.Breakpoint) error

	// Scenarios are what practice targets can be.
	Scenarios []Scenario
	// Progress remembers which lessons were done. May be nil.
	Progress *lesson.Progress
	// Behind is what hosts behind the practice server of a scenario have noted, the
	// oldest first. May be nil.
	Behind func(scenario string) []HostNote
	// Mailboxes is what the practice servers have taken. May be nil.
	Mailboxes func() []message.Mailbox

	// Templates is a folder with messages (.eml) to begin with. May be "".
	Templates string
	// Profiles names the profiles of the configuration file, and Profile has
	// the settings of one. InProfile is the one that the options are from.
	Profiles  []string
	InProfile string
	Profile   func(name string) (Options, error)

	// KeepProfile saves what the form says as a profile, KeepTemplate as a
	// template of one's own, of which OwnTemplates has all. They replace one of
	// that name, and say where it is and what was left out. May be nil.
	KeepProfile, KeepTemplate func(name string, d Draft) (words string, err error)
	OwnTemplates              func() ([]message.Template, error)

	// ChangeProfile and ChangeTemplate have one be called otherwise; to "" takes it
	// away. May be nil.
	ChangeProfile, ChangeTemplate func(from, to string) error

	// Settings is the configuration file. May be nil: nothing is kept.
	Settings Settings

	// Outbox opens the outbox for the queue screen; nil without an error if
	// there is none yet. May be nil.
	Outbox func() (*outbox.Runner, error)

	// Folders are others than Dir in which transcripts are looked for.
	Folders []string

	// Layout is how the panes were arranged when the program was left;
	// KeepLayout is told how they are now. May be nil.
	Layout     string
	KeepLayout func(string) error

	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Dir is where transcripts are saved unless the name says otherwise.
	// Default: the working directory.
	Dir string
}

// Filled returns the options with the defaults in place of zeros.
func (o Options) Filled() Options {
	if o.Target == "" {
		o.Target = "practice"
	}
	if o.Theme.Name == "" {
		o.Theme, _ = themes.Find("dark")
	}
	if o.Mail.From.Path == "" {
		o.Mail.From.Path = "alice@example.org"
	}
	if len(o.Mail.To) == 0 {
		o.Mail.To = session.To("")
	}
	if to := o.Mail.To[0]; to.Path == "" {
		to.Path = "bob@example.com"
		o.Mail.To = append([]session.Envelope{to}, o.Mail.To[1:]...)
	}
	if o.Subject == "" && o.Body == "" && o.Message == "" {
		o.Subject = "A first mail"
		o.Body = "Hello Bob,\n\nthis mail goes out one step at a time.\n\n.This line begins with a dot.\n"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewLogin == nil {
		o.NewLogin = sasl.NewClient
	}
	if o.Compose == nil {
		o.Compose = message.Compose
	}
	if o.Mailboxes == nil {
		o.Mailboxes = func() []message.Mailbox { return nil }
	}
	if o.Begins == nil {
		o.Begins = func(*session.Session) {}
	}
	return o
}

// Helo is what a client that was told no name says to a target: the name of
// documents while it is practising; the machine's own to servers outside, or "",
// which takes its address (RFC 5321, 4.1.4).
func (o Options) Helo(to session.Target) string {
	if to.Practice != "" {
		return "laptop.example"
	}
	return o.Host
}

// HostNote is a line of the log of a host that mail comes to behind the server.
type HostNote struct {
	At         time.Time
	Host, Text string
}
