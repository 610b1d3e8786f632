package session

import "bytes"

// echo keeps the secrets of the lines that wait for their replies, for some
// servers repeat a command that they do not know, and some in capitals. It is no
// part of the [State], which holds no secret.
type echo [][]byte

// maxEchoes bounds how many are kept, shortEcho what is too short to tell from
// any other word.
const (
	maxEchoes = 16
	shortEcho = 4
)

// said keeps what is secret in a line that was sent.
func (c *echo) said(e *Event) {
	for _, s := range e.Secret {
		if s.To-s.From >= shortEcho {
			*c = append((*c)[max(len(*c)+1-maxEchoes, 0):], upper(e.Data[s.From:s.To]))
		}
	}
}

// in finds them in a line that was received.
func (c echo) in(data []byte) (spans []Span) {
	if len(c) == 0 {
		return nil
	}
	text := upper(data)
	for _, secret := range c {
		for at := 0; ; {
			i := bytes.Index(text[at:], secret)
			if i < 0 {
				break
			}
			spans = append(spans, Span{at + i, at + i + len(secret)})
			at += i + len(secret)
		}
	}
	return spans
}
