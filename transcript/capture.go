package transcript

import "ehlo/session"

// captured is the fact behind a reply in which a server has given a message
// its name: whoever reads its log searches for that.
func (w *writer) captured(e session.Event) string {
	if e.Kind != session.Received || w.st.Last.Seq != w.seq {
		return ""
	}
	id := queueID(w.st.Last)
	if id == "" {
		return ""
	}
	return "= capture " + queueName + " " + id + "\n"
}
