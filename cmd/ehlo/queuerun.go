package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/outbox"
	"ehlo/session/practice"
	"ehlo/transcript"
)

// runFlags are those of ehlo queue run.
type runFlags struct {
	once, watch, now, json bool
	connections            int
	unclear, reportTo      string
	speed                  float64
}

func queueRunCommand(q *queueFlags, std streams) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use: "run", Short: "Send what is due", Args: cobra.NoArgs,
		Long: `Send what is due and exit (--once, the default), or stay and send whatever is due
or added (--watch). Several runs may be at work at the same time: a message is
tried by one of them.

A line tells how each recipient fared. A run that is interrupted ends the
attempts that are under way within a moment.`,
		Example: "  ehlo queue run\n  ehlo queue run --now\n  ehlo queue run --watch --connections 5",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, q, std)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.once, "once", false, "one pass over what is due, then exit (default)")
	fl.BoolVar(&f.watch, "watch", false, "stay until interrupted")
	fl.BoolVar(&f.now, "now", false, "try what waits in the first pass, due or not")
	fl.BoolVar(&f.json, "json", false, "print one JSON object for each recipient")
	fl.IntVar(&f.connections, "connections", 0, "at most `N` at the same time (default 20)")
	fl.StringVar(&f.unclear, "unclear", "", "`RULE` for what may have been delivered: ask or retry (default ask)")
	fl.StringVar(&f.reportTo, "report-to", "", "mail reports on failures to `TARGET`")
	fl.Float64Var(&f.speed, "speed", 1, "let the clock go `N` times as fast, for lessons; the outbox keeps its times")
	fl.StringVar(&q.config, "config", "", "read `FILE` for [queue]")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command, q *queueFlags, std streams) error {
	if f.once && f.watch {
		return fail(exitUsage, "queue run: --once and --watch contradict each other")
	}
	s, c, err := q.open(std)
	if err != nil {
		return err
	}
	defer s.Close()
	box := newSandbox(practice.Options{})
	o, err := f.options(c, box, std)
	if err != nil {
		return fail(exitUsage, "queue run: %w", err)
	}
	hoard()
	crowd()
	r := outbox.NewRunner(s, o)
	if f.watch {
		err = r.Watch(cmd.Context(), func(outbox.Summary) {})
	} else {
		var sum outbox.Summary
		sum, err = r.Pass(cmd.Context())
		if !f.json {
			box.settle(cmd.Context(), hopsTo(std.out))
			printf(std.out, "%s\n", summary(sum, o.Clock.Now()))
		}
	}
	if cmd.Context().Err() != nil {
		return fail(exitInterrupted, "queue run: interrupted")
	}
	if err != nil {
		return fail(exitUsage, "queue run: %w", err)
	}
	return nil
}

func (f *runFlags) options(c queueConfig, box *sandbox, std streams) (o outbox.RunOptions, err error) {
	o = outbox.RunOptions{
		Schedule: c.schedule, Connections: c.connections, PerHost: c.perHost, DeadFor: c.dead, Keep: c.keep,
		RetryUnclear: c.retryUnclear, Early: f.now, Clock: outbox.RealClock{}, Plan: planner(std.in, box),
		Record: recordAttempt, Tell: f.teller(std.out),
		Report: outbox.ReportOptions{Host: reportingHost(), Target: c.reportTo, Settings: c.reportWith},
	}
	if f.connections < 0 {
		return o, fmt.Errorf("--connections %d: expected a number above 0", f.connections)
	}
	if f.connections > 0 {
		o.Connections = f.connections
	}
	if f.unclear != "" {
		if o.RetryUnclear, err = parseUnclear(f.unclear); err != nil {
			return o, fmt.Errorf("--unclear %w", err)
		}
	}
	if f.reportTo != "" {
		o.Report.Target = f.reportTo
	}
	if o.Report.Target != "" {
		if _, err := target(o.Report.Target); err != nil {
			return o, err
		}
	}
	if f.speed <= 0 {
		return o, fmt.Errorf("--speed %g: expected a number above 0", f.speed)
	}
	if f.speed != 1 {
		o.Clock = outbox.FastClock{Begin: time.Now(), Speed: f.speed}
	}
	return o, nil
}

