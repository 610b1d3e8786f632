package main

import (
	"errors"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript"
)

const replayLong = `Run recordings again, against a server that is named here: the recorded address
is never connected to by itself. Each recorded command is sent as soon as the
replies before it have come, and each reply is compared with the recorded one:
code, enhanced code, number and order strictly, offered keywords as a set, texts
as a note. At the first reply of another class the run ends with QUIT.

Content is sent only after a 354. Secrets are not in transcripts and are not
sent. Exit code 0: all the same; 41: something differs.`

func replayCommand(std streams) *cobra.Command {
	var against string
	var keepGoing bool
	cmd := &cobra.Command{
		Use: "replay [flags] FILE... --against TARGET", Short: "Re-run recordings and print the differences",
		Long:    replayLong,
		Example: "  ehlo replay session.smtp --against practice\n  ehlo replay tests/*.smtp --against localhost:2525",
		Args:    cobra.ArbitraryArgs,
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
			return replayAll(cmd, args, t, keepGoing, std)
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "the `TARGET` to run against (required)")
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "use what can be read of a damaged file")
	return cmd
}

// replayAll runs every file; the exit code is that of the first that failed.
func replayAll(cmd *cobra.Command, files []string, t session.Target, keepGoing bool, std streams) error {
	first := exitDone
	failed := func(code int) {
		if first == exitDone {
			first = code
		}
	}
	for _, name := range files {
		code, err := replayOne(cmd, name, t, keepGoing, std)
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

func replayOne(cmd *cobra.Command, name string, t session.Target, keepGoing bool, std streams) (int, error) {
	recorded, err := readTranscript(name, keepGoing, std)
	if err != nil {
		var exit *exitError
		if errors.As(err, &exit) {
			return exit.code, err
		}
		return exitTranscript, err
	}
	report, err := transcript.Replay(cmd.Context(), recorded, transcript.ReplayOptions{
		Session: session.Options{Target: t, Dial: dial},
	})
	if report != nil {
		if err := report.WriteText(std.out); err != nil {
			return exitUsage, err
		}
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
