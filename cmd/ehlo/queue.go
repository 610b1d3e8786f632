package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/outbox"
)

const queueLong = `Keep messages until a server has taken responsibility for them or their sender
knows that none will (RFC 5321, 4.5.4.1).

The outbox is a folder of plain files. A message that ehlo queue add has
confirmed survives a kill -9 and a power cut, and is not sent twice, except
where the protocol itself leaves it open: if the connection breaks between the
final dot and its reply, the message may have been delivered (RFC 1047). It is
marked so, and tried again only if you say so: ehlo queue retry ID, or the rule
unclear = "retry".

4yz replies and trouble with the connection wait, 5yz ends that recipient.
Recipients of one domain go in one transaction, domains apart. Every attempt
leaves a transcript. Whoever fails for good is reported to the sender (RFC 3464).

[queue] in ehlo/config.toml sets the rules, and these are the defaults:
  folder      = ""         $XDG_STATE_HOME/ehlo/outbox, or ~/.local/state/ehlo/outbox
  retry       = ["30m", "1h", "2h", "4h"]      the last one repeats
  give-up     = "5d"       after which the sender is told
  warn        = "4h"       until a delay is reported, if --notify delay asks for it
  connections = 20         at the same time; per-host = 20 of them to one destination
  dead        = "10m"      how long an address that cannot be reached is passed over
  keep        = "5d"       how long a finished message stays listed
  unclear     = "ask"      or "retry": what to do with what may have been delivered
  report-to   = ""         TARGET to which reports are mailed; they are always files
  report-with = []         flags of ehlo send for that: ["--ca=root.pem", "--user=alice", …]`

const queueExample = `  ehlo queue add --to bob@test.example --body @letter.txt
  ehlo queue add --to bob@test.example --tls require mail.test.example:587
  ehlo queue list
  ehlo queue run --watch`

// queueFlags are those of every command of the queue.
type queueFlags struct{ folder, config string }

func queueCommand(std streams) *cobra.Command {
	var f queueFlags
	cmd := &cobra.Command{
		Use: "queue", Short: "Keep messages until they are delivered", Long: queueLong, Example: queueExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fail(exitUsage, "queue: there is no command %q; see ehlo queue --help", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.folder, "outbox", "", "`FOLDER` of the outbox (default: that of the configuration)")
	cmd.AddCommand(queueAddCommand(&f, std), queueListCommand(&f, std), queueShowCommand(&f, std), queueRunCommand(&f, std),
		queueExportCommand(&f, std), queueCheckCommand(&f, std))
	for _, c := range []struct {
		use, short, long string
		do               func(s *outbox.Spool, id string) (string, error)
	}{
		{"retry", "Try messages again as soon as possible", "Make every recipient whose fate is open due now, also one that may have been\ndelivered: this is how you choose that it may arrive twice. The next ehlo queue\nrun tries it.",
			func(s *outbox.Spool, id string) (string, error) { return "due now", s.Retry(id) }},
		{"hold", "Keep messages from being tried", "Keep messages from being tried until ehlo queue release.",
			func(s *outbox.Spool, id string) (string, error) {
				return "held", s.Hold(id, "by ehlo queue hold at "+s.Now().Format("2006-01-02 15:04"))
			}},
		{"release", "End a hold", "End a hold: the message is tried when it is due.",
			func(s *outbox.Spool, id string) (string, error) { return "released", s.Release(id) }},
		{"drop", "Forget messages", "Forget messages and remove their files. Nobody is told.",
			func(s *outbox.Spool, id string) (string, error) { return "dropped", s.Drop(id) }},
	} {
		cmd.AddCommand(&cobra.Command{
			Use: c.use + " ID…", Short: c.short, Long: c.long, Args: someIDs,
			Example: "  ehlo queue " + c.use + " 01jdm3k9x7a2bc",
			RunE:    func(_ *cobra.Command, ids []string) error { return f.each(ids, std, c.do) },
		})
	}
	return cmd
}

func someIDs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fail(exitUsage, "%s: which message? ehlo queue list shows the IDs", doing(cmd))
	}
	return nil
}

