package transcript

import (
	"ehlo/session"

	"ehlo/transcript/normalise"
)

// captured is the fact behind a reply in which a server has given a message
// its name: whoever reads its log searches for that.
func (w *writer) captured(e *session.Event) string {
	if e.Kind != session.Received || w.st.Last.Seq != e.Seq {
		return ""
	}
	id := normalise.QueueID(w.st.Last)
	if id == "" {
		return ""
	}
	return "= capture " + normalise.QueueName + " " + id + "\n"
}
