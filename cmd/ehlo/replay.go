package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/sasl"
	"ehlo/transcript"
)

const replayLong = `Run recordings again, against a server that is named here: the recorded address
is never connected to by itself. Each recorded command is sent as soon as the
replies before it have come, and each reply is compared with the recorded one:
code, enhanced code, number and order strictly, offered keywords as a set, texts
as a note. At the first reply of another class the run ends with QUIT.

Content is sent only after a 354. Secrets are not in transcripts. A login is
computed again from --secret password=SOURCE, and from --secret user=SOURCE if
the recording does not name the user; what else was masked, as in ${secret.2},
is --secret secret.2=SOURCE. A SOURCE is env:VAR or file:PATH, never the value.
A login that cannot be computed again ends the run and counts as a difference.

Exit code 0: all the same; 41: something differs.`

func replayCommand(std streams) *cobra.Command {
	var against string
	var keepGoing bool
	var secretFlags []string
	var tls tlsFlags
	cmd := &cobra.Command{
		Use: "replay [flags] FILE... --against TARGET", Short: "Re-run recordings and print the differences",
		Long: replayLong,
		Example: "  ehlo replay session.smtp --against practice\n  ehlo replay tests/*.smtp --against localhost:2525\n" +
			"  ehlo replay login.smtp --against localhost:2525 --secret password=env:PASSWORD",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "replay: no FILE given; see ehlo replay --help")
			}
			if against == "" {
				return fail(exitUsage, "replay: no server to run against; give --against TARGET")
			}
			t, err := target(against)
			if err != nil {
				return err
			}
			known, err := readSecrets(cmd.Context(), secretFlags)
			if err != nil {
				return err
			}
			handshake, err := tls.handshake()
			if err != nil {
				return fail(exitUsage, "replay: %w", err)
			}
			o := known.options(transcript.ReplayOptions{Session: session.Options{Target: t, Dial: dialWith(channel.Dialer{}), TLS: handshake}})
			return replayAll(cmd, args, o, keepGoing, std)
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "the `TARGET` to run against (required)")
	cmd.Flags().StringArrayVar(&secretFlags, "secret", nil, "`NAME=SOURCE` of a secret: SOURCE is env:VAR or file:PATH; repeat it")
	tls.addHandshake(cmd.Flags())
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "use what can be read of a damaged file")
	return cmd
}

// replayAll runs every file; the exit code is that of the first that failed.
func replayAll(cmd *cobra.Command, files []string, o transcript.ReplayOptions, keepGoing bool, std streams) error {
	first := exitDone
	failed := func(code int) {
		if first == exitDone {
			first = code
		}
	}
	for _, name := range files {
		code, err := replayOne(cmd, name, o, keepGoing, std)
		if err != nil {
			printf(std.err, "ehlo: %s\n", session.Escape(err.Error()))
		}
		failed(code)
		if cmd.Context().Err() != nil {
			return &exitError{code: exitInterrupted}
		}
	}
	if first != exitDone {
		return &exitError{code: first}
	}
	return nil
}

func replayOne(cmd *cobra.Command, name string, o transcript.ReplayOptions, keepGoing bool, std streams) (int, error) {
	recorded, err := readTranscript(name, keepGoing, std)
	if err != nil {
		var exit *exitError
		if errors.As(err, &exit) {
			return exit.code, err
		}
		return exitTranscript, err
	}
	report, err := transcript.Replay(cmd.Context(), recorded, o)
	if report != nil {
		if err := report.WriteText(std.out); err != nil {
			return exitUsage, err
		}
	}
	var missing *transcript.MissingError
	if errors.As(err, &missing) {
		return exitUsage, fail(exitUsage, "replay %w; give --secret password=env:VAR for a login, else --secret %s=env:VAR", err, missing.Name)
	}
	if err != nil {
		return replayFault(report), fail(exitUsage, "replay %s: %w", name, err)
	}
	if !report.Same {
		return exitDiffers, nil
	}
	return exitDone, nil
}

// replayFault says why a run could not be compared to its end.
func replayFault(r *transcript.Report) int {
	if r == nil {
		return exitUsage
	}
	var state session.State
	for _, e := range r.Events {
		state = state.Apply(e)
	}
	switch state.Fault {
	case session.FaultConnect, session.FaultResolve:
		return exitConnect
	case session.FaultTimeout:
		return exitTimeout
	}
	return exitDiffers
}

// known are the secrets that a person has named, by name.
type known map[string]string

// readSecrets fetches what --secret names. Errors repeat nothing of a flag but
// its name: somebody may have written a password there.
func readSecrets(ctx context.Context, flags []string) (known, error) {
	values := known{}
	for _, flag := range flags {
		name, from, ok := strings.Cut(flag, "=")
		if !ok || name == "" {
			return nil, fail(exitUsage, "replay: --secret wants NAME=env:VAR or NAME=file:PATH")
		}
		if !strings.HasPrefix(from, "env:") && !strings.HasPrefix(from, "file:") {
			return nil, fail(exitUsage, "replay: --secret %s: a secret is never on the command line; give %s=env:VAR or %s=file:PATH", name, name, name)
		}
		value, err := new(source).secret(ctx, from)
		if err != nil {
			return nil, fail(exitUsage, "replay: --secret %s: %w", name, err)
		}
		values[name] = value
	}
	if _, ok := values["password"]; !ok && (values["user"] != "" || values["authzid"] != "") {
		return nil, fail(exitUsage, "replay: --secret user and authzid need --secret password")
	}
	return values, nil
}

// options adds the values, and who answers in a login.
func (k known) options(o transcript.ReplayOptions) transcript.ReplayOptions {
	o.Variables = k
	password, ok := k["password"]
	if !ok {
		return o
	}
	o.Auth = func(mech, user string) (session.Authenticator, error) {
		if k["user"] != "" {
			user = k["user"]
		}
		if user == "" {
			return nil, errors.New("the recording does not name the user; give --secret user=env:VAR")
		}
		return sasl.NewClient(sasl.Credentials{User: user, Password: password, Authzid: k["authzid"]}, mech), nil
	}
	return o
}
