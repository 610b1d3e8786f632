package session

import (
	"errors"
	"net/netip"
	"strings"
)

// Param is a MAIL or RCPT parameter: a keyword, and a value or none
// (RFC 5321, 4.1.2).
type Param struct{ Key, Value string }

func (p Param) String() string {
	if p.Value == "" {
		return p.Key
	}
	return p.Key + "=" + p.Value
}

// Envelope is the argument of MAIL or RCPT.
type Envelope struct {
	Path   string // what stands between the angle brackets: "" is the null reverse-path
	Params []Param
	// Bare is set if the angle brackets are missing, Blank if a blank follows
	// the colon: many clients send both, and RFC 5321, 4.1.2 allows neither.
	Bare, Blank bool
}

// ParseEnvelope reads what follows MAIL or RCPT: keyword is "FROM" or "TO".
// It is lenient, since a state must follow what servers accept; whether the
// path is a path, [CheckForwardPath] and [CheckReversePath] say.
func ParseEnvelope(keyword, arg string) (Envelope, error) {
	var e Envelope
	if len(arg) <= len(keyword) || !strings.EqualFold(arg[:len(keyword)], keyword) || arg[len(keyword)] != ':' {
		return e, errors.New("expected " + keyword + ":")
	}
	rest := arg[len(keyword)+1:]
	if trimmed := strings.TrimLeft(rest, " \t"); trimmed != rest {
		rest, e.Blank = trimmed, true
	}
	if strings.HasPrefix(rest, "<") {
		end := pathEnd(rest)
		if end < 0 {
			return e, errors.New("the path has no closing >")
		}
		e.Path, rest = rest[1:end], rest[end+1:]
		if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return e, errors.New("something stands directly behind the >")
		}
	} else {
		e.Bare = true
		e.Path, rest, _ = strings.Cut(rest, " ")
		if e.Path == "" {
			return e, errors.New("the path is missing")
		}
	}
	for word := range strings.FieldsSeq(rest) {
		key, value, _ := strings.Cut(word, "=")
		e.Params = append(e.Params, Param{Key: strings.ToUpper(key), Value: value})
	}
	return e, nil
}

// Param returns the value of a parameter and whether it is there.
func (e Envelope) Param(key string) (string, bool) {
	for _, p := range e.Params {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// pathEnd returns the index of the > that closes s, skipping quoted strings.
func pathEnd(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return i
		}
	}
	return -1
}

// CheckReversePath says what is wrong with a reverse-path, or nil. The null
// reverse-path is "" (RFC 5321, 4.5.5).
func CheckReversePath(path string, utf8 bool) error {
	if path == "" {
		return nil
	}
	if _, _, ok := SplitMailbox(path); !ok {
		return errNoMailbox
	}
	return CheckForwardPath(path, utf8)
}

// CheckForwardPath says what is wrong with a forward-path, or nil (RFC 5321,
// 4.1.2 and 4.5.3.1). Letters outside ASCII are allowed if utf8 is set (RFC
// 6531, 3.3).
func CheckForwardPath(path string, utf8 bool) error {
	if len(path) > 254 { // RFC 5321, 4.5.3.1.3: a path has 256 octets at most, brackets included
		return errors.New("the path is longer than 256 octets")
	}
	if strings.HasPrefix(path, "@") { // RFC 5321, 4.1.2: a source route must be accepted and should be ignored
		route, mailbox, ok := strings.Cut(path, ":")
		if !ok {
			return errors.New("the source route has no colon")
		}
		if err := checkRoute(route, utf8); err != nil {
			return err
		}
		path = mailbox
	}
	local, domain, ok := SplitMailbox(path)
	if !ok {
		if strings.EqualFold(path, "postmaster") { // RFC 5321, 4.1.1.3: RCPT TO:<Postmaster> needs no domain
			return nil
		}
		return errNoMailbox
	}
	if err := checkLocal(local, utf8); err != nil {
		return err
	}
	return CheckDomain(domain, utf8)
}

var errNoMailbox = errors.New("a mailbox is local-part@domain")

// RFC 5321, 4.1.2: A-d-l = At-domain *( "," At-domain )
func checkRoute(route string, utf8 bool) error {
	for hop := range strings.SplitSeq(route, ",") {
		domain, at := strings.CutPrefix(hop, "@")
		if !at || CheckDomain(domain, utf8) != nil {
			return errors.New("the source route is no list of @domain")
		}
	}
	return nil
}

// SplitMailbox splits at the last @: a domain has none, a quoted local part may
// have some (RFC 5321, 4.1.2).
func SplitMailbox(mailbox string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(mailbox, '@')
	if i <= 0 || i == len(mailbox)-1 {
		return mailbox, "", false
	}
	return mailbox[:i], mailbox[i+1:], true
}

func checkLocal(local string, utf8 bool) error {
	if len(local) > 64 { // RFC 5321, 4.5.3.1.1
		return errors.New("the local-part is longer than 64 octets")
	}
	if len(local) >= 2 && local[0] == '"' && local[len(local)-1] == '"' {
		inner := local[1 : len(local)-1]
		for i := 0; i < len(inner); i++ {
			if inner[i] == '\\' {
				i++
				if i == len(inner) {
					return errors.New("the quoted local-part ends in a backslash")
				}
			} else if inner[i] == '"' {
				return errors.New("the quoted local-part has a quote inside")
			}
			if c := inner[i]; c < ' ' || c == 0x7f || (c >= 0x80 && !utf8) {
				return errors.New("the quoted local-part has a character that is not allowed")
			}
		}
		return nil
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return errors.New("the local-part has an empty atom (two dots, or one at an end)")
		}
		for i := range len(atom) {
			if c := atom[i]; !atext(c) && (c < 0x80 || !utf8) {
				return errors.New("the local-part has a character that must be quoted")
			}
		}
	}
	return nil
}

// CheckDomain says what is wrong with a domain or an address literal, or nil
// (RFC 5321, 4.1.2 and 4.1.3).
func CheckDomain(domain string, utf8 bool) error {
	if strings.HasPrefix(domain, "[") {
		return checkLiteral(domain)
	}
	if len(domain) > 255 { // RFC 5321, 4.5.3.1.2
		return errors.New("the domain is longer than 255 octets")
	}
	for label := range strings.SplitSeq(domain, ".") {
		switch {
		case label == "":
			return errors.New("the domain has an empty label")
		case len(label) > 63: // RFC 1035, 2.3.4
			return errors.New("a label of the domain is longer than 63 octets")
		case label[0] == '-' || label[len(label)-1] == '-':
			return errors.New("a label of the domain begins or ends with a hyphen")
		}
		for i := range len(label) {
			if c := label[i]; !alnum(c) && c != '-' && (c < 0x80 || !utf8) {
				return errors.New("the domain has a character that is not a letter, a digit or a hyphen")
			}
		}
	}
	return nil
}

func checkLiteral(domain string) error {
	inner, ok := strings.CutSuffix(domain[1:], "]")
	if !ok {
		return errors.New("the address literal has no closing ]")
	}
	if len(inner) > 5 && strings.EqualFold(inner[:5], "IPv6:") {
		if a, err := netip.ParseAddr(inner[5:]); err != nil || !a.Is6() || a.Zone() != "" {
			return errors.New("the literal is no IPv6 address")
		}
		return nil
	}
	if a, err := netip.ParseAddr(inner); err != nil || !a.Is4() {
		return errors.New("an address literal is [192.0.2.1] or [IPv6:2001:db8::1]")
	}
	return nil
}

func alnum(c byte) bool {
	return digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// RFC 5322, 3.2.3
func atext(c byte) bool { return alnum(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0 }
