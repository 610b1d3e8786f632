package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

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
	return t, nil
}

// openTranscript is for reading FILE event by event.
func openTranscript(name string, std streams) (*transcript.Reader, error) {
	if name == "-" {
		return transcript.NewReader("standard input", std.in), nil
	}
	return transcript.OpenFile(name)
}
