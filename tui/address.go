package tui

import (
	"strings"

	"ehlo/session"
)

// Addresses as they are typed into the form: a path without its brackets, and
// parameters behind it.
//
//	alice@example.org RET=HDRS ENVID=42
//	bob@example.com NOTIFY=NEVER, "carol, the second"@example.com

// readAddress takes an address apart. What looks like a parameter and stands
// behind the first word is one.
func readAddress(text string) session.Envelope {
	var e session.Envelope
	words := splitOutside(text, ' ')
	var path []string
	for i, w := range words {
		switch {
		case w == "":
		case (i > 0 || strings.Contains(w, "=") && !strings.Contains(w, "@")) && isParameter(w):
			key, value, _ := strings.Cut(w, "=")
			e.Params = append(e.Params, session.Param{Key: strings.ToUpper(key), Value: value})
		default:
			path = append(path, w)
		}
	}
	e.Path = strings.Join(path, " ")
	return e
}

// readAddresses reads several, with commas between them.
func readAddresses(text string) []session.Envelope {
	var list []session.Envelope
	for _, part := range splitOutside(text, ',') {
		// A comma inside of a value, as in NOTIFY=SUCCESS,FAILURE, ends no
		// address: what follows it would have no @.
		if n := len(list); n > 0 && len(list[n-1].Params) > 0 && goesOn(part) {
			more := readAddress("x " + part)
			last := &list[n-1].Params[len(list[n-1].Params)-1]
			first, _, _ := strings.Cut(part, " ")
			last.Value += "," + first
			if len(more.Params) > 0 && more.Params[0].Key == strings.ToUpper(first) {
				more.Params = more.Params[1:]
			}
			list[n-1].Params = append(list[n-1].Params, more.Params...)
			continue
		}
		if e := readAddress(strings.TrimSpace(part)); e.Path != "" || len(e.Params) > 0 {
			list = append(list, e)
		}
	}
	return list
}

// goesOn reports whether what stands behind a comma is no address of its own.
func goesOn(part string) bool {
	words := strings.Fields(part)
	return len(words) > 0 && part[0] != ' ' && part[0] != '\t' && !strings.Contains(words[0], "@")
}

// splitOutside splits a text at a separator, but not in quotes.
func splitOutside(text string, at byte) []string {
	var parts []string
	from, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == at && !quoted:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// isParameter: RFC 5321, 4.1.2: esmtp-keyword ["=" esmtp-value].
func isParameter(word string) bool {
	key, _, _ := strings.Cut(word, "=")
	if key == "" || key[0] == '-' {
		return false
	}
	for i := range len(key) {
		c := key[i] | 0x20
		if (c < 'a' || c > 'z') && (key[i] < '0' || key[i] > '9') && key[i] != '-' {
			return false
		}
	}
	return true
}

// writeAddress is the reverse of readAddress.
func writeAddress(e session.Envelope) string {
	text := e.Path
	for _, p := range e.Params {
		text += " " + p.String()
	}
	return text
}

func writeAddresses(list []session.Envelope) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, writeAddress(e))
	}
	return strings.Join(parts, ", ")
}

// adviseParams says what the rules say against the parameters of MAIL or RCPT,
// for a server that offers so much; the worst first. Without an offer it is as
// if everything were offered.
func adviseParams(verb string, e session.Envelope, offered session.Extensions, known bool) string {
	if len(e.Params) == 0 {
		return ""
	}
	s := session.State{Phase: session.Ready, Open: true, ESMTP: true, Secure: true, Offered: offered}
	line := "MAIL " + session.Envelope{Params: e.Params}.Arg("FROM")
	if verb == "RCPT" {
		s.Phase, s.ReversePath = session.Sender, &session.Envelope{}
		line = "RCPT " + session.Envelope{Path: "postmaster", Params: e.Params}.Arg("TO")
	}
	if !known {
		s.Offered = everything()
	}
	worst, text := session.Note, ""
	for _, a := range session.Advise(s, []byte(line+"\r\n")) {
		if a.Severity > worst {
			worst, text = a.Severity, a.Text
		}
	}
	return text
}

// parameters are those of MAIL and RCPT, with the extension that each belongs
// to and what it can be.
func parameters(verb string) []struct{ text, keyword string } {
	if verb == "RCPT" {
		return []struct{ text, keyword string }{
			{"NOTIFY=SUCCESS,FAILURE", "DSN"}, {"NOTIFY=FAILURE,DELAY", "DSN"}, {"NOTIFY=NEVER", "DSN"}, {"ORCPT=rfc822;", "DSN"},
			{"RRVS=2026-01-01T00:00:00Z", "RRVS"}, {"CONNEG", "CONNEG"},
		}
	}
	return []struct{ text, keyword string }{
		{"BODY=8BITMIME", "8BITMIME"}, {"BODY=BINARYMIME", "BINARYMIME"}, {"SMTPUTF8", "SMTPUTF8"}, {"SIZE=", "SIZE"},
		{"RET=HDRS", "DSN"}, {"RET=FULL", "DSN"}, {"ENVID=", "DSN"}, {"AUTH=<>", "AUTH"}, {"REQUIRETLS", "REQUIRETLS"},
		{"BY=120;R", "DELIVERBY"}, {"BY=120;N", "DELIVERBY"}, {"HOLDFOR=60", "FUTURERELEASE"}, {"MT-PRIORITY=3", "MT-PRIORITY"},
		{"PRDR", "PRDR"}, {"MTRK=", "MTRK"}, {"SUBMITTER=", "SUBMITTER"}, {"XVERP", "XVERP"},
	}
}

// everything is the offer of a server that has every extension.
func everything() session.Extensions {
	var list session.Extensions
	for _, verb := range []string{"MAIL", "RCPT"} {
		for _, p := range parameters(verb) {
			if !list.Has(p.keyword) {
				list = append(list, session.Extension{Keyword: p.keyword})
			}
		}
	}
	for _, k := range []string{"CHUNKING", "NO-SOLICITING", "CHECKPOINT", "CONPERM"} {
		list = append(list, session.Extension{Keyword: k})
	}
	return list
}
