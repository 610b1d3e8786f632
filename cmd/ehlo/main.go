// Command ehlo is a terminal SMTP client and debugger.
//
// Each subcommand has a file of its own that turns flags into calls of the
// other packages and their outcome into an exit code:
//
//	root.go     ehlo [TARGET | FILE.smtp]   the terminal interface; screen.go fills its form from the flags,
//	            classroom.go its lists, panes.go its layout; breakflags.go: breakpoints in a profile;
//	            settings.go: what its settings screen shows and keeps; guard.go puts the terminal in order after a crash
//	plain.go    ehlo --plain                the same session line by line
//	send.go     ehlo send                   one mail without a terminal
//	            its flags by section: mail.go (envelope), content.go, tls.go, auth.go, extension.go,
//	            network.go, stage.go, profile.go; section.go shows them, blame.go says what is wrong with one
//	drive.go    takes a mail's steps, follows what happens; route.go does so where the DNS says
//	probe.go    ehlo probe                  a page on a server; page.go writes it
//	replay.go   ehlo replay                 re-run recordings; replays.go, idle.go: many, reports.go: what is written of them, secrets.go: --secret
//	serve.go    ehlo serve                  listen.go: where; servepractice.go: a practice server; serveonce.go judges its client; servehops.go: the network behind practice:hops; servefiles.go: recordings as servers
//	show.go     ehlo show                   print a transcript
//	play.go     ehlo play                   play a recording back, with its states
//	fmt.go      ehlo fmt                    write transcripts in their canonical form, take out secrets
//	lint.go     ehlo lint                   find what should not be public
//	import.go   ehlo import                 other programs' output as a transcript; export.go the other way
//	explain.go  ehlo explain                say what a code, verb or keyword means
//	queue.go    ehlo queue                  the outbox; its commands are in queueadd.go, queuelist.go, queuerun.go, queueexport.go;
//	            queueconfig.go is [queue] of the configuration file, queuesend.go serves ehlo send
//	list.go     ehlo list                   scenarios and themes; theme.go finds those
//	keys.go     ehlo keys                   the keys of the terminal interface
//	config.go   the configuration file; configtext.go takes its text apart, keepsetting.go changes a setting in it,
//	            keepform.go saves the form as a profile or a template,
//	            keepmessage.go the message that one of them has,
//	            renaming.go renames and deletes them
//	learn.go    ehlo learn                  lessons
//	copy.go     what a conversation can be copied as
//	exit.go     the one table of exit codes
//	source.go   passwords: env, file, command, netrc, prompt
//	dial.go     TARGET to channel: practice targets in memory (sandbox.go), others over the network
//	transcripts.go                          the help topic on transcripts
//	files.go    transcripts by name: create, replace, read; record.go: the flags of recording
//	hoard.go    memory for time, where thousands of messages or recordings go through
//	output.go   standard output, whose errors are told in the end
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"ehlo/session"
)

func main() {
	// Without this a reader that goes away, as in "ehlo send … | head -1",
	// would end the process in the middle of a session.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// grace is how long an interrupted program may take to put things in order.
// Reading a file, a named pipe or a terminal cannot be interrupted otherwise.
const grace = 2 * time.Second

// run is the program without the process around it.
func run(ctx context.Context, args []string, std streams) int {
	done := make(chan int, 1)
	go func() { done <- execute(ctx, args, std) }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	}
	select {
	case code := <-done:
		return code
	case <-time.After(grace):
		return exitInterrupted
	}
}

// execute carries out one command line and says on standard error what went
// wrong.
func execute(ctx context.Context, args []string, std streams) int {
	out := &output{Writer: std.out}
	std.out = out
	root := rootCommand(std)
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	code := exitDone
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		code, err = exit.code, exit.err
	case err != nil:
		code = exitUsage
	}
	if errors.Is(err, errInterrupted) {
		code = exitInterrupted
	}
	if errors.Is(err, syscall.EPIPE) { // the reader has seen enough
		code, err = exitDone, nil
	}
	if lost := out.failed(); lost != nil && code == exitDone {
		code, err = exitUsage, lost
	}
	if err != nil {
		// What a server or a file said may be part of it.
		printf(std.err, "ehlo: %s\n", session.Escape(err.Error()))
	}
	return code
}
