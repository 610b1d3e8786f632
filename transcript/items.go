package transcript

import "io"

// ItemWriter writes lines of a transcript in their canonical spelling, one by
// one. It adds nothing: the header is a line too.
type ItemWriter struct {
	w io.Writer
	f formatter
}

// NewItemWriter returns a writer of items.
func NewItemWriter(w io.Writer) *ItemWriter { return &ItemWriter{w: w} }

// Write writes one item. What begins a line of octets waits for its end.
func (w *ItemWriter) Write(it Item) error {
	if w.f.item(&it); len(w.f.part) > maxJoined {
		w.f.flush()
	}
	return w.write()
}

// Flush writes what has waited.
func (w *ItemWriter) Flush() error {
	w.f.flush()
	return w.write()
}

func (w *ItemWriter) write() error {
	_, err := w.w.Write(w.f.buf)
	w.f.buf = w.f.buf[:0]
	return err
}
