// Package lazy has regular expressions that cost nothing until they are asked:
// there are some dozens for pasted and imported text, and most runs of the
// program read neither.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp compiles text when the function it returns is first called. That one
// is safe for several goroutines, and panics if text is no regular expression.
func Regexp(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
