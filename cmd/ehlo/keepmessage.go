package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ehlo/session"
	"ehlo/tui"
)

// A message that was copied from a transcript is kept as a file of its own. It
// belongs to one profile or one template, and goes where that goes.

// templateMessage is the path of the message that a template has.
func templateMessage(name string) string { return filepath.Join(templateFolder(), name+".eml") }

// profileMessage is the path of the message that a profile has. It is in
// another folder: a template may have the same name.
func profileMessage(name string) string {
	return filepath.Join(filepath.Dir(templateFolder()), "profiles", name+".eml")
}

// keepMessage writes the content of a draft, if it has one, and has the flags
// name the file.
func keepMessage(path string, d *tui.Draft) error {
	if d.Content == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	in, err := d.Content.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	d.Flags["message"] = []string{path}
	return replaceFile(path, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// moveMessage has a message go where the profile or the template goes that it
// belongs to; to "" removes it. The change is written when the message has both
// names, so that whatever happens each that is named is there.
func moveMessage(from, to string, write func() error) error {
	both := false
	if to != "" {
		err := alsoCalled(from, to)
		switch {
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("there is a message of that name: %s", session.Escape(to))
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
		both = err == nil
	}
	if err := write(); err != nil {
		if both {
			_ = os.Remove(to)
		}
		return err
	}
	if err := os.Remove(from); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// alsoCalled gives a file a second name that nothing has. Where a file has but
// one, on FAT or a network share, a copy gets it.
func alsoCalled(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return copyFile(from, to)
}

// copyFile copies a file to a name that nothing has; half a copy is none.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(to)
	}
	return err
}
