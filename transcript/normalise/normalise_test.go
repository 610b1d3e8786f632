package normalise

import (
	"testing"
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
