package transcript

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

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
// The findings stand in the order of the lines. Nothing in them is secret. The
// error joins all that could not be looked at.
func LintFile(name string, o LintOptions) ([]Leak, error) {
	f, err := openRegular(os.OpenFile, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	beside := &beside{dir: filepath.Dir(name)}
	defer beside.end()
	found, sides, err := lint(name, f, beside, o)
	for _, side := range sides {
		f, err := beside.find(side)
		if err != nil {
			continue // it was told of
		}
		// It is no transcript, even if it looks like one, and was read to its
		// end already.
		more, _, _ := lint(filepath.Join(filepath.Dir(name), side), f, nil, o)
		f.Close()
		found = append(found, more...)
	}
	return found, err
}

// Lint is LintFile for what is no file; it is read twice.
func Lint(name string, r io.ReadSeeker, o LintOptions) ([]Leak, error) {
	found, _, err := lint(name, r, nil, o)
	return found, err
}

// lint reads a file twice: as a conversation, where secrets have their places,
// and as lines of text, where they have their looks.
func lint(name string, r io.ReadSeeker, beside *beside, o LintOptions) (found []Leak, sides []string, err error) {
	byLook, err := lintText(name, r, o)
	if err != nil {
		return nil, nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	l := linter{s: NewScanner(name, r), name: name, beside: beside}
	l.conversation()
	return mergeLeaks(l.found, byLook), l.sides, errors.Join(l.unseen...)
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

// linter finds secrets by their place, and the files beside.
type linter struct {
	s      *Scanner
	flow   flow
	name   string
	beside *beside

	found  []Leak
	sides  []string
	unseen []error
	spoken bool   // there are octets: it is a conversation
	part   []byte // of a line of the server's whose end has not come
}

func (l *linter) conversation() {
	for damaged := 0; len(l.found) < maxLeaks; {
		it, err := l.s.Next()
		damage := damageOf(err)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && damage == nil:
			l.unseen = append(l.unseen, err)
			return
		case damage != nil:
			// A page with a dialogue in it has lines that look like damaged ones.
			if l.s.exact || l.spoken && damage.Text == errLong.Error() {
				l.unseen = append(l.unseen, damage)
			}
			if damaged++; damaged < maxDamage {
				continue
			}
			if l.s.exact {
				l.unseen = append(l.unseen, fmt.Errorf("%s: so many lines are damaged that what is behind them was not looked at", session.Escape(l.name)))
			}
			return
		case it.Kind == Fact && it.Key == "blob": // its octets may be all that is left of a recording
			if name, _, _ := paramValue(it.Text); filepath.IsLocal(name) {
				l.side(name)
			}
		}
		switch it.Kind {
		case Fact, Directive:
			l.flow.happened(&it)
		case Expect:
			l.expected(&it)
		case Octets:
			l.spoken = true
			l.octets(&it)
		}
	}
}

func (l *linter) side(name string) {
	if (len(l.sides) == 0 || l.sides[len(l.sides)-1] != name) && len(l.sides) < maxLeaks {
		l.sides = append(l.sides, name)
	}
}

func (l *linter) octets(it *Item) {
	for line := range bytes.SplitAfterSeq(it.Data, []byte{'\n'}) {
		if len(line) == 0 {
			continue
		}
		l.look(it, line, hasSecret(it.Vars))
		l.flow.heard(it.Dir, line, nil)
	}
	b := it.Bulk
	if b == nil {
		return
	}
	l.flow.heard(it.Dir, nil, b)
	if b.Name == "" {
		return
	}
	l.side(b.Name)
	err := l.beside.check(b)
	if l.beside == nil {
		err = fmt.Errorf("the octets in %s stand beside the file, and nobody knows where it is", session.Escape(b.Name))
	}
	if err != nil && len(l.unseen) < maxLeaks {
		l.unseen = append(l.unseen, l.s.wrong(err))
	}
}

// expected looks at a pattern.
func (l *linter) expected(it *Item) {
	l.look(it, []byte(it.Text), false)
	l.flow.expected(it)
}

// look tells of what is secret in a line that is about to be heard. What a
// server repeats may be cut anywhere.
func (l *linter) look(it *Item, line []byte, veiled bool) {
	e := session.Event{Kind: session.Sent, Data: line}
	before := 0
	if it.Dir == FromServer {
		before = len(l.part)
		e.Kind, e.Data = session.Received, append(l.part, line...)
	}
	l.flow.mark(&e)
	if l.part = nil; it.Dir == FromServer && it.Kind == Octets && line[len(line)-1] != '\n' && len(e.Data) < maxLook {
		l.part = e.Data
	}
	e.Secret = slices.DeleteFunc(e.Secret, func(s session.Span) bool {
		return s.To <= before || notSecret(e.Data[s.From:s.To]) // it was told of, or is none
	})
	if len(e.Secret) == 0 || veiled {
		return
	}
	text := "the response of a login"
	switch verb := session.ParseCommand(line).Verb; {
	case it.Dir == FromServer:
		text = "what gives access, as the server repeats it"
	case verb == "AUTH", verb == "XCLIENT", verb == "BURL":
		text = "what gives access stands behind " + verb
	}
	l.found = append(l.found, Leak{l.name, it.Line, column(it, e.Secret[0].From-before), text})
}

// column is where an octet of a literal line or of a pattern stands in the file;
// for others nobody knows.
func column(it *Item, at int) int {
	if it.Kind == Octets && it.Op != ':' {
		return 0
	}
	return len("C: ") + at + 1
}

// maxLook is how long what is found by its look can be: a longer line is looked
// at in pieces, and each begins so far before the end of the one before.
const maxLook = 16 << 10

// lintText finds secrets by their look.
func lintText(name string, r io.Reader, o LintOptions) ([]Leak, error) {
	in := bufio.NewReaderSize(r, maxLine)
	var found []Leak
	var look look
	var tail, whole []byte // of a line that goes on; that and what comes
	from, told := 0, 0     // where it begins in its line; the column that was told of last
	for n := 1; len(found) < maxLeaks; {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return found, fmt.Errorf("%s: %w", session.Escape(name), err)
		}
		if len(line)+len(tail) == 0 {
			return found, nil
		}
		if len(tail) > 0 {
			whole = append(append(whole[:0], tail...), line...)
			line = whole
		}
		rest := len(line)
		if errors.Is(err, bufio.ErrBufferFull) {
			rest = len(line) - maxLook
		}
		// What stands behind rest is looked at twice: here is what stands before
		// it, and there it may be whole.
		if text, at := look.line(line, o); text != "" && from+at >= told {
			told = from + at + 1
			found = append(found, Leak{name, n, told, text})
		}
		if from += rest; rest == len(line) {
			n, from, told = n+1, 0, 0
		}
		tail = append(tail[:0], line[rest:]...)
	}
	return found, nil
}
