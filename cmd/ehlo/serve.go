package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript"
)

const serveLong = `Be a server: the built-in practice server, or recordings that play their server
side to whatever client connects.

The first line on standard output is "listening on ADDR", so that scripts can
ask for a free port with --listen 127.0.0.1:0. The server runs until it is
interrupted. It listens on the loopback address unless --listen says otherwise.

The practice server offers STARTTLS with a certificate that is made at start;
--ca-out writes the certificate of its authority, for clients to trust. To log
in, alice has the password wonderland and the bearer token t0ken.

The n-th client gets the n-th session of the recordings; behind the last comes
the first again, unless --loop=false. A client is recognised by its verbs, or
as --match says; content is read whatever it is. What a client does otherwise
than recorded is told on standard error, and makes the exit code 41; so does
what was never played. Patterns (C?) and templates (S> … ${client.helo}
${client.addr} ${now}) make a recording a script, and so do "@ wait 5",
"@ close how=rst", "@ close how=half" and "@ close after=1000". Where TLS was
recorded, the handshake is made with --cert and --key, or with a certificate
that is made at start and whose file is the second line on standard output.`

const serveExample = `  ehlo serve practice
  ehlo serve --listen 127.0.0.1:0 practice:reject
  ehlo serve session.smtp
  ehlo serve --once --match text first.smtp second.smtp    # exit code 0 if the client followed`

// serveFlags are the flags of ehlo serve that are for recordings.
type serveFlags struct {
	listen, caOut, match, mismatch, cert, key string
	set                                       []string
	loop, once, timing                        bool
	jobs                                      int
	idle                                      time.Duration
}

func serveCommand(std streams) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve [--listen ADDR] practice[:SCENARIO] | FILE.smtp...", Short: "Serve the practice server or recordings",
		Long: serveLong, Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 && slices.IndexFunc(args, func(a string) bool { return !isTranscript(a) }) < 0 {
				return nil
			}
			return oneArgument("practice[:SCENARIO] or FILE.smtp")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			srv, err := f.server(args, std)
			if err != nil {
				return err
			}
			if err := writeAuthority(f.caOut, srv); err != nil {
				return err
			}
			return f.serve(cmd.Context(), srv, std)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.caOut, "ca-out", "", "`FILE` for the certificate that clients can trust the server by")
	fs.StringVar(&f.listen, "listen", "127.0.0.1:2525", "`ADDR` to listen on; port 0 takes a free one")
	fs.StringVar(&f.match, "match", "verb", "recognise a client's lines by `WHAT`: verb, text, octets, or any order of verbs")
	fs.StringVar(&f.mismatch, "on-mismatch", "reply", "`WHAT` to do about another line: reply (503), close the connection, or exit")
	fs.BoolVar(&f.loop, "loop", true, "begin with the first session again behind the last")
	fs.BoolVar(&f.once, "once", false, "play each session once and exit: 0 if the clients followed, else 41")
	fs.IntVar(&f.jobs, "jobs", 0, "serve `N` clients at once, the others wait; default: all")
	fs.BoolVar(&f.timing, "timing", false, "answer as late as the recorded server did")
	fs.DurationVar(&f.idle, "idle", 0, "leave a client that does nothing for so `LONG`; default 5m")
	fs.StringArrayVar(&f.set, "set", nil, "`NAME=VALUE` of a variable ${NAME}; repeat it")
	fs.StringVar(&f.cert, "cert", "", "`FILE` of the certificate for recorded handshakes, PEM")
	fs.StringVar(&f.key, "key", "", "`FILE` of its private key, PEM")
	return cmd
}

