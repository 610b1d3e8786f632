package script

import (
	"io"

	"ehlo/session"
	"ehlo/transcript"
)

// Content returns the octets of a message that end with a unit, or of the chunk
// that a BDAT announces, as they were said; nil if the unit has none, or if they
// are not known.
func (c *Conn) Content(u *Unit, from *transcript.Transcript, values map[string]string) io.ReadCloser {
	var parts []Part
	switch {
	case u.Verb == session.EndOfData && c.Turns[u.Turn].Kind == TurnContent:
		parts = c.Turns[u.Turn].Parts
	case u.Verb == "BDAT":
		parts = c.chunk(u)
	}
	for _, p := range parts {
		if p.Bulk != nil && p.Bulk.Name == "" {
			return nil // nobody has kept it
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return &Reader{From: from, Parts: parts, Values: values}
}

// chunk finds the octets behind a BDAT.
func (c *Conn) chunk(u *Unit) (parts []Part) {
	left := u.Chunk
	for i := u.Turn; i < len(c.Turns) && left > 0; i++ {
		for _, p := range c.Turns[i].Parts {
			if p.Line <= u.Line || left <= 0 {
				continue
			}
			parts = append(parts, p)
			if p.Bulk != nil {
				left -= p.Bulk.Octets
			} else {
				left -= int64(len(p.Data))
			}
		}
	}
	return parts
}
