package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
)

// wish is what the form says about TLS.
type wish struct {
	policy   session.TLSPolicy
	implicit bool
	insecure bool // whatever the certificate
}

// parseTLS reads never, auto, require or implicit, and insecure behind it.
func parseTLS(text string) (wish, error) {
	var w wish
	for i, word := range strings.Fields(strings.ToLower(text)) {
		switch {
		case word == "insecure" && i > 0:
			w.insecure = true
			continue
		case i > 0:
			return w, fmt.Errorf("%q: only insecure may stand behind the first word", word)
		}
		switch word {
		case "never":
			w.policy = session.TLSNever
		case "auto":
			w.policy = session.TLSAuto
		case "require":
			w.policy = session.TLSRequire
		case "implicit":
			w.implicit = true
		default:
			return w, fmt.Errorf("%q is none of never, auto, require, implicit", word)
		}
	}
	return w, nil
}

func (w wish) isNever() bool { return !w.implicit && w.policy == session.TLSNever }

// tlsWish writes the wish that the options begin with.
func tlsWish(o Options) string {
	text := policyWord(o.Mail.TLS)
	if o.TLS.Implicit {
		text = "implicit"
	}
	if o.Mail.Insecure {
		text += " insecure"
	}
	return text
}

func policyWord(p session.TLSPolicy) string {
	return [...]string{"never", "auto", "require"}[min(p, session.TLSRequire)]
}
