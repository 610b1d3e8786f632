package session

import "bytes"

// Secrets finds what nobody may see unasked in the octets that are about to
// be written. It goes by position, never by looking for a known password,
// which would miss every encoded form: the initial response of AUTH, every
// line that answers a 334 (RFC 4954, 4) or would have, whom XCLIENT logs in, and
// what gives access in the URL of BURL (RFC 4468, 3.2).
func (s State) Secrets(data []byte) []Span { return s.secrets(data) }

func (s *State) secrets(data []byte) []Span {
	if s.Phase == Data || s.out.chunk > 0 { // content
		return nil
	}
	var spans []Span
	known := len(s.out.text) // what was already sent of this line
	line := join(s.out.text, data)
	for at := 0; at < len(line); {
		end := len(line)
		if i := bytes.IndexByte(line[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if from, to, ok := s.secretPart(line[at:end]); ok {
			from, to = max(at+from-known, 0), at+to-known
			if from < to {
				spans = append(spans, Span{from, to})
			}
		}
		at = end
	}
	return spans
}

// secretPart returns the secret part of one line.
func (s *State) secretPart(line []byte) (from, to int, ok bool) {
	text := bytes.TrimRight(line, "\r\n")
	c := ParseCommand(text)
	if s.answersChallenge(c) || s.answersNothing(c, text) {
		return 0, len(text), len(text) > 0 && !bytes.Equal(text, []byte("*"))
	}
	verb := text[blanks(text):]
	verb = verb[:wordLen(verb)]
	switch {
	case bytes.EqualFold(verb, []byte("AUTH")):
		return initialResponse(text)
	case bytes.EqualFold(verb, []byte("XCLIENT")):
		return afterKey(text, "LOGIN=")
	case bytes.EqualFold(verb, []byte("BURL")):
		return secretOfURL(text)
	}
	return 0, 0, false
}

// initialResponse finds what stands behind AUTH and the mechanism. There are
// servers that take blanks in front of a command, and tabs for blanks.
func initialResponse(text []byte) (from, to int, ok bool) {
	for range 2 {
		from += blanks(text[from:])
		from += wordLen(text[from:])
	}
	from += blanks(text[from:])
	rest := text[from:]
	return from, len(text), len(rest) > 0 && !bytes.Equal(rest, []byte("="))
}

// blanks counts those that text begins with.
func blanks(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " \t")) }

// answersChallenge reports whether a line is, or may be, a response: the
// server asked for one, or AUTH is still unanswered and the line is no
// command.
func (s *State) answersChallenge(c Command) bool {
	if s.Phase == Challenged {
		return s.out.response || Source(c.Verb) == ""
	}
	return s.waitsFor("AUTH") && Source(c.Verb) == ""
}

// answersNothing reports whether a line is, or may be, a response that comes too
// late: AUTH was refused, and who types, or a script, goes on with the name and
// the password. Right behind AUTH that is every line that is no command, whatever
// it looks like, but for a slip such as MAILFROM:<…>; later it is one word that is
// not written like a command.
func (s *State) answersNothing(c Command, text []byte) bool {
	if s.Auth != "" || !s.Answers.Auth.refused() || Source(c.Verb) != "" || len(text) == 0 {
		return false
	}
	if s.behindAuth() {
		at := bytes.IndexByte(text, '@')
		return at < 0 || !bytes.ContainsAny(text[:at], ":<")
	}
	if len(text) < 4 {
		return false
	}
	shouted := true
	for _, b := range text {
		if b <= ' ' {
			return false
		}
		shouted = shouted && 'A' <= b && b <= 'Z'
	}
	return !shouted
}

// behindAuth reports whether nothing was said since AUTH but lines without a verb,
// as responses that come too late are.
func (s *State) behindAuth() bool {
	last := s.Last.To
	if n := len(s.Pending); n > 0 {
		last = s.Pending[n-1].Verb
	}
	return last == "AUTH" || last == ""
}

// afterKey finds the word behind a key, which is not case-sensitive.
func afterKey(text []byte, key string) (from, to int, ok bool) {
	at := bytes.Index(bytes.ReplaceAll(upper(text), []byte("\t"), []byte(" ")), []byte(" "+key))
	if at < 0 {
		return 0, 0, false
	}
	from = at + 1 + len(key)
	to = from + wordLen(text[from:])
	return from, to, to > from
}

// upper changes ASCII alone, so that every octet stays in its place.
func upper(text []byte) []byte {
	out := bytes.Clone(text)
	for i, c := range out {
		if 'a' <= c && c <= 'z' {
			out[i] = c - ('a' - 'A')
		}
	}
	return out
}

func wordLen(text []byte) int {
	if n := bytes.IndexAny(text, " \t"); n >= 0 {
		return n
	}
	return len(text)
}

// secretOfURL finds the token of URLAUTH (RFC 4467, 3: what is behind the last
// colon of ;URLAUTH=…), or a password before the host, and all in between if
// there are both.
func secretOfURL(text []byte) (from, to int, ok bool) {
	start := blanks(text) + len("BURL")
	start += blanks(text[start:])
	end := start + wordLen(text[start:])
	url := text[start:end]
	from, to = len(url), 0
	if at := bytes.LastIndex(upper(url), []byte(";URLAUTH=")); at >= 0 {
		value := at + len(";URLAUTH=")
		from, to = value+bytes.LastIndexByte(url[value:], ':')+1, len(url)
	}
	if host := bytes.Index(url, []byte("://")); host >= 0 {
		host += len("://")
		authority := url[host:]
		if n := bytes.IndexByte(authority, '/'); n >= 0 {
			authority = authority[:n]
		}
		at := bytes.LastIndexByte(authority, '@')
		if colon := bytes.IndexByte(authority[:max(at, 0)], ':'); colon >= 0 {
			from, to = min(from, host+colon+1), max(to, host+at)
		}
	}
	return start + from, start + to, from < to
}
