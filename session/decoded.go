package session

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// Decoded returns what the base64 of a login holds: of a 334 the challenge, of
// a client's line the response. It returns false for all other events, and
// where there is no base64. RFC 4954, 4: challenges and responses are base64.
//
// The result holds what the event's Secret marks: nobody may see that unasked.
func (e Event) Decoded() (string, bool) {
	switch e.Kind {
	case Received:
		l := ParseReplyLine(e.Data)
		if l.Code != 334 || len(e.Secret) > 0 {
			return "", false
		}
		return decodeBase64(strings.TrimSpace(l.Text))
	case Sent:
		if len(e.Secret) != 1 {
			return "", false
		}
		s := e.Secret[0]
		from := max(min(s.From, len(e.Data)), 0)
		to := max(min(s.To, len(e.Data)), from)
		return decodeBase64(string(bytes.TrimSpace(e.Data[from:to])))
	}
	return "", false
}

func decodeBase64(text string) (string, bool) {
	if text == "" {
		return "", false
	}
	p, err := base64.StdEncoding.DecodeString(text)
	return string(p), err == nil
}
