package main

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/outbox"
)

func queueListCommand(f *queueFlags, std streams) *cobra.Command {
	var asJSON, all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List messages, a line for each recipient", Args: cobra.NoArgs,
		Long: `List what is in the outbox, a line for each message and recipient, the oldest
first: ID, recipient, what has become of it, when it is tried again, and why.
With --all also what is finished.`,
		Example: "  ehlo queue list\n  ehlo queue list --json | jq 'select(.state == \"unclear\")'",
		RunE: func(*cobra.Command, []string) error {
			s, err := f.look(std)
			if err != nil || s == nil {
				return err
			}
			defer s.Close()
			w := bufio.NewWriterSize(std.out, 64<<10)
			l := lister{w: w, now: s.Now(), all: all, json: asJSON}
			if err := s.Each(l.message); err != nil {
				return fail(exitUsage, "queue list: %w", err)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if l.shown == 0 && !asJSON {
				printf(std.err, "nothing waits%s\n", map[bool]string{true: "", false: "; --all lists what is finished"}[all])
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	cmd.Flags().BoolVar(&all, "all", false, "also what is finished")
	return cmd
}

// lister prints recipients.
type lister struct {
	w         *bufio.Writer
	now       time.Time
	all, json bool
	shown     int
	line      []byte
}

func (l *lister) message(m *outbox.Message) bool {
	for i := range m.Recipients {
		if !l.all && m.Recipients[i].Fate.Final() {
			continue
		}
		if l.shown == 0 && !l.json {
			l.row("ID", "TO", "STATE", "NEXT", "WHY")
		}
		l.shown++
		if l.json {
			if p, err := json.Marshal(queueLineOf(m, i, l.now)); err == nil {
				_, _ = l.w.Write(append(p, '\n'))
			}
			continue
		}
		r := &m.Recipients[i]
		l.row(m.ID, session.Escape(r.To), stateOf(m, r), l.next(m, r), session.Escape(reasonOf(m, r)))
	}
	_, err := l.w.Write(nil)
	return err == nil
}

// row writes columns; it is called a million times, so it formats nothing.
func (l *lister) row(id, to, state, next, why string) {
	l.line = l.line[:0]
	for _, c := range []struct {
		text  string
		width int
	}{{id, 16}, {to, 32}, {state, 10}, {next, 9}} {
		l.line = append(l.line, c.text...)
		for n := len(c.text); n < c.width; n++ {
			l.line = append(l.line, ' ')
		}
		l.line = append(l.line, ' ')
	}
	l.line = append(append(l.line, why...), '\n')
	_, _ = l.w.Write(l.line)
}

// stateOf is the state of a recipient in one word.
func stateOf(m *outbox.Message, r *outbox.Recipient) string {
	switch {
	case r.Fate.Final():
		return r.Fate.String()
	case r.Trying != 0:
		return "sending"
	case m.Held != "":
		return "held"
	case r.Fate == outbox.Waiting && r.Reply == "":
		return "new"
	}
	return r.Fate.String()
}

func (l *lister) next(m *outbox.Message, r *outbox.Recipient) string {
	switch {
	case r.Fate.Final() || m.Held != "" || r.Fate == outbox.Unclear && r.Next.IsZero():
		return "-"
	case !r.Next.After(l.now):
		return "now"
	}
	return "in " + outbox.Plain(r.Next.Sub(l.now))
}

// reasonOf is why a recipient is where it is, short.
func reasonOf(m *outbox.Message, r *outbox.Recipient) string {
	switch {
	case m.Held != "" && !r.Fate.Final():
		return m.Held
	case r.Fate == outbox.Unclear:
		return "may have been delivered: " + r.Reply
	case r.Host != "":
		return r.Reply + " (" + r.Host + ")"
	}
	return r.Reply
}

// queueLine is a line of ehlo queue list --json.
type queueLine struct {
	ID          string     `json:"id"`
	Added       time.Time  `json:"added"`
	From        string     `json:"from"`
	To          string     `json:"to"`
	Octets      int64      `json:"octets"`
	Target      string     `json:"target,omitempty"`
	State       string     `json:"state"`
	Attempts    int        `json:"attempts"`
	Next        *time.Time `json:"next,omitempty"`
	Reply       string     `json:"reply,omitempty"`
	Host        string     `json:"host,omitempty"`
	At          *time.Time `json:"at,omitempty"`
	Held        string     `json:"held,omitempty"`
	Why         string     `json:"why"`
	Responsible string     `json:"responsible"`
}

func queueLineOf(m *outbox.Message, i int, now time.Time) queueLine {
	r := m.Recipients[i]
	q := queueLine{
		ID: m.ID, Added: m.Added, From: session.Escape(m.From), To: session.Escape(r.To), Octets: m.Octets, Target: session.Escape(m.Target),
		State: stateOf(m, &r), Attempts: r.Tries, Reply: session.Escape(r.Reply), Host: session.Escape(r.Host), Held: session.Escape(m.Held),
		Why: session.Escape(m.Why(i, now)), Responsible: session.Escape(m.Holder(i)),
	}
	if r.Fate.Final() && r.Attempt > 0 {
		q.Attempts++
	}
	if !r.Next.IsZero() {
		q.Next = &r.Next
	}
	if !r.At.IsZero() {
		q.At = &r.At
	}
	return q
}

func queueShowCommand(f *queueFlags, std streams) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show all that is known of a message", Args: oneArgument("ID of a message"),
		Long:    "Show a message: its envelope, what has become of each recipient and why, who is\nresponsible for it now, and the transcripts of the attempts, which ehlo show and\nehlo FILE open.",
		Example: "  ehlo queue show 01jdm3k9x7a2bc",
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := f.look(std)
			if err != nil {
				return err
			}
			m, err := findMessage(s, args[0])
			if err != nil {
				return err
			}
			defer s.Close()
			showMessage(std.out, s, m)
			return nil
		},
	}
}

func showMessage(w io.Writer, s *outbox.Spool, m *outbox.Message) {
	line := func(name, value string) { printf(w, "%-12s %s\n", name, session.Escape(value)) }
	now := s.Now()
	line("message", m.ID)
	line("added", m.Added.Format("2006-01-02 15:04:05 -0700")+", "+outbox.Plain(now.Sub(m.Added))+" ago")
	line("from", "<"+m.From+">")
	if m.Target == "" {
		line("goes to", "where the DNS says for each recipient")
	} else {
		line("goes to", m.Target)
	}
	printf(w, "%-12s %s, %d octets\n", "content", session.Escape(s.ContentFile(m.ID)), m.Octets)
	if e, err := s.Envelope(m.ID); err != nil {
		line("envelope", err.Error())
	} else {
		line("", "MAIL "+e.From.Arg("FROM"))
		for _, to := range e.To {
			line("", "RCPT "+to.Arg("TO"))
		}
		for _, word := range e.Settings {
			line("", word)
		}
	}
	if m.Held != "" {
		line("held", m.Held)
	}
	attempts := s.Attempts(m.ID)
	for i := range m.Recipients {
		r := &m.Recipients[i]
		printf(w, "\n%s: %s\n", session.Escape(r.To), stateOf(m, r))
		line("  why", m.Why(i, now))
		line("  held by", m.Holder(i))
		if name := s.AttemptFile(m.ID, r.Attempt); slices.Contains(attempts, name) {
			line("  attempt", name)
		}
	}
	for i, name := range attempts {
		if i == 0 {
			printf(w, "\n")
		}
		line("transcript", name)
	}
	for _, name := range s.Reports(m.ID) {
		line("report", name)
	}
}
