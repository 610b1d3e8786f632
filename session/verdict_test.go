package session

import (
	"reflect"
	"strings"
	"testing"
)

func TestResponsibility(t *testing.T) {
	for _, c := range []struct {
		name, conversation string
		want               Party
	}{
		{"before anything", "= opened", Client},
		{"final dot sent", dotted, Client},
		{"taken", dotted + "S: 250 ok", Server},
		{"refused", dotted + "S: 554 no", Client},
		{"refused for now", dotted + "S: 451 later", Client},
		{"lost after the final dot", dotted + "= lost", Either},
		{"lost before it", data + "C: hi\n= lost", Client},
		{"taken, then lost", dotted + "S: 250 ok\n= lost", Server},
		{"a new mail", dotted + "S: 250 ok\nC: MAIL FROM:<>\nS: 250 ok", Client},
		{"last chunk lost", given + "C: BDAT 4 LAST\nC: hi\n= lost", Either},
		{"421 to the end of data", dotted + "S: 421 closing", Client},
	} {
		if got := fold(t, c.conversation).Responsible; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLMTPHasAVerdictForEachRecipient(t *testing.T) {
	s := fold(t, greeted+`C: LHLO client.example
		S: 250 server.example
		C: MAIL FROM:<a@x.example>
		S: 250 ok
		C: RCPT TO:<b@x.example>
		S: 250 ok
		C: RCPT TO:<c@x.example>
		S: 550 no
		C: RCPT TO:<d@x.example>
		S: 250 ok
		C: DATA
		S: 354 go on
		C: .
		S: 250 b has it
		S: 452 d is full`)
	if s.Phase != Ready || s.Responsible != Server || s.Finished == nil {
		t.Fatalf("%s, responsible %s", show(s), s.Responsible)
	}
	var finals []Code
	for _, r := range s.Finished.Recipients {
		finals = append(finals, r.Final.Code)
	}
	if want := []Code{250, 0, 452}; !reflect.DeepEqual(finals, want) {
		t.Errorf("verdicts %v, want %v", finals, want)
	}
}

func TestLastChunkOfLMTPHasAVerdictForEachRecipient(t *testing.T) {
	s := fold(t, strings.ReplaceAll(given, "EHLO", "LHLO")+`C: RCPT TO:<d@x.example>
		S: 250 ok
		C: BDAT 4 LAST
		C: hi
		C: NOOP
		S: 250 b has it
		S: 452 d is full`)
	if s.Phase != Ready || s.Responsible != Server || s.Unasked != 0 || len(s.Pending) != 1 || s.Pending[0].Verb != "NOOP" {
		t.Fatalf("%s, responsible %s, pending %v", show(s), s.Responsible, s.Pending)
	}
	if b, d := s.Finished.Recipients[0].Final.Code, s.Finished.Recipients[1].Final.Code; b != 250 || d != 452 {
		t.Errorf("verdicts %d and %d", b, d)
	}
}

// TestChunkBehindMail: RFC 3030, 4.2: a chunk that went out before the reply to
// its MAIL came is of that transaction.
func TestChunkBehindMail(t *testing.T) {
	const pipelined = `
S: 220 a
C: EHLO b
S: 250-a
S: 250-PIPELINING
S: 250 CHUNKING
C: MAIL FROM:<>
C: RCPT TO:<c@a>
C: BDAT 6 LAST
`
	for _, rest := range []string{"S: 250 d\nC: wxyz\n", "C: wxyz\nS: 250 d\n"} {
		s := fold(t, pipelined+rest+"S: 250 e\n")
		if len(s.Pending) != 1 || s.MailData.Octets != 6 || !s.MailData.Complete {
			t.Errorf("%q: %+v, %+v", rest, s.Pending, s.MailData)
		}
		if s = fold(t, pipelined+rest+"S: 250 e\nS: 250 f\n"); s.Accepted != 1 || len(s.Pending) > 0 {
			t.Errorf("%q: %d accepted, %+v", rest, s.Accepted, s.Pending)
		}
	}
}

// TestEarlyContent: what was sent behind DATA is content once the 354 comes.
func TestEarlyContent(t *testing.T) {
	const early = `
S: 220 a
C: HELO b
C: MAIL FROM:<>
C: RCPT TO:<c@a>
C: DATA
C: Subject: x
C:
C: HELP me
`
	const replies = "S: 250 a\nS: 250 d\nS: 250 e\nS: 354 go\n"
	s := fold(t, early+"C: .\nC: QUIT\n"+replies)
	if len(s.Pending) != 2 || s.Pending[0].Verb != EndOfData || s.Pending[1].Verb != "QUIT" || !s.MailData.Complete {
		t.Errorf("%+v, %+v", s.Pending, s.MailData)
	}
	if s = fold(t, early+"C: .\nC: QUIT\n"+replies+"S: 250 ok\nS: 221 bye\n"); s.Accepted != 1 || len(s.Pending) > 0 || s.Answers.Quit.Code != 221 {
		t.Errorf("%d accepted, %+v, %+v", s.Accepted, s.Pending, s.Answers.Quit)
	}
	if s = fold(t, early+replies); len(s.Pending) > 0 || s.Phase != Data || s.MailData.Complete {
		t.Errorf("%s, %+v, %+v", s.Phase, s.Pending, s.MailData)
	}
	if s = fold(t, early+replies+"C: .\nS: 250 ok\n"); s.Accepted != 1 {
		t.Errorf("%d accepted, %+v", s.Accepted, s.Pending)
	}
	if s = fold(t, early+"S: 250 a\nS: 250 d\nS: 550 e\nS: 503 no\nS: 500 what?\n"); len(s.Pending) != 2 || s.Accepted > 0 {
		t.Errorf("%+v", s.Pending)
	}
}
