package judge

// Rule is what a client is judged by.
type Rule struct {
	Name   string
	Text   string // what a client does that keeps it
	Source string
	Must   bool // the RFC says MUST; else SHOULD
}

// The names of the rules.
const (
	waits      = "greeting"
	hello      = "hello"
	name       = "name"
	fallback   = "fallback"
	quitOnly   = "quit-only"
	syntax     = "syntax"
	sequence   = "sequence"
	offers     = "offers"
	pipelining = "pipelining"
	groupEnd   = "group-end"
	tlsFirst   = "tls-first"
	tlsHello   = "tls-hello"
	tlsBroken  = "tls-broken"
	secrets    = "secrets"
	partial    = "partial"
	nobody     = "nobody"
	lines      = "lines"
	eightBit   = "eight-bit"
	dots       = "dots"
	spoilt     = "chunks"
	quit       = "quit"
	patience   = "patience"
	pause      = "pause"
	again      = "again"
	never      = "never-again"
)

// Rules returns all of them, in the order of a session.
func Rules() []Rule {
	return []Rule{
		{waits, "waits for the whole greeting", "RFC 5321, 4.3.1", false},
		{quitOnly, "says nothing but QUIT after a 5yz greeting", "RFC 5321, 3.1", false},
		{hello, "begins with EHLO, HELO or LHLO", "RFC 5321, 4.1.1.1 and 3.2", true},
		{name, "gives a domain or an address literal as its name", "RFC 5321, 4.1.1.1 and 4.1.3", true},
		{fallback, "says HELO where EHLO is unknown", "RFC 5321, 3.2", false},
		{tlsFirst, "begins with the handshake where TLS comes first", "RFC 3207, 4; RFC 8314, 3.3", true},
		{tlsHello, "says EHLO again under TLS", "RFC 3207, 4.2", false},
		{tlsBroken, "says nothing in the clear after a handshake that failed", "RFC 3207, 4.1", true},
		{secrets, "shows no password in the clear", "RFC 4954, 4", true},
		{syntax, "writes commands as they are to be written", "RFC 5321, 4.1", true},
		{sequence, "says each command in its place", "RFC 5321, 4.1.4", true},
		{offers, "uses no extension that was not offered", "RFC 5321, 2.2.1", true},
		{pipelining, "sends commands together only where that was offered", "RFC 2920, 3.1", true},
		{groupEnd, "waits behind the command that ends a group", "RFC 2920, 3.1", true},
		{partial, "goes on with the recipients that were taken", "RFC 5321, 3.3", false},
		{nobody, "sends no content when nobody was taken", "RFC 5321, 3.3", true},
		{lines, "ends lines with CRLF, of 1000 octets at most", "RFC 5321, 2.3.8 and 4.5.3.1.6", true},
		{eightBit, "sends 8-bit content only where 8BITMIME was offered, and says so", "RFC 6152, 3", true},
		{dots, "doubles a dot at the beginning of a line", "RFC 5321, 4.5.2", true},
		{spoilt, "says RSET or QUIT after a chunk that was refused", "RFC 3030, 2", true},
		{quit, "says QUIT before it closes the channel", "RFC 5321, 4.1.1.10", true},
		{patience, "waits for a reply as long as it may take", "RFC 5321, 4.5.3.2", false},
		{pause, "makes a pause before it tries again", "RFC 5321, 4.5.4.1", false},
		{again, "tries again what failed for now, or was cut off", "RFC 5321, 4.5.4.1; RFC 1047", false},
		{never, "does not repeat what was refused for good", "RFC 5321, 4.2.1", false},
	}
}

// Verdict on a rule.
type Verdict string

// The verdicts.
const (
	Open   Verdict = "open" // it did not come up
	Kept   Verdict = "kept"
	Broken Verdict = "broken"
)

// Finding is a rule and how it went.
type Finding struct {
	Rule
	Verdict Verdict
	Why     string // what the client did, where it broke the rule; escaped
	Times   int    // how often
}
