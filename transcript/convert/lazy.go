package convert

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first asked:
// most runs of the program import nothing, and need not wait for it.
type pattern struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

func lazily(text string) *pattern { return &pattern{text: text} }

func (p *pattern) regexp() *regexp.Regexp {
	p.once.Do(func() { p.re = regexp.MustCompile(p.text) })
	return p.re
}

func (p *pattern) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return p.regexp().FindAllStringSubmatchIndex(s, n)
}
func (p *pattern) FindString(s string) string           { return p.regexp().FindString(s) }
func (p *pattern) FindStringIndex(s string) []int       { return p.regexp().FindStringIndex(s) }
func (p *pattern) FindStringSubmatch(s string) []string { return p.regexp().FindStringSubmatch(s) }
func (p *pattern) FindStringSubmatchIndex(s string) []int {
	return p.regexp().FindStringSubmatchIndex(s)
}
func (p *pattern) Match(b []byte) bool                { return p.regexp().Match(b) }
func (p *pattern) MatchString(s string) bool          { return p.regexp().MatchString(s) }
func (p *pattern) ReplaceAll(src, with []byte) []byte { return p.regexp().ReplaceAll(src, with) }
func (p *pattern) ReplaceAllString(src, with string) string {
	return p.regexp().ReplaceAllString(src, with)
}
func (p *pattern) Split(s string, n int) []string { return p.regexp().Split(s, n) }
