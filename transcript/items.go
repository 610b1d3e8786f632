package transcript

import "io"

// ItemWriter writes lines of a transcript in their canonical spelling, one by
// one, and adds the header if it is missing. Secrets are taken out.
type ItemWriter struct{ f *formatter }

// NewItemWriter returns a writer of items.
func NewItemWriter(w io.Writer) *ItemWriter {
	return &ItemWriter{newFormatter(w, Style{Redact: Redaction{Secrets: true}})}
}

// Write writes one item. What begins a line of octets waits for its end.
func (w *ItemWriter) Write(it Item) error {
	if w.f.item(&it); len(w.f.part) > maxJoined {
		w.f.flush()
	}
	return w.f.write(64 << 10)
}

// Flush writes what has waited. Nothing can be written behind it.
func (w *ItemWriter) Flush() error { return w.f.end() }
