package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ehlo/session"
	"ehlo/tui"
)

// version is that of the program; it stands in transcripts too.
const version = session.Version

// streams are the three standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

const rootLong = `ehlo steps through SMTP sessions: compose a mail, send each command when you
are ready, watch what both sides now share, understand every reply, and keep a
transcript that can be played back, re-run and served.

Without a subcommand it opens the terminal interface. TARGET is filled in but
not connected to; a FILE.smtp is opened for playing back, two are set side by
side. The flags of ehlo send fill in the rest:
  ehlo --from alice@test.example --tls require mail.test.example

TARGET is one of
  practice[:SCENARIO]        the built-in server, in memory (ehlo list scenarios)
  HOST[:PORT]                port 25 if none is given; also [IPv6]:PORT
  smtp://HOST[:PORT]         the same
  submission://HOST[:PORT]   port 587
  smtps://HOST[:PORT]        TLS first, port 465
  lmtp://HOST[:PORT]         LMTP, port 24
  unix:PATH, lmtp+unix:PATH  a unix socket
  pipe:COMMAND ARGS          a process, as in 'pipe:sendmail -bs'; words and quotes
                             as in sh, but no shell runs; also lmtp+pipe:`

const rootExample = `  ehlo                                   practise on the built-in server: Enter connects, n steps
  ehlo mail.test.example:2525            the same with a real server
  ehlo session.smtp                      play back what was recorded
  ehlo yesterday.smtp today.smtp         two recordings side by side, with what differs
  ehlo --plain practice                  the same line by line, without a screen
  ehlo send --to bob@test.example practice`

func rootCommand(std streams) *cobra.Command {
	var l appearance
	var f sendFlags
	root := &cobra.Command{
		Use:           "ehlo [TARGET | FILE.smtp [FILE.smtp]]",
		Short:         "A terminal SMTP client and debugger",
		Long:          rootLong,
		Example:       rootExample,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          targetOrFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.profile.blame(interactive(cmd, args, l, &f, std))
		},
	}
	root.SetVersionTemplate("ehlo {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.Flags().StringVar(&l.theme, "theme", "", "colours by `NAME` of ehlo list themes (default dark; NO_COLOR is honoured)")
	root.Flags().BoolVar(&l.plain, "plain", false, "the same session line by line: for screen readers, dumb terminals, pipes and scripts")
	f.breaks.add(root.Flags())
	f.sections().addHidden(root)
	root.SetHelpCommand(helpCommand(root))
	root.AddCommand(sendCommand(std), probeCommand(std), replayCommand(std), serveCommand(std), showCommand(std), playCommand(std), fmtCommand(std), lintCommand(std),
		explainCommand(std), listCommand(std), keysCommand(std), exitCodesTopic(), transcriptsTopic())
	root.AddCommand(learnCommand(std), queueCommand(std))
	root.AddCommand(importCommand(std), exportCommand(std))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fail(exitUsage, "%s: %w; see %s --help", doing(cmd), err, cmd.CommandPath())
	})
	return root
}

