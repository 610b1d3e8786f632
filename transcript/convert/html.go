package convert

import (
	"fmt"
	"html"
	"strings"

	"ehlo/session"
)

// htmlHead has no script, and forbids any: what a server has made up stays
// text.
const htmlHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>%s</title>
<style>
body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:80em;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;width:100%%}th,td{text-align:left;vertical-align:top;padding:.35em .6em}
.d>tbody>tr{border-top:1px solid #ddd}.d>tbody>tr>td:nth-child(2){width:32%%}
pre{margin:0;font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.c{color:#0b4f8a}.s{color:#1b5e20}.r{color:#b71c1c}.n{color:#666;font-style:italic}
.st td,.st th{padding:0 .5em 0 0;font-size:13px;overflow-wrap:anywhere}.st th{font-weight:normal;color:#666;white-space:nowrap;width:7em}
.new{font-weight:bold}.rem{font-size:13px;color:#8a5a00}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#16181c}.d>tbody>tr{border-color:#333}
.c{color:#6fb3e8}.s{color:#81c784}.r{color:#ef9a9a}.n,.st th{color:#999}.rem{color:#e0b050}}
@media print{tr{break-inside:avoid}}
</style></head><body>
`

// writeHTML writes one page: each exchange, and beside it the state behind it.
// What an exchange has changed is bold.
func writeHTML(p *page) error {
	title := "SMTP session" + prefixed(" with ", session.Escape(peerOf(p.t)))
	p.printf(htmlHead, html.EscapeString(title))
	p.printf("<h1>%s</h1>\n", html.EscapeString(title))
	var rows strings.Builder
	w := htmlWriter{out: &rows}
	for e, st := range public(p.t) {
		w.event(e, st)
	}
	w.end()
	p.printf("<table>\n")
	for _, row := range summary(p.t, w.st) {
		p.printf("<tr><th>%s</th><td>%s</td></tr>\n", html.EscapeString(row[0]), html.EscapeString(session.Escape(row[1])))
	}
	p.printf("</table>\n<table class=\"d\"><thead><tr><th>what was said</th><th>what both sides know then</th></tr></thead><tbody>\n")
	p.printf("%s</tbody></table>\n</body></html>\n", rows.String())
	return nil
}

// htmlWriter gathers events into rows: a row ends where the client speaks
// again after a reply, and around whatever happens beside the dialogue.
type htmlWriter struct {
	out     *strings.Builder
	lines   strings.Builder
	remarks []string
	st      session.State
	shown   map[string]string // the values of the row before
	replied bool
	some    bool
}

func (w *htmlWriter) event(e session.Event, st session.State) {
	said := e.Kind == session.Sent || e.Kind == session.Received
	if !said || e.Kind == session.Sent && w.replied {
		w.end()
	}
	class, mark, text := "n", "   ", session.Escape(e.Text)
	switch e.Kind {
	case session.Sent:
		class, mark, text = "c", "C: ", shown(e)
	case session.Received:
		class, mark, text = "s", "S: ", shown(e)
		if session.ParseReplyLine(e.Data).Code.Class() >= 4 {
			class = "r"
		}
		w.replied = true
	default:
		if text == "" {
			text = e.Kind.String()
		}
	}
	fmt.Fprintf(&w.lines, "<span class=\"%s\">%s%s</span>\n", class, mark, html.EscapeString(text))
	w.some, w.st = true, st
	for _, r := range st.Remarks {
		if len(w.remarks) < 20 {
			w.remarks = append(w.remarks, fmt.Sprintf("%s: %s (%s)", r.Severity, session.Escape(r.Text), r.Source))
		}
	}
	if !said {
		w.end()
	}
}

func (w *htmlWriter) end() {
	if !w.some {
		return
	}
	fmt.Fprintf(w.out, "<tr><td><pre>%s</pre>", w.lines.String())
	for _, r := range w.remarks {
		fmt.Fprintf(w.out, "<div class=\"rem\">%s</div>", html.EscapeString(r))
	}
	w.out.WriteString("</td><td><table class=\"st\">")
	now := map[string]string{}
	for _, row := range stateRows(w.st) {
		now[row[0]] = row[1]
		class := ""
		if w.shown[row[0]] != row[1] {
			class = ` class="new"`
		}
		fmt.Fprintf(w.out, "<tr%s><th>%s</th><td>%s</td></tr>", class, html.EscapeString(row[0]), html.EscapeString(row[1]))
	}
	w.out.WriteString("</table></td></tr>\n")
	w.shown, w.remarks, w.replied, w.some = now, nil, false, false
	w.lines.Reset()
}

// stateRows is the state for people, as far as there is something to say.
func stateRows(st session.State) [][2]string {
	var rows [][2]string
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, [2]string{key, session.Escape(value)})
		}
	}
	add("phase", st.Phase.String())
	if st.Secure {
		add("TLS", nonEmpty(strings.TrimSpace(st.TLS+" "+st.Cipher), "yes"))
	}
	add("client", st.Helo)
	add("login", strings.TrimSpace(st.Auth+" "+st.User))
	add("offered", strings.Join(keywords(st), " "))
	if st.ReversePath != nil {
		add("reverse-path", "<"+st.ReversePath.Path+">")
	}
	var to []string
	for _, r := range st.ForwardPath() {
		if len(to) < 20 {
			to = append(to, "<"+r.Path+">")
		}
	}
	add("forward-path", strings.Join(to, " "))
	if !st.MailData.Empty() {
		add("mail data", fmt.Sprintf("%d octets, %d lines", st.MailData.Octets, st.MailData.Lines))
	}
	add("responsible", st.Responsible.String())
	return rows
}

// keywords are what the server offers, by name.
func keywords(st session.State) []string {
	var names []string
	for _, x := range st.Offered {
		if len(names) < 40 {
			names = append(names, x.Keyword)
		}
	}
	return names
}
