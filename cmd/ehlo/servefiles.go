package main

import (
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/serve"
)

// recordingFlags are the flags of ehlo serve that are for recordings.
type recordingFlags struct {
	match, mismatch, cert, key string
	set                        []string
	loop, once, timing         bool
	jobs                       int
	idle                       time.Duration

	fs *pflag.FlagSet
}

func (f *recordingFlags) add(fs *pflag.FlagSet) {
	f.fs = fs
	fs.StringVar(&f.match, "match", "verb", "go by `WHAT` a client says: verb, text, octets, or any order of verbs")
	fs.StringVar(&f.mismatch, "on-mismatch", "reply", "`WHAT` to do about another line: reply, close or exit")
	fs.BoolVar(&f.loop, "loop", true, "begin with the first session again behind the last; --loop=false ends there, as --once does")
	fs.IntVar(&f.jobs, "jobs", 0, "serve `N` clients at once, the others wait (default: all)")
	fs.BoolVar(&f.timing, "timing", false, "answer as late as the recorded server did")
	fs.DurationVar(&f.idle, "idle", 0, "leave a client that does nothing for `TIME` (default 5m)")
	fs.StringArrayVar(&f.set, "set", nil, "`NAME=VALUE` of a variable ${NAME}; repeat it")
	fs.StringVar(&f.cert, "cert", "", "`FILE` of the certificate for recorded handshakes, PEM")
	fs.StringVar(&f.key, "key", "", "`FILE` of its private key, PEM")
}

// given names a flag that was given, or "".
func (f *recordingFlags) given() string {
	for _, name := range []string{"match", "on-mismatch", "loop", "jobs", "timing", "idle", "set", "cert", "key"} {
		if f.fs.Changed(name) {
			return "--" + name
		}
	}
	return ""
}

// server reads recordings and returns what plays them.
func (f *recordingFlags) server(names []string, std streams) (*serve.Server, error) {
	o, err := f.options(std)
	if err != nil {
		return nil, err
	}
	var all []*transcript.Transcript
	for _, name := range names {
		t, err := readTranscript(name, false, std)
		if err != nil {
			return nil, err
		}
		if len(t.Events()) == 0 {
			return nil, fail(exitTranscript, "serve %s: there is nothing to play", session.Escape(name))
		}
		all = append(all, t)
	}
	return serve.New(all[0], o, all[1:]...), nil
}

// options are those of a recording.
func (f *recordingFlags) options(std streams) (serve.Options, error) {
	o := serve.Options{
		Loop: f.loop && !f.once, Once: f.once || !f.loop, Jobs: f.jobs, Timing: f.timing, Idle: f.idle, Variables: map[string]string{},
		Log: func(_ int, problem string) { printf(std.err, "ehlo: serve: %s\n", session.Escape(problem)) },
	}
	var err error
	if o.Match, err = serve.ParseMatch(f.match); err != nil {
		return o, fail(exitUsage, "serve --match: %w", err)
	}
	if o.Mismatch, err = serve.ParseMismatch(f.mismatch); err != nil {
		return o, fail(exitUsage, "serve --on-mismatch: %w", err)
	}
	for _, text := range f.set {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return o, fail(exitUsage, "serve --set %q: expected NAME=VALUE", text)
		}
		o.Variables[name] = value
	}
	if f.jobs < 0 {
		return o, fail(exitUsage, "serve --jobs %d: expected a number from 1 on, or 0 for all", f.jobs)
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

// followed judges what the clients of a recording did.
func followed(srv *serve.Server, std streams) error {
	srv.Finish(lastWords)
	problems := srv.Problems()
	if len(problems) == 0 {
		return nil
	}
	for _, p := range problems {
		if strings.HasSuffix(p, serve.NeverPlayed) { // the others were told as they happened
			printf(std.err, "ehlo: serve: %s\n", p)
		}
	}
	return &exitError{code: exitDiffers}
}

// lastWords is how long clients may take to end when the server is
// interrupted.
const lastWords = 100 * time.Millisecond

// temporaryAuthority puts the certificate of a recording where a client can
// read it while the server runs.
func temporaryAuthority(srv *serve.Server) (string, error) {
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
