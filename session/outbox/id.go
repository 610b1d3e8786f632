package outbox

import (
	"io"
	"strings"
	"time"
)

// digits of an ID: no letter that could be taken for a digit.
const idDigits = "0123456789abcdefghjkmnpqrstvwxyz"

// newID makes an ID: when it was made, so that IDs sort by age, and five
// random digits.
func newID(now time.Time, random io.Reader) (string, error) {
	var p [5]byte
	if _, err := io.ReadFull(random, p[:]); err != nil {
		return "", err
	}
	var id [14]byte
	ms := now.UnixMilli()
	for i := 8; i >= 0; i-- {
		id[i] = idDigits[ms&31]
		ms >>= 5
	}
	for i, b := range p {
		id[9+i] = idDigits[b&31]
	}
	return string(id[:]), nil
}

// validID reports whether text can be an ID, and so the name of a folder. A
// report's ID is that of its message with "-" and a number behind it.
func validID(text string) bool {
	if len(text) < 2 || len(text) > 100 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c != '-' || i == 0 || i == len(text)-1) {
			return false
		}
	}
	return true
}

// shard is the folder that the folder of a message is in: a report is beside
// the message that it is about.
func shard(id string) string {
	base, _, _ := strings.Cut(id, "-")
	return base[max(len(base)-2, 0):]
}
