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
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		srv.Close()
	})
	defer stop()
	go f.untilQuiet(ctx, done)
	if err := srv.Serve(l); err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
		return fail(exitUsage, "serve: %w", err)
	}
	return printReport(f.judge.Report(), f.json, std)
}

// untilQuiet ends the serving when nobody has been there for long enough.
func (f *practiceFlags) untilQuiet(ctx context.Context, done func()) {
	tick := time.NewTicker(min(max(f.wait/10, 10*time.Millisecond), time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if since, _ := f.judge.Quiet(); !since.IsZero() && now.Sub(since) >= f.wait {
				done()
				return
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
