package main

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session/practice"
	"ehlo/session/practice/judge"
	"ehlo/transcript/serve"
)

const serveLong = `Be a server: the built-in practice server, or recordings that play their server
side to whatever client connects.

The first line on standard output is "listening on ADDR", so that scripts can
ask for a free port with --listen 127.0.0.1:0. The server runs until it is
interrupted, or to its end with --once. It listens on the loopback address unless
--listen says otherwise.

The practice server offers STARTTLS with a certificate that is made at start;
--ca-out writes the certificate of its authority, for clients to trust. To log
in, alice has the password wonderland and the bearer token t0ken; --users names
a file of others: name, password, and a token or none, one user a line. It keeps
what it accepts in memory, the newest 64 MiB of it, and with --maildir in a maildir
for each recipient. A mail that finds no room beside those under way gets 452 4.3.1.

With --once the practice server is a test of clients: when a client has left, and
--wait has passed without another connection, it prints what the client did and
what the RFCs say to that, rule by rule, and exits with 0, or with 41 if a rule
was broken. A scenario that a client should come back to needs a longer --wait;
--hurry N makes the waits of the scenario N times shorter. --timeout is for CI: it
exits with 43 if no client comes, or one does not end.

practice:hops is a network in a box, from submission to mailbox; what its hosts do
is told on standard error. --dns shows it to other programs: the names at a DNS of
its own, the hosts at 127.1.0.1 and so on. --down takes hosts off the network, and
--gateway says where mail for elsewhere.example goes.

The n-th client gets the n-th session of the recordings; behind the last comes
the first again, or with --loop=false the end. A client is recognised by its verbs,
or as --match says; content is read whatever it is, and compared where octets are.
What a client does otherwise than recorded is told on standard error, and makes
the exit code 41; so does what was never played. Patterns (C?) and templates (S> … ${client.helo}
${client.addr} ${now}) make a recording a script, and so do "@ wait 5",
"@ close by=server", "@ close how=rst", "how=half" and "after=1000"; a handshake fails
at "= failed what=tls". Where TLS was recorded, the handshake is made with --cert
and --key, or with a certificate that is made at start and whose file is the
second line on standard output.`

const serveExample = `  ehlo serve practice
  ehlo serve --listen 127.0.0.1:0 practice:reject
  ehlo serve practice --scenario reject --once            # does your client say QUIT?
  ehlo serve practice --scenario greylisting --once --hurry 20 --wait 10s --timeout 1m --json
  ehlo serve practice:hops --dns 127.0.0.1:5353 --down mx1.destination.example,mx2.destination.example:30s
  ehlo serve session.smtp
  ehlo serve --once --match text first.smtp second.smtp    # exit code 0 if the client followed`

func serveCommand(std streams) *cobra.Command {
	var listen, caOut string
	var f practiceFlags
	var r recordingFlags
	cmd := &cobra.Command{
		Use:   "serve [--listen ADDR] practice[:SCENARIO | :FILE.scenario] | FILE.smtp...",
		Short: "Serve the practice server or recordings", Long: serveLong, Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 && !slices.ContainsFunc(args, func(a string) bool { return !isTranscript(a) }) {
				return nil
			}
			return oneArgument("practice[:SCENARIO] or FILE.smtp")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			defer makeRoom()()
			srv, err := server(args, &f, &r, std)
			if err != nil {
				return err
			}
			if err := writeAuthority(caOut, srv); err != nil {
				return err
			}
			if r.once && f.judge != nil {
				return f.serveOnce(cmd.Context(), srv, listen, std)
			}
			opened := func(ctx context.Context, at net.Addr) error { return f.hops.open(ctx, at, std.out) }
			ctx, cancel := cmd.Context(), context.CancelFunc(func() {})
			if f.timeout > 0 {
				ctx, cancel = context.WithTimeout(ctx, f.timeout)
			}
			defer cancel()
			err = listenAndServe(ctx, srv, listen, opened, caOut == "" && r.cert == "", std)
			if ctx.Err() != nil && cmd.Context().Err() == nil {
				return fail(exitTimeout, "serve: it was not at its end after %s", f.timeout)
			}
			return err
		},
	}
	sections{
		{"Server", func(fl *pflag.FlagSet) {
			fl.StringVar(&listen, "listen", "127.0.0.1:2525", "`ADDR` to listen on: PORT, HOST:PORT or [IPv6]:PORT; port 0 takes a free one")
			fl.StringVar(&caOut, "ca-out", "", "`FILE` for the certificate that clients can trust the server by")
			fl.BoolVar(&r.once, "once", false, "serve one client, or each session of a recording once, and exit: 0 if it did as it should, else 41")
			fl.DurationVar(&f.timeout, "timeout", 0, "exit after `TIME` at the latest: 43 if no client came, or one is still there (default: never)")
		}},
		{"Practice server", f.add}, {"Practice server that tests a client, with --once", f.addJudge},
		{"Network in a box, practice:hops", f.hops.add}, {"Recordings", r.add},
	}.addTo(cmd)
	return cmd
}

