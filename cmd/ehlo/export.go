package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript/convert"
)

const exportLong = `Write a transcript in the form that others use. FILE may be -. Secrets are
not in the result, even if the transcript has some: command lines and programs
ask for them or take them from the environment. What a form cannot say is a
note in it, or on standard error.

`

func exportCommand(std streams) *cobra.Command {
	var form, out string
	var keepGoing bool
	cmd := &cobra.Command{
		Use: "export --as FORMAT FILE", Short: "Write a transcript as a command line, a program, a page or a picture",
		Long: exportLong + "Formats:\n" + formList(),
		Example: "  ehlo export --as swaks session.smtp\n  ehlo export --as html session.smtp -o session.html\n" +
			"  ehlo export --as python session.smtp >again.py",
		Args: oneArgument("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if form == "" {
				return fail(exitUsage, "export: no format given; give --as FORMAT, see ehlo export --help")
			}
			return exportFile(args[0], form, out, keepGoing, std)
		},
	}
	cmd.Flags().StringVar(&form, "as", "", "the `FORMAT` to write (required)")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE`, not to standard output")
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "use what can be read of a damaged file")
	return cmd
}

func formList() string {
	var b strings.Builder
	for _, f := range convert.Forms() {
		fmt.Fprintf(&b, "  %-9s %s\n", f.Name, f.About)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func exportFile(name, form, out string, keepGoing bool, std streams) error {
	t, err := readTranscript(name, keepGoing, std)
	if err != nil {
		return err
	}
	return writeTo(out, std, func(w io.Writer) error {
		notes, err := convert.Export(w, t, form)
		switch {
		case errors.Is(err, convert.ErrFormat):
			return fail(exitUsage, "export: %w", err)
		case err != nil:
			return fail(exitUsage, "export %s: %w", name, err)
		}
		for _, n := range notes {
			printf(std.err, "ehlo: note: %s\n", session.Escape(n))
		}
		return nil
	})
}
