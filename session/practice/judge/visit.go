package judge

import (
	"bytes"
	"strings"
	"time"

	"ehlo/session"
)

// maxKept bounds the lines of a connection that a report shows.
const maxKept = 500

// visit is one connection.
type visit struct {
	judge        *Judge
	number       int
	began, ended time.Time
	spoke        time.Time // when something last came or went
	state        session.State
	events       []session.Event // for the report: no content
	left         int             // events that were not kept
	content      session.Bulk    // octets and lines of content since the last command

	first     bool // a command came
	secured   bool // the handshake is done, and nothing came behind it
	rejected  bool // by the greeting
	unknown   bool // EHLO was answered 500 or 502
	quit      bool // QUIT came
	failedTLS bool
	partly    bool // of the recipients of this transaction some were refused
	spoilt    bool // a chunk was refused, and nothing came behind it
}

func (v *visit) watch(e session.Event) {
	before := v.state
	v.state = v.state.Apply(e)
	defer func() { v.spoke = e.At }()
	switch e.Kind {
	case session.Sent:
		if before.Phase == session.Data && !before.MailData.Complete || inChunk(before, v.state) {
			v.content.Octets += int64(len(e.Data))
			v.content.Lines += int64(bytes.Count(e.Data, []byte("\n")))
			v.contentLine(before, e)
			return
		}
		v.keep(e)
		v.line(before, e)
	case session.Received:
		v.keep(e)
		v.reply(before)
	case session.Secured:
		v.keep(e)
		v.secured = before.Phase == session.Handshake
		v.judge.kept(tlsFirst)
	case session.Failed:
		v.keep(e)
		v.failedTLS = v.failedTLS || e.Fault == session.FaultTLS
		if e.Fact("tls") == "none" {
			v.judge.broken(tlsFirst, "it spoke in the clear where the handshake was due")
		}
	case session.Closed:
		v.ended = e.At
		v.keep(e)
		v.end(before, e)
	default:
		v.keep(e)
	}
}

// inChunk reports whether octets were those of a chunk: no command was sent,
// and the mail data grew.
func inChunk(before, after session.State) bool {
	return before.Phase != session.Data && after.MailData.Octets > before.MailData.Octets && len(after.Pending) == len(before.Pending)
}

// keep remembers an event for the report.
func (v *visit) keep(e session.Event) {
	if content := v.content; content.Octets > 0 {
		v.events = append(v.events, session.Event{Kind: session.Sent, At: v.spoke, Bulk: &content})
		v.content = session.Bulk{}
	}
	if len(v.events) >= maxKept {
		v.left++
		return
	}
	e.Data = bytes.Clone(e.Data)
	v.events = append(v.events, e)
}

// reply looks at a reply that is complete.
func (v *visit) reply(before session.State) {
	s := v.state
	if s.Partial() || s.Last.Seq == before.Last.Seq {
		return
	}
	code := s.Last.Code
	switch s.Last.To {
	case session.Greeting:
		v.rejected = code.Class() == 5
	case "EHLO":
		v.unknown = code == 500 || code == 502
	case "RCPT":
		v.recipient(code)
	case "BDAT":
		v.spoilt = s.Phase == session.Spoilt
	case session.EndOfData:
		v.verdict(code)
	}
}

// recipient remembers what became of one from one connection to the next.
func (v *visit) recipient(code session.Code) {
	if len(v.state.Recipients) == 0 {
		return
	}
	path := key(v.state, v.state.Recipients[len(v.state.Recipients)-1].Path)
	j := v.judge
	switch code.Class() {
	case 4:
		v.partly = true
		if _, ok := j.deferred[path]; !ok && len(j.deferred) < maxKept {
			j.deferred[path] = v.spoke
		}
	case 5:
		v.partly = true
		if len(j.refused) < maxKept {
			j.refused[path] = true
		}
		j.settled[path] = true
	}
}

// key tells one mail to one recipient from another.
func key(s session.State, path string) string {
	from := ""
	if s.ReversePath != nil {
		from = s.ReversePath.Path
	}
	return from + " " + strings.ToLower(path)
}

// verdict is the end of a transaction that was sent whole.
func (v *visit) verdict(code session.Code) {
	v.partly = false
	t := v.state.Finished
	if t == nil || len(v.state.Pending) > 0 {
		return
	}
	for _, r := range t.Recipients {
		path := t.ReversePath.Path + " " + strings.ToLower(r.Path)
		final := r.Reply.Code
		if r.Taken() {
			final = code
			if r.Final.Code != 0 {
				final = r.Final.Code
			}
		}
		switch final.Class() {
		case 2:
			v.judge.settled[path] = true
		case 4:
			if _, ok := v.judge.deferred[path]; !ok {
				v.judge.deferred[path] = v.spoke
			}
		case 5:
			v.judge.refused[path] = true
			v.judge.settled[path] = true
		}
	}
}
