package explain

import (
	"slices"
	"strings"

	"ehlo/session"
)

// Topic is one thing that a question is about, and what the tables know of it.
type Topic struct {
	Words   string  // of the question, as they were written
	Entries []Entry // none if the words are unknown
	// Others are what the same code says to other commands.
	Others []Entry
	Note   string   // what is odd about the question, or ""
	Near   []string // for unknown words: those that are most like them
}

// Ask takes the words of a question apart, in any case. Words that belong
// together are one topic: a code and an enhanced code (550 5.7.1), a command
// and a code (RCPT 550, or 550 RCPT). A parameter may have its sign and a value
// (SIZE=1000), and a word with blanks is a line of a reply.
func Ask(words ...string) []Topic {
	var q question
	for _, w := range words {
		fields := strings.Fields(w)
		if len(fields) > 0 && isCode(firstCode(fields[0])) {
			fields = replyWords(fields)
		}
		for _, f := range fields {
			if n := len(q.words); n > 0 && isPath(q.words[n-1], f) {
				continue
			}
			q.words = append(q.words, f)
		}
	}
	var topics []Topic
	for len(q.words) > 0 {
		topics = append(topics, q.next())
	}
	return topics
}

// question is what of the words is left.
type question struct{ words []string }

func (q *question) take(n int) string {
	taken := strings.Join(q.words[:n], " ")
	q.words = q.words[n:]
	return taken
}

// word returns the i-th that is left, or "".
func (q *question) word(i int) string {
	if i < len(q.words) {
		return q.words[i]
	}
	return ""
}

func (q *question) next() Topic {
	verb, n := q.verb(0)
	switch {
	case verb != "" && isCode(q.word(n)):
		return q.reply(verb, q.word(n), n+1)
	case isCode(q.word(0)):
		if verb, n := q.verb(1); verb != "" && !isCode(q.word(1+n)) {
			return q.reply(verb, q.word(0), 1+n)
		}
		return q.reply("", q.word(0), 1)
	case strings.EqualFold(q.word(0), "RFC") && len(q.words) > 1:
		found := document("RFC " + q.words[1])
		return topic(q.take(2), found)
	}
	if word, key := q.word(0), parameter(q.word(0)); key != "" {
		q.take(1)
		t := topic(word, ofKind("parameter", key))
		if t.Entries == nil {
			t = topic(key, Lookup(key))
			t.Words = word
		}
		return t
	}
	if n := q.term(); n > 0 {
		words := q.take(n)
		return topic(words, Lookup(strings.ReplaceAll(words, " ", "-")))
	}
	word := q.take(1)
	if word == "." {
		return topic(word, find("verb", "DATA", ""))
	}
	if upper := strings.ToUpper(word); strings.HasPrefix(upper, "RFC") {
		if d := document("RFC " + upper[3:]); d != nil {
			return topic(word, d)
		}
	}
	return topic(word, Lookup(word))
}

func topic(words string, found []Entry) Topic {
	t := Topic{Words: words, Entries: found}
	if found == nil {
		t.Near = Nearest(words, 3)
	}
	return t
}

// term returns how many words a term of several words takes, or 0: the tables
// write "null MX" with a hyphen.
func (q *question) term() int {
	for n := min(len(q.words), 3); n > 1; n-- {
		word := strings.ToUpper(strings.Join(q.words[:n], "-"))
		if len(index()[word]) > 0 {
			return n
		}
	}
	return 0
}

// verb returns the command that the words from the i-th on name, and how many
// words that takes.
func (q *question) verb(i int) (string, int) {
	word := strings.ToUpper(q.word(i))
	switch {
	case word == "END" && strings.EqualFold(q.word(i+1), "of") && strings.EqualFold(q.word(i+2), "data"):
		return session.EndOfData, 3
	case word == "." || word == "END-OF-DATA":
		return session.EndOfData, 1
	case word == "GREETING":
		return session.Greeting, 1
	case find("verb", word, "") != nil:
		return word, 1
	}
	return "", 0
}

