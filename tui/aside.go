package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// aside is a text while a person edits it: a file that nobody else can read, in
// a folder of its own, made when the editor begins. Nothing of it is left
// behind, however the program ends, unless a person was told where to find it.
type aside struct {
	path string
	told bool
	done func() // with it: removes it
}

func (m *Model) newAside() *aside {
	a := &aside{}
	a.done = m.left.add(a.remove)
	return a
}

// write makes the file.
func (a *aside) write(text string) error {
	dir, err := os.MkdirTemp("", "ehlo-")
	if err != nil {
		return err
	}
	a.path = filepath.Join(dir, "body.txt")
	return os.WriteFile(a.path, []byte(text), 0o600)
}

// where has a person told where the file is; it stays there.
func (a *aside) where() string {
	a.told = true
	return a.path
}

func (a *aside) remove() {
	if a.path != "" && !a.told {
		_ = os.RemoveAll(filepath.Dir(a.path))
	}
}

// lastBreath is how long an editor has to end when the program ends.
const lastBreath = 2 * time.Second

// editing is an editor at work. It is a [tea.ExecCommand].
type editing struct {
	ctx        context.Context
	words      []string // what the environment names
	path       string   // of the file to edit, or
	text       string   // what is to be edited aside
	aside      *aside   // nil for a file
	in         io.Reader
	out, wrong io.Writer
}

func (e *editing) SetStdin(r io.Reader)  { e.in = r }
func (e *editing) SetStderr(w io.Writer) { e.wrong = w }

// SetStdout has the editor write to the terminal itself, and not through a pipe.
func (e *editing) SetStdout(w io.Writer) {
	e.out = w
	if c, ok := w.(*canvas); ok {
		e.out = c.File
	}
}

// Run waits for the editor. If the program has to end meanwhile, the editor is
// told to hang up, as if the terminal were gone.
func (e *editing) Run() error {
	path := e.path
	if e.aside != nil {
		if err := e.aside.write(e.text); err != nil {
			return err
		}
		path = e.aside.path
	}
	cmd := exec.CommandContext(e.ctx, e.words[0], append(e.words[1:len(e.words):len(e.words)], path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.out, e.wrong
	cmd.Cancel = func() error {
		err := cmd.Process.Signal(syscall.SIGHUP)
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			return cmd.Process.Kill()
		}
		return err
	}
	cmd.WaitDelay = lastBreath
	return cmd.Run()
}

// inEditor opens a file in the editor that the environment names.
func (m *Model) inEditor(path string, then func(error) tea.Msg) tea.Cmd {
	return m.editWith(&editing{path: path}, then)
}

// asideInEditor opens a text there.
func (m *Model) asideInEditor(text string, a *aside, then func(error) tea.Msg) tea.Cmd {
	return m.editWith(&editing{text: text, aside: a}, then)
}

func (m *Model) editWith(e *editing, then func(error) tea.Msg) tea.Cmd {
	var err error
	if e.words, err = editor(os.Getenv); err != nil {
		return func() tea.Msg { return then(err) }
	}
	e.ctx = m.ctx
	return tea.Exec(e, then)
}
