package session

import (
	"bytes"
	"slices"
)

// Veil marks what nobody may see unasked in the octets of a conversation, live or
// read from a file, event by event. In a line of the client's the place tells
// (see [State.Secrets]). What stood there is a known word until the client speaks
// again, and neither a reply nor a response is waited for: some servers repeat a
// command that they do not know, and some in capitals. It is no part of the [State], which holds no
// secret. The zero value is ready to use.
type Veil struct {
	words [][]byte // in capitals
	open  bool     // the line of the last goes on: it was said in pieces
}

// maxWords bounds how many are kept, maxWord how long one becomes, shortWord what
// is too short to tell from any other.
const (
	maxWords  = 16
	maxWord   = 64 << 10
	shortWord = 4
)

// Mark sets Secret of an event that st is about to follow. What is marked
// already stays so.
func (v *Veil) Mark(st *State, e *Event) {
	switch e.Kind {
	case Sent:
		if len(st.Pending) == 0 && len(st.out.text) == 0 && st.Phase != Challenged {
			v.words = nil
		}
		if len(e.Secret) == 0 {
			e.Secret = st.secrets(e.Data)
		}
		open := v.open
		v.open = false
		for _, s := range e.Secret {
			v.keep(e.Data[min(s.From, len(e.Data)):min(s.To, len(e.Data))], open && s.From == 0)
			v.open = s.To >= len(e.Data)
		}
	case Received:
		if spans := v.Known(e.Data); len(spans) > 0 {
			e.Secret = append(e.Secret[:len(e.Secret):len(e.Secret)], spans...)
			slices.SortFunc(e.Secret, byFrom)
		}
	}
}

func byFrom(a, b Span) int { return a.From - b.From }

// keep keeps a word; more says that it goes on with the last one.
func (v *Veil) keep(word []byte, more bool) {
	if last := len(v.words) - 1; more && last >= 0 && len(v.words[last])+len(word) <= maxWord {
		v.words[last] = append(v.words[last], upper(word)...)
		return
	}
	v.words = append(v.words[max(len(v.words)+1-maxWords, 0):], upper(word))
}

// Known finds the known words in a text, in the order in which they stand there.
func (v *Veil) Known(text []byte) (spans []Span) {
	if len(v.words) == 0 {
		return nil
	}
	text = upper(text)
	for _, word := range v.words {
		for at := 0; len(word) >= shortWord; {
			i := bytes.Index(text[at:], word)
			if i < 0 {
				break
			}
			spans = append(spans, Span{at + i, at + i + len(word)})
			at += i + len(word)
		}
	}
	slices.SortFunc(spans, byFrom)
	return spans
}
