package transcript

import (
	"bytes"

	"ehlo/session"
)

// maxFact is how many octets a line of facts has before it goes on in another.
const maxFact = 3000

// factLine writes one fact, in several lines if it is long.
type factLine struct {
	dst   []byte
	start int // of the current line
	count int // parameters of the current line
	last  string
}

func newFact(dst []byte, key string) *factLine {
	f := &factLine{start: len(dst)}
	f.dst = append(append(dst, "= "...), key...)
	return f
}

func (f *factLine) word(word string) { f.dst = append(append(f.dst, ' '), word...) }

func (f *factLine) param(key, value string) {
	at := len(f.dst)
	f.dst = append(f.dst, ' ')
	f.dst = appendKey(f.dst, key)
	f.dst = append(f.dst, '=')
	f.dst = appendValue(f.dst, value)
	f.last = key
	if f.count++; f.count > 1 && len(f.dst)-f.start > maxFact {
		tail := bytes.Clone(f.dst[at:])
		f.dst = f.dst[:at]
		f.line("more")
		f.dst, f.count = append(f.dst, tail...), 1
	}
}

// line begins another line.
func (f *factLine) line(key string) {
	f.dst = append(f.dst, '\n')
	f.start, f.count = len(f.dst), 0
	f.dst = append(append(f.dst, "= "...), key...)
}

// group gives each certificate and the verdict a line of their own, and
// reports whether that has written the fact.
func (f *factLine) group(fact session.Fact) bool {
	switch {
	case fact.Key == "peer" && plainWord(fact.Value):
		f.line("tls peer")
		f.word(fact.Value)
		return true
	case fact.Key == "chain":
		f.line("tls verified")
	}
	return false
}

// words writes the text of an event, unless it follows from the facts. The
// keys text and took mean that only at the end of a line.
func (f *factLine) words(e session.Event) {
	plain := plainText(e)
	took, ok := tookTime(e.Text, plain)
	switch {
	case ok:
		f.param("took", took)
	case e.Text != "" && e.Text != plain, f.last == "text", f.last == "took":
		f.text(e.Text)
	}
}

// text writes words of any length.
func (f *factLine) text(words string) {
	for {
		piece := words[:min(len(words), maxValue)]
		words = words[len(piece):]
		f.param("text", piece)
		if words == "" {
			return
		}
		f.line("more")
	}
}

func (f *factLine) end() []byte { return append(f.dst, '\n') }

// plainWord reports whether a value can stand without key and quotes.
func plainWord(value string) bool {
	for i := range len(value) {
		if !keyChar(value[i]) {
			return false
		}
	}
	return value != ""
}
