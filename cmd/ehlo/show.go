package main

import (
	"bufio"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript"
)

const showLong = `Print a transcript with the marks that swaks uses:

   ->  from the client             ~>  the same under TLS
  <-   from the server            <~   the same under TLS
  <**  a refusal (4yz or 5yz)     <~*  the same under TLS
  ===  what happened around it    ***  what went wrong

Control characters are shown as escapes, secrets as bullets. What stands before
a damaged line is printed. FILE may be -.`

func showCommand(std streams) *cobra.Command {
	var keepGoing bool
	cmd := &cobra.Command{
		Use: "show FILE.smtp", Short: "Print a transcript",
		Long: showLong, Example: "  ehlo show session.smtp\n  ehlo show --keep-going damaged.smtp",
		Args: oneArgument("FILE.smtp"),
		RunE: func(_ *cobra.Command, args []string) error {
			return show(args[0], keepGoing, std)
		},
	}
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "print what can be read of a damaged file")
	return cmd
}

// show prints events as they are read, so that a file may be of any length.
func show(name string, keepGoing bool, std streams) error {
	r, err := openTranscript(name, std)
	if err != nil {
		return fail(exitTranscript, "%w", err)
	}
	defer r.Close()
	out := bufio.NewWriterSize(std.out, 64<<10)
	p := transcript.Printer{W: out}
	for {
		e, err := r.Next()
		_, damaged := err.(*transcript.SyntaxError) // one line, not the file
		switch {
		case err == nil:
			err = p.Print(e)
			if name == "-" && err == nil { // somebody may be typing
				err = out.Flush()
			}
			if err != nil {
				return fail(exitUsage, "print %s: %w", name, err)
			}
			continue
		case keepGoing && damaged:
			printf(std.err, "ehlo: %s; going on with what can be read\n", session.Escape(err.Error()))
			continue
		}
		if err := out.Flush(); err != nil {
			return fail(exitUsage, "print %s: %w", name, err)
		}
		if !errors.Is(err, io.EOF) {
			return fail(exitTranscript, "%w", err)
		}
		for _, w := range r.Warnings() {
			printf(std.err, "ehlo: %s:%d: %s\n", session.Escape(name), w.Line, session.Escape(w.Text))
		}
		return nil
	}
}
