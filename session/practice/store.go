package practice

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultRoom is how many octets a store keeps in memory.
const DefaultRoom = 64 << 20

// Store keeps what was delivered: in memory as much as there is room for, the
// oldest forgotten first, and in a folder all of it, if it has one.
type Store struct {
	dir  string
	room int64

	mu    sync.Mutex
	used  int64
	kept  []Message // the oldest first
	count int       // of all that were ever delivered
	grown chan struct{}
}

// Message is one that was delivered. Data has the trace on top, and must not
// be changed.
type Message struct {
	Mailbox string // its domain in lower case
	From    string // the reverse-path
	ID      string
	At      time.Time
	Data    []byte
}

// Mailbox is what one recipient has got, the oldest first.
type Mailbox struct {
	Name     string
	Messages []Message
}

// NewStore returns an empty store. dir is where each mailbox gets a maildir of
// its own; "" keeps everything in memory.
func NewStore(dir string) *Store {
	return &Store{dir: dir, room: DefaultRoom, grown: make(chan struct{})}
}

// reserve holds room for a message that is coming in.
func (s *Store) reserve(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.used+n > s.room && len(s.kept) > 0 {
		s.used -= int64(len(s.kept[0].Data))
		s.kept[0] = Message{} // so that its octets can go
		s.kept = s.kept[1:]
	}
	if s.used+n > s.room {
		return false
	}
	s.used += n
	return true
}

func (s *Store) release(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
}

// deliver puts a message into its mailbox.
func (s *Store) deliver(m Message) error {
	if s.dir != "" {
		if err := writeMaildir(s.dir, m); err != nil {
			return err
		}
	}
	kept := s.reserve(int64(len(m.Data)))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if kept {
		s.kept = append(s.kept, m)
	}
	close(s.grown)
	s.grown = make(chan struct{})
	return nil
}

// Mailboxes returns what is kept, mailbox by mailbox in the order of their
// names. Nothing in it may be changed.
func (s *Store) Mailboxes() []Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := make(map[string]int)
	var list []Mailbox
	for _, m := range s.kept {
		i, ok := at[m.Mailbox]
		if !ok {
			i = len(list)
			at[m.Mailbox] = i
			list = append(list, Mailbox{Name: m.Mailbox})
		}
		list[i].Messages = append(list[i].Messages, m)
	}
	slices.SortFunc(list, func(a, b Mailbox) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Messages returns what is kept of one mailbox, the oldest first.
func (s *Store) Messages(mailbox string) []Message {
	for _, box := range s.Mailboxes() {
		if box.Name == mailbox {
			return box.Messages
		}
	}
	return nil
}

// Count is how many messages were delivered, those that were forgotten since
// among them, and a channel that is closed when there are more.
func (s *Store) Count() (int, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, s.grown
}
