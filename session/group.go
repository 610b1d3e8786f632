package session

// maxGroup bounds how many steps go out in one write.
const maxGroup = 100

// Group returns the next steps that may go out in one write: one, if the
// server does not offer PIPELINING and nobody forces it. Each is what the
// stepper proposes if those before it are answered as hoped.
//
// RFC 2920, 3.1: MAIL, RCPT and RSET may stand anywhere in a group; whatever
// changes how the following is read comes last.
func Group(s State, stepper Stepper, forced bool) []Step {
	group := make([]Step, 0, 3) // MAIL, RCPT and DATA, as a rule
	for len(group) < maxGroup {
		st, ok := stepper.Next(s)
		if !ok || len(group) > 0 && !joins(st) {
			return group
		}
		group = append(group, st)
		if !forced && !s.Offered.Has("PIPELINING") || !leads(st) {
			return group
		}
		s = Hoped(s, st)
	}
	return group
}

// leads reports whether another step may follow in the same write.
func leads(st Step) bool {
	if !plain(st) || st.NoWait || st.Ends != "" {
		return false
	}
	switch ParseCommand(st.Bytes).Verb {
	case "MAIL", "RCPT", "RSET", "SEND", "SOML", "SAML":
		return true
	}
	return false
}

// joins reports whether a step may follow others in the same write.
func joins(st Step) bool {
	return plain(st) && st.Ends == "" && ParseCommand(st.Bytes).Verb != "BDAT"
}
