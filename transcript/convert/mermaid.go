package convert

import (
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// exchange is what one side says until the other does, or what happens beside
// it, in a few lines.
type exchange struct {
	kind    session.Kind
	lines   []string
	more    int  // lines beyond those
	refused bool // the server refuses
	secure  bool
	content bool
	after   session.State
}

// maxShown is how many lines of one exchange a picture shows.
const maxShown = 12

// exchanges gathers the lines of a dialogue.
func exchanges(t *transcript.Transcript) []exchange {
	var all []exchange
	var before session.State
	for e, st := range public(t) {
		said := e.Kind == session.Sent || e.Kind == session.Received
		content := e.Kind == session.Sent && (e.Bulk != nil || before.Phase == session.Data && !before.MailData.Complete)
		n := len(all)
		if !said || n == 0 || all[n-1].kind != e.Kind || all[n-1].content != content {
			if !said && e.Text == "" && e.Kind != session.Secured {
				before = st
				continue
			}
			all = append(all, exchange{kind: e.Kind, content: content, secure: before.Secure || e.Kind == session.Secured})
			n++
		}
		x := &all[n-1]
		text := shown(e)
		if !said {
			text = session.Escape(e.Text)
		}
		if x.after = st; len(x.lines) < maxShown {
			x.lines = append(x.lines, text)
		} else {
			x.more++
		}
		if class := session.ParseReplyLine(e.Data).Code.Class(); e.Kind == session.Received && class >= 4 {
			x.refused = true
		}
		before = st
	}
	for i := range all {
		if x := &all[i]; x.content && len(x.lines)+x.more > 2 {
			x.lines, x.more = []string{fmt.Sprintf("[%d lines of content]", len(x.lines)+x.more)}, 0
		}
	}
	return all
}

// writeMermaid writes a sequence diagram.
func writeMermaid(p *page) error {
	p.printf("sequenceDiagram\n  participant C as client\n  participant S as %s\n", mermaidText(nonEmpty(peerOf(p.t), "server")))
	for _, x := range exchanges(p.t) {
		text := make([]string, len(x.lines))
		for i, l := range x.lines {
			text[i] = mermaidText(l)
		}
		if x.more > 0 {
			text = append(text, fmt.Sprintf("… %d lines more", x.more))
		}
		label := nonEmpty(strings.Join(text, "<br/>"), "…")
		switch {
		case x.kind == session.Sent:
			p.printf("  C->>S: %s\n", label)
		case x.kind == session.Received && x.refused:
			p.printf("  S--xC: %s\n", label)
		case x.kind == session.Received:
			p.printf("  S-->>C: %s\n", label)
		default:
			p.printf("  Note over C,S: %s\n", label)
		}
	}
	return nil
}

func nonEmpty(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// mermaidText escapes what Mermaid would take for its own, by numbers of
// characters.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("#;<>&\"{}%`\\", r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
