package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"ehlo/session"
)

// Recorder writes a log to a file as it grows. It is a [session.Recorder]:
// what a session does is on record before anybody sees it, and what happens
// together is one write, so that a killed process leaves a valid file.
//
// Secrets are not written, only that there were some.
type Recorder struct {
	// By names the program and its version in the header, "ehlo/0.1". It can
	// be set until the first event is recorded, as what follows.
	By string
	// KeepSecrets writes passwords too, and into the header that it has done so.
	KeepSecrets bool
	// Sync waits after each write until the octets are on the disk. Without
	// it a power cut may cost the last seconds; the end of the process does not.
	Sync bool

	out  io.Writer
	file *os.File // what Close closes, if anything
	w    writer
	side *side // where long content goes; nil if it is not kept
	lost bool  // the file does not end with a whole line
}

// Create begins a transcript in a new file that only its owner can read.
// A file that exists is not touched, unless it is empty. Long content goes
// into files of a folder NAME.d beside it.
func Create(name string) (*Recorder, error) {
	f, regular, err := reuse(name)
	if errors.Is(err, os.ErrNotExist) {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		regular = true // what was just made is
	}
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	r := NewRecorder(f)
	r.file = f
	if regular {
		r.side = &side{name: name}
	}
	return r, nil
}

// reuse opens a file that exists, if nothing would be lost, and says whether
// it is one: it may be a pipe or a device.
func reuse(name string) (f *os.File, regular bool, err error) {
	const how = os.O_WRONLY | os.O_APPEND
	f, err = os.OpenFile(name, how|syscall.O_NONBLOCK, 0) // without that flag Go asks the system four times more
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		f, err = os.OpenFile(name, how, 0) // a pipe waits for whoever reads it
	}
	if err != nil {
		return nil, false, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		err = &os.PathError{Op: "create", Path: name, Err: os.ErrExist}
	}
	if err != nil {
		f.Close()
		return nil, false, err
	}
	return f, info.Mode().IsRegular(), nil
}

// NewRecorder records to w. Long content is not kept.
func NewRecorder(w io.Writer) *Recorder { return &Recorder{By: "ehlo/" + session.Version, out: w} }

// Event implements [session.Recorder]: its lines are written with the next
// Flush. Where nobody has the state behind an event it is nil, for each of a
// file up to there.
func (r *Recorder) Event(e *session.Event, after *session.State) {
	if !r.w.begun {
		r.w.by, r.w.kept = r.By, r.KeepSecrets
		r.w.begin(e.At)
	}
	if r.side != nil && e.Bulk == nil && e.Kind != session.Noted {
		r.side.end() // other content goes into another file
	}
	r.w.event(e, after)
}

// Record writes events of which nobody has the states, in one write.
func (r *Recorder) Record(events []session.Event) error {
	r.add(events)
	return r.Flush()
}

func (r *Recorder) add(events []session.Event) {
	need := 0
	for i := range events {
		need += len(events[i].Data) + len("C: \n")
	}
	r.w.buf = slices.Grow(r.w.buf, need+512) // and what stands beside octets
	for i := range events {
		r.Event(&events[i], nil)
	}
}

// Flush implements [session.Recorder]: what has gathered is one write.
func (r *Recorder) Flush() error {
	if len(r.w.buf) == 0 {
		return nil
	}
	_, err := r.out.Write(r.w.buf)
	r.w.buf = r.w.buf[:0]
	if r.Sync && r.file != nil && err == nil {
		err = r.file.Sync()
	}
	r.lost = r.lost || err != nil
	return err
}

// Bulk implements [session.Recorder].
func (r *Recorder) Bulk(p []byte) error {
	if r.side == nil {
		return nil
	}
	begun, err := r.side.begin()
	if err != nil {
		return err
	}
	if begun {
		// Whoever finds this line and no length behind it knows that the
		// content was cut off.
		f := newFact(r.w.buf, "blob")
		f.dst = appendValue(append(f.dst, ' '), r.side.base())
		f.dst = append(f.dst, " open"...)
		r.w.buf, r.w.inside = f.end(), false
		if err := r.Flush(); err != nil {
			return err
		}
	}
	err = r.side.add(p)
	if r.Sync && err == nil {
		err = r.side.file.Sync()
	}
	return err
}

// Kept implements [session.Recorder].
func (r *Recorder) Kept() (name string, offset int64, sum string) {
	if r.side == nil {
		return "", 0, ""
	}
	return r.side.kept()
}

// Mark returns what this file is up to now, for [Recorder.Resume] of another one
// that begins with the same events.
func (r *Recorder) Mark() any {
	w := r.w
	w.buf = bytes.Clone(w.buf)
	return &w
}

// Resume begins a file as another one was when Mark was called, before that had
// written any of it.
func (r *Recorder) Resume(mark any) {
	if w, ok := mark.(*writer); ok {
		r.w = *w
		r.w.buf = append(make([]byte, 0, len(w.buf)+4<<10), w.buf...) // and room for a small mail
	}
}

// Close ends the file, and says in it how the session ended: "= end result="
// accepted, rejected, deferred or error, as far as something was tried.
func (r *Recorder) Close() error { return r.End(nil) }

// End records the last events and closes, in one write.
func (r *Recorder) End(events []session.Event) error {
	r.add(events)
	var errs []error
	if how := result(r.w.st, r.w.accepted); how != "" && !r.lost {
		r.w.st = session.State{}
		r.w.buf = append(r.w.buf, "= end result="+how+"\n"...)
	}
	if !r.w.begun && r.file != nil {
		r.w.buf = append(r.w.buf, header...)
	}
	errs = append(errs, r.Flush())
	if r.side != nil {
		errs = append(errs, r.side.end())
	}
	if r.file != nil {
		errs = append(errs, r.file.Close())
	}
	return errors.Join(errs...)
}
