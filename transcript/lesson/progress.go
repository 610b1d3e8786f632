package lesson

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Progress remembers which lessons were done, in a text file of lines "NAME
// TIME".
type Progress struct {
	file string
	done map[string]time.Time
}

// maxProgress bounds the lines that are read.
const maxProgress = 10_000

// ReadProgress reads what is in a file; none there is nothing done yet. What is
// no line of progress is passed over: nobody should lose a lesson to it.
func ReadProgress(file string) (*Progress, error) {
	p := &Progress{file: file, done: make(map[string]time.Time)}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("progress: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan() && n < maxProgress; n++ {
		name, at, _ := strings.Cut(lines.Text(), " ")
		if when, err := time.Parse(time.RFC3339, strings.TrimSpace(at)); err == nil {
			p.done[name] = when
		}
	}
	return p, lines.Err()
}

// Done reports when a lesson was done.
func (p *Progress) Done(name string) (time.Time, bool) {
	at, ok := p.done[name]
	return at, ok
}

// Finish notes that a lesson was done, once.
func (p *Progress) Finish(name string, now time.Time) error {
	if _, ok := p.done[name]; ok {
		return nil
	}
	p.done[name] = now
	if err := os.MkdirAll(filepath.Dir(p.file), 0o700); err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	f, err := os.OpenFile(p.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s %s\n", name, now.UTC().Format(time.RFC3339))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	return nil
}
