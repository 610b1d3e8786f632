package outbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ehlo/session"
)

// Options set how a spool works. Zero fields have defaults.
type Options struct {
	Now    func() time.Time // default time.Now
	Random io.Reader        // for IDs; default that of crypto/rand
	// Tell is told what is not as it should be in the spool, once each.
	// Default: nobody.
	Tell func(Trouble)
}

// Spool is an outbox on a disk. Its methods may be called by several
// goroutines, and several processes may have the same folder open.
type Spool struct {
	dir     string
	opts    Options
	disk    disk
	journal *journal

	compacting sync.Mutex

	mu   sync.Mutex
	told map[string]bool
}

// Open opens the outbox in a folder, which is made if it is not there.
func Open(dir string, o Options) (*Spool, error) { return openOn(realDisk(), dir, o) }

func openOn(d disk, dir string, o Options) (*Spool, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	s := &Spool{dir: dir, opts: o, disk: d, told: map[string]bool{}}
	if err := d.mkdirAll(filepath.Join(dir, "mail")); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	s.journal = &journal{dir: dir, disk: d, lock: f}
	if err := s.begin(); err != nil {
		_ = s.journal.close()
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return s, nil
}

// begin opens the journal, so that whoever only reads finds one.
func (s *Spool) begin() error {
	if err := lock(s.journal.lock, true); err != nil {
		return err
	}
	defer unlock(s.journal.lock)
	return s.journal.current()
}

// Close closes the files. What was confirmed is on the disk already.
func (s *Spool) Close() error { return s.journal.close() }

// Dir returns the folder.
func (s *Spool) Dir() string { return s.dir }

// Now returns the time as the spool sees it.
func (s *Spool) Now() time.Time { return s.opts.Now() }

func (s *Spool) tell(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := t.String(); !s.told[text] && s.opts.Tell != nil {
		s.told[text] = true
		s.opts.Tell(t)
	}
}

// folder is that of a message.
func (s *Spool) folder(id string) string { return filepath.Join(s.dir, "mail", shard(id), id) }

func (s *Spool) attempts(id string) string { return filepath.Join(s.folder(id), "attempts") }

// ContentFile returns the name of the file with a message's content.
func (s *Spool) ContentFile(id string) string { return filepath.Join(s.folder(id), "content") }

// AttemptFile returns the name of the transcript of an attempt.
func (s *Spool) AttemptFile(id string, attempt int) string {
	return filepath.Join(s.attempts(id), fmt.Sprintf("%04d.smtp", attempt))
}

// Attempts returns the names of the transcripts of a message, the oldest
// first. An empty file is that of an attempt that was not made yet.
func (s *Spool) Attempts(id string) []string {
	names, _ := filepath.Glob(filepath.Join(s.attempts(id), "*.smtp")) // sorted; no folder has none
	return slices.DeleteFunc(names, func(name string) bool { return !made(name) })
}

// made reports whether there is something in the file of an attempt.
func made(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && (info.Size() > 0 || !info.Mode().IsRegular())
}

// Reports returns the names of the reports on a message.
func (s *Spool) Reports(id string) []string {
	names, _ := filepath.Glob(filepath.Join(s.folder(id), "report-*.eml"))
	return names
}

// maxRecipients bounds the recipients of one message.
const maxRecipients = 100_000

// Add takes a message and returns its ID once it is durable: from then on
// neither the end of this process nor of the machine's power loses it.
//
// The content is copied. The record in the journal is what makes it a message:
// a folder without one is what a crash has left of an Add that never returned.
// Many who add at the same time share the disk's work.
//
// past is what an attempt that was made elsewhere has brought for each
// recipient, if there was one.
func (s *Spool) Add(e Envelope, c *session.Content, past ...Recipient) (id string, err error) {
	if e.Added.IsZero() {
		e.Added = s.Now()
	}
	if err := e.check(); err != nil {
		return "", fmt.Errorf("outbox: %w", err)
	}
	if err := s.name(&e); err != nil {
		return "", fmt.Errorf("outbox: %w", err)
	}
	carried, err := s.store(&e, c)
	if err != nil {
		_ = os.RemoveAll(s.folder(e.ID))
		return "", fmt.Errorf("outbox: %w", err)
	}
	m := e.message()
	for i, x := range past[:min(len(past), len(m.Recipients))] {
		x.To = m.Recipients[i].To
		m.Recipients[i] = x
	}
	r := m.record()
	if carried != nil {
		r.Kind, r.Fields = Carried, append(carried, r.Fields...)
	}
	if err := s.journal.commit(r); err != nil {
		if !errors.Is(err, errSync) {
			_ = os.RemoveAll(s.folder(e.ID))
		}
		return "", err
	}
	s.shorten()
	return e.ID, nil
}

// name makes the folder of a message, with an ID that no other has if it has
// none yet.
func (s *Spool) name(e *Envelope) (err error) {
	if e.ID != "" {
		return s.makeFolder(e.ID)
	}
	for {
		if e.ID, err = newID(s.Now(), s.opts.Random); err != nil {
			return err
		}
		if err = s.makeFolder(e.ID); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

func (e *Envelope) check() error {
	if len(e.To) == 0 || len(e.To) > maxRecipients {
		return fmt.Errorf("a message has 1 to %d recipients, not %d", maxRecipients, len(e.To))
	}
	for i, x := range append([]session.Envelope{e.From}, e.To...) {
		back, err := session.ParseEnvelope("", x.Arg(""))
		if err != nil || back.Path != x.Path || strings.ContainsAny(x.Arg(""), "\r\n\x00") || i > 0 && x.Path == "" {
			return fmt.Errorf("%q is no path that a command can hold", x.Path)
		}
	}
	return nil
}

// Hold keeps a message from being tried, for a reason; Release ends that.
func (s *Spool) Hold(id, why string) error { return s.note(id, Held, why) }

// Release lets a message be tried again when it is due.
func (s *Spool) Release(id string) error { return s.note(id, Released) }

// Retry makes every recipient whose fate is open due now, those too that may
// have been delivered: somebody has chosen so.
func (s *Spool) Retry(id string) error { return s.note(id, Retried) }

func (s *Spool) note(id string, kind Kind, fields ...string) error {
	if _, err := s.Find(id); err != nil {
		return err
	}
	return s.journal.commit(Record{ID: id, At: s.Now(), Kind: kind, Fields: fields})
}

// Drop forgets a message and removes its files. No report is written. It fails
// with [ErrBusy] while an attempt is under way.
func (s *Spool) Drop(id string) error {
	if _, err := s.Find(id); err != nil {
		return err
	}
	return s.forget(id)
}

// forget drops a message that is known to be there.
func (s *Spool) forget(id string) error {
	l, err := s.lockMessage(id)
	if err == nil {
		defer l.close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.journal.commit(Record{ID: id, At: s.Now(), Kind: Forgot}); err != nil {
		return err
	}
	return os.RemoveAll(s.folder(id))
}

// ErrBusy says that somebody is trying a message right now.
var ErrBusy = errors.New("an attempt on it is under way")

// lockMessage opens the folder of a message and takes its lock; closing it
// frees that.
func (s *Spool) lockMessage(id string) (*folder, error) {
	dir, err := openFolder(s.folder(id))
	if errors.Is(err, fs.ErrNotExist) && s.mend(id) {
		dir, err = openFolder(s.folder(id))
	}
	if err != nil {
		return nil, err
	}
	ok, err := dir.tryLock()
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", id, ErrBusy)
	}
	if err != nil {
		_ = dir.close()
		return nil, err
	}
	return dir, nil
}
