package transcript

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// maxRepeat is how many octets one C* or S* line may stand for.
const maxRepeat = 1 << 20

var (
	errLine = errors.New("no line of a transcript: it begins with C or S, +, =, @ or #")
	errFile = errors.New(errLine.Error() + "; what other programs print of a session, ehlo import reads")
)

// parse reads one line of a file. The first characters decide.
func (s *Scanner) parse(text []byte) (Item, error) {
	if i := forbidden(text); i >= 0 {
		return Item{}, &columnError{i, fmt.Errorf(`the octet \x%02x must be written as an escape, in quotes`, text[i])}
	}
	if len(text) == 0 {
		return Item{Kind: Blank}, nil
	}
	var item Item
	var err error
	switch text[0] {
	case 'C', 'S':
		item, err = s.side(text)
	case '+':
		item, err = parseTime(text)
	case '=':
		if item, err = keyed(Fact, text); err == nil {
			err = s.version(item)
		}
	case '@':
		item, err = keyed(Directive, text)
	case '#':
		item = Item{Kind: Comment, Text: string(bytes.TrimPrefix(text[1:], []byte{' '}))}
	default:
		err = errLine
	}
	return item, err
}

// shift moves the place of an error to the right.
func shift(err error, by int) error {
	if err == nil || by == 0 {
		return err
	}
	var at *columnError
	if errors.As(err, &at) {
		return &columnError{at.at + by, at.err}
	}
	return &columnError{by, err}
}

// version knows the header. The version changes only when an old reader would
// misread octets.
func (s *Scanner) version(item Item) error {
	if item.Key != "smtp-transcript" {
		return nil
	}
	s.exact = true
	if item.Text != "1" {
		return fmt.Errorf("the file has version %q of the format; this program reads version 1", item.Text)
	}
	return nil
}

// side reads what begins with C or S.
func (s *Scanner) side(text []byte) (Item, error) {
	item := Item{Kind: Octets, Dir: Dir(text[0])}
	if len(text) < 2 {
		return item, errLine
	}
	item.Op = text[1]
	rest := text[2:]
	switch item.Op {
	case ':':
		return s.literal(item, rest)
	case '"':
		return s.quoted(item, rest)
	case '6':
		return s.base64(item, rest)
	}
	if len(rest) > 0 && rest[0] != ' ' || len(rest) == 0 && item.Op != '>' {
		return item, &columnError{1, fmt.Errorf("unknown operator behind %c, or no blank behind it", item.Dir)}
	}
	rest = bytes.TrimPrefix(rest, []byte{' '})
	var err error
	switch item.Op {
	case '>':
		item.Data, item.Vars, err = unquote(s.take(len(rest)+2), 0, rest)
		item.Data = s.put(append(item.Data, "\r\n"...))
		return item, shift(err, len(text)-len(rest))
	case '*':
		item, err = repeated(item, rest)
		return item, shift(err, len(text)-len(rest))
	case '@':
		item.Bulk, err = parseBulk(string(rest))
		return item, shift(err, len(text)-len(rest))
	case '?', '+', '!':
		item.Kind = Expect
		item.Text = string(bytes.TrimRight(rest, " \t"))
		item.Pattern, err = NewPattern(item.Text, item.Dir == FromServer)
		return item, shift(err, len(text)-len(rest))
	}
	return item, &columnError{1, fmt.Errorf("unknown operator behind %c", item.Dir)}
}

// take and put borrow room of the arena for octets whose number is not known
// beforehand.
func (s *Scanner) take(most int) []byte {
	if cap(s.arena)-len(s.arena) < most {
		s.arena = make([]byte, 0, max(maxLine, most))
	}
	n := len(s.arena)
	return s.arena[n:n:cap(s.arena)]
}

func (s *Scanner) put(data []byte) []byte {
	if n := len(s.arena); len(data) > 0 && n+len(data) <= cap(s.arena) && &s.arena[:n+1][n] == &data[0] {
		s.arena = s.arena[:n+len(data)]
	}
	return data[:len(data):len(data)]
}

// literal: what stands there is what was on the wire, no escapes, no variables.
func (s *Scanner) literal(item Item, rest []byte) (Item, error) {
	switch {
	case len(rest) == 0:
	case rest[0] == ' ':
		rest = rest[1:]
	default:
		return item, &columnError{2, errors.New("a blank belongs behind the colon")}
	}
	item.Data = s.keep(rest, "\r\n")
	return item, nil
}

func (s *Scanner) quoted(item Item, rest []byte) (Item, error) {
	body, ok := bytes.CutSuffix(bytes.TrimRight(rest, " \t"), []byte{'"'})
	if !ok {
		return item, &columnError{1, errors.New("the quote is not closed")}
	}
	data, vars, err := unquote(s.take(len(body)), 0, body)
	item.Data, item.Vars = s.put(data), vars
	return item, shift(err, 2)
}

