package explain

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"ehlo/session"
)

//go:embed facts/*.tsv
var facts embed.FS

// Entry is one fact.
type Entry struct {
	Word    string // as it stands on the wire
	Kind    string // reply code, enhanced code, verb, keyword, parameter, mechanism, limit, term; document
	Context string // the verb that a reply answers, if it means something special there
	Title   string // in a few words
	Text    string // in a sentence or two
	Who     string // who made the mistake, if anybody did
	Next    string // what a client should do next
	Source  string // "RFC 5321, 4.2.3"
}

// kinds gives the file of each kind, in the order in which a word is looked
// up.
var kinds = []struct{ kind, file string }{
	{"reply code", "replies"}, {"enhanced code", "enhanced"}, {"verb", "verbs"},
	{"keyword", "keywords"}, {"parameter", "parameters"}, {"mechanism", "mechanisms"}, {"limit", "limits"}, {"term", "terms"},
}

// entries reads the tables, once.
var entries = sync.OnceValue(func() []Entry {
	var all []Entry
	for _, k := range kinds {
		p, err := fs.ReadFile(facts, "facts/"+k.file+".tsv")
		if err != nil {
			panic(err) // the files are embedded
		}
		rows, err := parse(k.kind, string(p))
		if err != nil {
			panic(fmt.Sprintf("%s.tsv: %v", k.file, err)) // TestTables reads them all
		}
		all = append(all, rows...)
	}
	return all
})

// index finds the entries of a word, which is in upper case. The tables write
// classes as 2yz; find looks for them as they stand there.
var index = sync.OnceValue(func() map[string][]int {
	byWord := map[string][]int{}
	for i, e := range entries() {
		upper := strings.ToUpper(e.Word)
		byWord[upper] = append(byWord[upper], i)
		if upper != e.Word {
			byWord[e.Word] = append(byWord[e.Word], i)
		}
	}
	return byWord
})

// columns of every table.
const columns = "word\tcontext\ttitle\ttext\twho\tnext\tsource"

func parse(kind, table string) ([]Entry, error) {
	var rows []Entry
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if i == 0 {
			if line != columns {
				return nil, fmt.Errorf("line 1: the columns are %q", columns)
			}
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) != 7 {
			return nil, fmt.Errorf("line %d: %d columns instead of 7", i+1, len(c))
		}
		rows = append(rows, Entry{c[0], kind, c[1], c[2], c[3], c[4], c[5], c[6]})
	}
	return rows, nil
}

// Lookup returns every fact about a word, in any case.
func Lookup(word string) []Entry {
	var found []Entry
	for _, i := range index()[strings.ToUpper(word)] {
		found = append(found, entries()[i])
	}
	if len(found) == 0 {
		found = general(word)
	}
	return found
}

// general explains a code that is in no table by its class.
func general(word string) []Entry {
	if e, ok := session.ParseEnhanced(word); ok {
		return enhanced(e)
	}
	if len(word) == 3 && strings.Trim(word, "0123456789") == "" {
		return find("reply code", word[:1]+"yz", "")
	}
	return nil
}

func find(kind, word, context string) []Entry {
	for _, i := range index()[word] {
		if e := entries()[i]; e.Kind == kind && e.Word == word && e.Context == context {
			return []Entry{e}
		}
	}
	return nil
}

// Reply explains a reply to a verb: the code as it is meant there, then the
// enhanced code.
func Reply(verb string, r session.Reply) []Entry {
	if verb == "LHLO" { // RFC 2033, 4.1: it means what EHLO does
		verb = "EHLO"
	}
	code := r.Code.String()
	found := find("reply code", code, verb)
	if found == nil {
		found = find("reply code", code, "")
	}
	if found == nil {
		found = find("reply code", code[:1]+"yz", "")
	}
	if r.Enhanced != "" {
		found = append(found, enhanced(r.Enhanced)...)
	}
	return found
}

// Parameter explains a parameter of a verb, in any case: SMTPUTF8 of MAIL is
// not that of VRFY.
func Parameter(verb, key string) []Entry {
	var found []Entry
	for _, e := range ofKind("parameter", key) {
		for context := range strings.SplitSeq(e.Context, ", ") {
			if strings.EqualFold(context, verb) {
				found = append(found, e)
			}
		}
	}
	return found
}

// enhanced explains class.subject.detail. The tables give the class only
// where it matters: X.1.1 is for all of 2.1.1, 4.1.1 and 5.1.1.
func enhanced(code session.Enhanced) []Entry {
	class, rest, _ := strings.Cut(string(code), ".")
	subject, _, _ := strings.Cut(rest, ".")
	for _, word := range []string{string(code), "X." + rest, "X." + subject + ".X"} {
		if e := find("enhanced code", word, ""); e != nil {
			e[0].Word = string(code)
			if class == "2" { // nobody made a mistake
				e[0].Who, e[0].Next = "", ""
			}
			return append(e, find("enhanced code", class+".X.X", "")...)
		}
	}
	return find("enhanced code", class+".X.X", "")
}

// Words returns every word once, sorted.
func Words() []string {
	var words []string
	for _, e := range entries() {
		words = append(words, e.Word)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// Nearest returns the words that are most like an unknown one.
func Nearest(word string, most int) []string { return Like(word, Words(), most) }

// Like returns those of words that are most like word, at most that many. Half
// of the letters may differ, in any case; or the word is a piece of another,
// three letters long or more.
func Like(word string, words []string, most int) []string {
	type candidate struct {
		word     string
		distance int
	}
	word = strings.ToUpper(word)
	var near []candidate
	for _, w := range words {
		upper := strings.ToUpper(w)
		d := distance(word, upper)
		switch {
		case len(word) < 3:
		case strings.HasPrefix(upper, word):
			d = min(d, 1)
		case strings.Contains(upper, word):
			d = min(d, 2)
		}
		if d <= max(len(word), len(w))/2 {
			near = append(near, candidate{w, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.distance - b.distance })
	var found []string
	for _, c := range near[:min(most, len(near))] {
		found = append(found, c.word)
	}
	return found
}

// distance counts the letters to add, drop or change (Levenshtein).
func distance(a, b string) int {
	if len(a) > 64 { // nobody's typing error
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
