package main

import (
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/explain"
)

func explainCommand(std streams) *cobra.Command {
	return &cobra.Command{
		Use: "explain [WORD...]", Short: "Say what a code, verb or keyword means",
		Long: `Say what each WORD means, with the RFC and section: a reply code (550), an
enhanced status code (5.1.1), a verb (MAIL), an EHLO keyword (CHUNKING), a
parameter (SIZE=), a mechanism (SCRAM-SHA-256), a limit or timeout, an RFC,
a term (dot-stuffing, null MX).

A code may follow the command that it answers (RCPT 550, "end of data" 554), and
an enhanced code its reply code (550 5.7.1); a whole reply line in quotes will
do. Without a WORD, list what can be explained. An unknown word gives the
nearest ones, and exit code 1.`,
		Example: "  ehlo explain 550 5.7.1\n  ehlo explain RCPT 550\n  ehlo explain MAIL SIZE=\n  ehlo explain CHUNKING\n  ehlo explain SCRAM-SHA-256\n  ehlo explain '550 5.1.1 no such user'",
		Args:    cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			topics := explain.Ask(args...)
			if len(topics) == 0 {
				printShelves(std)
				return nil
			}
			unknown := 0
			for i, t := range topics {
				if len(t.Entries) == 0 {
					unknown++
					printf(std.err, "ehlo: explain %q: unknown; %s\n", t.Words, nearest(t.Near))
					continue
				}
				if i > unknown {
					printf(std.out, "\n")
				}
				printTopic(std, t)
			}
			if unknown > 0 {
				return &exitError{code: exitUsage}
			}
			return nil
		},
	}
}

func nearest(near []string) string {
	if len(near) == 0 {
		return "nothing is like it"
	}
	return "the nearest are " + strings.Join(near, ", ")
}

// textWidth is that of a terminal nobody has widened.
const textWidth = 78

func printTopic(std streams, t explain.Topic) {
	for i, e := range t.Entries {
		if i > 0 {
			printf(std.out, "\n")
		}
		printEntry(std, e)
	}
	if t.Note != "" {
		printf(std.out, "\n")
		printText(std, t.Note)
	}
	if len(t.Others) > 0 {
		printf(std.out, "\n")
		printText(std, "The same code as the reply to one command:")
		for _, e := range t.Others {
			printf(std.out, "    %-12s %s\n", e.Context, e.Title)
		}
		printText(std, "For example: ehlo explain "+question(t.Others[0]))
	}
}

// question is what to ask for one entry.
func question(e explain.Entry) string {
	context := e.Context
	if strings.Contains(context, " ") {
		context = `"` + context + `"`
	}
	return context + " " + e.Word
}

// roles says of a kind what its context is.
var roles = map[string]string{
	"reply code": "reply to ", "parameter": "parameter of ",
}

func printEntry(std streams, e explain.Entry) {
	role := e.Kind
	if e.Context != "" {
		role = roles[e.Kind] + e.Context
	}
	printf(std.out, "%s  %s: %s\n", e.Word, role, e.Title)
	printText(std, e.Text)
	printText(std, label("Whose mistake: ", e.Who))
	next := "What to do: "
	if e.Kind == "verb" {
		next = "What comes next: "
	}
	printText(std, label(next, e.Next))
	if e.Kind == "document" {
		return
	}
	for i, c := range explain.Cite(e.Source) {
		text := "        " + c.String()
		if i == 0 {
			text = "Source: " + c.String()
		}
		printText(std, text)
	}
}

// printText wraps a paragraph.
func printText(std streams, text string) {
	for _, line := range wrap(text, textWidth-4) {
		printf(std.out, "    %s\n", line)
	}
}

func label(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

// printShelves lists what can be explained.
func printShelves(std streams) {
	printf(std.out, "ehlo explain WORD... explains:\n")
	for _, shelf := range explain.Shelves() {
		printf(std.out, "\n%ss\n", shelf.Kind)
		words := strings.Join(shelf.Words, " ")
		if shelf.Kind == "enhanced code" {
			words = "2.X.X 4.X.X 5.X.X, and each registered detail from X.0.0 to " + shelf.Words[len(shelf.Words)-1]
		}
		printText(std, words)
	}
	printf(std.out, "\ndocuments\n")
	printText(std, "RFC 5321, and each other that an explanation names")
}

// wrap breaks text at blanks into lines of at most width characters. What could
// come from elsewhere is escaped; blanks before the first word stay.
func wrap(text string, width int) []string {
	text = session.Escape(text)
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = indent
		}
		switch line {
		case "":
			line = indent
		case indent:
		default:
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
