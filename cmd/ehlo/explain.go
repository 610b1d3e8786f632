package main

import (
	"strings"

	"github.com/spf13/cobra"

	"ehlo/session/explain"
)

func explainCommand(std streams) *cobra.Command {
	return &cobra.Command{
		Use: "explain WORD...", Short: "Say what a code, verb or keyword means",
		Long: `Say what each WORD means, with the RFC and section: a reply code (550), an
enhanced status code (5.1.1), a verb (MAIL), an EHLO keyword (CHUNKING), a
parameter, a mechanism. An unknown word gives the nearest ones, and exit code 1.`,
		Example: "  ehlo explain 550 5.1.1\n  ehlo explain MAIL\n  ehlo explain PIPELINING",
		Args:    cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "explain: no WORD given; try ehlo explain 550")
			}
			unknown := 0
			for _, word := range args {
				entries := explain.Lookup(word)
				if len(entries) == 0 {
					unknown++
					printf(std.err, "ehlo: explain %q: unknown; %s\n", word, nearest(word))
				}
				for _, e := range entries {
					printEntry(std, e)
				}
			}
			if unknown > 0 {
				return &exitError{code: exitUsage}
			}
			return nil
		},
	}
}

func nearest(word string) string {
	near := explain.Nearest(word, 3)
	if len(near) == 0 {
		return "nothing is like it"
	}
	return "the nearest are " + strings.Join(near, ", ")
}

// textWidth is that of a terminal nobody has widened.
const textWidth = 78

func printEntry(std streams, e explain.Entry) {
	head := e.Word + "  " + e.Kind
	if e.Context != "" {
		head += " to " + e.Context
	}
	if e.Title != "" {
		head += ": " + e.Title
	}
	printf(std.out, "%s\n", head)
	for _, text := range []string{e.Text, label("Whose mistake: ", e.Who), label("What to do: ", e.Next), label("Source: ", e.Source)} {
		for _, line := range wrap(text, textWidth-4) {
			printf(std.out, "    %s\n", line)
		}
	}
	printf(std.out, "\n")
}

func label(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

// wrap breaks text at blanks into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
