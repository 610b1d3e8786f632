package transcript

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"ehlo/transcript/lazy"
)

// Style says how a transcript is written again. The zero value is the
// canonical form: all that is in the file, its comments, expectations,
// directives and unknown facts too, and the octets in the one spelling that a
// recorder would choose.
type Style struct {
	// NoTimes leaves out when it was recorded, how long things took and the
	// numbers of steps: for files in a repository, where only what changes
	// should differ.
	NoTimes bool
	// Times rounds the seconds to a multiple of this; 0 leaves them.
	Times time.Duration
	// Redact takes secrets out.
	Redact Redaction
}

// Format writes the rest of the file to w. It stops at the first line that
// cannot be read, with a [SyntaxError]; what was written by then is not all.
func (r *Reader) Format(w io.Writer, style Style) error {
	f := newFormatter(w, style)
	r.a.joined = maxJoined
	var item Item // one for all lines: a pointer to it goes around
	for {
		var damage *SyntaxError
		var err error
		item, damage, err = r.line()
		if damage != nil {
			return damage
		}
		if item.Line > 0 {
			f.item(&item)
		}
		r.a.drain(1)
		if err != nil && err != io.EOF {
			return err
		}
		if err != nil {
			return f.end()
		}
		if err := f.write(64 << 10); err != nil {
			return err
		}
	}
}

// Format writes the transcript in its canonical form.
func (t *Transcript) Format(w io.Writer) error { return t.FormatAs(w, Style{}) }

// FormatAs writes it in a style.
func (t *Transcript) FormatAs(w io.Writer, style Style) error {
	f := newFormatter(w, style)
	for item := range t.Items() {
		f.item(&item)
		if err := f.write(64 << 10); err != nil {
			return err
		}
	}
	return f.end()
}

// formatter writes items in their canonical spelling.
type formatter struct {
	out   *bufio.Writer
	buf   []byte
	style Style
	begun bool

	dir  Dir
	part []byte // the beginning of a line whose end has not come
	vars []Var

	now, told time.Duration // since the beginning, and as far as it was written
	inside    bool          // the last line written was one of octets
	pending   *Item         // a time that may be left out
	cut       *redactor     // nil if nothing is taken out
}

func newFormatter(w io.Writer, style Style) *formatter {
	f := &formatter{out: bufio.NewWriterSize(w, 64<<10), style: style}
	if style.Redact.Secrets {
		f.cut = &redactor{style: style.Redact}
	}
	return f
}

// write hands over what has gathered, if it is more than that.
func (f *formatter) write(most int) error {
	if len(f.buf) < most {
		return nil
	}
	_, err := f.out.Write(f.buf)
	f.buf = f.buf[:0]
	return err
}

func (f *formatter) end() error {
	f.flush()
	f.cut.rest(f)
	if !f.begun {
		f.buf = append(f.buf, header...)
	}
	if err := f.write(0); err != nil {
		return err
	}
	return f.out.Flush()
}

func (f *formatter) item(it *Item) {
	if !f.begun {
		f.begun = true
		if it.Key != headerKey {
			f.buf = append(f.buf, header...)
		}
	}
	if it.Kind != Octets || it.Op == '@' || it.Op == '*' || it.Dir != f.dir {
		f.flush()
	}
	if f.cut.takes(f, it) || f.style.NoTimes && it.Kind == Fact && it.Key == "step" {
		return
	}
	switch it.Kind {
	case Octets:
		f.time(it)
		f.octets(it)
		f.inside = true
		return
	case Expect:
		f.buf = fmt.Appendf(f.buf, "%c%c %s", it.Dir, it.Op, it.Text)
	case Time:
		f.wait(it)
		return
	case Fact, Directive:
		f.keyed(it)
	case Comment:
		f.buf = append(f.buf, "# "+it.Text...)
	case Damage:
		f.buf = append(f.buf, "# damaged: "+it.Text...)
	}
	f.buf = append(bytes.TrimRight(f.buf, " \t"), '\n')
}

