package serve_test

import (
	"net/smtp"
	"strings"
	"testing"

	"ehlo/transcript/serve"
)

// TestOfMine is a test as another project has it: its client is to notice that
// the sender was refused.
func TestOfMine(t *testing.T) {
	addr := serve.Test(t, "testdata/refuses-the-sender.smtp")

	err := smtp.SendMail(addr, nil, "alice@example.org", []string{"bob@example.com"}, []byte("Subject: x\r\n\r\nx\r\n"))

	if err == nil || !strings.Contains(err.Error(), "5.7.1 no mail from here") {
		t.Errorf("the client says: %v", err)
	}
}

// A server that refuses the sender, in one line of a test.
func ExampleTest() {
	var t *testing.T // as TestOfMine gets it

	addr := serve.Test(t, "testdata/refuses-the-sender.smtp")

	if err := smtp.SendMail(addr, nil, "alice@example.org", []string{"bob@example.com"}, nil); err == nil {
		t.Error("nobody noticed that the sender was refused")
	}
}