func (s *Scanner) base64(item Item, rest []byte) (Item, error) {
	if !bytes.HasPrefix(rest, []byte("4 ")) {
		return item, &columnError{1, fmt.Errorf("unknown operator behind %c", item.Dir)}
	}
	body := bytes.TrimSpace(rest[2:])
	data := s.take(base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Decode(data[:cap(data)], body)
	if err != nil || len(body) == 0 {
		return item, &columnError{4, errors.New("this is no base64; each line decodes by itself")}
	}
	item.Data = s.put(data[:n])
	return item, nil
}

// repeated reads n "bytes".
func repeated(item Item, rest []byte) (Item, error) {
	number, body, _ := bytes.Cut(rest, []byte{' '})
	n, err := strconv.ParseUint(string(number), 10, 31)
	if err != nil || n == 0 {
		return item, errors.New("expected a number of repeats, 1 or more")
	}
	body, ok := bytes.CutPrefix(bytes.TrimRight(body, " \t"), []byte{'"'})
	body, closed := bytes.CutSuffix(body, []byte{'"'})
	if !ok || !closed {
		return item, errors.New("expected octets in quotes")
	}
	data, vars, err := unquote(nil, 0, body)
	if err != nil {
		return item, shift(err, len(number)+2)
	}
	if n > maxRepeat || int(n)*len(data) > maxRepeat {
		return item, fmt.Errorf("more than %d octets; keep them in a file beside this one", maxRepeat)
	}
	item.Data, item.Vars, item.Count = data, vars, int(n)
	return item, nil
}

// parseBulk reads file key=value… or redacted key=value….
func parseBulk(rest string) (*session.Bulk, error) {
	name, n, err := paramValue(rest)
	if err != nil {
		return nil, err
	}
	b := &session.Bulk{Name: name}
	switch {
	case name == "redacted" && !strings.HasPrefix(rest, `"`):
		b.Name = ""
	case !filepath.IsLocal(name) || strings.ContainsAny(name, `\:`):
		return nil, fmt.Errorf("%q leaves the folder of the transcript", name)
	}
	params, err := ParseParams(rest[n:])
	if err != nil {
		return nil, shift(err, n)
	}
	measured := b.Name == ""
	for _, p := range params {
		var err error
		switch p.Key {
		case "length":
			measured = true
			b.Octets, err = number(p.Value)
		case "offset":
			b.Offset, err = number(p.Value)
		case "lines":
			b.Lines, err = number(p.Value)
		case "sha256":
			b.Sum = p.Value
		case "ends":
			b.MidLine = p.Value == "midline"
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Key, err)
		}
	}
	switch {
	case !measured:
		return nil, errors.New("length= is missing: how many octets of the file are meant")
	case b.Offset > math.MaxInt64-b.Octets:
		return nil, errors.New("offset= and length= make more than any file holds")
	}
	return b, nil
}

func number(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of octets", text)
	}
	return int64(n), nil
}

// parseTime reads + seconds, and parameters behind it.
func parseTime(text []byte) (Item, error) {
	item := Item{Kind: Time}
	rest, ok := strings.CutPrefix(string(text), "+ ")
	if !ok {
		return item, errors.New("expected + and seconds")
	}
	seconds, params, _ := strings.Cut(rest, " ")
	var err error
	if item.Wait, err = parseSeconds(seconds); err != nil {
		return item, &columnError{2, err}
	}
	facts, err := ParseParams(params)
	if err != nil {
		return item, shift(err, len(text)-len(params))
	}
	for _, f := range facts {
		if f.Key == "step" {
			item.Step, err = strconv.Atoi(f.Value)
			if err != nil {
				return item, fmt.Errorf("step: %q is no number", f.Value)
			}
		}
	}
	return item, nil
}

func parseSeconds(text string) (time.Duration, error) {
	whole, fraction, point := strings.Cut(text, ".")
	bad := fmt.Errorf("%q is no number of seconds", text)
	if point && fraction == "" || len(fraction) > 9 || len(whole) > 10 {
		return 0, bad
	}
	n, err := strconv.ParseUint(whole+(fraction + "000000000")[:9], 10, 63)
	if err != nil {
		return 0, bad
	}
	return time.Duration(n), nil
}

// keyed reads a fact or a directive.
func keyed(kind ItemKind, text []byte) (Item, error) {
	item := Item{Kind: kind}
	key, ok := strings.CutPrefix(string(text[1:]), " ")
	if !ok {
		return item, fmt.Errorf("expected a blank and a key behind %c", text[0])
	}
	end := 0
	for end < len(key) && keyChar(key[end]) {
		end++
	}
	if end == 0 || end < len(key) && key[end] != ' ' {
		return item, &columnError{2, errors.New("expected a key of letters, digits and hyphens")}
	}
	item.Key = key[:end]
	item.Text = strings.Trim(key[end:], " \t")
	return item, nil
}
