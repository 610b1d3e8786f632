package replay

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
)

// Finding is one thing in which two runs differ.
type Finding struct {
	// What names the aspect: code, enhanced, lines, keyword, parameter, text,
	// octets, ending, missing, surplus, said, unsent, filler, tls, end, time or expect.
	What string
	// Of is which keyword or which fact of TLS.
	Of        string
	Line      int    // of the recording, where it is not the first of the reply
	Then, Now string // "" if there was none
	Text      string // says all of it in words
}

func (f Finding) String() string { return f.Text }

// Diff says in words how one reply differs from another. Differences change
// what a client does; notes do not.
type Diff struct {
	Differences []Finding
	Notes       []Finding
	// Normalised are the pieces of text that do not count because they change
	// from run to run.
	Normalised []normalise.Token

	ignore []string
}

// Same reports that nothing differs that counts.
func (d Diff) Same() bool { return len(d.Differences) == 0 }

func (d *Diff) add(strict bool, f Finding) {
	if slices.Contains(d.ignore, f.What) || f.Of != "" && slices.Contains(d.ignore, f.What+"="+strings.ToUpper(f.Of)) {
		return
	}
	f.Text = session.Escape(f.Text) // servers have a say in it
	if strict {
		d.Differences = append(d.Differences, f)
	} else {
		d.Notes = append(d.Notes, f)
	}
}

func (d *Diff) differ(what, format string, args ...any) {
	d.add(true, Finding{What: what, Text: fmt.Sprintf(format, args...)})
}

func (d *Diff) note(what, format string, args ...any) {
	d.add(false, Finding{What: what, Text: fmt.Sprintf(format, args...)})
}

// reply compares a reply with the one that was wanted.
func (d *Diff) reply(level transcript.Level, want, got session.Reply, then, now normalise.Names) {
	switch {
	case want.Code != got.Code:
		d.change(true, "code", "", want.Code.String(), got.Code.String(), "code differs")
	case want.Enhanced != "" && want.Enhanced != got.Enhanced:
		d.change(true, "enhanced", "", string(want.Enhanced), string(got.Enhanced), "enhanced code differs")
	}
	// RFC 5321, 4.2.1: all lines of a reply have the same code. Where one has
	// another, clients differ in what they make of the reply.
	if a, b := strayCodes(want), strayCodes(got); want.Code == got.Code && a != b {
		d.change(true, "code", "", a, b, "code of single lines differs")
	}
	if want.Enhanced == "" && got.Enhanced != "" && want.Code == got.Code && level > transcript.ByCode {
		d.change(true, "enhanced", "", "", string(got.Enhanced), "enhanced code")
	}
	hello := (want.To == "EHLO" || want.To == "LHLO") && want.Code.Done() && got.Code.Done()
	if hello {
		d.keywords(level, session.ParseExtensions(want), session.ParseExtensions(got))
	}
	if !hello && len(want.Lines) != len(got.Lines) && want.Code == got.Code {
		d.change(level > transcript.ByCode, "lines", "", fmt.Sprint(len(want.Lines)), fmt.Sprint(len(got.Lines)), "lines of the reply")
	}
	if level == transcript.ByOctets {
		d.octets(want, got)
		return
	}
	if want.Code == got.Code || level > transcript.ByCode { // another code has another text
		d.text(level, want, got, hello, then, now)
	}
	if a, b := bareEndings(want), bareEndings(got); a != b {
		d.change(false, "ending", "", fmt.Sprint(a), fmt.Sprint(b), "lines that do not end with CRLF")
	}
}

// strayCodes lists the codes of those lines that have not the code of the reply.
func strayCodes(r session.Reply) string {
	var codes []string
	for _, l := range r.Lines {
		if l.Code != r.Code {
			codes = append(codes, l.Code.String())
		}
	}
	slices.Sort(codes)
	return strings.Join(codes, ", ")
}

