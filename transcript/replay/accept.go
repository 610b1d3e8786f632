package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// Accept puts what the server said in a new run in the place of what it said
// in the file: the replies of those steps that differ, or whose text is
// worded otherwise. Everything else stays as it is, to the octet: comments,
// directives, facts, expectations, and replies that differ in a date or an id
// only. It returns how many replies it has replaced.
//
// The file is replaced as a whole or not at all. If it was changed since it
// was replayed, nothing is done.
func Accept(name string, steps []StepReport) (int, error) {
	t, err := transcript.ReadFile(name)
	if err != nil {
		return 0, err
	}
	edits, n, err := editsOf(t, steps)
	if err != nil || n == 0 {
		return n, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	old, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer old.Close()
	if link, err := filepath.EvalSymlinks(name); err == nil {
		name = link
	}
	fresh, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return 0, fmt.Errorf("accept: %w", err)
	}
	defer os.Remove(fresh.Name()) // it is gone if all went well
	err = errors.Join(edit(fresh, old, edits), fresh.Chmod(info.Mode().Perm()), fresh.Sync(), fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), name)
	}
	if err != nil {
		return 0, fmt.Errorf("accept: %w", err)
	}
	return n, nil
}

// acceptable reports whether a step has a reply to put in place of another.
func (s *StepReport) acceptable() bool {
	if s.Reply == 0 || len(s.octets) == 0 || s.Expected {
		return false
	}
	for _, f := range append(append([]Finding(nil), s.Differences...), s.Notes...) {
		switch f.What {
		case "time", "tls", "end", "expect":
		default:
			return true
		}
	}
	return false
}

// Acceptable reports whether [Accept] would change the file for this step.
func (s *StepReport) Acceptable() bool { return s.acceptable() }

// Settled reports whether nothing differs any more when all that is acceptable
// stands in the file.
func (r *Report) Settled() bool {
	for i := range r.Steps {
		if s := &r.Steps[i]; !s.Same() && !s.Acceptable() {
			return false
		}
	}
	return r.Left == 0
}

// Unmet reports whether a reply was not what a person wrote that it should be.
// [Accept] never changes that.
func (r *Report) Unmet() bool {
	return slices.ContainsFunc(r.Steps, func(s StepReport) bool { return s.Expected && !s.Same() })
}

// editsOf are the lines of the file that something else is to stand for; an
// empty text takes a line away.
func editsOf(t *transcript.Transcript, steps []StepReport) (edits map[int][]byte, n int, err error) {
	edits = map[int][]byte{}
	sc := script.New(t)
	for i := range steps {
		s := &steps[i]
		if !s.acceptable() {
			continue
		}
		a := replyAt(sc, s.Reply)
		if a == nil || !sameReply(a.Reply, s.Want) {
			return nil, 0, fmt.Errorf("%s:%d: the file was changed since it was replayed", session.Escape(t.Name), s.Reply)
		}
		lines, err := linesOf(t, a)
		if err != nil {
			return nil, 0, err
		}
		for _, l := range lines {
			if _, twice := edits[l]; twice {
				return nil, 0, fmt.Errorf("%s:%d: the line holds more than one reply; ehlo fmt writes each on its own", session.Escape(t.Name), l)
			}
			edits[l] = nil
		}
		for _, p := range s.octets {
			edits[lines[0]] = transcript.AppendLine(edits[lines[0]], transcript.FromServer, p, veiled(p))
		}
		if id := normalise.QueueID(s.Got); id != "" {
			if at := queueFact(t, lines[len(lines)-1]); at > 0 {
				edits[at] = []byte("= capture " + normalise.QueueName + " " + id + "\n")
			}
		}
		n++
	}
	return edits, n, nil
}

// veiled are the places in a reply that nobody may see.
func veiled(p []byte) (vars []transcript.Var) {
	for at := 0; ; {
		i := bytes.Index(p[at:], []byte(repeated))
		if i < 0 {
			return vars
		}
		vars = append(vars, transcript.Var{From: at + i, To: at + i + len(repeated), Name: "secret"})
		at += i + len(repeated)
	}
}

// replyAt finds the reply that begins at a line.
func replyAt(s *script.Script, line int) *script.Answer {
	for i := range s.Conns {
		for k := range s.Conns[i].Answer {
			if a := &s.Conns[i].Answer[k]; a.Line == line {
				return a
			}
		}
		if a := s.Conns[i].Rest; a != nil && a.Line == line {
			return a
		}
	}
	return nil
}

func sameReply(a, b session.Reply) bool {
	if len(a.Lines) != len(b.Lines) {
		return false
	}
	for i := range a.Lines {
		if wireLine(a.Lines[i]) != wireLine(b.Lines[i]) {
			return false
		}
	}
	return true
}

// linesOf are the lines of the file that hold a reply: as many as there are
// until its octets are complete.
func linesOf(t *transcript.Transcript, a *script.Answer) ([]int, error) {
	var want []byte
	for _, l := range a.Lines {
		want = append(want, wireLine(l)...)
	}
	var lines []int
	begun := false
	for item := range t.Items() {
		if begun = begun || item.Line == a.Line; !begun || item.Kind != transcript.Octets || item.Dir != transcript.FromServer {
			continue
		}
		data := item.Data
		if item.Op == '*' {
			data = bytes.Repeat(item.Data, item.Count)
		}
		if item.Bulk != nil || len(data) > len(want) {
			break
		}
		if lines, want = append(lines, item.Line), want[len(data):]; len(want) == 0 {
			return lines, nil
		}
	}
	return nil, fmt.Errorf("%s:%d: the reply shares its lines with something else; ehlo fmt writes each on its own", session.Escape(t.Name), a.Line)
}

// queueFact finds the line that says what the reply before it has called the
// message, or 0.
func queueFact(t *transcript.Transcript, line int) int {
	for item := range t.Items() {
		if item.Line <= line {
			continue
		}
		if item.Kind != transcript.Fact || item.Key != "capture" || !strings.HasPrefix(item.Text, normalise.QueueName+" ") {
			return 0
		}
		return item.Line
	}
	return 0
}

// edit copies a file line by line.
func edit(w io.Writer, r io.Reader, edits map[int][]byte) error {
	in, out := bufio.NewReaderSize(r, 64<<10), bufio.NewWriterSize(w, 64<<10)
	for line := 1; ; line++ {
		put, changed := edits[line]
		for {
			text, err := in.ReadSlice('\n')
			if !changed {
				if _, err := out.Write(text); err != nil {
					return err
				}
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if changed && len(text) > 0 {
				if bytes.HasSuffix(text, []byte("\r\n")) { // as the rest of the file
					put = bytes.ReplaceAll(put, []byte{'\n'}, []byte("\r\n"))
				}
				if _, err := out.Write(put); err != nil {
					return err
				}
			}
			if errors.Is(err, io.EOF) {
				return out.Flush()
			}
			if err != nil {
				return err
			}
			break
		}
	}
}
