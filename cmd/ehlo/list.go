package main

import (
	"github.com/spf13/cobra"

	"ehlo/session/message"
	"ehlo/session/practice"
)

func listCommand(std streams) *cobra.Command {
	return &cobra.Command{
		Use: "list scenarios|lessons|mangles|themes", Short: "List what there is to choose from",
		Long:      "List scenarios of the practice server, lessons, ways to mangle content, or themes: one a\nline, the name first. Themes are those of the program and your own: NAME.theme in\nehlo/themes, beside the configuration file.",
		Example:   "  ehlo list scenarios\n  ehlo list lessons\n  ehlo list mangles\n  ehlo list themes",
		ValidArgs: []string{"scenarios", "lessons", "mangles", "themes"},
		Args:      oneArgument("of scenarios, lessons, mangles, themes"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "scenarios":
				listScenarios(std)
			case "lessons":
				progress, err := readProgress()
				if err != nil {
					return fail(exitUsage, "list lessons: %w", err)
				}
				listLessons(std, progress)
			case "mangles":
				for _, m := range message.Mangles() {
					printf(std.out, "%-22s %s (%s)\n", m.Name, m.Text, m.Section)
				}
			case "themes":
				return listThemes(std)
			default:
				return fail(exitUsage, "list %s: there are scenarios, lessons, mangles and themes", args[0])
			}
			return nil
		},
	}
}

// listScenarios is a table of contents. A person sees its chapters, in lines
// that begin with #; a program sees scenarios and nothing else.
func listScenarios(std streams) {
	chapter, person := "", isTerminal(std.out)
	for _, sc := range practice.Scenarios() {
		if person && sc.Name != practice.Default && sc.Chapter != chapter {
			chapter = sc.Chapter
			printf(std.out, "# %s\n", chapter)
		}
		printf(std.out, "%-22s %s\n", sc.Name, sc.Title)
	}
}