// change adds a finding that says what became of what.
func (d *Diff) change(strict bool, what, of, then, now, words string) {
	f := Finding{What: what, Of: of, Then: then, Now: now}
	f.Text = fmt.Sprintf("%s: %s → %s", words, orNone(then), orNone(now))
	d.add(strict, f)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// keywords compares what the server offers. What is gone changes what a
// client does; what is new need not be used.
func (d *Diff) keywords(level transcript.Level, want, got session.Extensions) {
	want, got = merged(want), merged(got)
	for _, x := range want {
		params, ok := got.Params(x.Keyword)
		switch {
		case !ok:
			d.add(true, Finding{What: "keyword", Of: x.Keyword, Then: x.String(), Text: "not offered: " + x.Keyword})
		case !sameWords(x.Params, params):
			d.change(level > transcript.ByCode, "parameter", x.Keyword, x.Params, params, x.Keyword)
		}
	}
	for _, x := range got {
		if !want.Has(x.Keyword) {
			d.add(level > transcript.ByCode, Finding{What: "keyword", Of: x.Keyword, Now: x.String(), Text: "offered now: " + x.String()})
		}
	}
}

// place says for each keyword that differs which line of the recording it is in.
func (d *Diff) place(want session.Reply, rows []int) {
	if len(rows) != len(want.Lines) {
		return
	}
	row := map[string]int{}
	for i, l := range want.Lines[min(1, len(rows)):] {
		for _, x := range session.ParseExtensions(session.Reply{Lines: []session.ReplyLine{{}, l}}) {
			row[x.Keyword] = cmp.Or(row[x.Keyword], rows[i+1])
		}
	}
	for _, list := range [][]Finding{d.Differences, d.Notes} {
		for k := range list {
			if f := &list[k]; f.What == "keyword" || f.What == "parameter" {
				f.Line = cmp.Or(row[f.Of], f.Line)
			}
		}
	}
}

// merged has each keyword once: some servers list AUTH in several lines.
func merged(xs session.Extensions) (out session.Extensions) {
	at := map[string]int{}
	for _, x := range xs {
		i, again := at[x.Keyword]
		if !again {
			at[x.Keyword] = len(out)
			out = append(out, x)
		} else if x.Params != "" {
			out[i].Params = strings.TrimSpace(out[i].Params + " " + x.Params)
		}
	}
	return out
}

// sameWords compares parameters as a set.
func sameWords(a, b string) bool {
	x, y := strings.Fields(strings.ToUpper(a)), strings.Fields(strings.ToUpper(b))
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(slices.Compact(x), slices.Compact(y))
}

// text compares what stands behind the codes. Of EHLO only the first line is
// text.
func (d *Diff) text(level transcript.Level, want, got session.Reply, firstOnly bool, then, now normalise.Names) {
	a, b := bareText(want, firstOnly), bareText(got, firstOnly)
	if a == b {
		return
	}
	x, removed := then.Replace(a)
	y, put := now.Replace(b)
	if x == y {
		d.Normalised = normalise.Pair(removed, put)
		return
	}
	d.add(level > transcript.ByCode, Finding{What: "text", Then: a, Now: b, Text: fmt.Sprintf("text: %q → %q", a, b)})
}

// bareText is the text without enhanced codes, which are compared by
// themselves.
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

func bareEndings(r session.Reply) (n int) {
	for _, l := range r.Lines {
		if l.Ending != "\r\n" {
			n++
		}
	}
	return n
}

// octets compares line by line, each as it was on the wire.
func (d *Diff) octets(want, got session.Reply) {
	for i := range max(len(want.Lines), len(got.Lines)) {
		a, b := "", ""
		if i < len(want.Lines) {
			a = wireLine(want.Lines[i])
		}
		if i < len(got.Lines) {
			b = wireLine(got.Lines[i])
		}
		if a != b {
			d.add(true, Finding{What: "octets", Then: a, Now: b, Text: fmt.Sprintf("line %d of the reply: %q → %q", i+1, a, b)})
		}
	}
}

func wireLine(l session.ReplyLine) string { return lineOf(l) + l.Ending }

// lineOf puts a line of a reply together again.
func lineOf(l session.ReplyLine) string {
	switch {
	case l.Code == 0:
		return l.Text
	case l.More:
		return fmt.Sprintf("%03d-%s", int(l.Code), l.Text)
	case l.Glued || l.Text == "":
		return fmt.Sprintf("%03d%s", int(l.Code), l.Text)
	}
	return fmt.Sprintf("%03d %s", int(l.Code), l.Text)
}

// tls compares two handshakes: the verdict on the certificate strictly, if
// there is one on record; the rest is a note.
func (d *Diff) tls(want, got session.Event) {
	for _, key := range []string{"chain", "name"} {
		if w, g := want.Fact(key), got.Fact(key); w != "" && w != g {
			d.change(true, "tls", key, w, g, "certificate, "+key)
		}
	}
	for _, key := range []string{"version", "cipher", "group", "alpn", "sha256"} {
		if w, g := want.Fact(key), got.Fact(key); w != "" && w != g {
			d.change(false, "tls", key, w, g, "TLS "+key)
		}
	}
}

// says reports whether the text begins with the line.
func (f Finding) says() bool {
	return f.Line > 0 && strings.HasPrefix(f.Text, fmt.Sprintf("line %d ", f.Line))
}

// condition checks what "@ expect tls" or "@ expect closed" wants of an event.
func (d *Diff) condition(c *transcript.Condition, e session.Event) {
	for _, w := range c.Wants {
		if value := e.Fact(w.Key); w.Key != "within" && !w.Holds(value) {
			d.add(true, Finding{What: "expect", Of: w.Key, Line: c.Line, Then: w.Value, Now: value,
				Text: fmt.Sprintf("line %d expects %s %s%s%s: it is %s", c.Line, c.Of, w.Key, w.Op, w.Value, orNone(value))})
		}
	}
}
