package transcript

import "slices"

// facts and directives are the keys that this version knows. A file of a later
// one may have others: they are kept, and a reader is told once that they say
// nothing here.
var (
	facts = []string{
		headerKey, "recorded", "imported", "resolved", "connect", "tls", "auth", "capture", "failed", "closed", "end", "session",
		"note", "more", "part", "step", "gap", "blob", "secrets",
	}
	directives = []string{
		"connect", "break", "wait", "set", "starttls", "auth", "close", "timeout", "compare", "ignore", "normalise", "skip", "expect",
	}
)

// maxUnknown is how many keys are told of.
const maxUnknown = 20

// notice warns of a key that is not known, the first time that it is met.
func (s *Scanner) notice(it *Item) {
	known, mark := facts, "= "
	switch {
	case it.Kind == Directive:
		known, mark = directives, "@ "
	case it.Kind != Fact:
		return
	}
	key := mark + it.Key
	if slices.Contains(known, it.Key) || len(s.unknown) >= maxUnknown || slices.Contains(s.unknown, key) {
		return
	}
	s.unknown = append(s.unknown, key)
	s.warn(key + " is not known to this version of ehlo: it is kept, and says nothing here")
}
