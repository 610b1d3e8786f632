package transcript

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"

	"ehlo/transcript/lazy"
)

// look finds secrets by what they look like, line by line, in text of any
// kind: the output of swaks, a log, a letter to a mailing list.
type look struct {
	asked string // what a server asked for in one of the lines before
	left  int    // how many lines that is good for
}

var (
	authWord   = lazy.Regexp(`(?i)\bAUTH[ =]([A-Z0-9_-]{3,20}) +([A-Za-z0-9+/]{4,}={0,2})([^ \t\r]*)`)
	challenge  = lazy.Regexp(`\b334[ -]([A-Za-z0-9+/]{4,}={0,2})`)
	verdict    = lazy.Regexp(`(?:^|[^0-9A-Za-z+/=])[245]\d\d[ -]`)
	jwt        = lazy.Regexp(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)
	bearer     = lazy.Regexp(`(?i)\bbearer[ =:]+([A-Za-z0-9._~+/-]{16,})`)
	privateKey = lazy.Regexp(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----`)
	option     = lazy.Regexp(`(?:--auth-password|--password|\s-ap|--proxy-password)[ =]+(\S+)`)
	curlUser   = lazy.Regexp(`\bcurl\b.*\s(?:-u|--user)[ =]*'?"?[^\s:'"]+:([^\s'"]+)`)
	userInURL  = lazy.Regexp(`\b[a-z]+://[^\s/:@]+:([^\s/@]+)@`)
	address    = lazy.Regexp(`[A-Za-z0-9._%+=-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})`)
)

// line says what should not be public in a line, and where it begins.
func (l *look) line(line []byte, o LintOptions) (text string, at int) {
	if text, at = l.response(line); text != "" {
		return text, at
	}
	if !o.Addresses && !suspicious(line) {
		return base64Credentials(line)
	}
	for _, m := range authWord().FindAllSubmatchIndex(line, -1) {
		mech, word := string(line[m[2]:m[3]]), line[m[4]:m[5]]
		if !mechanismName(string(line[m[4]:m[7]])) && plausible(mech, word) {
			return "what gives access stands behind AUTH " + strings.ToUpper(mech), m[4]
		}
	}
	if text, at = base64Credentials(line); text != "" {
		return text, at
	}
	for _, rule := range []struct {
		re   func() *regexp.Regexp
		text string
	}{
		{jwt, "a token (JWT)"}, {bearer, "a bearer token"}, {privateKey, "a private key"},
		{option, "a password on a command line"}, {curlUser, "a password on a command line"}, {userInURL, "a password in a URL"},
	} {
		if m := rule.re().FindSubmatchIndex(line); m != nil {
			if last := len(m) - 2; !notSecret(line[m[last]:m[last+1]]) {
				return rule.text, m[last]
			}
		}
	}
	if o.Addresses {
		for _, m := range address().FindAllSubmatchIndex(line, -1) {
			if !reserved(string(line[m[2]:m[3]])) {
				return "an address that may be somebody's: " + string(line[m[0]:m[1]]), m[0]
			}
		}
	}
	return "", 0
}

// response finds what follows a challenge that asks for a name or a password.
func (l *look) response(line []byte) (text string, at int) {
	var m []int
	if bytes.Contains(line, []byte("334")) {
		m = challenge().FindSubmatchIndex(line)
	}
	if m != nil {
		p, err := base64.StdEncoding.DecodeString(string(line[m[2]:m[3]]))
		if asked := strings.ToLower(string(p)); err == nil && (strings.HasPrefix(asked, "user") || strings.HasPrefix(asked, "pass")) {
			l.asked, l.left = "the name of a login", 3
			if asked[0] == 'p' {
				l.asked = "a password"
			}
			return "", 0
		}
	}
	if l.left == 0 {
		return "", 0
	}
	l.left--
	if verdict().Match(line) {
		l.left = 0
		return "", 0
	}
	// The last word; those before it may be times and arrows.
	words := bytes.FieldsFunc(bytes.ReplaceAll(line, []byte(`\r\n`), []byte(" ")), func(r rune) bool { return r <= ' ' || r == '\'' || r == '"' })
	if len(words) == 0 {
		return "", 0
	}
	word := words[len(words)-1]
	p, err := base64.StdEncoding.DecodeString(string(word))
	if err != nil || len(p) == 0 || !utf8.Valid(p) || forbidden(p) >= 0 {
		return "", 0
	}
	l.left = 0
	return l.asked + " in base64", bytes.LastIndex(line, word)
}

