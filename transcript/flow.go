package transcript

import (
	"bytes"
	"strconv"
	"strings"

	"ehlo/session"
)

// flow follows a conversation line by line, for whoever has to know what a
// line is: content, a command, a response. Unlike the state of a session it
// stays small whatever stands in a file.
type flow struct {
	st    session.State
	seq   int
	chunk int64 // octets of a BDAT chunk that are still to come
	said  bool  // somebody said something on this connection
	multi bool  // the last line of the server says that another follows
	lines int   // of that reply
	part  bool  // the last octets of content had no line end
	vague bool  // some reply is expected, and nothing says which
	veil  session.Veil
}

// reopen begins another connection.
func (f *flow) reopen(facts []session.Fact) {
	f.st = session.State{}.Apply(session.Event{Kind: session.Opened, Facts: facts})
	f.said, f.chunk, f.multi, f.lines = false, 0, false, 0
}

// happened follows a fact or a directive.
func (f *flow) happened(it *Item) {
	f.settle()
	what, _, _ := strings.Cut(it.Text, " ")
	switch {
	case it.Key == "connect", it.Key == "session":
		facts, _ := ParseParams(it.Text) // what is wrong with them is told elsewhere
		f.reopen(facts)
	case it.Key == "starttls", it.Key == "tls" && what == "started":
		f.st = f.st.Apply(session.Event{Kind: session.Secured})
	case it.Key == "closed", it.Key == "close":
		f.st = f.st.Apply(session.Event{Kind: session.Closed})
	}
}

// open begins a connection whose beginning is missing, before the first who
// speaks on it.
func (f *flow) open(dir Dir) {
	if dir == FromClient {
		f.settle()
	}
	if f.st.Open || f.st.Phase == session.Over {
		return
	}
	f.reopen(nil)
	if dir == FromClient {
		f.st = f.st.Apply(session.Event{Kind: session.Received, Data: []byte("220 \r\n")})
	}
}

// expected takes a line that is expected for one that has come, if it is due:
// only so is it known what is a response, and what is content. Where a reply is
// written too, what is expected of it stands behind it.
func (f *flow) expected(it *Item) {
	f.open(it.Dir)
	switch {
	case it.Dir == FromClient && !it.Pattern.Any():
		f.heard(FromClient, []byte(it.Text+"\r\n"), nil)
	case it.Dir == FromClient || len(f.st.Pending) == 0:
	case it.Op != '?' || it.Pattern.Any():
		f.vague = true
	default:
		f.heard(FromServer, []byte(it.Pattern.Reply(session.HopeFor(f.st.Pending[0].Verb))+"\r\n"), nil)
	}
}

// settle takes a reply of which nobody says what it is for the one that was
// hoped for.
func (f *flow) settle() {
	if f.vague && len(f.st.Pending) > 0 {
		f.heard(FromServer, []byte(session.HopeFor(f.st.Pending[0].Verb).String()+" \r\n"), nil)
	}
	f.vague = false
}

// mark marks what is secret in a line, or a part of one, that is about to be
// heard, as a session does before it is recorded.
func (f *flow) mark(e *session.Event) {
	dir := FromClient
	if e.Kind == session.Received {
		dir = FromServer
	}
	f.open(dir)
	f.veil.Mark(&f.st, e)
}

// heard follows octets: a line, or a part of one.
func (f *flow) heard(dir Dir, data []byte, bulk *session.Bulk) {
	f.open(dir)
	f.said = true
	f.seq++
	e := session.Event{Seq: f.seq, Kind: session.Sent, Data: data, Bulk: bulk}
	if dir == FromServer {
		f.vague = false
		e.Kind = session.Received
		if f.multi = len(data) > 3 && data[3] == '-' && replyCode(string(data[:4])); !f.multi {
			f.lines = 0
		} else if f.lines++; f.lines > maxDamage {
			return // a state keeps all lines of a reply
		}
	} else if f.count(data, bulk); f.inner(data, bulk) {
		return
	}
	f.st = f.st.Apply(e)
	f.forget()
}

// inner reports whether octets are content and cannot end it, so that the
// state need not follow each of millions of lines.
func (f *flow) inner(data []byte, bulk *session.Bulk) bool {
	if !f.mailData() || bulk == nil && len(data) == 0 {
		f.part = false
		return false
	}
	if bulk != nil {
		f.part = bulk.MidLine
		return false
	}
	whole := bytes.HasSuffix(data, []byte("\r\n"))
	inner := whole && !f.part && data[0] != '.'
	f.part = !whole
	return inner
}

// count follows the octets of a BDAT chunk.
func (f *flow) count(data []byte, bulk *session.Bulk) {
	switch {
	case bulk != nil:
		f.chunk = max(f.chunk-bulk.Octets, 0)
	case f.chunk > 0:
		f.chunk = max(f.chunk-int64(len(data)), 0)
	case f.mailData():
	default:
		if c := session.ParseCommand(data); c.Verb == "BDAT" {
			size, _, _ := strings.Cut(c.Arg, " ")
			n, _ := strconv.ParseInt(size, 10, 64)
			f.chunk = max(n, 0)
		}
	}
}

// mailData reports whether what follows a 354 is under way.
func (f *flow) mailData() bool { return f.st.Phase == session.Data && !f.st.MailData.Complete }

// content reports whether the client's next octets are content.
func (f *flow) content() bool { return f.mailData() || f.chunk > 0 }

// forget bounds what the state keeps: a file may be made to fill the memory.
func (f *flow) forget() {
	const most = 100
	if len(f.st.Pending) > most {
		f.st.Pending = nil
	}
	if len(f.st.Recipients) > most {
		f.st.Recipients = nil
	}
	if len(f.st.Challenges) > most {
		f.st.Challenges = nil
	}
}
