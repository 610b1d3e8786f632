package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/outbox"
)

const queueAddLong = `Add a mail to the outbox and print its ID. When the ID is printed the mail is
durable: content and envelope are on the disk, synced, and so is the record.

The flags are those of ehlo send; what they say about the connection is kept with
the mail. A password is not kept: --password-from env:, file:, command: and netrc
are asked again by ehlo queue run. Without TARGET the mail goes where the DNS
says for the domain of each recipient.`

// connectionSections are the flags that say how a message travels: they are
// kept with it.
func (f *sendFlags) connectionSections() sections {
	return sections{{"TLS", f.tls.add}, {"Login", f.auth.add}, {"Extensions", f.extension.add}, {"Network", f.network.add}}
}

func queueAddCommand(q *queueFlags, std streams) *cobra.Command {
	f := sendFlags{stage: stageFlags{repeat: 1}}
	copies := 1
	cmd := &cobra.Command{
		Use: "add [flags] [TARGET]", Short: "Add a mail", Long: queueAddLong,
		Example: "  ehlo queue add --to bob@test.example\n  ehlo queue add --to bob@test.example --message mail.eml --notify failure,delay mail.test.example",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.profile.blame(f.enqueue(cmd, args, q, copies, std))
		},
	}
	own := func(fl *pflag.FlagSet) {
		fl.IntVar(&copies, "copies", 1, "add the mail `N` times")
		fl.StringVar(&q.folder, "outbox", "", "`FOLDER` of the outbox (default: that of the configuration)")
	}
	append(append(sections{{"Envelope", f.addEnvelope}, {"Content", f.content.add}}, f.connectionSections()...),
		sections{{"Outbox", own}, {"Profiles", f.profile.add}}...).addTo(cmd)
	return cmd
}

func (f *sendFlags) enqueue(cmd *cobra.Command, args []string, q *queueFlags, copies int, std streams) error {
	if copies < 1 {
		return fail(exitUsage, "queue add: --copies %d: expected 1 or more", copies)
	}
	e, err := f.errand(cmd, args, std)
	if e == nil || err != nil {
		return err
	}
	defer e.cleanUp()
	kept, err := f.queued(cmd, e.mail, e.where)
	if err != nil {
		return err
	}
	q.config = f.profile.config
	s, _, err := q.open(std)
	if err != nil {
		return err
	}
	defer s.Close()
	return addCopies(s, kept, e.mail.Content, copies, std)
}

// adders is how many messages are made durable at the same time: they share
// the disk's work.
const adders = 64

// addCopies adds a message some times and prints the IDs.
func addCopies(s *outbox.Spool, e outbox.Envelope, c *session.Content, n int, std streams) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	left := n
	for range min(n, adders) {
		all.Go(func() {
			for {
				mu.Lock()
				if left == 0 || failed != nil {
					mu.Unlock()
					return
				}
				left--
				mu.Unlock()
				id, err := s.Add(e, c)
				mu.Lock()
				if err != nil {
					failed = err
				} else {
					printf(std.out, "%s\n", id)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if failed != nil {
		return fail(exitUsage, "queue add: %w", failed)
	}
	return nil
}

// queued makes the envelope of a mail, with the flags that ehlo queue run will
// need.
func (f *sendFlags) queued(cmd *cobra.Command, m session.Mail, where string) (outbox.Envelope, error) {
	for _, to := range m.To {
		if _, err := domainOf(to.Path); err != nil && where == "" {
			return outbox.Envelope{}, fail(exitUsage, "queue: %w", badValue("to", "", "there is no TARGET, and %w", err))
		}
	}
	settings, err := f.keep(cmd.Flags())
	if err != nil {
		return outbox.Envelope{}, fail(exitUsage, "queue: %w", err)
	}
	return outbox.Envelope{From: m.From, To: m.To, Target: where, UTF8: m.UTF8, Settings: settings}, nil
}

// keep writes the flags that say how a message travels as words.
func (f *sendFlags) keep(given *pflag.FlagSet) (words []string, err error) {
	for _, section := range f.connectionSections() {
		set := pflag.NewFlagSet(section.title, pflag.ContinueOnError)
		(&sendFlags{}).connectionSections().of(section.title)(set)
		set.VisitAll(func(x *pflag.Flag) {
			flag := given.Lookup(x.Name)
			if flag == nil || !flag.Changed || travels(x.Name) {
				return
			}
			values := []string{flag.Value.String()}
			if list, ok := flag.Value.(pflag.SliceValue); ok {
				values = list.GetSlice()
			}
			for _, v := range values {
				v, wrong := keptValue(x.Name, v)
				err = errors.Join(err, wrong)
				words = append(words, "--"+x.Name+"="+v)
			}
		})
	}
	for _, name := range []string{"helo", "hello"} {
		if flag := given.Lookup(name); flag != nil && flag.Changed {
			words = append(words, "--"+name+"="+flag.Value.String())
		}
	}
	return words, err
}

// travels reports whether a flag is in the envelope already, as a parameter of
// MAIL or RCPT.
func travels(name string) bool {
	return slices.Contains([]string{
		"body-type", "size", "smtputf8", "ret", "envid", "notify", "orcpt", "deliver-by", "hold-until", "hold-for", "rrvs",
		"priority", "mail-auth", "mail-param", "rcpt-param", "require-tls", "prdr",
	}, name)
}

// keptValue makes a value good for a process that runs elsewhere and later.
func keptValue(name, value string) (string, error) {
	file, prefix := value, ""
	switch name {
	case "password-from":
		if value == "prompt" {
			return value, badValue(name, value, "nobody will be there to ask; use env:, file:, command: or netrc")
		}
		var ok bool
		if file, ok = strings.CutPrefix(value, "file:"); !ok {
			return value, nil
		}
		prefix = "file:"
	case "ca", "cert", "key", "keylog":
	case "proxy":
		if strings.Contains(public(&pflag.Flag{Name: name, Value: text(value)}), "••") {
			return value, badValue(name, "", "the URL holds a password, which is kept in no file")
		}
		return value, nil
	default:
		return value, nil
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return value, badValue(name, "", "%w", err)
	}
	return prefix + abs, nil
}

// text is a pflag.Value that holds a string.
type text string

func (t text) String() string   { return string(t) }
func (t text) Set(string) error { return nil }
func (t text) Type() string     { return "string" }

// of returns the flags of one section.
func (s sections) of(title string) func(*pflag.FlagSet) {
	for _, x := range s {
		if x.title == title {
			return x.add
		}
	}
	return func(*pflag.FlagSet) {}
}
