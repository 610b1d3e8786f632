package message

import (
	"sort"

	"ehlo/session"
)

// Finding is one thing that [Lint] has to say about content.
type Finding struct {
	Line     int64 // from 1; 0 if it is about the content as a whole
	Offset   int64 // octets of the content before it, as it was opened
	Severity session.Severity
	Text     string
	Section  string // "RFC 5322, 2.1.1"
	// More is how many findings of the same kind are not listed. The last one
	// that is listed has it.
	More int64
}

// maxFindings is how many of a kind are listed.
const maxFindings = 20

// rule is one kind of finding.
type rule struct {
	severity session.Severity
	text     string
	section  string
}

// findings keeps a bounded number of each kind.
type findings struct {
	list  []Finding
	kinds map[rule]*kind
}

type kind struct{ count, last int }

func (f *findings) add(line, offset int64, r rule) { f.tell(line, offset, r, "") }

// tell adds a finding with a detail behind the text of its rule.
func (f *findings) tell(line, offset int64, r rule, detail string) {
	k := f.kinds[r]
	if k == nil {
		if f.kinds == nil {
			f.kinds = make(map[rule]*kind)
		}
		k = new(kind)
		f.kinds[r] = k
	}
	if k.count++; k.count > maxFindings {
		f.list[k.last].More++
		return
	}
	k.last = len(f.list)
	f.list = append(f.list, Finding{Line: line, Offset: offset, Severity: r.severity, Text: r.text + detail, Section: r.section})
}

// sorted is in the order of the content; what is about all of it comes last.
func (f *findings) sorted() []Finding {
	sort.SliceStable(f.list, func(i, j int) bool {
		a, b := f.list[i], f.list[j]
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line == 0
		}
		return a.Offset < b.Offset
	})
	return f.list
}
