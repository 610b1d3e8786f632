package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/probe"
)

const probeLong = `Ask a server what it is like, without sending mail: how it greets, what it offers
before and after TLS, its certificate, its mechanisms and limits, whether TLS is
enforced, and what it says to VRFY, EXPN, HELP, a verb that there is not and a
RCPT before MAIL. Findings come with the section of the rule.

It makes up to three connections of less than ten commands each, names no recipient
but postmaster, and never sends content. With mx:DOMAIN it asks the first host of the
route that answers.`

const probeExample = `  ehlo probe mail.test.example
  ehlo probe --ca ca.pem --json smtps://mail.test.example
  ehlo probe mx:test.example
  ehlo probe practice`

type probeFlags struct {
	helo    string
	json    bool
	tls     tlsFlags
	network networkFlags
}

func probeCommand(std streams) *cobra.Command {
	var f probeFlags
	cmd := &cobra.Command{
		Use: "probe [flags] TARGET", Short: "A one-page report on a server, without sending mail",
		Long: probeLong, Example: probeExample, Args: oneArgument("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0], std) },
	}
	sections{
		{"Probe", func(fl *pflag.FlagSet) {
			fl.StringVar(&f.helo, "helo", "", "`NAME` for EHLO (default: this host's full name, else its address)")
			fl.BoolVar(&f.json, "json", false, "print the report as one JSON object")
		}},
		{"TLS", f.tls.addHandshake}, {"Network", f.network.add},
	}.addTo(cmd)
	return cmd
}

func (f *probeFlags) run(ctx context.Context, where string, std streams) error {
	t, err := target(where)
	if err != nil {
		return err
	}
	secure, err := f.tls.handshake()
	if err != nil {
		return fail(exitUsage, "probe: %w", err)
	}
	o, err := f.network.options(t, secure)
	if err != nil {
		return fail(exitUsage, "probe: %w", err)
	}
	o.Now = time.Now
	if f.helo == "" {
		f.helo = hostName()
	}
	r, state, err := f.probe(ctx, t, o)
	var none *noRoute
	if errors.As(err, &none) {
		return fail(exitNoRoute, "probe %s: %w", t, none.error)
	}
	if r.Greeting != "" {
		f.print(r, std)
	}
	if ctx.Err() != nil {
		return fail(exitInterrupted, "probe %s: interrupted", t)
	}
	code, why := firstTrouble(session.Mail{}, state)
	if err != nil || r.Greeting == "" || code == exitGreeting || code == exitBroken {
		if code == exitDone {
			code, why = exitClosed, "the server closed the connection"
		}
		return fail(code, "probe %s: %s", t, why)
	}
	return nil
}

// noRoute says that the DNS names no host.
type noRoute struct{ error }

// probe asks the target, or the hosts of a route until one greets.
func (f *probeFlags) probe(ctx context.Context, t session.Target, o session.Options) (probe.Report, session.State, error) {
	if t.MX == "" {
		return probe.Run(ctx, probe.Options{Session: o, Helo: f.helo})
	}
	notes := session.New(session.Options{})
	asking, done := ctx, context.CancelFunc(func() {})
	if o.Timeout > 0 {
		asking, done = context.WithTimeout(ctx, o.Timeout)
	}
	hops, err := o.Route(asking, t.MX, notes.Note)
	if done(); err != nil {
		return probe.Report{}, session.State{}, &noRoute{err}
	}
	var r probe.Report
	var state session.State
	for _, h := range hops {
		host := session.Target{Host: h.Host, Port: h.Port}
		r, state, err = probe.Run(ctx, probe.Options{
			Session: o, Helo: f.helo, Connect: session.Step{Kind: session.Connect, To: &host, Addr: h.Addr},
		})
		if err == nil && state.Answers.Greeting.Code.Done() || ctx.Err() != nil {
			break
		}
	}
	for _, e := range notes.Log().Since(0) {
		r.Route = append(r.Route, session.Escape(e.Text))
	}
	return r, state, err
}

func (f *probeFlags) print(r probe.Report, std streams) {
	if !f.json {
		printf(std.out, "%s", page(r))
		return
	}
	if p, err := json.Marshal(r); err == nil {
		printf(std.out, "%s\n", p)
	}
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
