package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// step makes a session's step of a turn.
func (w *rewriter) step(t *script.Turn, from *transcript.Transcript, values map[string]string) (session.Step, error) {
	st := session.Step{ID: t.ID, Timeout: t.Limit, Why: fmt.Sprintf("line %d of the transcript", t.Line)}
	var octets []byte
	var total, lines int64
	for _, p := range t.Parts {
		if p.Mute {
			return st, fmt.Errorf("line %d: C? says what a client should send; it cannot be sent itself", p.Line)
		}
		if p.Bulk != nil {
			if p.Bulk.Name == "" && p.Bulk.Octets == 0 {
				return st, fmt.Errorf("line %d: %w", p.Line, script.ErrNotKept)
			}
			total += p.Bulk.Octets
			lines += p.Bulk.Lines
			continue
		}
		total += int64(len(p.Data))
		lines++
		if t.Kind == script.TurnContent {
			continue // it is read when it goes out
		}
		data, err := script.Expand(p.Data, p.Vars, values)
		if err != nil {
			return st, fmt.Errorf("line %d: %w", p.Line, err)
		}
		if p.Chunk > 0 && len(w.Refresh) > 0 {
			head := make([]byte, p.Chunk)
			if _, err := io.ReadFull(w.chunks(t, p, from, values), head); err != nil {
				return st, fmt.Errorf("line %d: %w", p.Line, err)
			}
			octets, data = append(octets, head...), data[p.Chunk:]
		}
		octets = append(octets, w.command(p.Verb, data)...)
	}
	if t.Kind == script.TurnSay {
		st.Bytes = octets
		return st, nil
	}
	st.Content = &session.Content{Wire: true, Octets: total, Lines: lines, Open: func() (io.ReadCloser, error) {
		if p := t.Parts[0]; p.Chunk > 0 && len(w.Refresh) > 0 {
			return io.NopCloser(io.LimitReader(w.chunks(t, p, from, values), total)), nil
		}
		return w.content(&script.Reader{From: from, Parts: t.Parts, Values: values}), nil
	}}
	return st, nil
}

// Rewrite says what goes out otherwise than it was recorded. The zero value
// changes nothing.
type Rewrite struct {
	Helo string // the client's name, in EHLO, HELO and LHLO
	From string // the reverse-path
	// Rcpt maps forward-paths: "old@a.example" or "@a.example" or "*" to a
	// path, or to a domain where both begin with @. The first that fits counts.
	Rcpt []Mapping
	// Refresh makes what must be new in a message anew: RefreshDate,
	// RefreshMessageID, RefreshBoundary. Each keeps its length where a BDAT
	// counts octets (RFC 3030, 2).
	Refresh []string
}

// Mapping says that one path stands for another.
type Mapping struct{ From, To string }

// ParseMapping reads FROM=TO.
func ParseMapping(text string) (Mapping, error) {
	at := strings.LastIndex(text, "=") // a local part may hold one
	if at <= 0 {
		return Mapping{}, fmt.Errorf("%q: expected OLD=NEW", text)
	}
	m := Mapping{text[:at], text[at+1:]}
	domain := strings.HasPrefix(m.To, "@")
	if domain && !strings.HasPrefix(m.From, "@") && m.From != "*" || strings.ContainsAny(m.To, "<> \r\n") || m.To == "" {
		return m, fmt.Errorf("%q: NEW is a path, or @DOMAIN where OLD is @DOMAIN or *", text)
	}
	return m, nil
}

// apply returns the path that stands for path.
func (m Mapping) apply(path string) (string, bool) {
	at := strings.LastIndex(path, "@")
	domain := ""
	if at >= 0 {
		domain = path[at:]
	}
	fits := m.From == "*" || strings.EqualFold(m.From, path) || strings.HasPrefix(m.From, "@") && strings.EqualFold(m.From, domain)
	switch {
	case !fits:
		return path, false
	case strings.HasPrefix(m.To, "@") && at >= 0:
		return path[:at] + m.To, true
	}
	return m.To, true
}

// Fits reports whether a transcript has a recipient that the mapping is for.
func (m Mapping) Fits(t *transcript.Transcript) bool {
	return slices.ContainsFunc(t.Events(), func(e session.Event) bool {
		if e.Kind != session.Sent {
			return false
		}
		c := session.ParseCommand(e.Data)
		if c.Verb != "RCPT" {
			return false
		}
		env, err := session.ParseEnvelope("TO", c.Arg)
		_, fits := m.apply(env.Path)
		return err == nil && fits
	})
}

// rewriter applies a Rewrite, and remembers what became of whom.
type rewriter struct {
	Rewrite
	renew renewal
	conns []script.Conn
	sent  chunked          // what was sent of a message in chunks
	then  []normalise.Word // how the recording calls what goes by a token
	now   []normalise.Word
}

// command changes one line of the client.
func (w *rewriter) command(verb string, line []byte) []byte {
	switch verb {
	case "EHLO", "HELO", "LHLO":
		if w.Helo != "" {
			return replaceArgument(line, w.Helo)
		}
	case "MAIL":
		if w.From != "" {
			return w.path(line, "FROM", strings.Trim(w.From, "<>"))
		}
	case "RCPT":
		env, err := session.ParseEnvelope("TO", session.ParseCommand(line).Arg)
		if err != nil {
			return line
		}
		for _, m := range w.Rcpt {
			if path, fits := m.apply(env.Path); fits {
				return w.path(line, "TO", path)
			}
		}
	}
	return line
}

// path puts another path into MAIL or RCPT and leaves the rest as it is.
func (w *rewriter) path(line []byte, keyword, path string) []byte {
	env, err := session.ParseEnvelope(keyword, session.ParseCommand(line).Arg)
	if err != nil {
		return line
	}
	old, put := "<"+env.Path+">", "<"+path+">"
	if env.Bare {
		old, put = env.Path, path
	}
	text := string(line)
	colon := strings.IndexByte(text, ':') + 1
	at := strings.Index(text[colon:], old)
	if at < 0 {
		return line
	}
	at += colon
	token := "recipient"
	if keyword == "FROM" {
		token = "sender"
	}
	w.then = append(w.then, normalise.Word{Text: env.Path, Token: token, Why: "another path was given for it"})
	w.now = append(w.now, normalise.Word{Text: path, Token: token, Why: "another path was given for it"})
	return []byte(text[:at] + put + text[at+len(old):])
}

// replaceArgument keeps the verb as it is written, and the line's end.
func replaceArgument(line []byte, argument string) []byte {
	text := strings.TrimRight(string(line), "\r\n")
	verb, _, _ := strings.Cut(text, " ")
	return append([]byte(verb+" "+argument), line[len(text):]...)
}