// clues are what the lines have that the slower rules are for.
var clues = [][]byte{[]byte("AUTH"), []byte("auth"), []byte("Auth"), []byte("eyJ"), []byte("earer"), []byte("EARER"),
	[]byte("PRIVATE KEY"), []byte("--"), []byte("-ap"), []byte("curl"), []byte("://")}

// suspicious reports whether a line is worth a closer look: of millions of
// lines of content hardly one is.
func suspicious(line []byte) bool {
	for _, clue := range clues {
		if bytes.Contains(line, clue) {
			return true
		}
	}
	return false
}

// base64Credentials finds words of base64 that hold a name and a password.
func base64Credentials(line []byte) (text string, at int) {
	for from := 0; from < len(line); from++ {
		to := from
		for to < len(line) && base64Octet[line[to]] {
			to++
		}
		if to-from >= 12 {
			word := line[from:to]
			for to < len(line) && line[to] == '=' && to-from-len(word) < 2 {
				to++
			}
			if text := credentials(line[from:to]); text != "" {
				return text, from
			}
		}
		from = to
	}
	return "", 0
}

var base64Octet = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = true
	}
	return t
}()

// plausible reports whether a word can be the initial response of a mechanism.
func plausible(mech string, word []byte) bool {
	p, err := base64.StdEncoding.DecodeString(string(word))
	if err != nil || len(p) == 0 {
		return false
	}
	if strings.EqualFold(mech, "PLAIN") {
		return bytes.Count(p, []byte{0}) == 2
	}
	return !strings.EqualFold(mech, "LOGIN") || utf8.Valid(p) && forbidden(p) < 0
}

// credentials says what base64 holds that gives access: RFC 4616, 2 and
// RFC 7628, 3.1.
func credentials(word []byte) string {
	if len(word)%4 != 0 || len(word) > 8192 {
		return ""
	}
	p, err := base64.StdEncoding.DecodeString(string(word))
	if err != nil {
		return ""
	}
	if bytes.Contains(p, []byte("auth=Bearer ")) {
		return "a bearer token in base64"
	}
	parts := bytes.Split(p, []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 || len(parts[2]) == 0 {
		return ""
	}
	for _, part := range parts {
		if !utf8.Valid(part) || forbidden(part) >= 0 {
			return ""
		}
	}
	return "a name and a password in base64"
}

// notSecret reports whether a word only stands for a secret.
func notSecret(word []byte) bool {
	text := string(bytes.Trim(word, `'"`))
	return text == "" || strings.Trim(text, "*x•.X-") == "" || strings.ContainsAny(text[:1], "$<%{[") ||
		strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:") || strings.HasPrefix(text, "command:")
}

func mechanismName(word string) bool {
	word = strings.ToUpper(word)
	switch word {
	case "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "GSSAPI", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS", "KERBEROS", "XOAUTH", "MSN":
		return true
	}
	return strings.HasPrefix(word, "SCRAM-")
}

// reserved reports whether a domain belongs to nobody: RFC 2606 and RFC 6761.
func reserved(domain string) bool {
	domain = strings.ToLower(domain)
	labels := strings.Split(domain, ".")
	switch labels[len(labels)-1] {
	case "example", "test", "invalid", "localhost", "local", "localdomain", "arpa":
		return true
	}
	if len(labels) < 2 || labels[len(labels)-2] != "example" {
		return false
	}
	switch labels[len(labels)-1] {
	case "com", "net", "org", "edu":
		return true
	}
	return false
}
