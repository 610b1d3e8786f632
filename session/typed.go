package session

import "strings"

// Envelopes as people type them: a path without its brackets, and parameters
// behind it.
//
//	alice@example.org RET=HDRS ENVID=42
//	bob@example.com NOTIFY=NEVER, "carol, the second"@example.com

// TypedEnvelope takes an address apart that a person typed. What looks like a
// parameter and stands behind the first word is one.
func TypedEnvelope(text string) Envelope {
	var e Envelope
	words := splitOutside(text, ' ')
	var path []string
	for i, w := range words {
		switch {
		case w == "":
		case (i > 0 && (strings.Contains(w, "=") || isMailbox(words[0])) || strings.Contains(w, "=") && !strings.Contains(w, "@")) && isParameter(w):
			key, value, _ := strings.Cut(w, "=")
			e.Params = append(e.Params, Param{Key: strings.ToUpper(key), Value: value})
		default:
			path = append(path, w)
		}
	}
	e.Path = strings.Join(path, " ")
	return e
}

// TypedEnvelopes reads several, with commas between them.
func TypedEnvelopes(text string) []Envelope {
	var list []Envelope
	for _, part := range splitOutside(text, ',') {
		// A comma inside of a value, as in NOTIFY=SUCCESS,FAILURE, ends no
		// address: what follows it would have no @.
		if n := len(list); n > 0 && len(list[n-1].Params) > 0 && goesOn(part) {
			more := TypedEnvelope("x " + part)
			last := &list[n-1].Params[len(list[n-1].Params)-1]
			first, _, _ := strings.Cut(part, " ")
			last.Value += "," + first
			if len(more.Params) > 0 && more.Params[0].Key == strings.ToUpper(first) {
				more.Params = more.Params[1:]
			}
			list[n-1].Params = append(list[n-1].Params, more.Params...)
			continue
		}
		if e := TypedEnvelope(strings.TrimSpace(part)); e.Path != "" || len(e.Params) > 0 {
			list = append(list, e)
		}
	}
	return list
}

// goesOn reports whether what stands behind a comma is no address of its own.
func goesOn(part string) bool {
	words := strings.Fields(part)
	return len(words) > 0 && part[0] != ' ' && part[0] != '\t' && !strings.Contains(words[0], "@")
}

// splitOutside splits a text at a separator, but not in quotes.
func splitOutside(text string, at byte) []string {
	var parts []string
	from, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == at && !quoted:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// isMailbox tells an address from the first word of a path with a blank in it,
// which somebody may well want to say.
func isMailbox(word string) bool {
	return strings.Contains(word, "@") || strings.EqualFold(word, "postmaster") || word == "<>"
}

// isParameter: RFC 5321, 4.1.2: esmtp-keyword ["=" esmtp-value].
func isParameter(word string) bool {
	key, _, _ := strings.Cut(word, "=")
	if key == "" || key[0] == '-' {
		return false
	}
	for i := range len(key) {
		c := key[i] | 0x20
		if (c < 'a' || c > 'z') && (key[i] < '0' || key[i] > '9') && key[i] != '-' {
			return false
		}
	}
	return true
}

// Typed is the reverse of [TypedEnvelope].
func (e Envelope) Typed() string {
	text := e.Path
	for _, p := range e.Params {
		text += " " + p.String()
	}
	return text
}
