package main

import (
	"bytes"
	"io"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript"
)

const lintLong = `Find what should not be public before it is: responses of logins, tokens, private
keys, passwords on command lines. In a transcript they are found by their place in
the conversation, in any other text by their looks; the files beside a transcript
are searched too. What is found is named by file and line, and is not printed.

As a hook of git, in .git/hooks/pre-commit:
  git diff --cached --name-only --diff-filter=ACM -z | xargs -0r ehlo lint

Exit code 0: nothing was found; 41: something was; 44: a line or a file beside
could not be looked at. ehlo fmt --redact takes out what was found, and =content
or =mask what stands in mails.`

func lintCommand(std streams) *cobra.Command {
	var o transcript.LintOptions
	cmd := &cobra.Command{
		Use: "lint [flags] FILE...", Short: "Find passwords and keys in transcripts and logs",
		Long: lintLong, Example: "  ehlo lint tests/*.smtp\n  swaks … 2>&1 | ehlo lint -",
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "lint: no FILE given; see ehlo lint --help")
			}
			return lintAll(args, o, std)
		},
	}
	cmd.Flags().BoolVar(&o.Addresses, "addresses", false, "find mail addresses too, those of example.com and the like aside")
	return cmd
}

// lintAll looks into every file. What cannot be read weighs more than what was
// found.
func lintAll(files []string, o transcript.LintOptions, std streams) error {
	code := exitDone
	for _, name := range files {
		found, err := lintOne(name, o, std)
		for _, f := range found {
			printf(std.out, "%s\n", f)
		}
		for _, unseen := range parts(err) {
			printf(std.err, "ehlo: %s\n", session.Escape(unseen.Error()))
			code = exitTranscript
		}
		if len(found) > 0 && code == exitDone {
			code = exitDiffers
		}
	}
	if code != exitDone {
		return &exitError{code: code}
	}
	return nil
}

// parts returns the errors that were joined, or the one that was not.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// maxPiped is how much of standard input is read.
const maxPiped = 64 << 20

func lintOne(name string, o transcript.LintOptions, std streams) ([]transcript.Leak, error) {
	if name != "-" {
		return transcript.LintFile(name, o)
	}
	all, err := io.ReadAll(io.LimitReader(std.in, maxPiped+1))
	if err != nil {
		return nil, err
	}
	if len(all) > maxPiped {
		return nil, fail(exitUsage, "lint: more than %d octets on standard input; give it a FILE", maxPiped)
	}
	return transcript.Lint("standard input", bytes.NewReader(all), o)
}
