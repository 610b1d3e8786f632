package normalise

import (
	"slices"
	"testing"

	"ehlo/session"
)

// TestWordsAreNoTokens: what is worded otherwise is told.
func TestWordsAreNoTokens(t *testing.T) {
	n := Names{Rules: Rules()}
	for _, c := range [][2]string{
		{"Mailbox full", "Mailbox empty"},
		{"SIZE limit 100", "SIZE limit 200"},
		{"too many recipients (100)", "too many recipients (200)"},
		{"<alice@test.example> unknown", "<bob@test.example> unknown"},
		{"authentication-mechanism-unsupported", "authentication-credentials-invalid"},
		{"internationalisation missing", "internationalisations missing"},
		{"see RFC 5321", "see RFC 5322"},
	} {
		a, _ := n.Replace(c[0])
		b, _ := n.Replace(c[1])
		if a == b {
			t.Errorf("%q and %q are both %q", c[0], c[1], a)
		}
	}
}

// replies are of real servers, and one of each kind of word in them.
var replies = []string{
	"2.0.0 Ok: queued as 4XyzAb1Cd2", "OK id=1rP2aB-00000000Abc-1XyZ", "OK id=1rP2aB-0001Ab-Cd", "2.0.0 4ANIoCDe012345 Message accepted for delivery",
	"2.0.0: 1a2b3c4d Message accepted for delivery", "2.0.0 OK  1700000000 d2e1a72fcca58-6c4a3b - gsmtp", "2.6.0 <x@y> [InternalId=1234, Hostname=a] Queued mail for delivery",
	"ok 1700000000 qp 4711", "2.0.0 <bob@test.example> 9l6zBXK8ZmVjdGlvbgAAAA Saved", "Message ID: ABCDEF12", "queue-ID=7F00A1", "pid 12", "took 3.2 s, 100 bytes",
	"2.0.0 Ok: 8064 octets, message 1 of this session", "done in 0.25", "AUTH ${secret.2} is not understood", "AUTH ******** is not understood", "size=12", "[192.0.2.1]:25", "x", "", "Mon, 23 Nov 2026 18:50:12 +0000",
	"2026-11-23T18:50:12Z", "Mon Nov 23 18:50:12 2026", "deadbeef", "DEADBEE1F", "id", "Id: abcde1f", "été12345678é", "a_12345678", "1234567890.5", "123e4567-e89b-12d3-a456-426614174000",
}

// TestNeeded: what is asked before an expression leaves nothing out that it finds.
func TestNeeded(t *testing.T) {
	for _, r := range Rules() {
		for _, text := range replies {
			if at := r.Expr().FindString(text); at != "" && r.need != nil && !r.need(text) {
				t.Errorf("‹%s›: %q is found in %q, and would not be looked for", r.Name, at, text)
			}
		}
		if !slices.ContainsFunc(replies, r.Expr().MatchString) && r.need != nil {
			t.Errorf("‹%s› %s is in none of the replies", r.Name, r.Expr())
		}
	}
}

func BenchmarkQueueID(b *testing.B) {
	r := session.Reply{Code: 250, To: session.EndOfData, Lines: []session.ReplyLine{session.ParseReplyLine([]byte("250 2.0.0 Ok: 8064 octets, message 1 of this session\r\n"))}}
	for b.Loop() {
		if id := QueueID(r); id != "" {
			b.Fatal(id)
		}
	}
}