// options are those of a recording.
func (f *serveFlags) options(std streams) (transcript.ServeOptions, error) {
	o := transcript.ServeOptions{
		Loop: f.loop && !f.once, Once: f.once, Jobs: f.jobs, Timing: f.timing, Idle: f.idle, Variables: map[string]string{},
		Log: func(problem string) { printf(std.err, "ehlo: serve: %s\n", session.Escape(problem)) },
	}
	var err error
	if o.Match, err = transcript.ParseMatch(f.match); err != nil {
		return o, fail(exitUsage, "serve --match: %w", err)
	}
	if o.Mismatch, err = transcript.ParseMismatch(f.mismatch); err != nil {
		return o, fail(exitUsage, "serve --on-mismatch: %w", err)
	}
	for _, text := range f.set {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return o, fail(exitUsage, "serve --set %q: expected NAME=VALUE", text)
		}
		o.Variables[name] = value
	}
	if (f.cert == "") != (f.key == "") {
		return o, fail(exitUsage, "serve: --cert and --key belong together")
	}
	if f.cert != "" {
		cert, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return o, fail(exitUsage, "serve --cert: %w", err)
		}
		o.Certificate = &cert
	}
	return o, nil
}

// writeAuthority writes the certificate that a server is to be trusted by. It
// replaces an earlier one, but no other file.
func writeAuthority(name string, srv listenerServer) error {
	if name == "" {
		return nil
	}
	if old, err := os.ReadFile(name); err == nil && len(old) > 0 && !bytes.HasPrefix(old, []byte("-----BEGIN CERTIFICATE-----")) {
		return fail(exitUsage, "serve --ca-out %s: the file is there, and is no certificate", name)
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
	case *transcript.Server:
		return srv.PEM()
	}
	return nil, errors.New("this server has no certificate")
}

type listenerServer interface {
	Serve(net.Listener) error
	Close()
}

func (f *serveFlags) server(args []string, std streams) (listenerServer, error) {
	what := args[0]
	if isTranscript(what) {
		o, err := f.options(std)
		if err != nil {
			return nil, err
		}
		var all []*transcript.Transcript
		for _, name := range args {
			t, err := readTranscript(name, false, std)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		}
		return transcript.NewServer(all[0], o, all[1:]...), nil
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
	sc, err := practice.Find(t.Practice)
	if err != nil {
		return nil, fail(exitUsage, "serve: %w", err)
	}
	return practice.New(sc, practice.Options{}), nil
}

func (f *serveFlags) serve(ctx context.Context, srv listenerServer, std streams) error {
	addr := f.listen
	if !strings.Contains(addr, ":") {
		addr = "127.0.0.1:" + addr
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fail(exitUsage, "serve: %w", err)
	}
	printf(std.out, "listening on %s\n", l.Addr())
	recording, isRecording := srv.(*transcript.Server)
	if isRecording && recording.Secures() && f.caOut == "" && f.cert == "" {
		name, err := temporaryAuthority(recording)
		if err != nil {
			return fail(exitUsage, "serve: %w", err)
		}
		defer os.Remove(name)
		printf(std.out, "clients can trust %s\n", name)
	}
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		if isRecording {
			recording.Finish(lastWords)
		} else {
			srv.Close()
		}
	})
	defer stop()
	err = srv.Serve(l)
	if err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
		return fail(exitUsage, "serve: %w", err)
	}
	if !isRecording {
		return nil // interrupting is how a server is meant to end
	}
	recording.Finish(lastWords)
	problems := recording.Problems()
	if len(problems) > 0 {
		for _, p := range problems {
			if strings.HasSuffix(p, "was never played") {
				printf(std.err, "ehlo: serve: %s\n", p)
			}
		}
		return &exitError{code: exitDiffers}
	}
	return nil
}

// lastWords is how long clients may take to end when the server is
// interrupted.
const lastWords = 100 * time.Millisecond

// temporaryAuthority puts the certificate of a recording where a client can
// read it while the server runs.
func temporaryAuthority(srv *transcript.Server) (string, error) {
	p, err := srv.PEM()
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp("", "ehlo-serve-*.pem")
	if err != nil {
		return "", err
	}
	_, err = file.Write(p)
	return file.Name(), errors.Join(err, file.Close())
}
