package transcript

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"ehlo/session"
)

// spoken writes a conversation as short as possible: who, and what.
func spoken(t *Transcript) string {
	var b strings.Builder
	for _, e := range t.Events() {
		switch {
		case e.Bulk != nil:
			fmt.Fprintf(&b, "C@%d\n", e.Bulk.Octets)
		case e.Kind == session.Sent:
			b.WriteString("C:" + lineText(e.Data) + "\n")
		case e.Kind == session.Received:
			b.WriteString("S:" + lineText(e.Data) + "\n")
		case e.Kind != session.Noted:
			b.WriteString("=" + e.Kind.String() + "\n")
		}
	}
	return b.String()
}

const mended = `=opened
S:220 mx.example.org ready
C:EHLO client.example
S:250-mx.example.org
S:250 SIZE
C:QUIT
S:221 bye
`

// TestPasted: the same conversation in the clothes of books, mails and logs.
func TestPasted(t *testing.T) {
	for name, text := range map[string]string{
		"indented":    "      S: 220 mx.example.org ready\n      C: EHLO client.example\n      S: 250-mx.example.org\n      S: 250 SIZE\n      C: QUIT\n      S: 221 bye\n",
		"a list":      "- S: 220 mx.example.org ready\n- C: EHLO client.example\n- S: 250-mx.example.org\n- S: 250 SIZE\n- C: QUIT\n- S: 221 bye\n",
		"no blank":    "S:220 mx.example.org ready\nC:EHLO client.example\nS:250-mx.example.org\nS:250 SIZE\nC:QUIT\nS:221 bye\n",
		"wide":        "S:   220 mx.example.org ready\nC:   EHLO client.example\nS:   250-mx.example.org\nS:   250 SIZE\nC:   QUIT\nS:   221 bye\n",
		"words":       "Server: 220 mx.example.org ready\nClient: EHLO client.example\nServer: 250-mx.example.org\n250 SIZE\nClient: QUIT\nServer: 221 bye\n",
		"small":       "s: 220 mx.example.org ready\nc: EHLO client.example\\r\\n\ns: 250-mx.example.org\n250 SIZE\nc: QUIT\\r\\n\ns: 221 bye\n",
		"senders":     "Receiving server: 220 mx.example.org ready\nSending server: EHLO client.example\nReceiving server: 250-mx.example.org\nReceiving server: 250 SIZE\nSending server: QUIT\nReceiving server: 221 bye\n",
		"R and S":     "R: 220 mx.example.org ready\nS: EHLO client.example\nR: 250-mx.example.org\nR: 250 SIZE\nS: QUIT\nR: 221 bye\n",
		"S first":     "S: <opens the connection>\nR: 220 mx.example.org ready\nS: EHLO client.example\nR: 250-mx.example.org\nR: 250 SIZE\nS: QUIT\nR: 221 bye\n",
		"P":           "P: 220 mx.example.org ready\nC: EHLO client.example\nP: 250-mx.example.org\nP: 250 SIZE\nC: QUIT\nP: 221 bye\n",
		"arrows":      "<<< 220 mx.example.org ready\n>>> EHLO client.example\n<<< 250-mx.example.org\n<<< 250 SIZE\n>>> QUIT\n<<< 221 bye\n",
		"prompts":     "server> 220 mx.example.org ready\nclient> EHLO client.example\nserver> 250-mx.example.org\nserver> 250 SIZE\nclient> QUIT\nserver> 221 bye\n",
		"boxes":       "[S] 220 mx.example.org ready\n[C] EHLO client.example\n[S] 250-mx.example.org\n[S] 250 SIZE\n[C] QUIT\n[S] 221 bye\n",
		"turns":       "S -> C: 220 mx.example.org ready\nC -> S: EHLO client.example\nS -> C: 250-mx.example.org\nS -> C: 250 SIZE\nC -> S: QUIT\nS -> C: 221 bye\n",
		"numbers":     " 1 S: 220 mx.example.org ready\n 2 C: EHLO client.example\n 3 S: 250-mx.example.org\n 4 S: 250 SIZE\n 5 C: QUIT\n 6 S: 221 bye\n",
		"Markdown":    "Here it is:\n\n```\n**S:** 220 mx.example.org ready\n**C:** EHLO client.example\n**S:** 250-mx.example.org\n**S:** 250 SIZE\n**C:** QUIT\n**S:** 221 bye\n```\n",
		"a quote":     "> S: 220 mx.example.org ready\n> C: EHLO client.example\n> S: 250-mx.example.org\n> S: 250 SIZE\n> C: QUIT\n> S: 221 bye\n",
		"a comment":   "// S: 220 mx.example.org ready\n// C: EHLO client.example\n// S: 250-mx.example.org\n// S: 250 SIZE\n// C: QUIT\n// S: 221 bye\n",
		"a log":       "[2026-11-23 18:50:12] DEBUG S: 220 mx.example.org ready\n[2026-11-23 18:50:12] DEBUG C: EHLO client.example\n[2026-11-23 18:50:12] DEBUG S: 250-mx.example.org\n[2026-11-23 18:50:12] DEBUG S: 250 SIZE\n[2026-11-23 18:50:13] DEBUG C: QUIT\n[2026-11-23 18:50:13] DEBUG S: 221 bye\n",
		"a web page":  "\u00a0\u00a0S: 220 mx.example.org ready\r\n\u00a0\u00a0C: EHLO client.example\r\n\u200bS: 250-mx.example.org\r\nS: 250 SIZE\r\nC: QUIT\r\nS: 221 bye",
		"asides":      "S: <waits for a connection on port 25>\nC: <opens a connection>\nS: 220 mx.example.org ready\nC: EHLO client.example\nC & S: <they know each other>\nS: 250-mx.example.org\nS: 250 SIZE\nC: (thinks)\nC: QUIT\nS: 221 bye\n",
		"a page ends": "   S: 220 mx.example.org ready\n   C: EHLO client.example\n   S: 250-mx.example.org\n\n\n\nKlensin                     Standards Track                    [Page 74]\n\f\nRFC 2821             Simple Mail Transfer Protocol            April 2001\n\n\n   S: 250 SIZE\n   C: QUIT\n   S: 221 bye\n",
	} {
		tr, err := Parse("p.smtp", strings.NewReader(text))
		if got := spoken(tr); err != nil || got != mended {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

// TestRepairs: what a pasted dialogue lacks or has too much, and the warning.
func TestRepairs(t *testing.T) {
	const hello = "S: 220 a\nC: EHLO b\nS: 250 a\n"
	const helloed = "=opened\nS:220 a\nC:EHLO b\nS:250 a\n"
	for name, c := range map[string]struct{ text, want, warning string }{
		"a broken challenge":    {"   S: 220 a\n   C: AUTH CRAM-MD5\n   S: 334\n   PDE4OTYuNjk3MTcwOTUyQGE+\n   C: dGltIGI5\n   MTNhNjAy\n   S: 235 ok\n", "=opened\nS:220 a\nC:AUTH CRAM-MD5\nS:334 PDE4OTYuNjk3MTcwOTUyQGE+\nC:dGltIGI5MTNhNjAy\nS:235 ok\n", "goes on"},
		"a broken command":      {hello + "C: MAIL FROM:<a@b> \\\n   RET=HDRS\nC: RCPT TO:<c@d>\n   NOTIFY=SUCCESS\n", helloed + "C:MAIL FROM:<a@b> RET=HDRS\nC:RCPT TO:<c@d> NOTIFY=SUCCESS\n", "goes on"},
		"a broken URL":          {hello + "C: BURL imap://x@y/outbox\n    ;uid=25;urlauth=submit+x\n    :internal:91354a LAST\n", helloed + "C:BURL imap://x@y/outbox;uid=25;urlauth=submit+x:internal:91354a LAST\n", "goes on"},
		"TLS in a remark":       {hello + "C: STARTTLS\nS: 220 go\nC: <starts TLS negotiation>\nC & S: <negotiate>\nC: EHLO b\n", helloed + "C:STARTTLS\nS:220 go\n=secured\nC:EHLO b\n", "TLS"},
		"TLS without a label":   {hello + "C: STARTTLS\nS: 220 go\n   ... TLS negotiation proceeds.\nC: EHLO b\n", helloed + "C:STARTTLS\nS:220 go\n=secured\nC:EHLO b\n", "TLS"},
		"TLS that is not told":  {hello + "C: STARTTLS\nS: 220 go\nC: EHLO b\n", helloed + "C:STARTTLS\nS:220 go\n=secured\nC:EHLO b\n", "TLS"},
		"content is left out":   {hello + "C: DATA\nS: 354 end with <CRLF>.<CRLF>\n  ...\nC: .\nS: 250 ok\n", helloed + "C:DATA\nS:354 end with <CRLF>.<CRLF>\nC:.\nS:250 ok\n", "not shown"},
		"content has no label":  {hello + "C: DATA\nS: 354 go\nSubject: x\nS: this is text\n\n250 is a number\n.\nS: 250 ok\n", helloed + "C:DATA\nS:354 go\nC:Subject: x\n", ""},
		"content below labels":  {hello + "C: DATA\nS: 354 go\nC: Subject: x\n\n   body\n     here\n   .\nS: 250 ok\n", helloed + "C:DATA\nS:354 go\nC:Subject: x\nC:\nC:body\nC:  here\nC:.\nS:250 ok\n", "without labels"},
		"content without S":     {"Client: DATA\nServer: 354 go\nSender: x\n\n250 is a number\n.\nServer: 250 ok\n", "C:DATA\nS:354 go\nC:Sender: x\nC:\nC:250 is a number\nC:.\nS:250 ok\n", "without labels"},
		"content in one line":   {"Client: DATA\nServer: 354 go\nClient: Subject: x\\r\\n\\r\\nhello\\r\\n.\\r\\n\nServer: 250 ok\n", "C:DATA\nS:354 go\nC:Subject: x\nC:\nC:hello\nC:.\nS:250 ok\n", "part this line"},
		"a dot in letters":      {hello + "C: DATA\nS: 354 go\nC: hello\nC: <CRLF>.<CRLF>\nS: 250 ok\n", helloed + "C:DATA\nS:354 go\nC:hello\nC:.\nS:250 ok\n", "dot"},
		"line ends in letters":  {hello + "C: BDAT 7 LAST\nC: hello<CR><LF>\nS: 250 ok\n", helloed + "C:BDAT 7 LAST\nC:hello\nS:250 ok\n", "letters"},
		"a chunk without end":   {hello + "C: BDAT 5 LAST\nC: hello\nS: 250 ok\nC: QUIT\n", helloed + "C:BDAT 5 LAST\nC:hello…\nS:250 ok\nC:QUIT\n", "no line end"},
		"chunks in remarks":     {hello + "C: BDAT 1000\nC: (the first 1000 octets)\nC: BDAT 0 LAST\nS: 250 ok\nS: 250 ok\n", helloed + "C:BDAT 1000\nC@1000\nC:BDAT 0 LAST\nS:250 ok\nS:250 ok\n", "1000 octets"},
		"half a chunk":          {hello + "C: BDAT 1000 LAST\nC: hello\nS: 250 ok\nC: QUIT\n", helloed + "C:BDAT 1000 LAST\nC:hello\nC@993\nS:250 ok\nC:QUIT\n", "993 octets"},
		"a response in remarks": {hello + "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: [base64 of the name]\nS: 334 UGFzc3dvcmQ6\n", helloed + "C:AUTH LOGIN\nS:334 VXNlcm5hbWU6\nC:${secret.1}\nS:334 UGFzc3dvcmQ6\n", "not shown"},
		"a wrong label":         {"R: 220 a\nS: HELO b\nR: 250 a\nS: MAIL FROM:<>\nS: 250 ok\nS: QUIT\n", "=opened\nS:220 a\nC:HELO b\nS:250 a\nC:MAIL FROM:<>\nS:250 ok\nC:QUIT\n", "whatever stands"},
		"prose between":         {hello + "\nand a second time:\n\nC: NOOP\nS: 250 ok\n", helloed + "C:NOOP\nS:250 ok\n", "kept as a comment"},
		"another connection":    {hello + "C: QUIT\nS: 221 bye\n\nThe next day:\n\n" + hello, helloed + "C:QUIT\nS:221 bye\n" + helloed, "another connection"},
		"the end in a remark":   {hello + "C: QUIT\nS: 221 bye\nS: <closes the connection>\n", helloed + "C:QUIT\nS:221 bye\n=closed\n", "= closed"},
		"a remark behind":       {"S: 220 a\nC: HELO b            <-- who I am\n", "=opened\nS:220 a\nC:HELO b\n", "kept as a comment"},
		"a remark on the dot":   {hello + "C: DATA\nS: 354 go\nC: a   <-- so\nC: .   <-- the end\nS: 250 ok\n", helloed + "C:DATA\nS:354 go\nC:a   <-- so\nC:.\nS:250 ok\n", "remark"},
		"lines in quotes":       {"S: \"220 a\\r\\n\"\nC: \"EHLO b\\r\\n\"\nS: \"250 a\\r\\n\"\n", helloed, "quotes"},
		"prompts of one letter": {"S> 220 a\nC> EHLO b\nS> 250 \"a\"\nC> MAIL FROM:<\"a b\"@c>\n", "=opened\nS:220 a\nC:EHLO b\nS:250 \"a\"\nC:MAIL FROM:<\"a b\"@c>\n", ""},
		"all in one line":       {"S: 220 a C: EHLO b S: 250 a C: DATA S: 354 go C: Subject: x C: C: hello C: . S: 250 ok C: QUIT S: 221 bye\n", helloed + "C:DATA\nS:354 go\nC:Subject: x\nC:\nC:hello\nC:.\nS:250 ok\nC:QUIT\nS:221 bye\n", "one line"},
		"prose before content":  {hello + "C: DATA\nS: 354 go\nNow the client sends the header.\nC: Subject: x\nC: .\nS: 250 ok\n", helloed + "C:DATA\nS:354 go\nC:Subject: x\nC:.\nS:250 ok\n", "goes on with labels"},
		"remarks":               {hello + "C & S: <they know each other>\nC: <sleeps a while>\nC: QUIT\n", helloed + "C:QUIT\n", "4: a remark is kept as a comment\n5: a remark"},
		"the end without label": {hello + "C: QUIT\nS: 221 bye\n{The server closes the connection}\n", helloed + "C:QUIT\nS:221 bye\n=closed\n", "= closed"},
		"octets of a terminal":  {"S: 220 a\x1b[2J\nC: QUIT\n", "=opened\nS:220 a\x1b[2J\nC:QUIT\n", "kept as an escape"},
		"Latin-1":               {"S: 220 caf\xe9\nC: QUIT\n", "=opened\nS:220 caf\xe9\nC:QUIT\n", "kept as an escape"},
	} {
		tr, err := Parse("p.smtp", strings.NewReader(c.text))
		var warnings []string
		for _, w := range tr.Warnings {
			warnings = append(warnings, fmt.Sprintf("%d: %s", w.Line, w.Text))
		}
		all := strings.Join(warnings, "\n")
		if c.warning == "" { // a label inside of content: what follows is a matter of opinion, but no error
			if err != nil || !strings.HasPrefix(spoken(tr), c.want) {
				t.Errorf("%s: %v\n%s", name, err, spoken(tr))
			}
			continue
		}
		if got := spoken(tr); err != nil || got != c.want || !strings.Contains(all, c.warning) {
			t.Errorf("%s: %v\n%s\nwant\n%s\n%s", name, err, got, c.want, all)
		}
	}
}

// TestCommentIsNoProse: a file that was written without a header may begin with
// comments.
func TestCommentIsNoProse(t *testing.T) {
	tr, err := Parse("p.smtp", strings.NewReader("# by hand\nS? 220 *\nC: QUIT\nS? 221 *\n"))
	if err != nil || len(tr.Warnings) > 0 {
		t.Errorf("%v %v", err, tr.Warnings)
	}
}

// TestNotPasted: what is no dialogue is an error at its line; so is a line of
// the format that is wrong, whether there is a header or not.
func TestNotPasted(t *testing.T) {
	for text, want := range map[string]string{
		"hello\nthis is a letter\n":       "n.smtp:1:1: no line of a transcript",
		"\n\nhello\n":                     "n.smtp:3:1: no line of a transcript",
		"S: 220 a\nC64 !!!\n":             "n.smtp:2:5: this is no base64",
		"S: 220 a\nC\"abc\n":              "n.smtp:2:2: the quote is not closed",
		"S: 220 a\n+ soon\n":              "n.smtp:2:3: \"soon\" is no number of seconds",
		"S: 220 a\n= smtp-transcript 7\n": "n.smtp:2:1: the file has version",
	} {
		if _, err := Parse("n.smtp", strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if tr := parse(t, "S: 220 a\n=====\nC: QUIT\n+----+\n"); spoken(tr) != "=opened\nS:220 a\nC:QUIT\n" {
		t.Error(spoken(tr))
	}
}

// TestLooseInConstantMemory: whatever is pasted, and how much of it.
func TestLooseInConstantMemory(t *testing.T) {
	for what, c := range map[string]struct{ begin, text string }{
		"prose":    {"", "it was a dark and stormy night\n"},
		"comments": {"S: 220 a\n", "it was a dark and stormy night\n"},
		"blank":    {"", "\n"},
		"replies":  {"", "S: 250-and so on\n"},
		"commands": {"", "C: RCPT TO:<a@b.example>\n"},
		"base64":   {"S: 220 a\nC: AUTH X\n", "cXVpdGUgYSBsb25nIGxpbmU=\n"},
		"content":  {"C: DATA\nS: 354 go\n", "a line of content without a label\n"},
		"swapped":  {"R: 220 a\n", "S: MAIL FROM:<a@b.example>\nR: 250 ok\n"},
	} {
		t.Run(what, func(t *testing.T) {
			r := NewReader("x", io.MultiReader(strings.NewReader(c.begin), &endless{text: c.text, left: 2 << 20}))
			before, most := heap(), int64(0)
			for n := 0; ; n++ {
				_, err := r.Next()
				if _, ok := err.(*SyntaxError); err != nil && !ok {
					break
				}
				if n%50_000 == 0 {
					most = max(most, heap()-before)
				}
			}
			if most = max(most, heap()-before); most > 6<<20 {
				t.Errorf("%d octets in use", most)
			}
		})
	}
}

// TestBlanksOfContent: how many blanks stand behind a label is a matter of the
// file, and the others are content.
func TestBlanksOfContent(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"none":     {"S:220 a\nC:EHLO b\nS:250 a\nC:DATA\nS:354 go\nC:Subject: x\nC:\tfolded\nC:\nC:  two\nC: one\nC:none\nC:.\nS:250 ok\n", "Subject: x|\tfolded||  two| one|none|."},
		"one":      {"S: 220 a\nC: EHLO b\nS: 250 a\nC: DATA\nS: 354 go\nC: Subject: x\nC:  folded\nC:\nC:   two\nC:none\nC: .\nS: 250 ok\n", "Subject: x| folded||  two|none|."},
		"both":     {"S:220 a\nC:EHLO b\nS:250 a\nC: NOOP\nS:250 a\nC:DATA\nS:354 go\nC: Subject: x\nC:  folded\nC: .\nS:250 ok\n", "Subject: x| folded|."},
		"a header": {"S:220 a\nC:EHLO b\nS:250 a\nC:DATA\nS:354 go\nC: Subject: x\nC:  folded\nC: .\nS:250 ok\n", "Subject: x| folded|."},
		"a chunk":  {"S:220 a\nC:EHLO b\nS:250 a\nC:BDAT 7 LAST\nC:  abc\nS:250 ok\n", "  abc"},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Parse("pasted", strings.NewReader(c.file))
			if err != nil {
				t.Fatal(err)
			}
			got := spoken(tr)
			if want := "C:" + strings.ReplaceAll(c.want, "|", "\nC:") + "\n"; !strings.Contains(got, want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}