// reply explains a code, in the context of a verb if there is one; n words have
// been read.
func (q *question) reply(verb, code string, n int) Topic {
	enhanced, ok := session.ParseEnhanced(q.word(n))
	if ok {
		n++
	}
	t := Topic{Words: q.take(n)}
	r := session.Reply{Code: toCode(code), Enhanced: enhanced}
	t.Entries = Reply(verb, r)
	if len(t.Entries) > 2 {
		t.Entries = t.Entries[:2] // the class of the enhanced code says no more than the code
	}
	for _, e := range entries() {
		if e.Kind == "reply code" && e.Word == code && e.Context != "" && verb == "" && !ok {
			t.Others = append(t.Others, e)
		}
	}
	// A person who asks about DATA may mean the content behind it.
	if e := find("reply code", code, session.EndOfData); (verb == "DATA" || verb == "BDAT") && e != nil {
		t.Others = e
	}
	switch {
	case t.Entries == nil:
		t.Near = Nearest(code, 3)
	case ok && enhanced[0] != code[0]:
		t.Note = "The classes do not agree: " + code + " begins with " + code[:1] + ", " + string(enhanced) + " with " + string(enhanced[:1]) + ". RFC 2034, 4 wants the same. A client goes by the three digits."
	}
	return t
}

// replyWords keeps of a reply line what can be explained: the code, and the
// enhanced code.
func replyWords(fields []string) []string {
	code := firstCode(fields[0])
	if rest := strings.TrimPrefix(fields[0], code); len(rest) > 1 { // 550-5.7.1
		fields = slices.Insert(slices.Clone(fields), 1, rest[1:])
	}
	if len(fields) > 1 {
		if _, ok := session.ParseEnhanced(fields[1]); ok {
			return []string{code, fields[1]}
		}
	}
	return []string{code}
}

// firstCode returns the code of 550, 550- or 550-5.7.1.
func firstCode(word string) string {
	if len(word) > 3 && word[3] == '-' {
		return word[:3]
	}
	return word
}

// isPath reports whether a word is the FROM:<…> of a MAIL or the TO:<…> of a
// RCPT, which need no words of their own.
func isPath(verb, word string) bool {
	word = strings.ToUpper(word)
	return strings.EqualFold(verb, "MAIL") && strings.HasPrefix(word, "FROM:") ||
		strings.EqualFold(verb, "RCPT") && strings.HasPrefix(word, "TO:")
}

// isCode reports whether a word is three digits.
func isCode(word string) bool {
	return len(word) == 3 && strings.Trim(word, "0123456789") == ""
}

func toCode(word string) session.Code {
	return session.Code(word[0]-'0')*100 + session.Code(word[1]-'0')*10 + session.Code(word[2]-'0')
}

// parameter returns the key of KEY= or KEY=value in upper case, or "".
func parameter(word string) string {
	key, _, ok := strings.Cut(word, "=")
	if !ok {
		return ""
	}
	return strings.ToUpper(key)
}

func ofKind(kind, word string) []Entry {
	var list []Entry
	for _, e := range Lookup(word) {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// document explains what a source refers to.
func document(name string) []Entry {
	for _, d := range documents() {
		if d.Name != name {
			continue
		}
		e := Entry{Word: d.Name, Kind: "document", Title: d.Title, Text: "It defines nothing that a table here names.", Source: d.Name}
		var words []string
		for _, other := range entries() {
			if slices.ContainsFunc(Cite(other.Source), func(c Cited) bool { return c.Name == name }) && !slices.Contains(words, other.Word) {
				words = append(words, other.Word)
			}
		}
		if len(words) > 0 {
			e.Text = "The source of " + strings.Join(words[:min(len(words), 24)], ", ")
			if len(words) > 24 {
				e.Text += ", and more"
			}
			e.Text += "."
		}
		return []Entry{e}
	}
	return nil
}

// Shelf is a kind of fact and its words.
type Shelf struct {
	Kind  string
	Words []string
}

// Shelves returns what can be explained, kind by kind.
func Shelves() []Shelf {
	var all []Shelf
	for _, k := range kinds {
		shelf := Shelf{Kind: k.kind}
		for _, e := range entries() {
			if e.Kind == k.kind && !slices.Contains(shelf.Words, e.Word) {
				shelf.Words = append(shelf.Words, e.Word)
			}
		}
		all = append(all, shelf)
	}
	return all
}
