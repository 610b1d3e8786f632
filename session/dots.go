package session

// dots counts how much of CRLF.CRLF has gone by. Content starts as if a CRLF
// had: an empty message is the final dot alone.
type dots uint8

const (
	lineStart dots = iota
	midLine
	afterCR
	afterDot
	afterDotCR
	ended
)

func (d dots) next(c byte) dots {
	switch {
	case d == lineStart && c == '.':
		return afterDot
	case d == afterDot && c == '\r':
		return afterDotCR
	case d == afterDotCR && c == '\n':
		return ended
	case d == afterCR && c == '\n':
		return lineStart
	case c == '\r':
		return afterCR
	}
	return midLine
}
