package explain

import (
	"slices"
	"strings"
	"testing"

	"ehlo/session"
)

// TestEveryCodeOfTheRFCIsExplained lists those of RFC 5321, 4.2.3, and of the
// extensions that have codes of their own.
func TestEveryCodeOfTheRFCIsExplained(t *testing.T) {
	codes := `211 214 220 221 250 251 252 354 421 450 451 452 455 500 501 502 503 504 550 551 552 553 554 555
		235 253 334 353 422 432 453 454 458 459 521 523 524 525 530 534 535 538 556`
	for code := range strings.FieldsSeq(codes) {
		if find("reply code", code, "") == nil && !slices.ContainsFunc(Lookup(code), func(e Entry) bool { return e.Word == code }) {
			t.Errorf("%s is not explained", code)
		}
	}
	for subject, last := range map[string]int{"1": 10, "2": 4, "3": 6, "4": 7, "5": 6, "6": 10, "7": 30} {
		for detail := range last + 1 {
			word := "X." + subject + "." + session.Code(detail).String()
			if detail == 0 {
				word = "X." + subject + ".0"
			}
			if find("enhanced code", word, "") == nil {
				t.Errorf("%s is not explained", word)
			}
		}
	}
}

// TestSuccessIsNobodysMistake: the tables speak of failures, and their codes
// also come with class 2.
func TestSuccessIsNobodysMistake(t *testing.T) {
	for _, line := range []string{
		"250 2.0.0 ok", "250 2.1.0 ok", "250 2.1.5 ok", "250 2.6.0 ok", "235 2.7.0 ok", "252 2.5.2 no", "221 2.0.0 bye", "250 2.1.1 odd", "250 2.7.9 odd",
	} {
		for _, e := range Reply("NOOP", reply(line)) {
			if e.Who != "" {
				t.Errorf("%s: %s made a mistake", line, e.Who)
			}
		}
	}
}

func TestSameCodeMeansOtherThings(t *testing.T) {
	for _, c := range []struct{ verb, line, title string }{
		{"LHLO", "250 x", "hello, and this is what I offer"},
		{"ETRN", "251 x", "nothing waits"},
		{"RCPT", "251 x", "not here, will forward"},
		{"MAIL", "552 x", "declared too big"},
		{"RCPT", "552 x", "no room for more recipients"},
		{session.EndOfData, "552 x", "too big"},
		{"DATA", "552 x", "too much"},
		{"DATA", "554 x", "no valid recipients"},
		{session.Greeting, "554 x", "no service for you"},
		{"RCPT", "452 x", "too many recipients, or no room"},
		{"MAIL", "452 x", "no room now"},
		{"AUTH", "523 x", "encryption needed"},
	} {
		if got := Reply(c.verb, reply(c.line))[0].Title; got != c.title {
			t.Errorf("%s to %s: %q, want %q", c.line, c.verb, got, c.title)
		}
	}
}

func TestLike(t *testing.T) {
	words := []string{"reject", "default", "tarpit"}
	for word, want := range map[string]string{"REJEKT": "reject", "tarpot": "tarpit", "": "", "zzzzzz": ""} {
		if got := strings.Join(Like(word, words, 1), ""); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := Like("reject", words, 0); len(got) != 0 {
		t.Errorf("none asked for: %v", got)
	}
}

func TestParameterOfItsVerb(t *testing.T) {
	for question, want := range map[string]string{
		"MAIL smtputf8": "this message needs SMTPUTF8", "VRFY SMTPUTF8": "the reply may be in UTF-8", "expn SMTPUTF8": "the reply may be in UTF-8",
		"RCPT SMTPUTF8": "", "XCLIENT LOGIN": "who is logged in", "MAIL FROB": "",
	} {
		verb, key, _ := strings.Cut(question, " ")
		var titles []string
		for _, e := range Parameter(verb, key) {
			titles = append(titles, e.Title)
		}
		if got := strings.Join(titles, ", "); got != want {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
}
