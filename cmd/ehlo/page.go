package main

import (
	"cmp"
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/session/probe"
)

// pageWidth is how many cells a report may take.
const pageWidth = 80

// page writes the report of a probe for people.
func page(r probe.Report) string {
	var p pageWriter
	if len(r.Route) > 0 {
		p.section("Route")
		for _, line := range r.Route {
			p.item("-", line)
		}
	}
	p.section("Server")
	p.field("target", r.Target)
	p.field("address", r.Peer)
	p.field("connected in", milliseconds(r.Connect))
	p.field("greeted after", milliseconds(r.Greeted))
	p.field("greeting", r.Greeting)
	if len(r.Answers) > 0 {
		p.answers(r)
	}
	p.findings(r)
	return p.String()
}

// answers tells what was offered and said.
func (p *pageWriter) answers(r probe.Report) {
	p.offers(r)
	p.tls(r.TLS)
	p.section("Answers")
	for _, a := range r.Answers {
		reply := a.Reply
		if a.Code == 0 {
			reply = "no answer"
		}
		fmt.Fprintf(p, "  %-22s  %s\n", shorten(a.Command, 22), shorten(reply, pageWidth-26))
	}
}

func (p *pageWriter) findings(r probe.Report) {
	p.section("Findings")
	if len(r.Findings) == 0 {
		p.item("-", "nothing to complain of")
	}
	for _, f := range r.Findings {
		mark := map[session.Severity]string{session.Wrong: "✗", session.Warning: "!"}[f.Severity]
		if mark == "" {
			mark = "·"
		}
		p.item(mark, fmt.Sprintf("%s (%s)", f.Text, f.Source))
	}
}

type pageWriter struct{ strings.Builder }

func (p *pageWriter) section(title string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.WriteString(title + "\n")
}

func (p *pageWriter) field(label, text string) { fmt.Fprintf(p, "  %-18s  %s\n", label, text) }

// item writes a paragraph with a mark before it.
func (p *pageWriter) item(mark, text string) {
	line := "  " + mark
	for word := range strings.FieldsSeq(text) {
		if len([]rune(line))+1+len([]rune(word)) > pageWidth {
			p.WriteString(line + "\n")
			line = "   "
		}
		line += " " + word
	}
	p.WriteString(line + "\n")
}

// offers lists what is offered; a + marks what came with TLS, a - what went.
func (p *pageWriter) offers(r probe.Report) {
	p.section("Offered")
	switch {
	case len(r.After) == 0:
		p.list(" ", r.Before, nil, false)
	case len(r.Before) == 0:
		p.list(" ", r.After, nil, false)
	default:
		p.list(" ", r.After, r.Before, true)
		p.list("+", r.After, r.Before, false)
		p.list("-", r.Before, r.After, false)
		p.WriteString("  (+ under TLS only, - in the clear only)\n")
	}
	if len(r.Before)+len(r.After) == 0 {
		p.item("-", "nothing")
	}
}

// list writes those of the offers that are, or are not, among the others.
func (p *pageWriter) list(mark string, offers, others []string, among bool) {
	has := map[string]bool{}
	for _, o := range others {
		has[o] = true
	}
	for _, o := range offers {
		if has[o] == among {
			p.item(mark, o)
		}
	}
}

func (p *pageWriter) tls(t *probe.TLS) {
	if t == nil {
		return
	}
	p.section("TLS")
	verdict := "yes"
	if !t.Verified {
		verdict = "NO: " + t.Reason
	}
	p.field("version", t.Version+" "+t.Cipher)
	p.field("group", t.Fact("group"))
	p.field("verified", shorten(verdict, 200))
	if t.Resumes != "" {
		p.field("resumed", map[string]string{"yes": "yes, by a second connection", "no": "no: every connection costs a whole handshake"}[t.Resumes])
	}
	p.field("ocsp", cmp.Or(t.Fact("ocsp"), "nothing stapled"))
	for _, key := range []string{"subject", "san", "issuer", "not-before", "not-after", "key", "sha256"} {
		p.field(key, shorten(t.Fact(key), 200))
	}
}

// shorten cuts text at a number of characters.
func shorten(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