// wait writes a time, rounded as the style wants it.
func (f *formatter) wait(it *Item) {
	f.now += it.Wait
	if f.style.NoTimes {
		f.pending = it
		return
	}
	d := it.Wait
	if unit := f.style.Times; unit > 0 {
		// Rounded is the time since the beginning, so that errors do not add up.
		d = f.now.Round(unit) - f.told
		f.told += d
	}
	f.inside = false
	f.buf = appendTime(f.buf, d)
	if it.Step != 0 {
		f.buf = fmt.Appendf(f.buf, " step=%d", it.Step)
	}
	f.buf = append(f.buf, '\n')
}

// time writes what is left of a time that the style leaves out: that another
// read or write begins, where nothing else says so.
func (f *formatter) time(it *Item) {
	if f.pending != nil && f.inside && f.dir == it.Dir {
		f.buf = append(f.buf, "+ 0.000\n"...)
	}
	f.pending = nil
}

// took is how long something took, at the end of a fact.
var took = lazy.Regexp(` took=\S+$`)

func (f *formatter) keyed(it *Item) {
	mark, text := byte('='), it.Text
	if it.Kind == Directive {
		mark = '@'
	}
	if f.style.NoTimes && it.Kind == Fact {
		switch it.Key {
		case "recorded":
			if date, rest, _ := strings.Cut(text, " "); !strings.Contains(date, "=") {
				text = rest
			}
		default:
			text = took().ReplaceAllString(text, "")
		}
	}
	if !insideBlock(it) {
		f.inside = false
	}
	f.buf = append(f.buf, mark, ' ')
	f.buf = append(f.buf, it.Key...)
	if text != "" {
		f.buf = append(append(f.buf, ' '), text...)
	}
}

// insideBlock reports whether a fact leaves the block around it whole.
func insideBlock(it *Item) bool {
	switch it.Key {
	case "note", "part", "auth", "capture", "step", "more", "gap", "secrets":
		return it.Kind == Fact
	}
	return false
}

// octets joins pieces and cuts lines, as the events have them.
func (f *formatter) octets(it *Item) {
	f.dir = it.Dir
	switch {
	case it.Op == '@':
		f.buf = appendBulk(f.buf, it.Dir, it.Bulk)
		return
	case it.Op == '*':
		f.buf = fmt.Appendf(f.buf, "%c* %d \"", it.Dir, it.Count)
		at := 0
		for _, v := range it.Vars {
			f.buf = appendPlaceholder(appendQuoted(f.buf, it.Data[at:v.From]), v.Name)
			at = v.To
		}
		f.buf = append(appendQuoted(f.buf, it.Data[at:]), '"', '\n')
		return
	case len(it.Data) == 0 && len(f.part) == 0:
		f.buf = append(f.buf, byte(it.Dir), '"', '"', '\n')
		return
	}
	if f.cut == nil && len(f.part) == 0 && it.Vars == nil && wholeLine(it.Data) {
		f.buf = AppendLine(f.buf, f.dir, it.Data, nil) // by far the most
		return
	}
	vars := it.Vars
	for at := 0; at < len(it.Data); {
		n := bytes.IndexByte(it.Data[at:], '\n') + 1
		if n == 0 {
			n = len(it.Data) - at
		}
		base := len(f.part) - at
		f.part = append(f.part, it.Data[at:at+n]...)
		at += n
		for len(vars) > 0 && vars[0].From < at {
			v := vars[0]
			f.vars = append(f.vars, Var{base + v.From, base + v.To, v.Name})
			vars = vars[1:]
		}
		switch {
		case it.Data[at-1] == '\n':
			f.flush()
		case len(f.part) > maxPart && len(f.vars) == 0:
			rest := bytes.Clone(f.part[maxPart:])
			f.part = f.part[:maxPart]
			f.flush()
			f.part = append(f.part, rest...)
		}
	}
}

// maxPart is where a line is cut that may be as long as the file: at the end
// of a piece, so that it is cut there again.
const maxPart = 1000 * maxPiece

// wholeLine reports whether data is one line, its end included.
func wholeLine(data []byte) bool { return bytes.IndexByte(data, '\n') == len(data)-1 && len(data) > 0 }

func (f *formatter) flush() {
	if len(f.part) == 0 {
		return
	}
	if !f.cut.line(f) {
		f.buf = AppendLine(f.buf, f.dir, f.part, f.vars)
	}
	f.part, f.vars = f.part[:0], f.vars[:0]
}
