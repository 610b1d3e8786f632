package transcript

import "testing"

func TestCutRemark(t *testing.T) {
	for _, c := range []struct {
		line   string
		dir    Dir
		rest   string
		remark string
	}{
		{"MAIL FROM:<a@b.example>   <-- envelope", FromClient, "MAIL FROM:<a@b.example>", "envelope"},
		{"MAIL FROM:<a@b.example> <-- envelope", FromClient, "MAIL FROM:<a@b.example>", "envelope"},
		{"MAIL FROM:<a@b.example> <--envelope", FromClient, "MAIL FROM:<a@b.example>", "envelope"},
		{"RCPT TO:<a@b.example>\t// the recipient", FromClient, "RCPT TO:<a@b.example>", "the recipient"},
		{"QUIT # done", FromClient, "QUIT", "done"},
		{"DATA                 (content comes)", FromClient, "DATA", "content comes"},
		{"250 ok # 7", FromServer, "250 ok # 7", ""},
		{"250 ok    # accepted", FromServer, "250 ok", "accepted"},
		{"250-SIZE 1000 ← the limit", FromServer, "250-SIZE 1000", "the limit"},
		{"220 mx.example ESMTP  (Postfix)", FromServer, "220 mx.example ESMTP  (Postfix)", ""},
		{"250 2.1.0 <a@b.example>... Sender ok", FromServer, "250 2.1.0 <a@b.example>... Sender ok", ""},
		{"220 mx.example -- no spam", FromServer, "220 mx.example -- no spam", ""},
		{"MAIL FROM:<a@b.example> SIZE=1 BODY=8BITMIME", FromClient, "MAIL FROM:<a@b.example> SIZE=1 BODY=8BITMIME", ""},
		{"MAIL FROM:<>", FromClient, "MAIL FROM:<>", ""},
		{"   # only this", FromClient, "   # only this", ""},
	} {
		rest, remark := CutRemark(c.line, c.dir)
		if rest != c.rest || remark != c.remark {
			t.Errorf("%q: %q and %q", c.line, rest, remark)
		}
	}
}
