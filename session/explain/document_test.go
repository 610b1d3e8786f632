package explain

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// section is one place in a document, or two.
var section = regexp.MustCompile(`^(Appendix )?([0-9]+|[A-H])(\.[0-9]+)*( and ([0-9]+|[A-H])(\.[0-9]+)*)?$`)

// checkSource says what is wrong with a source, or "".
func checkSource(source string) string {
	list := Cite(source)
	if len(list) == 0 {
		return "no source"
	}
	for _, c := range list {
		switch {
		case c.Title == "":
			return c.Name + " is in no table"
		case strings.HasPrefix(c.Name, "RFC") && !section.MatchString(c.Section):
			return c.Name + " has no section: " + c.Section
		}
	}
	return ""
}

func TestDocuments(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Documents() {
		if seen[d.Name] || d.Title == "" || strings.Contains(d.Replaced, "\t") {
			t.Errorf("%q: %q, %q", d.Name, d.Title, d.Replaced)
		}
		seen[d.Name] = true
	}
	for _, d := range Documents() {
		if d.Replaced != "" && !seen[d.Replaced] {
			t.Errorf("%s is replaced by %s, which is in no table", d.Name, d.Replaced)
		}
	}
}

func TestCite(t *testing.T) {
	var got []string
	for _, c := range Cite("RFC 5321, 4.1.1.4 and 6.1; RFC 2222, 7.1; Postfix XCLIENT; RFC 1") {
		got = append(got, c.String())
	}
	want := []string{
		"RFC 5321, 4.1.1.4 and 6.1 (Simple Mail Transfer Protocol)",
		"RFC 2222, 7.1 (Simple Authentication and Security Layer (SASL)), now RFC 4422",
		"Postfix XCLIENT (documentation of Postfix: XCLIENT_README)",
		"RFC 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if list := Cite(""); list != nil {
		t.Errorf("nothing cites %v", list)
	}
}

// TestWhatIsCitedIsKnown reads the sources out of every file of the program
// that shows them to people. The table of documents has to know them all: it is
// the one place where an RFC gets another number.
func TestWhatIsCitedIsKnown(t *testing.T) {
	quoted := regexp.MustCompile("[\"`](RFC [0-9]+, [^\"`%]*)[\"`]")
	cited := 0
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		p, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range quoted.FindAllStringSubmatch(string(p), -1) {
			cited++
			for _, c := range Cite(m[1]) {
				if c.Title == "" {
					t.Errorf("%s: %q: %s is in no table", name, m[1], c.Name)
				}
			}
		}
		return nil
	})
	if err != nil || cited < 100 {
		t.Errorf("%d sources found, %v", cited, err)
	}
}
