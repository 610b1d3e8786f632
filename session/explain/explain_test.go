package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/session/sasl"
)

func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range entries() {
		id := e.Kind + " " + e.Word + " " + e.Context
		if seen[id] {
			t.Errorf("%s stands twice", id)
		}
		seen[id] = true
		if e.Word == "" || e.Title == "" || e.Text == "" {
			t.Errorf("%s lacks a column", id)
		}
		if why := checkSource(e.Source); why != "" {
			t.Errorf("%s: %q: %s", id, e.Source, why)
		}
	}
	if len(seen) < 200 {
		t.Errorf("only %d facts", len(seen))
	}
}

func TestEveryVerbIsExplained(t *testing.T) {
	for _, verb := range session.Verbs() {
		if !slices.ContainsFunc(Lookup(verb), func(e Entry) bool { return e.Kind == "verb" }) {
			t.Errorf("%s is not explained", verb)
		}
	}
}

func TestEveryMechanismIsExplained(t *testing.T) {
	for _, name := range append(sasl.Names(), strings.Fields("GSSAPI NTLM DIGEST-MD5 GS2-KRB5 OTP")...) {
		if find("mechanism", name, "") == nil {
			t.Errorf("%s is not explained", name)
		}
	}
}

// TestWhatThePracticeServerSaysIsExplained reads its replies out of its sources:
// each code has a row of its own, not only one for its class.
func TestWhatThePracticeServerSaysIsExplained(t *testing.T) {
	said := regexp.MustCompile("[\"`\\n]([2-5][0-9]{2})[ -](?:([245]\\.[0-9]{1,3}\\.[0-9]{1,3}) )?")
	sources, _ := filepath.Glob("../practice/*.go")
	scenarios, _ := filepath.Glob("../practice/scenarios/*")
	seen := 0
	for _, name := range append(sources, scenarios...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		p, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(p), -1) {
			for _, word := range m[1:] {
				if word == "" {
					continue
				}
				seen++
				if found := Lookup(word); len(found) == 0 || found[0].Word != word || found[0].Source == "" {
					t.Errorf("%s: %s is not explained", filepath.Base(name), word)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d codes found: do the sources look otherwise now?", seen)
	}
}

func reply(line string) session.Reply {
	l := session.ParseReplyLine([]byte(line + "\r\n"))
	return session.Reply{Code: l.Code, Enhanced: l.Enhanced, Lines: []session.ReplyLine{l}}
}

func TestReplyIsExplainedInItsContext(t *testing.T) {
	for _, c := range []struct {
		verb, line string
		want       []string // titles
	}{
		{"RCPT", "250 2.1.5 ok", []string{"recipient taken", "destination valid", "success"}},
		{session.EndOfData, "250 ok", []string{"the server is responsible now"}},
		{"RCPT", "550 5.1.1 no", []string{"no such mailbox, or no relaying", "bad destination mailbox", "permanent failure"}},
		{session.Greeting, "554 no", []string{"no service for you"}},
		{"NOOP", "299 strange", []string{"done"}},
		{"NOOP", "459 5.9.9", []string{"node not allowed"}},
		{"MAIL", "550 5.9.9 x", []string{"sender refused", "permanent failure"}},
		{"MAIL", "999 x", nil},
		{"MAIL", "hello", nil},
	} {
		var titles []string
		for _, e := range Reply(c.verb, reply(c.line)) {
			titles = append(titles, e.Title)
		}
		if !slices.Equal(titles, c.want) {
			t.Errorf("%s to %s: %q, want %q", c.line, c.verb, titles, c.want)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, word := range []string{"550", "5.7.1", "mail", "CHUNKING", "scram-sha-256", "4.2.2", "299", "5.9.9", "timeout"} {
		if len(Lookup(word)) == 0 {
			t.Errorf("%s is not explained", word)
		}
	}
	for _, word := range []string{"", "frob", "5.1", "2500", "6.1.1"} {
		if found := Lookup(word); len(found) > 0 {
			t.Errorf("%s is explained: %v", word, found)
		}
	}
	if near := Nearest("chunkin", 3); len(near) == 0 || near[0] != "CHUNKING" {
		t.Errorf("near chunkin: %v", near)
	}
	if near := Nearest(strings.Repeat("x", 100_000), 3); len(near) != 0 {
		t.Errorf("near something long: %v", near)
	}
}

// TestEveryParameterIsExplained: those that advice knows, with the document
// that it names.
func TestEveryParameterIsExplained(t *testing.T) {
	for _, key := range session.Parameters() {
		if len(ofKind("parameter", key)) == 0 {
			t.Errorf("%s is not explained", key)
		}
	}
}

// TestEveryKeywordInUseIsExplained lists the registered keywords, and those
// that servers have without.
func TestEveryKeywordInUseIsExplained(t *testing.T) {
	words := `8BITMIME SIZE CHUNKING BINARYMIME CHECKPOINT DELIVERBY PIPELINING DSN ETRN ENHANCEDSTATUSCODES STARTTLS
		NO-SOLICITING MTRK ATRN AUTH BURL FUTURERELEASE CONPERM CONNEG SUBMITTER SMTPUTF8 UTF8SMTP MT-PRIORITY RRVS REQUIRETLS
		LIMITS VRFY EXPN HELP TURN SEND SOML SAML VERB ONEX XCLIENT XFORWARD PRDR PIPECONNECT X-EXPS XVERP X-ANONYMOUSTLS
		XEXCH50 X-LINK2STATE`
	for word := range strings.FieldsSeq(words) {
		if find("keyword", word, "") == nil {
			t.Errorf("%s is not explained", word)
		}
	}
}

// TestLimitsAndTimeouts lists the sections of RFC 5321, 4.5.3.
func TestLimitsAndTimeouts(t *testing.T) {
	for subsection, last := range map[string]int{"1": 10, "2": 7} {
		for i := range last {
			source := fmt.Sprintf("RFC 5321, 4.5.3.%s.%d", subsection, i+1)
			if !slices.ContainsFunc(entries(), func(e Entry) bool {
				return e.Kind == "limit" && (e.Source == source || strings.HasPrefix(e.Source, source+";"))
			}) {
				t.Errorf("nothing explains %s", source)
			}
		}
	}
}
