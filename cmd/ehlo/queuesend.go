package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/outbox"
	"ehlo/transcript"
)

// canQueue reports whether what is left of a mail can go on in the outbox.
func (f *sendFlags) canQueue() error {
	s := f.stage
	if f.queueOnFailure && (s.repeat != 1 || s.before+s.after+s.drop+s.dropSent != "" || len(s.also) > 0) {
		return fail(exitUsage, "send: %w", badTogether([]string{"queue-on-failure", "repeat", "stop-before", "stop-after", "drop-after", "drop-after-send", "also"},
			"--queue-on-failure is for one whole mail, without --stop-*, --drop-*, --also and --repeat"))
	}
	return nil
}

// queueLeft puts into the outbox what is left to do of a mail that was sent:
// recipients that wait, and, marked, those that may have been delivered. It
// returns its ID, and how many recipients failed for good, which are nobody's
// business any more.
func (f *sendFlags) queueLeft(cmd *cobra.Command, m session.Mail, where string, s *session.Session, std streams) (id string, failed int, err error) {
	q := queueFlags{config: f.profile.config}
	spool, c, err := q.open(std)
	if err != nil {
		return "", 0, err
	}
	defer spool.Close()
	now := spool.Now()
	left := m
	left.To = nil
	var past []outbox.Recipient
	for i, x := range outbox.Outcome(s, len(m.To), now) {
		if x.Fate.Failed() {
			failed++
		}
		if x.Fate.Final() {
			continue
		}
		if x.Fate == outbox.Waiting || c.retryUnclear {
			x.Next = c.schedule.First(now)
		}
		left.To, past = append(left.To, m.To[i]), append(past, x)
	}
	if len(past) == 0 {
		return "", failed, nil
	}
	e, err := f.queued(cmd, left, where)
	if err != nil {
		return "", failed, err
	}
	if id, err = spool.Add(e, m.Content, past...); err != nil {
		return "", failed, fail(exitUsage, "send: queue what is left: %w", err)
	}
	if err := recordInto(spool.AttemptFile(id, 1), s); err != nil {
		printf(std.err, "ehlo: no transcript is kept: %v\n", err)
	}
	for i, x := range past {
		why := "the next attempt is in " + outbox.Plain(x.Next.Sub(now))
		if x.Next.IsZero() {
			why = "it may have been delivered: ehlo queue retry or drop"
		}
		printf(std.err, "ehlo: queued as %s for %s; %s\n", id, session.Escape(left.To[i].Path), why)
	}
	return id, failed, nil
}

// recordInto writes the log of a session that has ended.
func recordInto(name string, s *session.Session) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	rec, err := transcript.Create(name)
	if err != nil {
		return err
	}
	if err := s.Record(rec); err != nil {
		return err
	}
	return rec.Close()
}
