package session

import "time"

// Kind says what happened. The names are past participles: an event is over
// when it is told.
type Kind uint8

const (
	Resolved Kind = iota + 1 // a name became addresses
	Opened                   // a channel to the server is open
	Sent                     // the channel took these octets from the client
	Received                 // these octets came from the server
	Secured                  // a TLS handshake succeeded
	Failed                   // something the client tried did not work
	Closed                   // the channel is no more
	Noted                    // a remark by ehlo or by the user; no protocol
)

var kindNames = [...]string{
	Resolved: "resolved", Opened: "opened", Sent: "sent", Received: "received",
	Secured: "secured", Failed: "failed", Closed: "closed", Noted: "noted",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "unknown"
}

// Fault says which effort a Failed event speaks of.
type Fault string

const (
	FaultResolve Fault = "resolve" // the name has no address
	FaultConnect Fault = "connect" // no channel could be opened
	FaultTLS     Fault = "tls"     // the handshake or the verification failed
	FaultTimeout Fault = "timeout" // a reply did not come in time
	FaultWrite   Fault = "write"   // the channel did not take the octets
	FaultContent Fault = "content" // the content could not be read to its end
	FaultLimit   Fault = "limit"   // the server sent more than a session may hold
)

// Fact is one named detail of an event. Facts keep their order, so that they
// can be written to a transcript and read back as they were.
type Fact struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Span marks the octets [From, To) of an event's Data.
type Span struct{ From, To int }

// Bulk stands for octets that were sent but are too many to be kept in
// memory. Where a [Recorder] kept them, Name says under which name and Offset
// from which octet on.
type Bulk struct {
	Name   string
	Offset int64
	Octets int64
	Lines  int64  // line feeds among the octets
	Sum    string // SHA-256 in hex, or empty if nobody kept the octets
	// MidLine is set if the last octets were not CRLF.
	MidLine bool
}

// Event is one thing that happened. It is flat on purpose: it prints,
// compares, encodes and filters without a type switch. An event must not be
// changed once it is in a [Log].
type Event struct {
	Seq  int       // position in the log, counted from 1
	At   time.Time // when it happened
	Kind Kind
	// Block numbers the write or the read that this event was part of. A
	// write or read of several lines makes several events of one block.
	Block int
	// Step is the ID of the step that caused a Sent event, or 0.
	Step int
	// Data holds the exact octets of one line, its line ending included. A
	// line that was written or read in pieces makes one event a piece.
	Data []byte
	// Lost counts octets that arrived before Data and were not kept, because
	// a line or a reply was longer than [Limits] allow.
	Lost int64
	// Bulk replaces Data for long content.
	Bulk *Bulk
	// Secret marks the octets of Data that nobody may see unasked.
	Secret []Span
	Fault  Fault
	// Facts are the details of Resolved, Opened, Secured and Closed events:
	//
	//	Resolved  host=, then addr= for each address
	//	Opened    host= addr= from= tls=none|implicit, then via= via-reply= …
	//	          as the channel has them, and preamble= octets if there are any
	//	Closed    by=server|client how=fin|rst|timeout|close-notify, then
	//	          exit= and stderr= of a process
	Facts []Fact
	// Text says it to a human: "connected to 192.0.2.25:587".
	Text string
}

// Fact returns the value of the first fact with this key, or "".
func (e Event) Fact(key string) string {
	for _, f := range e.Facts {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// Public returns Data with every secret octet range replaced by mask.
func (e Event) Public(mask string) []byte {
	if len(e.Secret) == 0 {
		return e.Data
	}
	var out []byte
	at := 0
	for _, s := range e.Secret {
		from, to := max(s.From, at), min(s.To, len(e.Data))
		if from >= to {
			continue
		}
		out = append(out, e.Data[at:from]...)
		out = append(out, mask...)
		at = to
	}
	return append(out, e.Data[at:]...)
}
