package convert

import (
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// writeMarkdown writes what a ticket needs: what it is about, the dialogue in
// a fence, and what the rules say about it.
func writeMarkdown(p *page) error {
	var dialogue strings.Builder
	printer := transcript.Printer{W: &dialogue}
	var remarks []string
	var st session.State
	for e, after := range public(p.t) {
		st = after
		if err := printer.Print(e); err != nil {
			return err
		}
		for _, r := range st.Remarks {
			if r.Severity >= session.Warning && len(remarks) < 50 {
				remarks = append(remarks, fmt.Sprintf("- line %d, %s: %s (%s)", p.t.Line(e.Seq), r.Severity, markdownText(r.Text), r.Source))
			}
		}
	}
	p.printf("### SMTP session%s\n\n", prefixed(" with ", markdownText(peerOf(p.t))))
	for _, row := range summary(p.t, st) {
		p.printf("- %s: %s\n", row[0], markdownText(row[1]))
	}
	fence := "```"
	for strings.Contains(dialogue.String(), fence) {
		fence += "`"
	}
	p.printf("\n%stext\n%s%s\n", fence, dialogue.String(), fence)
	p.printf("\n`->` client, `<-` server, `~` under TLS, `**` refused, `%s` a secret\n", transcript.Bullets)
	if len(remarks) > 0 {
		p.printf("\nWhat the rules say:\n\n%s\n", strings.Join(remarks, "\n"))
	}
	return nil
}

// markdownText escapes what Markdown would take for a mark.
func markdownText(text string) string {
	var b strings.Builder
	for _, r := range session.Escape(text) {
		if strings.ContainsRune("\\`*_[]<>#|&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// peerOf names the server.
func peerOf(t *transcript.Transcript) string {
	for _, e := range t.Events() {
		if e.Kind == session.Opened {
			if host := e.Fact("host"); host != "" {
				return host
			}
			return e.Fact("addr")
		}
	}
	return ""
}

// summary says in a few rows what a session was.
func summary(t *transcript.Transcript, st session.State) [][2]string {
	var rows [][2]string
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, [2]string{key, value})
		}
	}
	if !t.Recorded.IsZero() && t.Recorded.Year() > 1 {
		add("recorded", t.Recorded.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	add("by", t.By)
	add("server", st.Peer)
	if st.Secure {
		verified := ", certificate not verified"
		if st.Verified {
			verified = ", certificate verified"
		}
		add("TLS", strings.TrimSpace(st.TLS+" "+st.Cipher)+verified)
	}
	if st.Auth != "" {
		add("login", strings.TrimSpace(st.Auth+" "+st.User))
	}
	if st.Accepted > 0 {
		add("messages accepted", fmt.Sprint(st.Accepted))
	}
	add("trouble", st.FaultText)
	add("broken", st.Broken)
	add("responsible for the message", st.Responsible.String())
	return rows
}
