package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript/convert"
)

const importLong = `Read what another program shows of an SMTP session and print a transcript.
The format is recognised; --from names it. FILE may be -.

Passwords are cut out by their position. What was guessed, mended or not
understood is a warning on standard error, with its line.

`

func importCommand(std streams) *cobra.Command {
	var o convert.Options
	var keys, out string
	cmd := &cobra.Command{
		Use: "import [flags] FILE", Short: "Make a transcript of another program's output",
		Long: importLong + "Formats:\n" + formatList(),
		Example: "  ehlo import swaks.log\n  ehlo import --from telnet - <paste.txt\n" +
			"  ehlo import --keys keys.log capture.pcapng -o session.smtp",
		Args: oneArgument("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			return importFile(args[0], keys, out, o, std)
		},
	}
	cmd.Flags().StringVar(&o.From, "from", "", "the format by `NAME`, if it is not recognised")
	cmd.Flags().StringVar(&keys, "keys", "", "TLS secrets for a capture: a `FILE` as SSLKEYLOGFILE makes them")
	cmd.Flags().IntVar(&o.Port, "port", 0, "a `PORT` of a capture on which TLS is SMTP, besides the usual ones")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE`, not to standard output")
	return cmd
}

func formatList() string {
	var b strings.Builder
	for _, f := range convert.Formats() {
		fmt.Fprintf(&b, "  %-15s %s\n", f.Name, f.About)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func importFile(name, keys, out string, o convert.Options, std streams) error {
	in, shown := std.in, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fail(exitTranscript, "%w", err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return fail(exitTranscript, "%s: is a folder, not a file", name)
		}
		in, shown = f, name
	}
	if keys != "" {
		f, err := os.Open(keys)
		if err != nil {
			return fail(exitUsage, "import: --keys: %w", err)
		}
		defer f.Close()
		o.Keys = f
	}
	o.Name = shown
	return writeTo(out, std, func(w io.Writer) error {
		report, err := convert.Import(w, in, o)
		var wrong *convert.LineError
		switch {
		case errors.As(err, &wrong):
			return fail(exitTranscript, "%s:%d: %w", shown, wrong.Line, err)
		case errors.Is(err, convert.ErrFormat):
			return fail(exitUsage, "import: %w", err)
		case err != nil:
			return fail(exitTranscript, "import %s: %w", shown, err)
		}
		for _, warning := range report.Warnings {
			where := ""
			if warning.Line > 0 {
				where = fmt.Sprintf("%d: ", warning.Line)
			}
			printf(std.err, "ehlo: %s:%s%s\n", session.Escape(shown), where, session.Escape(warning.Text))
		}
		if report.Unsaid > 0 {
			printf(std.err, "ehlo: %s: %d warnings more\n", session.Escape(shown), report.Unsaid)
		}
		return nil
	})
}

// writeTo writes to standard output, or to a file: that one is replaced only
// when all went well.
func writeTo(name string, std streams, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(std.out)
	}
	broken := func(err error) error { return fail(exitUsage, "write %s: %w", name, err) }
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return broken(err)
		}
		defer f.Close()
		return write(f)
	}
	err := replaceFile(name, write)
	var exit *exitError
	if err != nil && !errors.As(err, &exit) {
		return broken(err)
	}
	return err
}
