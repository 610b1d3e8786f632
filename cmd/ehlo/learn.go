package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/practice"
	"ehlo/transcript/lesson"
	"ehlo/tui"
	"ehlo/tui/plain"
)

const learnLong = `Learn SMTP by doing it: lessons that ask, against the built-in practice server.

Without an argument the list of lessons opens in the terminal interface. With one,
with --plain, or where there is no terminal, a lesson is taken line by line. It has
text to read, questions to answer, and tasks: what you type goes to the server as
it is. What you have done is kept in $XDG_STATE_HOME/ehlo/lessons or
~/.local/state/ehlo/lessons.

At the prompt a line that begins with a slash is for ehlo, as in ehlo --plain:
  /hint        the next hint          /state      where the session stands
  /skip        the next step          /mailbox    what has been delivered
  /reconnect   a new connection       /quit       leave the lesson
  /hold LINE   goes out together with the next line; /help lists the rest.

A lesson of your own is a recorded session with comment lines: go doc
ehlo/transcript/lesson. --check plays what is recorded behind each task, and says
in which line a check does not hold.

The exit code is 0 when the lesson was done to its end, and 41 if not.`

func learnCommand(std streams) *cobra.Command {
	var check, byLines bool
	cmd := &cobra.Command{
		Use: "learn [LESSON | FILE.smtp]", Short: "Learn SMTP by doing it, lesson by lesson",
		Long: learnLong, Example: "  ehlo learn\n  ehlo learn hello\n  ehlo learn --check my-lesson.smtp",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			progress, err := readProgress()
			if err != nil {
				printf(std.err, "ehlo: learn: %s\n", session.Escape(err.Error()))
			}
			if len(args) == 0 {
				if check {
					return fail(exitUsage, "learn --check: no LESSON or FILE.smtp given")
				}
				if !byLines && isTerminal(std.in) && isTerminal(std.out) {
					return learnOnScreen(cmd.Context(), std)
				}
				return teach(cmd.Context(), nil, progress, std)
			}
			l, err := lesson.Find(args[0])
			if err != nil {
				return fail(lessonCode(args[0]), "learn: %w", err)
			}
			if check {
				return checkLesson(cmd.Context(), l, std)
			}
			return teach(cmd.Context(), &l, progress, std)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "play the solutions of the lesson instead, and say what is wrong with it")
	cmd.Flags().BoolVar(&byLines, "plain", false, "line by line, without the terminal interface")
	return cmd
}

// learnOnScreen opens the terminal interface with the list of lessons.
func learnOnScreen(ctx context.Context, std streams) error {
	var f sendFlags
	cmd := &cobra.Command{Use: "ehlo"}
	cmd.SetContext(ctx)
	f.sections().addHidden(cmd)
	return interactive(cmd, nil, appearance{screen: "lessons"}, &f, std)
}

func lessonCode(name string) int {
	if strings.HasSuffix(name, ".smtp") {
		return exitTranscript
	}
	return exitUsage
}

// readProgress reads what was done.
func readProgress() (*lesson.Progress, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return lesson.ReadProgress(filepath.Join(dir, "ehlo", "lessons"))
}

// listLessons prints the lessons in order, with a mark before those done.
func listLessons(std streams, p *lesson.Progress) {
	for i, l := range lesson.Lessons() {
		mark := " "
		if p != nil {
			if _, done := p.Done(l.Name); done {
				mark = "x"
			}
		}
		printf(std.out, "%-16s [%s] %2d. %s\n", l.Name, mark, i+1, l.Title)
	}
}

// room is the server of a lesson.
func room(l lesson.Lesson) (plain.Room, error) {
	sc, err := practice.Find(l.Scenario)
	if err != nil {
		return plain.Room{}, err
	}
	srv := practice.New(sc, practice.Options{Hurry: l.Hurry})
	return plain.Room{
		Target: session.Target{Practice: l.Scenario, LMTP: sc.LMTP()}, Dial: dialServer(srv),
		Mailboxes: func() []message.Mailbox { return letters(srv.Store().Mailboxes()) },
	}, nil
}

// checkLesson plays the solutions.
func checkLesson(ctx context.Context, l lesson.Lesson, std streams) error {
	r, err := room(l)
	if err != nil {
		return fail(exitTranscript, "learn: lesson %s: %w", l.Name, err)
	}
	s := session.New(session.Options{Target: r.Target, Dial: r.Dial})
	defer s.Close()
	waited := false
	err = lesson.Verify(ctx, l, s, func(st session.Step) {
		if waited = waited || st.Kind == session.HangUp; waited && st.Kind == session.Connect && l.Hurry > 1 {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(float64(time.Minute) / l.Hurry)):
			}
		}
	})
	if err != nil {
		return fail(exitDiffers, "learn --check %s: %w", l.Name, err)
	}
	printf(std.out, "%s: %d steps, each task is done by what is recorded behind it\n", session.Escape(l.Name), len(l.Steps))
	return nil
}

// teach takes a learner through a lesson, or has one chosen.
func teach(ctx context.Context, l *lesson.Lesson, progress *lesson.Progress, std streams) error {
	o := tui.Options{}.Filled()
	p, err := letterOptions(o)
	if err != nil {
		return err
	}
	p.Pupil, p.Lesson, p.Progress, p.Room, p.Now = true, l, progress, room, o.Now
	onPaper(&p, std)
	result, err := plain.Run(ctx, p)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return fail(exitInterrupted, "interrupted")
	case result.Learnt:
		return nil
	case result.Wrong > 0 && l == nil:
		return &exitError{code: exitUsage} // what was chosen is no lesson
	}
	return &exitError{code: exitDiffers}
}
