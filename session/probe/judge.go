package probe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ehlo/session"
)

// expiry is how long before its end a certificate is spoken of.
const expiry = 21 * 24 * time.Hour

// slow is a wait that people notice.
const slow = 2 * time.Second

func (r *Report) find(severity session.Severity, source, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{severity, severity.String(), fmt.Sprintf(format, args...), source})
}

// judge says what the answers mean, the gravest first.
func (r *Report) judge(now time.Time) {
	if r.Greeting == "" {
		return
	}
	if !strings.HasPrefix(r.Greeting, "2") {
		r.find(session.Wrong, "RFC 5321, 3.1", "the greeting is a refusal: this server takes no mail from this client now")
		return
	}
	r.judgeGreeting()
	r.judgeTLS(now)
	r.judgeLogin()
	r.judgeOffers()
	r.judgeAnswers()
	for _, m := range r.remarks {
		r.find(m.Severity, m.Source, "%s", session.Escape(m.Text))
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return int(b.Severity) - int(a.Severity) })
}

func (r *Report) judgeGreeting() {
	if r.Server != "" && session.CheckDomain(r.Server, true) != nil {
		r.find(session.Wrong, "RFC 5321, 4.2", "the name in the greeting, %s, is no domain", r.Server)
	} else if !strings.Contains(r.Server, ".") && !strings.HasPrefix(r.Server, "[") {
		r.find(session.Warning, "RFC 5321, 2.3.5", "the name in the greeting, %s, is not fully qualified", r.Server)
	}
	if r.Greeted > slow {
		r.find(session.Note, "RFC 5321, 4.5.3.2.1", "the greeting took %s; a client waits five minutes", r.Greeted.Round(time.Millisecond))
	}
}

func (r *Report) judgeTLS(now time.Time) {
	t := r.TLS
	if t == nil {
		if !r.before.Has("STARTTLS") {
			r.find(session.Warning, "RFC 3207, 4", "there is no TLS: STARTTLS is not offered")
		}
		return
	}
	if !t.Verified {
		r.find(session.Warning, "RFC 5280, 6", "the certificate does not verify: %s", t.Reason)
	}
	if ocsp := t.Fact("ocsp"); strings.HasPrefix(ocsp, "stapled: revoked") {
		r.find(session.Wrong, "RFC 6960, 2.2", "the server says itself that its certificate is no longer good: %s", ocsp)
	}
	if end, err := time.Parse(time.RFC3339, t.Fact("not-after")); err == nil {
		switch left := end.Sub(now); {
		case left < 0:
			r.find(session.Wrong, "RFC 5280, 4.1.2.5", "the certificate ended on %s", end.Format(time.DateOnly))
		case left < expiry:
			r.find(session.Warning, "RFC 5280, 4.1.2.5", "the certificate ends in %d days, on %s", int(left.Hours()/24), end.Format(time.DateOnly))
		}
	}
	if t.Version == "TLSv1.0" || t.Version == "TLSv1.1" {
		r.find(session.Wrong, "RFC 8996", "%s is deprecated", t.Version)
	}
	if t.Implicit {
		return
	}
	for _, a := range r.Answers {
		if a.Secure || !strings.HasPrefix(a.Command, "MAIL") {
			continue
		}
		if a.Code.Done() {
			r.find(session.Note, "RFC 3207, 4", "MAIL is taken in the clear: TLS is offered, not enforced")
		}
	}
	if r.enforced() {
		r.find(session.Note, "RFC 3207, 4", "MAIL is refused in the clear with 530: TLS or a login is enforced")
	}
	if r.after.Has("STARTTLS") {
		r.find(session.Wrong, "RFC 3207, 4.2", "STARTTLS is offered again under TLS")
	}
}