// writeAuthority writes the certificate that a server is to be trusted by. It
// replaces an earlier one, but no other file.
func writeAuthority(name string, srv listenerServer) error {
	if name == "" {
		return nil
	}
	if err := mayHoldCerts(name); err != nil {
		return fail(exitUsage, "serve --ca-out %s: %w", name, err)
	}
	p, err := authority(srv)
	if err != nil {
		return fail(exitUsage, "serve: %w", err)
	}
	if err := os.WriteFile(name, p, 0o644); err != nil {
		return fail(exitUsage, "serve --ca-out: %w", err)
	}
	return nil
}

func authority(srv listenerServer) ([]byte, error) {
	switch srv := srv.(type) {
	case *practice.Server:
		a, err := srv.Authority()
		if err != nil {
			return nil, err
		}
		return a.PEM(), nil
	case *serve.Server:
		return srv.PEM()
	}
	return nil, errors.New("this server has no certificate")
}

type listenerServer interface {
	Serve(net.Listener) error
	Close()
}

func server(args []string, f *practiceFlags, r *recordingFlags, std streams) (listenerServer, error) {
	what := args[0]
	if isTranscript(what) {
		if flag := f.hops.given(); flag != "" {
			return nil, fail(exitUsage, "serve: %s is for practice:hops", flag)
		}
		if f.timeout < 0 {
			return nil, fail(exitUsage, "serve: --timeout is a time that is not below 0")
		}
		if f.any() {
			return nil, fail(exitUsage, "serve %s: --scenario, --users, --maildir and --no-version are for the practice server", what)
		}
		return r.server(args, std)
	}
	if flag := r.given(); flag != "" {
		return nil, fail(exitUsage, "serve %s: %s is for recordings", what, flag)
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
	f.err = std.err
	if r.once {
		f.judge = judge.New()
	}
	return f.server(t.Practice)
}

// listenAndServe serves until somebody interrupts it, which is how a server is meant to
// end. opened is told where it listens. With tellTrust a recording with TLS says where
// its certificate is.
func listenAndServe(ctx context.Context, srv listenerServer, addr string, opened func(context.Context, net.Addr) error, tellTrust bool, std streams) error {
	l, err := listenOn(addr)
	if err != nil {
		return err
	}
	printf(std.out, "listening on %s\n", l.Addr())
	if err := opened(ctx, l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	recording, _ := srv.(*serve.Server)
	if recording != nil && recording.Secures() && tellTrust {
		name, err := temporaryAuthority(recording)
		if err != nil {
			return fail(exitUsage, "serve: %w", err)
		}
		defer os.Remove(name)
		printf(std.out, "clients can trust %s\n", name)
	}
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		if recording == nil {
			srv.Close()
		}
	})
	defer stop()
	if err := srv.Serve(l); err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
		return fail(exitUsage, "serve: %w", err)
	}
	if recording == nil {
		return nil
	}
	return followed(recording, std)
}
