package route

import "fmt"

// Error says why there is no way to a domain.
type Error struct {
	Domain string
	// Temporary says that asking again later may help.
	Temporary bool
	// Code and Enhanced are what a queue reports, such as 556 and 5.1.10;
	// no server said them.
	Code     int
	Enhanced string
	Reason   string
	Source   string // the section that says so, such as "RFC 7505, 3"
}

func (e *Error) Error() string {
	return fmt.Sprintf("no route to %s: %s (%s)", e.Domain, e.Reason, e.Enhanced)
}

func temporary(domain, why string) *Error {
	return &Error{domain, true, 451, "4.4.3", why, "RFC 5321, 5.1"}
}

func permanent(domain, enhanced, why string) *Error {
	return &Error{domain, false, 550, enhanced, why, "RFC 5321, 5.1"}
}
