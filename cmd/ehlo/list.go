package main

import (
	"github.com/spf13/cobra"

	"ehlo/session/practice"
	"ehlo/themes"
)

func listCommand(std streams) *cobra.Command {
	return &cobra.Command{
		Use: "list scenarios|themes", Short: "List what there is to choose from",
		Long:      "List scenarios of the practice server, or themes: one a line, the name first.",
		Example:   "  ehlo list scenarios\n  ehlo list themes",
		ValidArgs: []string{"scenarios", "themes"},
		Args:      oneArgument("of scenarios, themes"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "scenarios":
				for _, sc := range practice.Scenarios() {
					printf(std.out, "%-22s %s\n", sc.Name, sc.Title)
				}
			case "themes":
				for _, name := range themes.Names() {
					printf(std.out, "%s\n", name)
				}
			default:
				return fail(exitUsage, "list %s: there are scenarios and themes", args[0])
			}
			return nil
		},
	}
}
