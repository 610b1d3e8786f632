package normalise

import "ehlo/session"

// QueueName is the capture of what a server calls a message it took.
const QueueName = "queueid"

// QueueID finds the name that a server has given to a message it took, or "".
func QueueID(r session.Reply) string {
	if !r.Code.Done() || r.To != session.EndOfData && r.To != "BDAT" {
		return ""
	}
	text := r.Text()
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
