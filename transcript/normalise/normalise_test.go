package normalise

import (
	"slices"
	"strings"
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

// TestQueuedAs: what is found without the rules is what they would find.
func TestQueuedAs(t *testing.T) {
	found := 0
	for _, text := range append([]string{
		"Ok: queued as 889311935", "Ok: queued as 1234", "Ok: queued as 12345 ", "Queued: 54321 queued as 12345", "QUEUED AS abcde", "1rP2aB-0001Ab-Cd queued as 12345",
		"unqueued as 12345", "Ok: queued as 12345\nqueued as 67890", "Ok: queued as " + strings.Repeat("a", 201), "Ok: queued as abc_de", "queued as 12345", "id=7F00A1 queued as 12345",
		"Message accepted 2 queued as 4c9Xyz", "Ok: queued mail for delivery queued as abcde", "Ok: queued as  12345",
	}, replies...) {
		id := queuedAs(text)
		if id != "" && id != ruledID(text) {
			t.Errorf("%q: %q, by the rules %q", text, id, ruledID(text))
		}
		if id != "" {
			found++
		}
	}
	if found < 4 {
		t.Errorf("%d are found", found)
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