func (r *Report) judgeLogin() {
	clear, _ := r.before.Params("AUTH")
	var shown []string
	for mech := range strings.FieldsSeq(strings.ToUpper(clear)) {
		if mech == "PLAIN" || mech == "LOGIN" || mech == "XOAUTH2" || mech == "OAUTHBEARER" {
			shown = append(shown, mech)
		}
	}
	if len(shown) > 0 {
		r.find(session.Warning, "RFC 4954, 4", "AUTH %s is offered in the clear: a client may show its secret to everybody on the way", strings.Join(shown, ", "))
	}
	under, ok := r.after.Params("AUTH")
	if _, before := r.before.Params("AUTH"); ok && !before && r.TLS != nil && !r.TLS.Implicit {
		r.find(session.Note, "RFC 4954, 4", "AUTH is offered under TLS only: %s", session.Escape(under))
	}
}

func (r *Report) judgeOffers() {
	offers := r.after
	if offers == nil {
		offers = r.before
	}
	if offers == nil {
		r.find(session.Warning, "RFC 5321, 2.2.1", "EHLO offers nothing: this server speaks SMTP without extensions")
		return
	}
	for _, want := range []struct{ keyword, why, source string }{
		{"PIPELINING", "each command costs a round trip", "RFC 2920, 1"},
		{"8BITMIME", "content has to be 7bit", "RFC 6152, 1"},
		{"SIZE", "a message that is too big is refused only after it was sent", "RFC 1870, 3"},
		{"ENHANCEDSTATUSCODES", "replies have no enhanced codes that say what is meant", "RFC 2034, 1"},
		{"SMTPUTF8", "addresses have to be ASCII", "RFC 6531, 3.1"},
	} {
		if !offers.Has(want.keyword) {
			r.find(session.Note, want.source, "%s is not offered: %s", want.keyword, want.why)
		}
	}
	if size, ok := offers.Params("SIZE"); ok && size != "" && size != "0" {
		r.find(session.Note, "RFC 1870, 4", "a message may have %s octets", session.Escape(size))
	}
	for _, keyword := range []string{"XCLIENT", "XFORWARD"} {
		if offers.Has(keyword) {
			r.find(session.Warning, "Postfix "+keyword, "%s is offered: this client is trusted to speak for others", keyword)
		}
	}
}

func (r *Report) judgeAnswers() {
	for _, a := range r.Answers {
		verb, _, _ := strings.Cut(a.Command, " ")
		switch {
		case a.Code == 0:
			r.find(session.Wrong, "RFC 5321, 4.2", "%s was not answered", a.Command)
		case a.Code == 421: // any command may be answered so
			r.find(session.Note, "RFC 5321, 3.8", "%s is answered 421: the server hangs up, perhaps because of the commands before it", a.Command)
		case (verb == "VRFY" || verb == "EXPN") && (a.Code == 250 || a.Code == 251):
			r.find(session.Note, "RFC 5321, 7.3", "%s is answered %s: addresses can be tried out", verb, a.Code)
		case verb == "STARTTLS" && a.Code != 220:
			r.find(session.Wrong, "RFC 3207, 4", "STARTTLS is offered and answered %s", a.Code)
		case verb == "EHLO" && a.Secure && !a.Code.Done():
			r.find(session.Wrong, "RFC 3207, 4.2", "EHLO under TLS is answered %s: nobody knows what is offered", a.Code)
		case verb == "XEHLOPROBE" && a.Code != 530 && a.Code != 500 && a.Code != 502:
			r.find(session.Warning, "RFC 5321, 4.2.4", "a verb that there is not is answered %s; it should be 500", a.Code)
		case verb == "RCPT" && a.Code.Done():
			r.find(session.Wrong, "RFC 5321, 4.1.4", "RCPT before MAIL is taken; it must be answered 503")
		case verb == "RCPT" && a.Code != 503 && a.Code != 530:
			r.find(session.Warning, "RFC 5321, 4.1.4", "RCPT before MAIL is answered %s; it should be 503", a.Code)
		case (verb == "NOOP" || verb == "RSET" || verb == "QUIT") && !a.Code.Done():
			r.find(session.Warning, "RFC 5321, 4.3.2", "%s is answered %s; it should be 2yz", verb, a.Code)
		}
		if a.Took > slow {
			r.find(session.Note, "RFC 5321, 4.5.3.2", "%s took %s", a.Command, a.Took.Round(time.Millisecond))
		}
	}
}
