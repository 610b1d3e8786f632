package tui

import (
	"cmp"
	"context"
	"io"
	"net"
	"slices"
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
	// TLSByItself says that nobody has said what they wish of TLS: it goes with
	// the target.
	TLSByItself bool
	// So do the addresses that nobody has named.
	fromByItself, toByItself bool
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
	o = o.fittedTo()
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

// fittedTo has what nobody has said go with the target.
func (o Options) fittedTo() Options {
	t, err := session.ParseTarget(o.Target)
	if wish, wrong := parseTLS(o.tlsFor(t)); o.TLSByItself && err == nil && wrong == nil {
		o.Mail.TLS, o.TLS.Implicit = wish.policy, wish.implicit
	}
	if o.Mail.From.Path == "" {
		from := session.TypedEnvelope(o.fromFor(t))
		if o.fromByItself = len(o.Mail.From.Params) == 0; !o.fromByItself {
			from.Params = o.Mail.From.Params
		}
		o.Mail.From = from
	}
	if len(o.Mail.To) == 0 {
		o.Mail.To = session.To("")
	}
	if first := o.Mail.To[0]; first.Path == "" {
		o.toByItself = len(o.Mail.To) == 1 && len(first.Params) == 0
		to := session.TypedEnvelopes(o.toFor(t))
		if !o.toByItself {
			for i := range to {
				to[i].Params = first.Params
			}
		}
		o.Mail.To = append(to, o.Mail.To[1:]...)
	}
	return o
}

// scenario is that of a target, or none.
func (o Options) scenario(t session.Target) (sc Scenario) {
	for _, sc := range o.Scenarios {
		if t.Practice != "" && (sc.Name == t.Practice || slices.Contains(sc.Also, t.Practice)) {
			return sc
		}
	}
	return sc
}

// tlsFor, fromFor and toFor are what goes with a target while nobody has said
// anything else.
func (o Options) tlsFor(t session.Target) string {
	return cmp.Or(o.scenario(t).TLS, policyWord(t.TLSByItself()))
}

func (o Options) fromFor(t session.Target) string {
	return cmp.Or(o.scenario(t).From, "alice@example.org")
}

func (o Options) toFor(t session.Target) string { return cmp.Or(o.scenario(t).To, "bob@example.com") }

// Envelope is from whom and to whom mail goes with a target; nil if somebody has
// named one of them.
func (o Options) Envelope() func(session.Target) (from, to string) {
	if !o.fromByItself || !o.toByItself {
		return nil
	}
	return func(t session.Target) (from, to string) { return o.fromFor(t), o.toFor(t) }
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
