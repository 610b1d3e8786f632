package explain

import (
	"fmt"
	"strings"
	"testing"

	"ehlo/session"
)

// answer writes topics down: the words, then the entries.
func answer(topics []Topic) string {
	var b strings.Builder
	for _, t := range topics {
		fmt.Fprintf(&b, "[%s]", t.Words)
		for _, e := range t.Entries {
			fmt.Fprintf(&b, " %s %s", e.Kind, e.Word)
			if e.Context != "" {
				fmt.Fprintf(&b, " (%s)", e.Context)
			}
		}
		if len(t.Others) > 0 {
			fmt.Fprintf(&b, " +%d", len(t.Others))
		}
		if len(t.Near) > 0 {
			b.WriteString(" near " + strings.Join(t.Near, " "))
		}
		if t.Note != "" {
			b.WriteString(" !")
		}
		b.WriteByte('\n')
	}
	return strings.TrimSpace(b.String())
}

func TestAsk(t *testing.T) {
	for question, want := range map[string]string{
		"550 5.7.1":             "[550 5.7.1] reply code 550 enhanced code 5.7.1",
		"RCPT 550":              "[RCPT 550] reply code 550 (RCPT)",
		"550 rcpt":              "[550 rcpt] reply code 550 (RCPT)",
		"rcpt 550 5.7.1":        "[rcpt 550 5.7.1] reply code 550 (RCPT) enhanced code 5.7.1",
		"MAIL 550 RCPT 550":     "[MAIL 550] reply code 550 (MAIL)\n[RCPT 550] reply code 550 (RCPT)",
		"550 RCPT 450":          "[550] reply code 550 +11\n[RCPT 450] reply code 450 (RCPT)",
		"end of data 554":       "[end of data 554] reply code 554 (end of data)",
		". 554":                 "[. 554] reply code 554 (end of data)",
		"DATA 554":              "[DATA 554] reply code 554 (DATA) +1",
		"greeting 554":          "[greeting 554] reply code 554 (greeting)",
		"LHLO 250":              "[LHLO 250] reply code 250 (EHLO)",
		"550 4.7.1":             "[550 4.7.1] reply code 550 enhanced code 4.7.1 !",
		"299":                   "[299] reply code 2yz",
		"999":                   "[999]",
		"SIZE=":                 "[SIZE=] parameter SIZE (MAIL)",
		"size=1000":             "[size=1000] parameter SIZE (MAIL)",
		"AUTH=LOGIN":            "[AUTH=LOGIN] parameter AUTH (MAIL)",
		"PIPELINING=x":          "[PIPELINING=x] keyword PIPELINING",
		"auth scram-sha-256":    "[auth] verb AUTH keyword AUTH parameter AUTH (MAIL)\n[scram-sha-256] mechanism SCRAM-SHA-256",
		"MAIL FROM:<a@b> SIZE=": "[MAIL] verb MAIL\n[SIZE=] parameter SIZE (MAIL)",
		"RCPT TO:<a@b> 550":     "[RCPT 550] reply code 550 (RCPT)",
		"550-5.1.1":             "[550 5.1.1] reply code 550 enhanced code 5.1.1",
		"rfc 5321":              "[rfc 5321] document RFC 5321",
		"RFC7504":               "[RFC7504] document RFC 7504",
		"chunkin":               "[chunkin] near CHUNKING CHECKPOINT",
		"scram":                 "[scram] near SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256",
		"null MX":               "[null MX] term null-mx",
		"mail data SIZE=":       "[mail data] term mail-data\n[SIZE=] parameter SIZE (MAIL)",
		"bare lf DATA":          "[bare lf] term bare-lf\n[DATA] verb DATA",
		"":                      "",
	} {
		if got := answer(Ask(strings.Fields(question)...)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", question, got, want)
		}
	}
	for line, want := range map[string]string{
		"550 5.1.1 <bob@x.example>: no such user": "[550 5.1.1] reply code 550 enhanced code 5.1.1",
		"550-5.1.1 no such user":                  "[550 5.1.1] reply code 550 enhanced code 5.1.1",
		"421 x.example closing\r\n":               "[421] reply code 421 +2",
		" \t ":                                    "",
	} {
		if got := answer(Ask(line)); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", line, got, want)
		}
	}
}

// TestEveryWordAnswers asks for each word of the tables by itself.
func TestEveryWordAnswers(t *testing.T) {
	for _, shelf := range Shelves() {
		if len(shelf.Words) == 0 {
			t.Errorf("no %s", shelf.Kind)
		}
		for _, word := range shelf.Words {
			for _, w := range []string{word, strings.ToLower(word)} {
				topics := Ask(w)
				if len(topics) != 1 || len(topics[0].Entries) == 0 {
					t.Errorf("%s is not explained: %v", w, topics)
				}
			}
		}
	}
	for _, d := range Documents() {
		if strings.HasPrefix(d.Name, "RFC") && len(Ask(d.Name)[0].Entries) != 1 {
			t.Errorf("%s is not explained", d.Name)
		}
	}
}

// TestEveryFailureSaysWhoAndWhat: a failure has somebody whose mistake it is,
// "nobody" if it is nobody's, and something to do.
func TestEveryFailureSaysWhoAndWhat(t *testing.T) {
	for _, e := range entries() {
		answers := e.Context == "VRFY" || e.Context == "EXPN" || e.Context == "HELP" // they answer a question
		switch {
		case e.Kind == "reply code" && (e.Word[0] == '4' || e.Word[0] == '5') && !answers:
			if e.Who == "" || e.Next == "" {
				t.Errorf("%s %s: %q, %q", e.Context, e.Word, e.Who, e.Next)
			}
		case e.Kind == "reply code" && (e.Word[0] == '2' || e.Word[0] == '3') && e.Who != "" && e.Context != "DATA":
			t.Errorf("%s %s: %s made a mistake", e.Context, e.Word, e.Who)
		case e.Kind == "enhanced code" && strings.HasPrefix(e.Word, "X.") && e.Who == "":
			switch e.Word {
			case "X.0.0", "X.0.X", "X.1.5", "X.3.6": // nothing is said, or nothing failed
			default:
				t.Errorf("%s: nobody made a mistake", e.Word)
			}
		}
	}
}

// TestContextsAreCommands: a reply in a context answers something that waits
// for its reply.
func TestContextsAreCommands(t *testing.T) {
	for _, e := range entries() {
		if e.Kind != "reply code" || e.Context == "" || e.Context == session.Greeting || e.Context == session.EndOfData {
			continue
		}
		if session.Source(e.Context) == "" {
			t.Errorf("%s %s: no such command", e.Context, e.Word)
		}
	}
}

func FuzzAsk(f *testing.F) {
	for _, s := range []string{"550 5.7.1", "RCPT 550", "end of data", "rfc", "SIZE=", "=", "250-", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, words := range [][]string{{s}, strings.Fields(s)} {
			for _, topic := range Ask(words...) {
				if topic.Words == "" {
					t.Errorf("%q: a topic without words", s)
				}
				if len(topic.Near) > 3 {
					t.Errorf("%q: %d near", s, len(topic.Near))
				}
			}
		}
	})
}