// helpCommand is cobra's, with an exit code for a topic that there is not.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND | TOPIC]", Short: "Help about a command or a topic",
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return fail(exitUsage, "help: there is no topic %q; ehlo --help names them", strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// appearance is how the program shows itself.
type appearance struct {
	theme  string
	plain  bool   // line by line
	screen string // to begin with
}

func interactive(cmd *cobra.Command, args []string, l appearance, f *sendFlags, std streams) error {
	isBelow, mayStop := below()
	if !isBelow && !l.plain && !f.profile.show && isTerminal(std.in) && isTerminal(std.out) {
		return guard(os.Args[1:], std)
	}
	if err := f.profile.load(cmd); err != nil {
		return err
	}
	if f.profile.show {
		f.profile.print(cmd, strings.Join(args, ""), std.out)
		return nil
	}
	o, err := f.screen(cmd, std)
	if err != nil {
		return err
	}
	if err := begunWith(cmd, args, &o); err != nil {
		return err
	}
	o.Screen = l.screen
	o.Export, o.Forms = inForm, forms()
	c, err := f.profile.settings(&o)
	if err != nil {
		return err
	}
	o.Settings = &settings{file: f.profile.config, given: f.given(l)}
	configured := l.theme == "" && os.Getenv("NO_COLOR") == "" && c.Screen.Theme != ""
	if configured {
		l.theme = c.Screen.Theme
	}
	o.ThemeFolder = themeFolder()
	if o.Theme, err = chooseTheme(l.theme, std.err); err != nil && configured {
		return c.wrong("screen", "theme", "%v", err)
	} else if err != nil {
		return err
	}
	if !l.plain && (!isTerminal(std.in) || !isTerminal(std.out)) {
		return fail(exitUsage, "%s: standard input and output are no terminal; ehlo send and ehlo --plain work without one", doing(cmd))
	}
	for _, file := range []string{o.File, o.Second} {
		if _, err := os.Stat(file); file != "" && err != nil {
			return fail(exitTranscript, "open a transcript: %w", err)
		}
	}
	go func() { _ = o.Shelf.Prune(time.Now()) }()
	if l.plain {
		return lineByLine(cmd, o, std)
	}
	o.CatchNoPanic, o.NoSuspend = isBelow, !mayStop
	return onScreen(cmd.Context(), o)
}

// begunWith reads the arguments: a target, or one transcript or two.
func begunWith(cmd *cobra.Command, args []string, o *tui.Options) error {
	switch {
	case len(args) == 2:
		o.File, o.Second = args[0], args[1]
	case len(args) == 1 && isTranscript(args[0]):
		o.File = args[0]
	case len(args) == 1:
		if _, err := target(args[0]); err != nil {
			return unknownArgument(cmd, args[0], err)
		}
		o.Target = args[0]
	}
	firstSteps(cmd, o)
	return nil
}

// onScreen runs the terminal interface, with a journal if one is asked for.
func onScreen(ctx context.Context, o tui.Options) error {
	if name := os.Getenv("EHLO_DEBUG"); name != "" {
		journal, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return fail(exitUsage, "EHLO_DEBUG: %w", err)
		}
		defer journal.Close()
		o.Journal = journal
	}
	if err := tui.Run(ctx, o); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fail(exitInterrupted, "interrupted")
	}
	return nil
}

// unknownArgument prefers to say that there is no such subcommand where that
// is the likelier mistake.
func unknownArgument(cmd *cobra.Command, arg string, err error) error {
	if near := cmd.SuggestionsFor(arg); len(near) > 0 {
		return fail(exitUsage, "%w; did you mean ehlo %s?", errors.Unwrap(err), strings.Join(near, " or ehlo "))
	}
	return err
}

// isTranscript tells a FILE.smtp from a TARGET.
func isTranscript(arg string) bool {
	if strings.HasSuffix(arg, ".smtp") {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && info.Mode().IsRegular()
}

func isTerminal(stream any) bool {
	if o, ok := stream.(*output); ok {
		stream = o.Writer
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// doing is what an error of a command begins with: its words, or what there is
// without any.
func doing(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "open the terminal interface"
	}
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// atMostOne names the arguments, since one too many is often the value of a
// flag that takes it only behind an equals sign, as --size does.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return fail(exitUsage, "%s: one TARGET, not %d: %q; a flag whose value can be left out takes it as --flag=VALUE", doing(cmd), len(args), args)
}

// targetOrFiles takes one TARGET or file, or two files to compare.
func targetOrFiles(cmd *cobra.Command, args []string) error {
	if len(args) != 2 || !isTranscript(args[0]) || !isTranscript(args[1]) {
		return atMostOne(cmd, args)
	}
	if plain, _ := cmd.Flags().GetBool("plain"); plain {
		return fail(exitUsage, "%s: two files are compared on the screen, not line by line", doing(cmd))
	}
	return nil
}

// oneArgument is cobra.ExactArgs(1) with a message that says what is missing.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fail(exitUsage, "%s: expected one %s, got %d arguments; see %s --help", doing(cmd), what, len(args), cmd.CommandPath())
	}
}
