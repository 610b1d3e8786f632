package transcript

import (
	"fmt"
	"slices"
	"strings"
)

// Level says how strictly replies are compared.
type Level uint8

const (
	// ByCode: what clients act on. Codes strictly, enhanced codes if the
	// recording has them, offered keywords as a set. Texts are notes: people
	// word them anew with each release.
	ByCode Level = iota
	// ByText: the texts too, after normalising, the number of lines and the
	// parameters of what is offered.
	ByText
	// ByOctets: every octet as it was, but not how the network cut them.
	ByOctets
)

var levels = []string{"code", "text", "octets"}

func (l Level) String() string { return levels[min(int(l), len(levels)-1)] }

// ParseLevel reads code, text or octets.
func ParseLevel(text string) (Level, error) {
	if i := slices.Index(levels, text); i >= 0 {
		return Level(i), nil
	}
	return 0, fmt.Errorf("%q is not known here; there are %s", text, strings.Join(levels, ", "))
}

// aspects are the words that can be ignored.
const aspects = "enhanced, lines, keyword, keyword=NAME, parameter, parameter=NAME, text, octets, ending, tls, tls=FACT, end, time, surplus"

// ParseIgnore reads a list of aspects that do not count, such as
// "enhanced,keyword=SIZE".
func ParseIgnore(list string) ([]string, error) {
	var out []string
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		what, of, _ := strings.Cut(w, "=")
		known := slices.ContainsFunc(strings.Split(aspects, ", "), func(a string) bool {
			name, _, takes := strings.Cut(a, "=")
			return name == what && (of == "" || takes)
		})
		if !known {
			return nil, fmt.Errorf("%q is nothing that can be ignored; there is %s", w, aspects)
		}
		out = append(out, what+strings.TrimSuffix("="+strings.ToUpper(of), "="))
	}
	return out, nil
}
