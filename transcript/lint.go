package transcript

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ehlo/session"
)

// Leak is something in a file that should not be public.
type Leak struct {
	File      string
	Line, Col int // counted from 1, Col in octets; 0 if only the line is known
	Text      string
}

func (f Leak) String() string {
	where := fmt.Sprintf("%s:%d", session.Escape(f.File), f.Line)
	if f.Col > 0 {
		where += fmt.Sprintf(":%d", f.Col)
	}
	return where + ": " + session.Escape(f.Text)
}

// LintOptions say what else to look for.
type LintOptions struct {
	Addresses bool // of people; those of example.com and the like are not
}

// LintFile looks for passwords and what else gives access in a transcript and
// the files beside it, and in any other text that a session was pasted into.
// The findings stand in the order of the lines. Nothing in them is secret.
func LintFile(name string, o LintOptions) ([]Leak, error) {
	f, err := openRegular(os.OpenFile, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, sides, err := lint(name, f, o)
	if err != nil {
		return found, err
	}
	beside := &beside{dir: filepath.Dir(name)}
	for _, side := range sides {
		f, err := beside.find(side)
		if err != nil {
			continue // whoever reads the transcript is told
		}
		more, _, err := lint(filepath.Join(filepath.Dir(name), side), f, o)
		f.Close()
		found = append(found, more...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// Lint is LintFile for what is no file; it is read twice.
func Lint(name string, r io.ReadSeeker, o LintOptions) ([]Leak, error) {
	found, _, err := lint(name, r, o)
	return found, err
}

// lint reads a file twice: as a conversation, where secrets have their places,
// and as lines of text, where they have their looks.
func lint(name string, r io.ReadSeeker, o LintOptions) (found []Leak, sides []string, err error) {
	byLook, err := lintText(name, r, o)
	if err != nil {
		return nil, nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	byPlace, sides := lintConversation(name, r)
	return mergeLeaks(byPlace, byLook), sides, nil
}

// mergeLeaks puts two lists in the order of their lines. What is known by
// its place needs not be told by its look.
func mergeLeaks(places, looks []Leak) []Leak {
	var all []Leak
	for len(places)+len(looks) > 0 {
		switch {
		case len(looks) == 0, len(places) > 0 && places[0].Line < looks[0].Line:
			all, places = append(all, places[0]), places[1:]
		case len(places) > 0 && places[0].Line == looks[0].Line:
			looks = looks[1:]
		default:
			all, looks = append(all, looks[0]), looks[1:]
		}
	}
	return all
}

// maxLeaks is after how many nobody reads on.
const maxLeaks = 1000

// lintConversation finds secrets by their place, and the files beside.
func lintConversation(name string, r io.Reader) (found []Leak, sides []string) {
	s := NewScanner(name, r)
	var f flow
	for damaged := 0; damaged < maxDamage && len(found) < maxLeaks; {
		it, err := s.Next()
		switch {
		case err != nil && damageOf(err) == nil:
			return found, sides
		case err != nil:
			damaged++
			continue
		case it.Kind == Fact || it.Kind == Directive:
			f.happened(&it)
			continue
		case it.Kind != Octets:
			continue
		}
		if b := it.Bulk; b != nil && b.Name != "" && (len(sides) == 0 || sides[len(sides)-1] != b.Name) && len(sides) < maxLeaks {
			sides = append(sides, b.Name)
		}
		for line := range bytes.SplitAfterSeq(it.Data, []byte{'\n'}) {
			if len(line) == 0 {
				continue
			}
			f.open(it.Dir)
			if it.Dir == FromClient && !hasSecret(it.Vars) {
				if text, at := secretAt(&f, line); text != "" {
					found = append(found, Leak{name, it.Line, column(&it, at), text})
				}
			}
			f.heard(it.Dir, line, nil)
		}
		if it.Bulk != nil {
			f.heard(it.Dir, nil, it.Bulk)
		}
	}
	return found, sides
}

// secretAt says what is secret in a line of the client, and where.
func secretAt(f *flow, line []byte) (text string, at int) {
	spans := f.st.Secrets(line)
	if len(spans) == 0 || notSecret(line[spans[0].From:spans[0].To]) {
		return "", 0
	}
	switch verb := session.ParseCommand(line).Verb; verb {
	case "AUTH", "XCLIENT", "BURL":
		text = "what gives access stands behind " + verb
	default:
		text = "the response of a login"
	}
	return text, spans[0].From
}

// column is where an octet of a literal line stands in the file; for others
// nobody knows.
func column(it *Item, at int) int {
	if it.Op != ':' {
		return 0
	}
	return len("C: ") + at + 1
}

// lintText finds secrets by their look.
func lintText(name string, r io.Reader, o LintOptions) ([]Leak, error) {
	in := bufio.NewReaderSize(r, maxLine)
	var found []Leak
	var look look
	for n := 1; len(found) < maxLeaks; {
		line, err := in.ReadSlice('\n')
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF):
			return found, fmt.Errorf("%s: %w", session.Escape(name), err)
		case len(line) == 0:
			return found, nil
		}
		if text, at := look.line(line, o); text != "" {
			found = append(found, Leak{name, n, at + 1, text})
		}
		if line[len(line)-1] == '\n' {
			n++
		}
	}
	return found, nil
}
