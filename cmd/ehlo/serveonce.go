package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"ehlo/session/practice/judge"
	"ehlo/transcript"
)

// serveOnce serves one client, through all its connections, and judges it.
func (f *practiceFlags) serveOnce(ctx context.Context, srv listenerServer, addr string, std streams) error {
	l, err := listenOn(addr)
	if err != nil {
		return err
	}
	if f.json {
		printf(std.err, "listening on %s\n", l.Addr())
	} else {
		printf(std.out, "listening on %s\n", l.Addr())
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	if err := f.hops.open(ctx, l.Addr(), std.err); err != nil {
		return errors.Join(err, l.Close())
	}
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		srv.Close()
	})
	defer stop()
	late := make(chan bool, 1)
	go func() {
		late <- f.untilQuiet(ctx)
		done()
	}()
	if err := srv.Serve(l); err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
		return fail(exitUsage, "serve: %w", err)
	}
	done()
	return f.judged(<-late, std)
}

// judged says what the client did. late says that the time was over first.
func (f *practiceFlags) judged(late bool, std streams) error {
	report := f.judge.Report()
	if len(report.Connections) == 0 {
		if late {
			return fail(exitTimeout, "serve: no client has come within %s", f.timeout)
		}
		return fail(exitInterrupted, "serve: interrupted before a client came")
	}
	err := printReport(report, f.json, std)
	if late {
		return fail(exitTimeout, "serve: the client was still there after %s", f.timeout)
	}
	return err
}

// untilQuiet returns when nobody has been there for long enough, or when the
// time is over, which is late if there has been no client, or is one still.
func (f *practiceFlags) untilQuiet(ctx context.Context) (late bool) {
	tick := time.NewTicker(min(max(f.wait/10, 10*time.Millisecond), time.Second))
	defer tick.Stop()
	var over <-chan time.Time
	if f.timeout > 0 {
		over = time.After(f.timeout)
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-over:
			since, _ := f.judge.Quiet()
			return since.IsZero()
		case now := <-tick.C:
			if since, _ := f.judge.Quiet(); !since.IsZero() && now.Sub(since) >= f.wait {
				return false
			}
		}
	}
}

// printReport prints what the client did, and the findings.
func printReport(r judge.Report, asJSON bool, std streams) error {
	if asJSON {
		p, err := json.Marshal(r)
		if err != nil {
			return fail(exitUsage, "serve: %w", err)
		}
		printf(std.out, "%s\n", p)
	} else {
		for _, events := range r.Connections {
			p := transcript.Printer{W: std.out, Times: true}
			for _, e := range events {
				_ = p.Print(e)
			}
		}
		_ = r.Text(std.out)
	}
	if !r.Good() {
		return &exitError{code: exitDiffers}
	}
	return nil
}
