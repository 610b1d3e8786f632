package session

import "bytes"

// secrets finds what nobody may see unasked in the octets that are about to
// be written. It goes by position, never by looking for a known password,
// which would miss every encoded form: the initial response of AUTH, and
// every line that answers a 334 (RFC 4954, 4).
func (s State) secrets(data []byte) []Span {
	var spans []Span
	known := len(s.out.text) // what was already sent of this line
	line := join(s.out.text, data)
	for at := 0; at < len(line); {
		end := len(line)
		if i := bytes.IndexByte(line[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if from, to, ok := s.secretPart(line[at:end]); ok {
			from, to = max(at+from-known, 0), at+to-known
			if from < to {
				spans = append(spans, Span{from, to})
			}
		}
		at = end
	}
	return spans
}

// secretPart returns the secret part of one line.
func (s State) secretPart(line []byte) (from, to int, ok bool) {
	if s.Phase == Data || s.out.chunk > 0 {
		return 0, 0, false
	}
	text := bytes.TrimRight(line, "\r\n")
	c := ParseCommand(text)
	if s.answersChallenge(c) {
		return 0, len(text), len(text) > 0 && !bytes.Equal(text, []byte("*"))
	}
	if c.Verb != "AUTH" {
		return 0, 0, false
	}
	words := bytes.SplitN(text, []byte(" "), 3)
	if len(words) < 3 || len(words[2]) == 0 || bytes.Equal(words[2], []byte("=")) {
		return 0, 0, false
	}
	return len(text) - len(words[2]), len(text), true
}

// answersChallenge reports whether a line is, or may be, a response: the
// server asked for one, or AUTH is still unanswered and the line is no
// command.
func (s State) answersChallenge(c Command) bool {
	if s.Phase == Challenged {
		return s.out.response || Source(c.Verb) == ""
	}
	return s.waitsFor("AUTH") && Source(c.Verb) == ""
}
