package normalise

import (
	"strings"

	"ehlo/session"
)

// QueueName is the capture of what a server calls a message it took.
const QueueName = "queueid"

// QueueID finds the name that a server has given to a message it took, or "".
func QueueID(r session.Reply) string {
	if !r.Code.Done() || r.To != session.EndOfData && r.To != "BDAT" {
		return ""
	}
	text := r.Text()
	if id := queuedAs(text); id != "" {
		return id
	}
	return ruledID(text)
}

// queuedAs finds the name where most servers have it, at the end. The rules
// would find the same; but to compile one takes longer than to write down all
// else of a short session.
func queuedAs(text string) string {
	before, id, _ := strings.Cut(text, " queued as ")
	if len(id) < 5 || len(id) > 200 || strings.Contains(before, "-") || strings.Contains(before, "ueued") {
		return ""
	}
	for i := range len(id) {
		if !isAlnum(id[i]) {
			return ""
		}
	}
	return id
}

// ruledID finds it by the rules.
func ruledID(text string) string {
	for _, n := range rules() {
		if !n.queue {
			continue
		}
		for _, s := range n.find(text) {
			if id := text[s[0]:s[1]]; len(id) <= 200 {
				return id
			}
		}
	}
	return ""
}
