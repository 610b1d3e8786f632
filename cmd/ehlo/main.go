// Command ehlo is a terminal SMTP client and debugger.
//
// Each subcommand has a file of its own that turns flags into calls of the
// other packages and their outcome into an exit code:
//
//	root.go     ehlo [TARGET | FILE.smtp]   the terminal interface
//	send.go     ehlo send                   one mail without a terminal; with mail.go, tls.go, auth.go for its flags
//	replay.go   ehlo replay                 re-run recordings
//	serve.go    ehlo serve                  a practice server, or a recording as a server
//	show.go     ehlo show                   print a transcript
//	explain.go  ehlo explain                say what a code, verb or keyword means
//	list.go     ehlo list                   scenarios and themes
//	exit.go     the one table of exit codes
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, std streams) int {
	root := rootCommand(std)
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	var exit *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintf(std.err, "ehlo: %v\n", exit.err)
		}
		return exit.code
	}
	fmt.Fprintf(std.err, "ehlo: %v\n", err)
	return exitUsage
}
