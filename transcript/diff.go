package transcript

import (
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
)

// Diff says in words how one reply differs from another. Differences change
// what a client does; notes do not.
type Diff struct {
	Differences []string
	Notes       []string
}

// Same reports that nothing differs that counts.
func (d Diff) Same() bool { return len(d.Differences) == 0 }

func (d *Diff) differ(format string, args ...any) {
	d.Differences = append(d.Differences, session.Escape(fmt.Sprintf(format, args...)))
}

func (d *Diff) note(format string, args ...any) {
	d.Notes = append(d.Notes, session.Escape(fmt.Sprintf(format, args...)))
}

// diffReplies compares a reply with the one that was wanted: the code and the
// enhanced code strictly, the keywords of EHLO as a set; the text is a note.
// Clients act on codes, and people word their texts anew with each release.
func diffReplies(want, got session.Reply, wantNames, gotNames names) Diff {
	var d Diff
	switch {
	case want.Code != got.Code:
		d.differ("code differs: %s → %s", want.Code, got.Code)
	case want.Enhanced != "" && want.Enhanced != got.Enhanced:
		d.differ("enhanced code differs: %s → %s", want.Enhanced, orNone(string(got.Enhanced)))
	}
	hello := (want.To == "EHLO" || want.To == "LHLO") && want.Code.Done() && got.Code.Done()
	if hello {
		d.keywords(session.ParseExtensions(want), session.ParseExtensions(got))
	}
	d.text(want, got, hello, wantNames, gotNames)
	d.endings(want, got)
	return d
}

// diffTLS compares two handshakes: the verdict on the certificate strictly, if
// there is one on record; the rest is a note.
func diffTLS(want, got session.Event) Diff {
	var d Diff
	for _, key := range []string{"chain", "name"} {
		if w, g := want.Fact(key), got.Fact(key); w != "" && w != g {
			d.differ("certificate, %s: %s → %s", key, w, orNone(g))
		}
	}
	for _, key := range []string{"version", "cipher", "group", "alpn", "sha256"} {
		if w, g := want.Fact(key), got.Fact(key); w != "" && w != g {
			d.note("TLS %s: %s → %s", key, w, orNone(g))
		}
	}
	return d
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// keywords compares what the server offers.
func (d *Diff) keywords(want, got session.Extensions) {
	for _, x := range want {
		params, ok := got.Params(x.Keyword)
		switch {
		case !ok:
			d.differ("not offered: %s", x.Keyword)
		case !sameWords(x.Params, params):
			d.note("%s: %s → %s", x.Keyword, orNone(x.Params), orNone(params))
		}
	}
	for _, x := range got {
		if !want.Has(x.Keyword) {
			d.note("offered now: %s", x)
		}
	}
}

// sameWords compares parameters as a set.
func sameWords(a, b string) bool {
	x, y := strings.Fields(strings.ToUpper(a)), strings.Fields(strings.ToUpper(b))
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func (d *Diff) text(want, got session.Reply, firstOnly bool, wantNames, gotNames names) {
	a, b := bareText(want, firstOnly), bareText(got, firstOnly)
	if a != b && wantNames.normalise(a) != gotNames.normalise(b) {
		d.note("text: %q → %q", a, b)
	}
}

// bareText is the text without enhanced codes, which are compared by themselves.
func bareText(r session.Reply, firstOnly bool) string {
	var texts []string
	for _, l := range r.Lines {
		text := strings.TrimPrefix(l.Text, string(l.Enhanced))
		texts = append(texts, strings.TrimSpace(text))
		if firstOnly {
			break
		}
	}
	return strings.Join(texts, "\n")
}

func (d *Diff) endings(want, got session.Reply) {
	if a, b := bareEndings(want), bareEndings(got); a != b {
		d.note("lines that do not end with CRLF: %d → %d", a, b)
	}
}

func bareEndings(r session.Reply) (n int) {
	for _, l := range r.Lines {
		if l.Ending != "\r\n" {
			n++
		}
	}
	return n
}

// checkExpectations compares the lines of a reply, or of several, with what a
// transcript expects of them, and returns what was captured.
func checkExpectations(expect []expectation, lines []string) (Diff, map[string]string) {
	var d Diff
	captures := map[string]string{}
	keep := func(got map[string]string) {
		for name, value := range got {
			captures[name] = value
		}
	}
	at, ordered := 0, false
	for i, x := range expect {
		switch x.op {
		case '+':
			d.mustContain(x, lines, keep)
		case '!':
			for _, line := range lines {
				if _, ok := x.pattern.MatchAnywhere(line); ok {
					d.differ("line %d does not want %q", x.line, line)
				}
			}
		case '?':
			ordered = true
			at = d.inOrder(expect[i:], lines, at, keep)
		}
	}
	if ordered && at < len(lines) {
		d.differ("%d lines more than expected, the first is %q", len(lines)-at, lines[at])
	}
	return d, captures
}

func (d *Diff) mustContain(x expectation, lines []string, keep func(map[string]string)) {
	for _, line := range lines {
		if got, ok := x.pattern.MatchAnywhere(line); ok {
			keep(got)
			return
		}
	}
	d.differ("line %d expects %q somewhere in the reply", x.line, x.pattern)
}

// inOrder matches the first expectation at lines[at] and returns where the
// next one begins.
func (d *Diff) inOrder(expect []expectation, lines []string, at int, keep func(map[string]string)) int {
	x := expect[0]
	if x.pattern.Any() {
		for _, next := range expect[1:] {
			if next.op != '?' || next.pattern.Any() {
				continue
			}
			for i := at; i < len(lines); i++ {
				if _, ok := next.pattern.Match(lines[i]); ok {
					return i
				}
			}
			return at
		}
		return len(lines)
	}
	if at >= len(lines) {
		d.differ("line %d expects %q, and nothing came", x.line, x.pattern)
		return at
	}
	got, ok := x.pattern.Match(lines[at])
	if !ok {
		d.differ("line %d expects %q: got %q", x.line, x.pattern, lines[at])
		return at + 1
	}
	keep(got)
	return at + 1
}
