package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript"
)

const fmtLong = `Write transcripts in their canonical form: comments, expectations, directives and
unknown facts stay, and octets have the spelling that a recording would give
them. A dialogue that was pasted from an RFC, a book or a log becomes a
transcript; each repair is a warning on standard error.

Without flags the result goes to standard output. FILE may be -, and is that if
none is given. A file that cannot be read is left alone.

--redact takes out what should not be public: the responses of logins and what
else gives access, found by its place in the conversation, and if asked for
  user      the names of those who log in
  content   the content of mails; its length stays
  mask      the letters and digits of content; lines and MIME parts stay`

const fmtExample = `  ehlo fmt session.smtp
  ehlo fmt -w tests/*.smtp
  ehlo fmt pasted.txt > pasted.smtp
  ehlo fmt --redact=user,content -w bug-report.smtp`

type fmtFlags struct {
	write, list, noTimes bool
	times                string
	redact               string
}

func fmtCommand(std streams) *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use: "fmt [flags] [FILE...]", Short: "Write transcripts in their canonical form; take out secrets",
		Long: fmtLong, Example: fmtExample, Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			style, err := f.style()
			if err != nil {
				return fail(exitUsage, "fmt: %w", err)
			}
			if len(args) == 0 {
				args = []string{"-"}
			}
			return f.all(args, style, std)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.write, "write", "w", false, "write the result to the file instead of standard output")
	flags.BoolVarP(&f.list, "list", "l", false, "list the files whose form would change")
	flags.BoolVar(&f.noTimes, "no-times", false, "leave out dates, seconds and the numbers of steps")
	flags.StringVar(&f.times, "times", "", "round seconds to a `UNIT`: us, ms, s, or a duration as 10ms")
	flags.StringVar(&f.redact, "redact", "", "take out secrets, and with =`WHAT` more: user, content, mask")
	flags.Lookup("redact").NoOptDefVal = "secrets"
	return cmd
}

// style reads the flags.
func (f *fmtFlags) style() (transcript.Style, error) {
	s := transcript.Style{NoTimes: f.noTimes}
	if f.times != "" {
		text := f.times
		if strings.Trim(text, "umsn") == "" {
			text = "1" + text
		}
		unit, err := time.ParseDuration(text)
		if err != nil || unit <= 0 {
			return s, fmt.Errorf("--times: %q is no unit of time", f.times)
		}
		s.Times = unit
	}
	for word := range strings.SplitSeq(f.redact, ",") {
		switch word {
		case "":
			continue
		case "secrets":
		case "user":
			s.Redact.User = true
		case "content":
			s.Redact.Content = true
		case "mask":
			s.Redact.Mask = true
		default:
			return s, fmt.Errorf("--redact: there are user, content and mask, not %q", word)
		}
		s.Redact.Secrets = true
	}
	return s, nil
}

// all formats every file; the exit code is that of the first that failed.
func (f *fmtFlags) all(files []string, style transcript.Style, std streams) error {
	first := error(nil)
	for _, name := range files {
		if err := f.one(name, style, std); err != nil {
			var exit *exitError
			if len(files) == 1 || errors.As(err, &exit) && exit.code == exitUsage {
				return err
			}
			printf(std.err, "ehlo: %s\n", session.Escape(err.Error()))
			first = &exitError{code: exitTranscript}
		}
	}
	return first
}

func (f *fmtFlags) one(name string, style transcript.Style, std streams) error {
	if name == "-" && (f.write || f.list) {
		return fail(exitUsage, "fmt: -w and -l want the name of a FILE")
	}
	r, err := openTranscript(name, std)
	if err != nil {
		return fail(exitTranscript, "%w", err)
	}
	defer r.Close()
	switch {
	case f.list || f.write:
		err = f.inPlace(name, r, style, std)
	default:
		out := &output{Writer: std.out}
		if err = r.Format(out, style); out.err != nil {
			err = fail(exitUsage, "print %s: %w", name, out.err)
		}
	}
	for _, w := range r.Warnings() {
		printf(std.err, "ehlo: %s:%d: %s\n", session.Escape(name), w.Line, session.Escape(w.Text))
	}
	var exit *exitError
	if err != nil && !errors.As(err, &exit) {
		return fail(exitTranscript, "%w", err)
	}
	return err
}

// errSame says that a file has its canonical form already.
var errSame = errors.New("nothing changes")

// inPlace formats a file, and replaces or names it if its form changes.
func (f *fmtFlags) inPlace(name string, r *transcript.Reader, style transcript.Style, std streams) error {
	old, err := os.Open(name)
	if err != nil {
		return err
	}
	defer old.Close()
	format := func(w io.Writer) error {
		same := &comparison{old: old, out: w}
		if err := r.Format(same, style); err != nil {
			return fail(exitTranscript, "%w", err)
		}
		if !same.differs() {
			return errSame
		}
		return nil
	}
	if f.write {
		err = replaceFile(name, format)
	} else {
		err = format(nil)
	}
	var exit *exitError
	switch {
	case errors.Is(err, errSame):
		return nil
	case err != nil && !errors.As(err, &exit):
		return fail(exitUsage, "fmt: %w", err)
	case err == nil && f.list:
		printf(std.out, "%s\n", session.Escape(name))
	}
	return err
}

// comparison writes, and compares what it writes with an old file.
type comparison struct {
	old   io.Reader
	out   io.Writer // nil: compare only
	other bool
	buf   []byte
}

func (c *comparison) Write(p []byte) (int, error) {
	if !c.other {
		if len(c.buf) < len(p) {
			c.buf = make([]byte, len(p))
		}
		n, _ := io.ReadFull(c.old, c.buf[:len(p)])
		c.other = !bytes.Equal(p, c.buf[:n])
	}
	if c.out == nil {
		return len(p), nil
	}
	return c.out.Write(p)
}

// differs is for when everything was written.
func (c *comparison) differs() bool {
	n, _ := c.old.Read(make([]byte, 1))
	return c.other || n > 0
}
