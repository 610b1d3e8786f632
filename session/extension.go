package session

import "strings"

// Extension is one line of the reply to EHLO or LHLO: a keyword and its
// parameters (RFC 5321, 4.1.1.1).
type Extension struct {
	Keyword string // in upper case
	Params  string // as sent
}

func (x Extension) String() string {
	if x.Params == "" {
		return x.Keyword
	}
	return x.Keyword + " " + x.Params
}

// Extensions is what a server offers, in the order it does.
type Extensions []Extension

// ParseExtensions reads the reply to EHLO: its first line greets, each of the
// others offers one extension.
func ParseExtensions(r Reply) Extensions {
	var offers Extensions
	for i, l := range r.Lines {
		if i == 0 || strings.TrimSpace(l.Text) == "" {
			continue
		}
		// Old servers write AUTH=LOGIN for AUTH LOGIN; the keyword is what
		// stands before either.
		text := strings.TrimSpace(l.Text)
		end := strings.IndexAny(text, " =\t")
		if end < 0 {
			end = len(text)
		}
		offers = append(offers, Extension{
			Keyword: strings.ToUpper(text[:end]),
			Params:  strings.TrimLeft(text[end:], " =\t"),
		})
	}
	return offers
}

// Has reports whether the keyword is offered.
func (xs Extensions) Has(keyword string) bool {
	_, ok := xs.Params(keyword)
	return ok
}

// Params returns the parameters of an offered keyword.
func (xs Extensions) Params(keyword string) (string, bool) {
	for _, x := range xs {
		if x.Keyword == keyword {
			return x.Params, true
		}
	}
	return "", false
}

// Without returns the extensions of xs that ys lacks, parameters included.
func (xs Extensions) Without(ys Extensions) Extensions {
	var diff Extensions
	for _, x := range xs {
		if p, ok := ys.Params(x.Keyword); !ok || p != x.Params {
			diff = append(diff, x)
		}
	}
	return diff
}
