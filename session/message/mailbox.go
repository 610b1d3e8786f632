package message

import (
	"bytes"
	"strings"
	"time"
)

// Mailbox is what one recipient of the practice server has got.
type Mailbox struct {
	Name    string
	Letters []Letter
}

// Letter is a message that was taken, with the trace that the server put on
// top.
type Letter struct {
	From, ID string
	At       time.Time
	Data     []byte
}

// Subject finds the Subject of a message, for a list. It is as it stands there:
// neither decoded nor escaped.
func Subject(data []byte) string {
	head, _, _ := bytes.Cut(data[:min(len(data), 64<<10)], []byte("\r\n\r\n"))
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "subject") {
			return strings.TrimSpace(value)
		}
	}
	return "(no subject)"
}
