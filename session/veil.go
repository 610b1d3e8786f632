package session

import (
	"bytes"
	"encoding/base64"
	"slices"
)

// Veil marks what nobody may see unasked in the octets of a conversation, live or
// read from a file, event by event. In a line of the client's the place tells
// (see [State.Secrets]). What stood there is a known word until the client speaks
// again, and neither a reply nor a response is waited for: some servers repeat a
// command that they do not know, and some in capitals, or say which password they
// did not like. It is no part of the [State], which holds no secret. The zero value
// is ready to use.
type Veil struct {
	said  [][]byte // as they stood there
	words [][]byte // what is looked for, in capitals; nil: said has changed
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
			v.said, v.words = nil, nil
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
	v.words = nil
	if last := len(v.said) - 1; more && last >= 0 && len(v.said[last])+len(word) <= maxWord {
		v.said[last] = append(v.said[last], word...)
		return
	}
	v.said = append(v.said[max(len(v.said)+1-maxWords, 0):], bytes.Clone(word))
}

// Known finds the known words in a text, in the order in which they stand there.
func (v *Veil) Known(text []byte) (spans []Span) {
	if len(v.said) == 0 {
		return nil
	}
	if v.words == nil {
		v.words = wordsOf(v.said)
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

// wordsOf are words in capitals, and the password that is encoded in the last of
// them: what stood before it in an exchange is a name.
func wordsOf(said [][]byte) [][]byte {
	words := make([][]byte, 0, len(said)+1)
	for _, word := range said {
		words = append(words, upper(word))
	}
	return append(words, upper(password(said[len(said)-1])))
}

// password is what a response gives access with: the password of PLAIN (RFC 4616, 2),
// the token of OAUTHBEARER (RFC 7628, 3.1), or else the whole. It is nil if the
// word is not encoded.
func password(word []byte) []byte {
	word = bytes.TrimRight(word, "=")
	plain := make([]byte, base64.RawStdEncoding.DecodedLen(len(word)))
	n, err := base64.RawStdEncoding.Decode(plain, word)
	if err != nil {
		return nil
	}
	plain = bytes.TrimRight(plain[:n], "\x01")
	plain = plain[bytes.LastIndexAny(plain, "\x00\x01")+1:]
	if bearer := []byte("auth=Bearer "); bytes.HasPrefix(plain, bearer) {
		return plain[len(bearer):]
	}
	return plain
}
