package serve

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// Match says how a server that plays a transcript recognises what a client
// says. Patterns (C?) are matched as they stand, whatever is chosen;
// verbs are the same in any case.
type Match uint8

const (
	// MatchVerb goes by the verb, for AUTH the mechanism too. Parameters that
	// are missing or too many are a problem, and answered as recorded.
	MatchVerb Match = iota
	// MatchText wants the same words, but for names, addresses and dates.
	MatchText
	// MatchOctets wants each line and all content as they were recorded. Content
	// that differs is a problem, and answered as recorded.
	MatchOctets
	// MatchAny answers each verb by the next reply to that verb which was not
	// used yet, in whatever order the client goes.
	MatchAny
)

var matches = []string{"verb", "text", "octets", "any"}

func (m Match) String() string { return matches[min(int(m), len(matches)-1)] }

// ParseMatch reads verb, text, octets or any.
func ParseMatch(text string) (Match, error) {
	i, err := oneOf(matches, text)
	return Match(i), err
}

// Mismatch says what a server does about a client that does not follow.
type Mismatch uint8

const (
	MismatchReply Mismatch = iota // answer 503 and say why, go on
	MismatchClose                 // close the connection
	MismatchExit                  // close the server
)

var mismatches = []string{"reply", "close", "exit"}

func (m Mismatch) String() string { return mismatches[min(int(m), len(mismatches)-1)] }

// ParseMismatch reads reply, close or exit.
func ParseMismatch(text string) (Mismatch, error) {
	i, err := oneOf(mismatches, text)
	return Mismatch(i), err
}

// said is what a client has said.
type said struct {
	session.Pending
	octets []byte // the line; nil if it came in pieces
}

// follows reports whether the client said what the unit is. what says which part
// of it does not fit if that is told, and answered all the same.
func follows(u *script.Unit, m Match, s said, then, now normalise.Names) (ok bool, what string) {
	if u.Verb != s.Verb || u.Verb == "AUTH" && !sameLogin(u, s) {
		return false, ""
	}
	if u.Verb == session.EndOfData {
		return true, ""
	}
	secret := slices.ContainsFunc(u.Vars, func(v transcript.Var) bool { return v.Secret() })
	switch m {
	case MatchOctets:
		if u.Octets == nil || s.octets == nil || len(u.Vars) > 0 {
			return u.Octets == nil || len(u.Vars) == 0 || bytes.HasPrefix(s.octets, u.Octets[:u.Vars[0].From]), ""
		}
		return bytes.Equal(u.Octets, s.octets), ""
	case MatchText:
		a, _ := then.Replace(strings.TrimSpace(u.Arg))
		b, _ := now.Replace(strings.TrimSpace(s.Arg))
		return secret || len(u.Vars) > 0 || a == b, ""
	}
	return true, params(u, s.Arg)
}

// sameLogin compares mechanism, and whether a response came with it: what
// follows depends on both.
func sameLogin(u *script.Unit, s said) bool {
	if !strings.EqualFold(strings.TrimSpace(u.Arg), strings.TrimSpace(s.Arg)) {
		return false
	}
	return u.Octets == nil || s.octets == nil || (len(bytes.Fields(u.Octets)) > 2) == (len(bytes.Fields(s.octets)) > 2)
}

// params says which parameters of MAIL and RCPT, or which LAST of BDAT, one
// side has and the other has not.
func params(u *script.Unit, arg string) string {
	var then, now []string
	switch u.Verb {
	case "MAIL", "RCPT":
		keyword := "FROM"
		if u.Verb == "RCPT" {
			keyword = "TO"
		}
		then, now = paramKeys(keyword, u.Arg), paramKeys(keyword, arg)
	case "BDAT":
		_, last, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(u.Arg)), " ")
		_, lastNow, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(arg)), " ")
		then, now = strings.Fields(last), strings.Fields(lastNow)
	}
	for _, k := range then {
		if !slices.Contains(now, k) {
			return u.Verb + " without " + k
		}
	}
	for _, k := range now {
		if !slices.Contains(then, k) {
			return u.Verb + " with " + k
		}
	}
	return ""
}

func paramKeys(keyword, arg string) (keys []string) {
	env, _ := session.ParseEnvelope(keyword, arg)
	for _, p := range env.Params {
		keys = append(keys, p.Key)
	}
	return keys
}

// oneOf finds a word in the list of those there are.
func oneOf(words []string, text string) (int, error) {
	i := slices.Index(words, text)
	if i < 0 {
		return 0, fmt.Errorf("%q is not known here; there are %s", text, strings.Join(words, ", "))
	}
	return i, nil
}

// spelt is a line with its verb, FROM: and TO: in the letters that a pattern has
// for them.
//
// RFC 5321, 2.4: verbs and argument keywords are the same in upper and lower case.
func spelt(line, pattern string) string {
	n := strings.IndexAny(pattern, " *$\\") // the end of the verb, or of what is literal
	if n < 0 {
		n = len(pattern)
	}
	for _, whole := range []string{"MAIL FROM:", "RCPT TO:"} {
		if len(pattern) >= len(whole) && strings.EqualFold(pattern[:len(whole)], whole) {
			n = len(whole)
		}
	}
	if len(line) < n || !strings.EqualFold(line[:n], pattern[:n]) {
		return line
	}
	return pattern[:n] + line[n:]
}
