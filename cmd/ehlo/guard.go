package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"ehlo/session"
	"ehlo/transcript/shelf"
)

// The terminal interface runs in a process of its own below this one, which
// waits for it and does nothing else. Whatever happens there, a panic in any
// goroutine or a signal that nobody can catch, somebody is left who puts the
// terminal in order and says where the report and the transcript are.

// guarded is set for the process below: how its parent judges whether ctrl+z
// makes sense.
const guarded = "EHLO_GUARDED"

// maxReport bounds what is kept of a crash, in octets.
const maxReport = 1 << 20

// guard runs the program once more, below this process.
func guard(args []string, std streams) error {
	in, out := std.in.(*os.File), terminalOf(std.out)
	self, err := os.Executable()
	if err != nil {
		return fail(exitUsage, "open the terminal interface: %w", err)
	}
	before, _ := term.GetState(int(in.Fd()))
	reports, crash, err := os.Pipe()
	if err != nil {
		return fail(exitUsage, "open the terminal interface: %w", err)
	}
	watched, watch, err := os.Pipe() // which closes with this process, however it ends
	if err != nil {
		return fail(exitUsage, "open the terminal interface: %w", err)
	}
	defer watch.Close()
	began := time.Now()
	cmd := exec.Command(self, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, std.err
	cmd.ExtraFiles = []*os.File{crash, watched}
	cmd.Env = append(os.Environ(), guarded+"="+mayStop())
	if err := cmd.Start(); err != nil {
		return fail(exitUsage, "open the terminal interface: %w", err)
	}
	crash.Close()
	watched.Close()
	stop := pass(cmd.Process)
	report, _ := io.ReadAll(io.LimitReader(reports, maxReport)) // ends when the process does
	_, _ = io.Copy(io.Discard, reports)
	err = cmd.Wait()
	stop()
	if len(report) == 0 && (err == nil || cmd.ProcessState.Exited()) {
		if code := cmd.ProcessState.ExitCode(); code != exitDone {
			return &exitError{code: code}
		}
		return nil
	}
	if before != nil {
		_ = term.Restore(int(in.Fd()), before)
	}
	printf(out, "%s", asItWas)
	return crashed(report, cmd.ProcessState.String(), began)
}

// asItWas leaves the second screen, shows the cursor, and ends the mouse,
// pastes in brackets and colours.
const asItWas = "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[0m"

func terminalOf(stream io.Writer) *os.File {
	if o, ok := stream.(*output); ok {
		stream = o.Writer
	}
	file, _ := stream.(*os.File)
	return file
}

// pass hands signals to the process below, as long as it lives: it tidies up
// and ends, and so does this one.
func pass(p *os.Process) (stop func()) {
	got := make(chan os.Signal, 4)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for sig := range got {
			_ = p.Signal(sig)
		}
	}()
	return func() { signal.Stop(got) }
}

// crashed writes a report and says where it is, and the transcripts too.
func crashed(report []byte, how string, began time.Time) error {
	what, _, _ := strings.Cut(string(report), "\n")
	if what == "" {
		what = how
	}
	folder, err := stateFolder()
	if err == nil {
		folder = filepath.Join(folder, "ehlo")
		err = os.MkdirAll(folder, 0o700)
	}
	text := "the program has crashed: " + what
	if err == nil && len(report) > 0 {
		name := filepath.Join(folder, "crash-"+began.UTC().Format("2006-01-02T15-04-05")+".txt")
		head := fmt.Sprintf("ehlo %s, begun %s, ended %s: %s\n\n", version, began.Format(time.RFC3339), time.Now().Format(time.RFC3339), how)
		if err = os.WriteFile(name, append([]byte(head), report...), 0o600); err == nil {
			text += "\nreport: " + name
		}
	}
	if err != nil {
		text += "\nno report: " + err.Error()
	}
	books, _ := shelf.Shelf{Dir: filepath.Join(folder, "sessions")}.Books()
	for _, book := range books {
		if info, err := os.Stat(book); err == nil && !info.ModTime().Before(began.Truncate(time.Second)) {
			text += "\ntranscript: " + book
		}
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, session.Escape(line))
	}
	return &exitError{exitCrash, errors.New(strings.Join(lines, "\n"))}
}

// below reports whether this is the process below, and has its crashes told to
// the one above. What it starts itself is not below.
func below() (isBelow, mayStop bool) {
	value, ok := os.LookupEnv(guarded)
	if !ok {
		return false, true
	}
	_ = os.Unsetenv(guarded)
	syscall.CloseOnExec(3)
	syscall.CloseOnExec(4)
	if crash := os.NewFile(3, "crash"); crash != nil {
		_ = debug.SetCrashOutput(crash, debug.CrashOptions{}) // it has a copy of its own
		_ = crash.Close()
	}
	if watched := os.NewFile(4, "the process above"); watched != nil {
		go endWith(watched)
	}
	return true, value == "1"
}

// endWith ends this process as a signal would when the one above is no more:
// the shell has the terminal then, and nobody could end this one with a key.
func endWith(above *os.File) {
	_, _ = above.Read(make([]byte, 1))
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Signal(syscall.SIGTERM)
	}
}
