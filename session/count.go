package session

import "strconv"

// Count writes a number with what it counts: 1 reply, 1,204 replies.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Digits(int64(n)) + " " + many
}

// Digits writes a number that a person can read: 1,204.
func Digits(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
