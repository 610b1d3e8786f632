package tui

import (
	"path/filepath"
)

// keep has the session recorded on the shelf, if there is one, from before it
// connects.
func (m *Model) keep() {
	d := &m.drive
	book := m.o.Shelf.Begin(d.mail.Target.String(), m.o.Now())
	if book == nil {
		return
	}
	_ = d.sess.Record(book) // nothing has happened: nothing is written
	d.book = book
	m.books = append(m.books[:len(m.books):len(m.books)], book)
}

// written are the paths of all transcripts of this run: those that were saved,
// and those on the shelf.
func (m *Model) written() []string {
	names := m.files
	for _, b := range m.books {
		if name := b.Name(); name != "" {
			names = append(names[:len(names):len(names)], name)
		}
	}
	return names
}

// recording is what the header says about the file that the session goes to.
func (m *Model) recording() (text string, weight int) {
	switch d := &m.drive; {
	case m.tape != nil:
		return "", 0
	case d.saved != "":
		return m.theme.Marks.Record + " rec " + filepath.Base(d.saved), 8
	case d.book.Name() != "":
		return m.theme.Marks.Record + " kept", 1
	}
	return "", 0
}
