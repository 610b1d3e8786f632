package practice

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ParseScenario reads a scenario file. Errors begin with file:line.
func ParseScenario(file string, r io.Reader) (Scenario, error) {
	sc := Scenario{Name: strings.TrimSuffix(file, extension)}
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !utf8.ValidString(line) {
			return sc, fmt.Errorf("%s:%d: the line is no UTF-8", file, n)
		}
		if err := sc.line(line); err != nil {
			return sc, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return sc, fmt.Errorf("%s:%d: %w", file, n+1, err)
	}
	if sc.Title == "" {
		return sc, fmt.Errorf("%s:1: the title is missing", file)
	}
	return sc, nil
}

func (sc *Scenario) line(line string) error {
	if rest, ok := strings.CutPrefix(line, "on "); ok {
		r, err := parseRule(rest)
		sc.rules = append(sc.rules, r)
		return err
	}
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return fmt.Errorf("expected \"key: value\" or \"on WHAT: ACTION\"")
	}
	if text := sc.words(key); text != nil {
		*text = value
		return nil
	}
	if list := sc.list(key); list != nil {
		*list = append(*list, strings.Fields(value)...)
		return nil
	}
	return sc.setting(key, value)
}

// words returns where the text of a key goes, or nil.
func (sc *Scenario) words(key string) *string {
	switch key {
	case "title":
		return &sc.Title
	case "chapter":
		return &sc.Chapter
	case "notice":
		return &sc.Notice
	case "source":
		return &sc.Source
	case "network":
		return &sc.network
	case "from":
		return &sc.From
	case "to":
		return &sc.To
	}
	return nil
}

// list returns where the words of a key go, or nil.
func (sc *Scenario) list(key string) *[]string {
	switch key {
	case "also":
		return &sc.Also
	case "withhold":
		return &sc.withhold
	case "mechanisms":
		return &sc.mechanisms
	case "mailboxes":
		return &sc.mailboxes
	}
	return nil
}

func (sc *Scenario) setting(key, value string) error {
	var err error
	switch key {
	case "offer":
		sc.offer = append(sc.offer, value)
	case "greeting":
		sc.greeting = value
		err = checkPlaceholders(value)
	case "hello":
		sc.hello = value
		err = checkPlaceholders(value)
	case "require":
		for _, word := range strings.Fields(strings.ToUpper(value)) {
			err = oneOf("require", word, "STARTTLS", "AUTH")
			sc.require = append(sc.require, word)
		}
	case "protocol":
		sc.lmtp = strings.EqualFold(value, "LMTP")
		err = oneOf(key, strings.ToUpper(value), "SMTP", "LMTP")
	case "tls":
		sc.implicitTLS = true
		err = oneOf(key, value, "implicit")
	case "login":
		sc.nobody = true
		err = oneOf(key, value, "refused")
	case "content":
		sc.spoils = value
		err = oneOf(key, value, "dots-kept", "seven-bit")
	case "certificate":
		sc.certificate = value
		err = oneOf(key, value, "expired", "other-name", "untrusted", "self-signed", "stapled", "revoked")
	default:
		err = fmt.Errorf("%q is no key; there are title, chapter, notice, source, from, to, also, greeting, hello, offer, withhold, require, "+
			"mechanisms, login, mailboxes, content, protocol, tls, certificate, network", key)
	}
	return err
}

func oneOf(key, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	verb := "are"
	if len(known) == 1 {
		verb = "is"
	}
	return fmt.Errorf("%s %q: there %s %s", key, value, verb, strings.Join(known, ", "))
}