// outbox opens the outbox for the terminal interface: its attempts by hand go
// by the same rules.
func (f *sendFlags) outbox(box *sandbox, std streams) func() (*outbox.Runner, error) {
	return func() (*outbox.Runner, error) {
		q := queueFlags{config: f.profile.config}
		dir, c, err := q.settings()
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		s, err := outbox.Open(dir, outbox.Options{})
		if err != nil {
			return nil, err
		}
		o, err := (&runFlags{speed: 1}).options(c, box, streams{std.in, io.Discard, io.Discard})
		if err != nil {
			return nil, err
		}
		return outbox.NewRunner(s, o), nil
	}
}

func recordAttempt(name string) (outbox.Recorder, error) { return transcript.Create(name) }

func reportingHost() string {
	if name := hostName(); name != "" {
		return name
	}
	return "localhost"
}

// planner makes of the words that are kept with a message what its connection
// needs.
func planner(stdin io.Reader, box *sandbox) func(context.Context, *outbox.Envelope, session.Target) (outbox.Plan, error) {
	return func(ctx context.Context, e *outbox.Envelope, t session.Target) (p outbox.Plan, err error) {
		f := sendFlags{network: networkFlags{box: box}}
		if t.Practice != "" {
			if t, err = target(t.String()); err != nil {
				return p, err
			}
		}
		set := pflag.NewFlagSet("settings", pflag.ContinueOnError)
		for _, section := range append(f.connectionSections(), sections{{"Envelope", f.addEnvelope}}...) {
			section.add(set)
		}
		if err := set.Parse(e.Settings); err != nil {
			return p, fmt.Errorf("the settings of %s: %w", e.ID, err)
		}
		if p.Mail, err = f.envelope(true); err != nil {
			return p, err
		}
		if err := f.extension.apply(&p.Mail); err != nil {
			return p, err
		}
		secure, policy, err := f.tls.options()
		if err != nil {
			return p, err
		}
		if p.Session, err = f.network.options(t, secure); err != nil {
			return p, err
		}
		p.Mail.TLS, p.Mail.Insecure = policy, f.tls.insecure
		login, err := f.auth.client(ctx, t, stdin)
		if err != nil {
			return p, err
		}
		if login != nil {
			p.Mail.Auth, p.Mail.AuthOptional, p.Mail.AuthIfOffered = login, f.auth.optional, f.auth.ifOffered
			p.Begins = func(s *session.Session) { login.TLS = s.ConnectionState }
		}
		if !set.Changed("pipeline") {
			f.extension.pipeline = "auto" // nobody reads along
		}
		p.Group = f.group
		return p, nil
	}
}

// teller prints what happens, from several goroutines.
func (f *runFlags) teller(w io.Writer) func(outbox.Happening) {
	var mu sync.Mutex
	return func(h outbox.Happening) {
		mu.Lock()
		defer mu.Unlock()
		if f.json {
			if p, err := json.Marshal(happeningOf(h)); err == nil {
				printf(w, "%s\n", p)
			}
			return
		}
		if h.To == "" {
			printf(w, "%-16s %s\n", h.ID, session.Escape(h.Text))
			return
		}
		why := h.Reply
		if h.Host != "" {
			why += " (" + h.Host + ")"
		}
		printf(w, "%-16s %-32s %-10s %s\n", h.ID, session.Escape(h.To), h.Fate, session.Escape(why))
	}
}

// happening is a line of ehlo queue run --json.
type happening struct {
	ID      string     `json:"id"`
	Attempt int        `json:"attempt,omitempty"`
	To      string     `json:"to,omitempty"`
	State   string     `json:"state,omitempty"`
	Next    *time.Time `json:"next,omitempty"`
	Host    string     `json:"host,omitempty"`
	Reply   string     `json:"reply,omitempty"`
	Text    string     `json:"text,omitempty"`
}

func happeningOf(h outbox.Happening) happening {
	x := happening{ID: h.ID, Attempt: h.Attempt, To: session.Escape(h.To), Host: session.Escape(h.Host), Reply: session.Escape(h.Reply), Text: session.Escape(h.Text)}
	if h.To != "" {
		x.State = h.Fate.String()
	}
	if !h.Next.IsZero() {
		x.Next = &h.Next
	}
	return x
}

// summary says in one line what a pass has done.
func summary(sum outbox.Summary, now time.Time) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{sum.Accepted, "accepted"}, {sum.Refused, "refused"}, {sum.Expired, "given up"}, {sum.Unclear, "may have been delivered"}, {sum.Waiting, "waiting"}, {sum.Busy, "left to another run"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing was due")
	}
	if !sum.Next.IsZero() {
		parts = append(parts, "the next attempt is due in "+outbox.Plain(sum.Next.Sub(now)))
	}
	return strings.Join(parts, ", ")
}