// each does something to some messages, and goes on where one of them fails.
func (f *queueFlags) each(ids []string, std streams, do func(*outbox.Spool, string) (string, error)) error {
	s, _, err := f.open(std)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, id := range ids {
		what, failed := do(s, id)
		if failed != nil {
			printf(std.err, "ehlo: queue: %s\n", session.Escape(failed.Error()))
			err = &exitError{exitUsage, nil}
			continue
		}
		printf(std.out, "%s: %s\n", id, what)
	}
	return err
}

// open opens the outbox, which is made if it is not there.
func (f *queueFlags) open(std streams) (*outbox.Spool, queueConfig, error) {
	dir, c, err := f.settings()
	if err != nil {
		return nil, c, err
	}
	s, err := outbox.Open(dir, outbox.Options{Tell: tellTrouble(std.err)})
	if err != nil {
		return nil, c, fail(exitUsage, "queue: %w", err)
	}
	return s, c, nil
}

// look opens the outbox for reading; nil if there is none yet.
func (f *queueFlags) look(std streams) (*outbox.Spool, error) {
	dir, _, err := f.settings()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	s, _, err := f.open(std)
	return s, err
}

// settings finds the folder and the rules.
func (f *queueFlags) settings() (dir string, c queueConfig, err error) {
	if c, err = readQueueConfig(f.config); err != nil {
		return "", c, err
	}
	dir = f.folder
	if dir == "" {
		dir = c.folder
	}
	if dir == "" {
		if dir, err = stateFolder(); err != nil {
			return "", c, fail(exitUsage, "queue: %w", err)
		}
		dir = filepath.Join(dir, "ehlo", "outbox")
	}
	return dir, c, nil
}

// tellTrouble says what is not as it should be in the spool; all else goes on.
func tellTrouble(w io.Writer) func(outbox.Trouble) {
	return func(t outbox.Trouble) { printf(w, "ehlo: outbox: %s\n", session.Escape(t.String())) }
}

// find returns a message, with an error that a person can use.
func findMessage(s *outbox.Spool, id string) (*outbox.Message, error) {
	if s == nil {
		return nil, fail(exitUsage, "queue: the outbox is empty")
	}
	m, err := s.Find(id)
	if err != nil {
		return nil, fail(exitUsage, "queue: %w", err)
	}
	return m, nil
}

func queueCheckCommand(f *queueFlags, std streams) *cobra.Command {
	var repair, deep bool
	cmd := &cobra.Command{
		Use: "check", Short: "Look for damage, file by file", Args: cobra.NoArgs,
		Long: `Look for damage: lines of the journal that cannot be read, files that are
missing, changed, foreign or unreadable, folders that no record speaks of. Each
is named; the exit code is 1 if there is any. Nothing is changed without
--repair, which takes messages without a record back, held, and removes what an
add that was cut off has left.`,
		Example: "  ehlo queue check\n  ehlo queue check --repair",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.look(std)
			if err != nil || s == nil {
				return err
			}
			defer s.Close()
			found := 0
			err = s.Check(cmd.Context(), outbox.CheckOptions{Repair: repair, Contents: deep}, func(t outbox.Trouble) {
				found++
				printf(std.out, "%s\n", session.Escape(t.String()))
			})
			if err != nil {
				return fail(exitUsage, "queue check: %w", err)
			}
			if found > 0 {
				return fail(exitUsage, "queue check: %s", session.Count(found, "finding", "findings"))
			}
			printf(std.out, "%s is as it should be\n", s.Dir())
			return nil
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "take back, held, what has no record, and remove leftovers")
	cmd.Flags().BoolVar(&deep, "contents", false, "read every content and compare its digest")
	return cmd
}
