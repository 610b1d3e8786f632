// Package probe asks a server what it is like, without sending mail.
//
//	Options ──▶ Run ──▶ short sessions ──▶ their states ──▶ Report ──▶ Findings
//
// The first session greets, sees whether MAIL is taken in the clear, changes to
// TLS and greets again. The second asks VRFY, EXPN and HELP, sends a verb that
// there is not, and a RCPT before MAIL. Where there was TLS, a third sees whether
// its session is resumed. None has more than ten commands, of which at most three
// are wrong on purpose: some servers hang up after that. No
// recipient but postmaster of the server itself is named, and no content is
// sent, whatever the server says.
//
// Reading order: report.go, probe.go (the sessions), judge.go (the findings).
package probe

import (
	"strings"
	"time"

	"ehlo/session"
)

// Report is what a probe found out. Text in it is as the server sent it, and
// escaped by [session.Escape].
type Report struct {
	Target    string        `json:"target"`
	Route     []string      `json:"route,omitempty"` // what the DNS said, in words
	Addresses []string      `json:"addresses,omitempty"`
	Peer      string        `json:"peer"`
	Connect   time.Duration `json:"connect_ns"`  // until the channel was open
	Greeted   time.Duration `json:"greeting_ns"` // from then to the end of the greeting
	Greeting  string        `json:"greeting"`
	Server    string        `json:"server"` // the name it gave itself
	Before    []string      `json:"offered_in_clear"`
	After     []string      `json:"offered_under_tls,omitempty"`
	TLS       *TLS          `json:"tls,omitempty"`
	Answers   []Answer      `json:"answers"`
	Findings  []Finding     `json:"findings"`

	before, after session.Extensions
	remarks       []session.Remark
}

// TLS is what the handshake agreed on.
type TLS struct {
	Implicit bool           `json:"implicit"`
	Version  string         `json:"version"`
	Cipher   string         `json:"cipher"`
	Verified bool           `json:"verified"`
	Reason   string         `json:"reason,omitempty"` // why not
	Facts    []session.Fact `json:"facts"`
	// Resumes says whether a second handshake could take up the first, if
	// that was tried: RFC 8446, 2.2.
	Resumes string `json:"resumes,omitempty"`
}

// enforced reports whether a mail could not be begun in the clear.
func (r *Report) enforced() bool {
	for _, a := range r.Answers {
		if !a.Secure && strings.HasPrefix(a.Command, "MAIL") {
			return a.Code == 530
		}
	}
	return false
}

// Fact returns the first fact of the handshake with that key, "" if none.
func (t *TLS) Fact(key string) string { return session.Event{Facts: t.Facts}.Fact(key) }

// Answer is a command and what it was answered.
type Answer struct {
	Command string        `json:"command"`
	Secure  bool          `json:"under_tls"`
	Code    session.Code  `json:"code"` // 0 if there was no answer
	Reply   string        `json:"reply"`
	Took    time.Duration `json:"took_ns"`
}

// Finding is something that an operator may want to know, or mend.
type Finding struct {
	Severity session.Severity `json:"-"`
	Weight   string           `json:"severity"` // the severity in words
	Text     string           `json:"text"`
	Source   string           `json:"source"` // "RFC 5321, 4.1.4"
}
