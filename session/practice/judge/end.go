package judge

import (
	"time"

	"ehlo/session"
)

// end judges how a connection ended.
func (v *visit) end(before session.State, e session.Event) {
	j := v.judge
	byServer := e.Fact("by") == "server"
	waited := e.At.Sub(v.spoke)
	switch {
	case v.failedTLS:
		j.kept(tlsBroken)
	case v.quit:
		j.kept(quit)
	case byServer: // a 421, or the scenario: there was no time for it
	case len(before.Pending) > 0:
		v.impatient(before, waited)
	case v.rejected:
		j.broken(quitOnly, "the channel was closed without QUIT after the greeting %s", before.Answers.Greeting.Code)
	case before.Phase == session.Data && !before.MailData.Complete:
		j.broken(quit, "the channel was closed in the middle of the content")
	default:
		j.broken(quit, "the channel was closed without QUIT, in the phase %q", before.Phase)
	}
	if v.quit && len(before.Pending) == 0 {
		j.kept(patience)
	}
	if v.unknown && !v.rejected {
		j.broken(fallback, "EHLO was refused, and the client left")
	}
	if v.state.Responsible == session.Either || byServer && before.MailData.Complete && before.Phase == session.Data {
		j.cut = e.At
	}
}

// impatient judges a client that left while a reply was due.
func (v *visit) impatient(before session.State, waited time.Duration) {
	verb := before.Pending[0].Verb
	limit, source := session.Timeout(verb)
	v.judge.either(patience, waited >= limit, "it left %s after %s; the reply may take %s (%s)", waited.Round(time.Millisecond), verb, limit, source)
}

// finish closes the books: what failed for now and never came again.
func (j *Judge) finish() {
	if !j.cut.IsZero() {
		j.found[again].Why = "a verdict was lost, and the client did not come back while it was watched"
	}
	for path := range j.deferred {
		if !j.settled[path] && j.found[again].Verdict == Open {
			j.found[again].Why = "something failed for now, and the client did not come back while it was watched"
		}
	}
	if len(j.refused) > 0 {
		j.kept(never)
	}
}
