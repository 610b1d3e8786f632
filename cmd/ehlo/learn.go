package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript/lesson"
)

const learnLong = `Learn SMTP by doing it: lessons that ask, against the built-in practice server.

Without an argument the list of lessons opens in the terminal interface. With one,
with --plain, or where there is no terminal, a lesson is taken line by line. It has
text to read, questions to answer, and tasks: what you type goes to the server as
it is. What you have done is kept in $XDG_STATE_HOME/ehlo/lessons or
~/.local/state/ehlo/lessons.

At the prompt a line that begins with a colon is for ehlo:
  :hint        the next hint          :state      where the session stands
  :skip        the next step          :mailboxes  what has been delivered
  :connect     a new connection       :quit       leave the lesson
A line that ends in a backslash goes out together with the next one.

A lesson of your own is a recorded session with comment lines: go doc
ehlo/transcript/lesson. --check plays what is recorded behind each task, and says
in which line a check does not hold.

The exit code is 0 when the lesson was done to its end, and 41 if not.`

func learnCommand(std streams) *cobra.Command {
	var check, plain bool
	cmd := &cobra.Command{
		Use: "learn [LESSON | FILE.smtp]", Short: "Learn SMTP by doing it, lesson by lesson",
		Long: learnLong, Example: "  ehlo learn\n  ehlo learn hello\n  ehlo learn --check my-lesson.smtp",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			progress, err := readProgress()
			if err != nil {
				printf(std.err, "ehlo: learn: %s\n", session.Escape(err.Error()))
			}
			c := &classroom{ctx: cmd.Context(), std: std, lines: newLines(std.in), progress: progress}
			if len(args) == 0 {
				if check {
					return fail(exitUsage, "learn --check: no LESSON or FILE.smtp given")
				}
				if !plain && isTerminal(std.in) && isTerminal(std.out) {
					return learnOnScreen(cmd.Context(), std)
				}
				return c.choose()
			}
			l, err := lesson.Find(args[0])
			if err != nil {
				return fail(lessonCode(args[0]), "learn: %w", err)
			}
			if check {
				return c.check(l)
			}
			return c.teach(l)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "play the solutions of the lesson instead, and say what is wrong with it")
	cmd.Flags().BoolVar(&plain, "plain", false, "line by line, without the terminal interface")
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

// classroom is where lessons are taken line by line.
type classroom struct {
	ctx      context.Context
	std      streams
	lines    *lines
	progress *lesson.Progress // nil if it cannot be kept
}

// choose lists the lessons and takes the one that is named.
func (c *classroom) choose() error {
	listLessons(c.std, c.progress)
	printf(c.std.out, "\nWhich one? ")
	name, err := c.lines.next(c.ctx)
	if name = strings.TrimSpace(name); err != nil || name == "" || name == ":quit" {
		printf(c.std.out, "\n")
		return nil
	}
	l, err := lesson.Find(name)
	if err != nil {
		return fail(exitUsage, "learn: %w", err)
	}
	return c.teach(l)
}

// session returns one with the server of a lesson, and the server.
func (c *classroom) session(l lesson.Lesson) (*session.Session, *practice.Server, error) {
	sc, err := practice.Find(l.Scenario)
	if err != nil {
		return nil, nil, fail(exitTranscript, "learn: lesson %s: %w", l.Name, err)
	}
	srv := practice.New(sc, practice.Options{Hurry: l.Hurry})
	return session.New(session.Options{
		Target: session.Target{Practice: l.Scenario, LMTP: sc.LMTP()}, Dial: dialServer(srv),
	}), srv, nil
}

// check plays the solutions.
func (c *classroom) check(l lesson.Lesson) error {
	s, srv, err := c.session(l)
	if err != nil {
		return err
	}
	defer srv.Close()
	defer s.Close()
	waited := false
	err = lesson.Verify(c.ctx, l, s, func(st session.Step) {
		if waited = waited || st.Kind == session.HangUp; waited && st.Kind == session.Connect && l.Hurry > 1 {
			select {
			case <-c.ctx.Done():
			case <-time.After(time.Duration(float64(time.Minute) / l.Hurry)):
			}
		}
	})
	if err != nil {
		return fail(exitDiffers, "learn --check %s: %w", l.Name, err)
	}
	printf(c.std.out, "%s: %d steps, each task is done by what is recorded behind it\n", l.Name, len(l.Steps))
	return nil
}

// teach takes a learner through a lesson.
func (c *classroom) teach(l lesson.Lesson) error {
	s, srv, err := c.session(l)
	if err != nil {
		return err
	}
	defer srv.Close()
	defer s.Close()
	printf(c.std.out, "%s\n%s\n", l.Title, strings.Repeat("=", len([]rune(l.Title))))
	p := &pupil{classroom: c, run: lesson.Begin(l), session: s, server: srv}
	err = p.work()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, errLeave):
		printf(c.std.out, "\n")
		return &exitError{code: exitDiffers}
	case err != nil:
		return err
	}
	printf(c.std.out, "\nThat was %q.\n", l.Title)
	if p.skipped {
		printf(c.std.out, "You skipped a step: it is not marked as done.\n")
		return nil
	}
	if c.progress == nil {
		return nil
	}
	if err := c.progress.Finish(l.Name, time.Now()); err != nil {
		return fail(exitUsage, "learn: %w", err)
	}
	return nil
}

var errLeave = errors.New("the learner leaves")
