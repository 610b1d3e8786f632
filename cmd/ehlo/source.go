package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jdx/go-netrc"
	"golang.org/x/term"

	"ehlo/session"
)

// source is where a value comes from that must not stand on the command line.
type source struct {
	user, host string // that it belongs to; netrc may tell the user
	stdin      io.Reader
}

// commandTime is how long a command may take to say a password.
const commandTime = 30 * time.Second

var errUnknown = errors.New("expected env:NAME, file:PATH, command:CMD, netrc or prompt")

// secret fetches the value. Errors do not hold it.
func (s *source) secret(ctx context.Context, from string) (string, error) {
	kind, where, _ := strings.Cut(from, ":")
	switch {
	case from == "":
		return "", nil
	case from == "netrc":
		return s.netrc()
	case from == "prompt":
		return s.prompt(ctx)
	case where == "":
		return "", errUnknown
	}
	switch kind {
	case "env":
		value, ok := os.LookupEnv(where)
		if !ok {
			return "", fmt.Errorf("the environment has no %s", where)
		}
		return value, nil
	case "file":
		p, err := os.ReadFile(where)
		return firstOf(p), err
	case "command":
		ctx, cancel := context.WithTimeout(ctx, commandTime)
		defer cancel()
		p, err := exec.CommandContext(ctx, "sh", "-c", where).Output()
		if err != nil {
			return "", fmt.Errorf("the command failed: %w", err)
		}
		return firstOf(p), nil
	}
	return "", errUnknown // and not what it is: it may well be the password
}

// netrc finds the password of the host, and the user if none was given, in
// the file that ftp and curl read.
func (s *source) netrc() (string, error) {
	name := os.Getenv("NETRC")
	if name == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		name = filepath.Join(home, ".netrc")
	}
	file, err := netrc.Parse(name)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	m := file.Machine(s.host)
	if m == nil || m.Get("password") == "" {
		return "", fmt.Errorf("%s has no password for the machine %q", name, s.host)
	}
	if login := m.Get("login"); s.user == "" {
		s.user = login
	} else if login != s.user {
		return "", fmt.Errorf("%s knows another login for %s than %s", name, s.host, s.user)
	}
	return m.Get("password"), nil
}

// terminal is standard input, or that of the process where standard input is
// a file or a pipe, as with --message -. done closes it.
func (s *source) terminal() (file *os.File, done func(), ok bool) {
	file, ok = s.stdin.(*os.File)
	if !ok || term.IsTerminal(int(file.Fd())) {
		return file, func() {}, ok
	}
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, false
	}
	return file, func() { _ = file.Close() }, true
}

// errInterrupted: a person does not want to wait, or to give a password.
var errInterrupted = errors.New("interrupted")

// prompt asks a person, if there is one.
func (s *source) prompt(ctx context.Context) (string, error) {
	file, done, ok := s.terminal()
	if !ok {
		return "", errors.New("prompt: there is no terminal to ask at")
	}
	defer done()
	return hidden(ctx, file, os.Stderr, fmt.Sprintf("Password of %s: ", session.Escape(s.user)))
}

// hidden asks for a line that is not shown. ctrl+C ends that, and so does ctrl+D
// where nothing was typed.
func hidden(ctx context.Context, file *os.File, out io.Writer, question string) (string, error) {
	before, err := term.MakeRaw(int(file.Fd())) // else ctrl+D would be no octet, and no end either
	if err != nil {
		return "", err
	}
	defer fmt.Fprintln(out)
	defer func() { _ = term.Restore(int(file.Fd()), before) }()
	fmt.Fprint(out, question)
	type answer struct {
		text string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		text, err := readHidden(file)
		read <- answer{text, err}
	}()
	select {
	case a := <-read:
		return a.text, a.err
	case <-ctx.Done():
		return "", errInterrupted
	}
}

// readHidden reads a line octet by octet, so that what is typed behind it stays
// where it is.
func readHidden(in io.Reader) (string, error) {
	var line []byte
	for p := make([]byte, 1); ; {
		if _, err := io.ReadFull(in, p); err != nil {
			return "", err
		}
		switch c := p[0]; {
		case c == '\r', c == '\n':
			return string(line), nil
		case c == 'C'-'@', c == 'D'-'@' && len(line) == 0:
			return "", errInterrupted
		case c == '\b', c == 0x7f:
			_, n := utf8.DecodeLastRune(line)
			line = line[:len(line)-n]
		case c == 'U'-'@': // begin anew
			line = line[:0]
		case c == 'D'-'@':
		case len(line) < maxHidden:
			line = append(line, c)
		}
	}
}

// maxHidden bounds what is typed.
const maxHidden = 64 << 10

// firstOf returns the first line: an editor or an echo adds a line end that
// is no part of a password.
func firstOf(p []byte) string {
	line, _, _ := bytes.Cut(p, []byte{'\n'})
	return string(bytes.TrimSuffix(line, []byte{'\r'}))
}
