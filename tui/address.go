package tui

import (
	"strings"

	"ehlo/session"
)

// writeAddresses is the reverse of [session.TypedEnvelopes].
func writeAddresses(list []session.Envelope) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, e.Typed())
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
