package main

import (
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sections are the flags of a command that has many, under titles.
type sections []struct {
	title string
	add   func(*pflag.FlagSet)
}

// addHidden gives a command the flags without showing them in its help text.
func (s sections) addHidden(cmd *cobra.Command) {
	for _, section := range s {
		set := pflag.NewFlagSet(section.title, pflag.ContinueOnError)
		section.add(set)
		set.VisitAll(func(x *pflag.Flag) { x.Hidden = true })
		cmd.Flags().AddFlagSet(set)
	}
}

// addTo gives a command its flags, and a help text that shows them by section
// rather than by alphabet.
func (s sections) addTo(cmd *cobra.Command) {
	sets := make([]*pflag.FlagSet, len(s))
	for i, section := range s {
		sets[i] = pflag.NewFlagSet(section.title, pflag.ContinueOnError)
		sets[i].SortFlags = false
		section.add(sets[i])
		cmd.Flags().AddFlagSet(sets[i])
	}
	cmd.SetUsageFunc(func(c *cobra.Command) error {
		s.usage(c, sets, c.OutOrStderr())
		return nil
	})
}

func (s sections) usage(c *cobra.Command, sets []*pflag.FlagSet, w io.Writer) {
	printf(w, "Usage:\n  %s\n", c.UseLine())
	if c.HasExample() {
		printf(w, "\nExamples:\n%s\n", c.Example)
	}
	for i, section := range s {
		printf(w, "\n%s:\n%s", section.title, sets[i].FlagUsagesWrapped(100))
	}
}
