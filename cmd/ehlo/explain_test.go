package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		question string
		code     int
		out, err []string // parts, in this order
	}{
		{"550 5.7.1", 0, []string{"550  reply code", "Whose mistake", "RFC 5321, 4.2.3 (Simple Mail Transfer Protocol)", "5.7.1  enhanced code", "RFC 3463"}, nil},
		{"RCPT 550", 0, []string{"550  reply to RCPT", "go on with the others"}, nil},
		{"550", 0, []string{"550  reply code", "RCPT         no such mailbox", "For example: ehlo explain greeting 550"}, nil},
		{"550 4.7.1", 0, []string{"The classes do not agree"}, nil},
		{"mail", 0, []string{"MAIL  verb", "What comes next: RCPT"}, nil},
		{"SIZE=1000", 0, []string{"SIZE  parameter of MAIL"}, nil},
		{"Scram-Sha-256", 0, []string{"SCRAM-SHA-256  mechanism", "RFC 7677, 3"}, nil},
		{"RFC 5321", 0, []string{"RFC 5321  document: Simple Mail Transfer Protocol"}, nil},
		{"", 0, []string{"reply codes", "550", "verbs", "EHLO", "mechanisms", "PLAIN"}, nil},
		{"chunkin", 1, nil, []string{`"chunkin": unknown; the nearest are CHUNKING`}},
		{"qqqqqqqqqqqqqqqqqqqqqqqqqqqqq", 1, nil, []string{"nothing is like it"}},
		{"550 chunkin", 1, []string{"550  reply code"}, []string{"CHUNKING"}},
		{"\x1b[2J", 1, nil, []string{`"\x1b[2J"`}},
	} {
		code, out, errs := ehlo(t, "", append([]string{"explain"}, strings.Fields(c.question)...)...)
		if code != c.code {
			t.Errorf("%q: exit %d", c.question, code)
		}
		inOrder(t, c.question, out, c.out)
		inOrder(t, c.question, errs, c.err)
		for line := range strings.Lines(out) {
			if utf8.RuneCountInString(line) > textWidth+1 {
				t.Errorf("%q: a line of more than %d: %s", c.question, textWidth, line)
			}
		}
	}
}

func inOrder(t *testing.T, question, text string, parts []string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Errorf("%q: no %q in its place:\n%s", question, part, text)
			return
		}
		rest = after
	}
	if len(parts) == 0 && text != "" {
		t.Errorf("%q: %s", question, text)
	}
}
