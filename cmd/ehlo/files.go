package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ehlo/session"
	"ehlo/transcript"
)

// createTranscript makes FILE anew. An older transcript of that name is
// replaced with the content beside it, as a script that runs again expects;
// any other file is left alone.
func createTranscript(name string) (*transcript.Recorder, error) {
	if err := removeOldTranscript(name); err != nil {
		return nil, fail(exitUsage, "write the transcript: %w", err)
	}
	rec, err := transcript.Create(name)
	if err != nil {
		return nil, fail(exitUsage, "write the transcript: %w", err)
	}
	return rec, nil
}

func removeOldTranscript(name string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	head := make([]byte, len("= smtp-transcript "))
	n, _ := f.Read(head)
	f.Close()
	if n > 0 && !bytes.HasPrefix(head[:n], []byte("= smtp-transcript ")) {
		return fmt.Errorf("%s exists and is no transcript", name)
	}
	return transcript.Remove(name)
}

// readTranscript reads FILE. With keepGoing a damaged file gives what could be
// read, and the damage as a warning.
func readTranscript(name string, keepGoing bool, std streams) (*transcript.Transcript, error) {
	var t *transcript.Transcript
	var err error
	if name == "-" {
		t, err = transcript.Parse("standard input", std.in)
	} else {
		t, err = transcript.ReadFile(name)
	}
	if err != nil && keepGoing && t != nil {
		printf(std.err, "ehlo: %s; going on with what could be read\n", session.Escape(err.Error()))
		return t, nil
	}
	if err != nil {
		return nil, fail(exitTranscript, "%w", err)
	}
	for _, w := range t.Warnings {
		printf(std.err, "ehlo: %s:%d: %s\n", session.Escape(name), w.Line, session.Escape(w.Text))
	}
	return t, nil
}

// openTranscript is for reading FILE event by event.
func openTranscript(name string, std streams) (*transcript.Reader, error) {
	if name == "-" {
		return transcript.NewReader("standard input", std.in), nil
	}
	return transcript.OpenFile(name)
}

// replaceFile writes a file so that there is never half of one: whatever
// happens, and if write fails, it is the old one or none. A link leads where it
// did. The mode stays; a new file is its owner's alone.
func replaceFile(name string, write func(io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".ehlo-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", session.Escape(name), errors.Unwrap(err))
	}
	defer func() {
		var of *fs.PathError
		if errors.As(err, &of) && of.Path == temp.Name() {
			of.Path = name // nobody has heard of the other one
		}
	}()
	defer os.Remove(temp.Name()) // fails once it was renamed
	defer temp.Close()
	if err := write(temp); err != nil {
		return err
	}
	if err := errors.Join(temp.Chmod(mode), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

func replaceText(name, text string) error {
	return replaceFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}
