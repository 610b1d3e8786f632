package explain

import (
	"io/fs"
	"strings"
	"sync"
)

// Document is what a source refers to. The table of documents is the one place
// that knows their titles, and which of them replaces another: when RFC 5321
// gives way to a new one, its row says so and no other row changes.
type Document struct {
	Name     string // as sources name it: "RFC 5321"
	Title    string
	Replaced string // the name of the document that replaces it, or ""
}

var documents = sync.OnceValue(func() []Document {
	p, err := fs.ReadFile(facts, "facts/documents.tsv")
	if err != nil {
		panic(err) // the file is embedded
	}
	var all []Document
	for line := range strings.Lines(string(p)) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		title, replaced, _ := strings.Cut(rest, "\t")
		all = append(all, Document{name, title, replaced})
	}
	return all[1:]
})

// Documents returns every document that a source may refer to, RFCs first.
func Documents() []Document { return append([]Document(nil), documents()...) }

// Cited is a document and the place in it.
type Cited struct {
	Document
	Section string // "4.1.1.4 and 6.1", or ""
}

// String writes it for people: the document, the section, the title, and what
// replaces it.
func (c Cited) String() string {
	text := c.Name
	if c.Section != "" {
		text += ", " + c.Section
	}
	if c.Title != "" {
		text += " (" + c.Title + ")"
	}
	if c.Replaced != "" {
		text += ", now " + c.Replaced
	}
	return text
}

// Cite takes a source such as "RFC 5321, 4.2.3; RFC 1870, 6" apart. A document
// that is in no table has no title.
func Cite(source string) []Cited {
	var list []Cited
	for part := range strings.SplitSeq(source, ";") {
		name, section, _ := strings.Cut(strings.TrimSpace(part), ", ")
		if name == "" {
			continue
		}
		c := Cited{Document{Name: name}, section}
		for _, d := range documents() {
			if d.Name == name {
				c.Document = d
			}
		}
		list = append(list, c)
	}
	return list
}
