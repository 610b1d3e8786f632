package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript"
)

const serveLong = `Be a server: the built-in practice server, or a recording that plays its server
side to whatever client connects.

The first line on standard output is "listening on ADDR", so that scripts can
ask for a free port with --listen 127.0.0.1:0. The server runs until it is
interrupted. It listens on the loopback address unless --listen says otherwise.

The practice server offers STARTTLS with a certificate that is made at start;
--ca-out writes the certificate of its authority, for clients to trust. To log
in, alice has the password wonderland and the bearer token t0ken; --users names
a file of others: name, password, and a token or none, one user a line. It keeps
what it accepts in memory, and with --maildir in a maildir for each recipient.

The n-th client of a recording gets its n-th session; behind the last comes the
first again. What a client does otherwise than recorded is told on standard
error, and makes the exit code 41.`

func serveCommand(std streams) *cobra.Command {
	var listen, caOut string
	var f practiceFlags
	cmd := &cobra.Command{
		Use: "serve [--listen ADDR] practice[:SCENARIO | :FILE.scenario] | FILE.smtp", Short: "Serve the practice server or a recording",
		Long: serveLong, Example: "  ehlo serve practice\n  ehlo serve --listen 127.0.0.1:0 practice:reject\n  ehlo serve session.smtp",
		Args: oneArgument("practice[:SCENARIO] or FILE.smtp"),
		RunE: func(cmd *cobra.Command, args []string) error {
			srv, err := server(args[0], &f, std)
			if err != nil {
				return err
			}
			if err := writeAuthority(caOut, srv); err != nil {
				return err
			}
			return serve(cmd.Context(), srv, listen, std)
		},
	}
	cmd.Flags().StringVar(&caOut, "ca-out", "", "`FILE` for the certificate that clients can trust the practice server by")
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:2525", "`ADDR` to listen on; port 0 takes a free one")
	return cmd
}

// writeAuthority writes the certificate of a practice server's authority. It
// replaces an earlier one, but no other file.
func writeAuthority(name string, srv listenerServer) error {
	if name == "" {
		return nil
	}
	p, ok := srv.(*practice.Server)
	if !ok {
		return fail(exitUsage, "serve --ca-out: only the practice server has an authority of its own")
	}
	if old, err := os.ReadFile(name); err == nil && len(old) > 0 && !bytes.HasPrefix(old, []byte("-----BEGIN CERTIFICATE-----")) {
		return fail(exitUsage, "serve --ca-out %s: the file is there, and is no certificate", name)
	}
	a, err := p.Authority()
	if err != nil {
		return fail(exitUsage, "serve: %w", err)
	}
	if err := os.WriteFile(name, a.PEM(), 0o644); err != nil {
		return fail(exitUsage, "serve --ca-out: %w", err)
	}
	return nil
}

type listenerServer interface {
	Serve(net.Listener) error
	Close()
}

func server(what string, f *practiceFlags, std streams) (listenerServer, error) {
	if isTranscript(what) {
		if f.any() {
			return nil, fail(exitUsage, "serve %s: --scenario, --users, --maildir and --no-version are for the practice server", what)
		}
		t, err := readTranscript(what, false, std)
		if err != nil {
			return nil, err
		}
		return transcript.NewServer(t, transcript.ServeOptions{Loop: true, Log: func(problem string) {
			printf(std.err, "ehlo: serve: %s\n", session.Escape(problem))
		}}), nil
	}
	t, err := target(what)
	if err != nil || t.Practice == "" {
		if _, statErr := os.Stat(what); statErr == nil { // a folder, a pipe
			_, err := readTranscript(what, false, std)
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if t.Practice == "" {
		return nil, fail(exitUsage, "serve %s: only practice[:SCENARIO] or a FILE.smtp can be served", what)
	}
	return f.server(t.Practice)
}

func serve(ctx context.Context, srv listenerServer, addr string, std streams) error {
	if !strings.Contains(addr, ":") {
		addr = "127.0.0.1:" + addr
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fail(exitUsage, "serve: %w", err)
	}
	printf(std.out, "listening on %s\n", l.Addr())
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		srv.Close()
	})
	defer stop()
	err = srv.Serve(l)
	if err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
		return fail(exitUsage, "serve: %w", err)
	}
	// Interrupting is how a server is meant to end.
	if recording, ok := srv.(*transcript.Server); ok && len(recording.Problems()) > 0 {
		return &exitError{code: exitDiffers}
	}
	return nil
}
