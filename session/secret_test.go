package session

import (
	"strings"
	"testing"
)

// TestSecretArguments: what a command gives away beside AUTH. The secret is
// between the brackets.
func TestSecretArguments(t *testing.T) {
	for _, line := range []string{
		"XCLIENT ADDR=192.0.2.1 LOGIN=[alice] NAME=x",
		"xclient login=[alice]",
		"XCLIENT NAME=LOGIN=x", // not a key
		"XCLIENT NAME=\u0131\u0131 LOGIN=[a\u0131]",
		"XCLIENT LOGIN=",
		"BURL imap://joe@example.com/INBOX/;uid=20;urlauth=submit+fred:internal:[91354a473744909de610943775f92038] LAST",
		"BURL imap://example.com/;URLAUTH=[token]",
		"burl  imap://joe:[pass:word]@example.com/INBOX/;uid=20",
		"BURL imap://joe:[p@example.com/;urlauth=x:internal:t] LAST",
		"BURL imap://example.com:143/INBOX/;uid=20",
		"BURL",
		"BURL ",
		"MAIL FROM:<a@b> LOGIN=x",
	} {
		bare := strings.NewReplacer("[", "", "]", "").Replace(line) + "\r\n"
		want := line + "\r\n"
		e := Event{Data: []byte(bare), Secret: State{Phase: Recipients}.Secrets([]byte(bare))}
		if !strings.Contains(line, "[") {
			if len(e.Secret) > 0 {
				t.Errorf("%s: %v", line, e.Secret)
			}
			continue
		}
		if len(e.Secret) != 1 {
			t.Errorf("%s: %v", line, e.Secret)
			continue
		}
		s := e.Secret[0]
		if got := bare[:s.From] + "[" + bare[s.From:s.To] + "]" + bare[s.To:]; got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}
