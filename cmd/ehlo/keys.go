package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ehlo/tui"
)

const keysLong = `List every action of the terminal interface with its keys, as your configuration
has them. Keys can be bound otherwise there; an action without keys is still in
the palette (ctrl+k):

  [keys]
  step = ["n", "ctrl+n"]
  theme = []

A key that would mean two things in one place is an error that names both.`

func keysCommand(std streams) *cobra.Command {
	var f profileFlags
	var markdown bool
	cmd := &cobra.Command{
		Use: "keys", Short: "List the keys of the terminal interface",
		Long: keysLong, Example: "  ehlo keys\n  ehlo keys --markdown", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var o tui.Options
			if _, err := f.settings(&o); err != nil {
				return err
			}
			list, err := tui.Keys(o.Keys)
			if err != nil {
				return fail(exitUsage, "%w", err)
			}
			if markdown {
				printf(std.out, "%s", keyTable(list))
				return nil
			}
			printf(std.out, "%s", keyList(list))
			return nil
		},
	}
	f.addConfig(cmd.Flags())
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as the table of the README")
	return cmd
}

// keyList is for people.
func keyList(list []tui.Key) string {
	var b strings.Builder
	where := ""
	for _, k := range list {
		if k.Where != where {
			if where != "" {
				b.WriteByte('\n')
			}
			where = k.Where
			b.WriteString(where + "\n")
		}
		fmt.Fprintf(&b, "  %-18s %-20s %s\n", strings.Join(k.Keys, " "), k.Action, k.Does)
	}
	return b.String()
}

// keyTable is the table of the README.
func keyTable(list []tui.Key) string {
	var b strings.Builder
	b.WriteString("| where | keys | action | what it does |\n|---|---|---|---|\n")
	where := ""
	for _, k := range list {
		shown := k.Where
		if k.Where == where {
			shown = ""
		}
		where = k.Where
		var keys []string
		for _, key := range k.Keys {
			keys = append(keys, "`"+key+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s |\n", shown, strings.Join(keys, " "), k.Action, k.Does)
	}
	return b.String()
}
