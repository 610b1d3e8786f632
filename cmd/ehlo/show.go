package main

import (
	"github.com/spf13/cobra"

	"ehlo/transcript"
)

const showLong = `Print a transcript with the marks that swaks uses:

   ->  from the client             ~>  the same under TLS
  <-   from the server            <~   the same under TLS
  <**  a refusal (4yz or 5yz)     <~*  the same under TLS
  ===  what happened around it    ***  what went wrong

Control characters are shown as escapes, secrets as bullets.`

func showCommand(std streams) *cobra.Command {
	var keepGoing bool
	cmd := &cobra.Command{
		Use: "show FILE.smtp", Short: "Print a transcript",
		Long: showLong, Example: "  ehlo show session.smtp\n  ehlo show --keep-going damaged.smtp",
		Args: oneArgument("FILE.smtp"),
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := readTranscript(args[0], keepGoing, std)
			if err != nil {
				return err
			}
			p := transcript.Printer{W: std.out}
			for _, e := range t.Events() {
				if err := p.Print(e); err != nil {
					return fail(exitUsage, "print %s: %w", args[0], err)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "print what can be read of a damaged file")
	return cmd
}
