package session

import (
	"strconv"
	"strings"
	"time"
)

// parameter is a MAIL or RCPT parameter that an extension defines.
type parameter struct {
	key, keyword string
	verbs        string // "MAIL", "RCPT", or both
	// wrong says what is wrong with a value, or "".
	wrong  func(s State, value string) string
	source string
}

// parameterOf finds a parameter by its key in upper case, or returns nil.
func parameterOf(key string) *parameter {
	for i := range knownParameters {
		if knownParameters[i].key == key {
			return &knownParameters[i]
		}
	}
	return nil
}

// Parameters returns the MAIL and RCPT parameters that advice knows.
func Parameters() []string {
	var keys []string
	for _, p := range knownParameters {
		keys = append(keys, p.key)
	}
	return keys
}

var knownParameters = [...]parameter{
	{"SIZE", "SIZE", "MAIL", wrongSize, "RFC 1870, 5"},
	{"BODY", "8BITMIME", "MAIL", wrongBody, "RFC 6152, 2"},
	{"RET", "DSN", "MAIL", wrongRet, "RFC 3461, 4.3"},
	{"ENVID", "DSN", "MAIL", wrongEnvID, "RFC 3461, 4.4"},
	{"NOTIFY", "DSN", "RCPT", wrongNotify, "RFC 3461, 4.1"},
	{"ORCPT", "DSN", "RCPT", wrongORcpt, "RFC 3461, 4.2"},
	{"AUTH", "AUTH", "MAIL", wrongAuth, "RFC 4954, 5"},
	{"SMTPUTF8", "SMTPUTF8", "MAIL", noValue, "RFC 6531, 3.4"},
	{"REQUIRETLS", "REQUIRETLS", "MAIL", noValue, "RFC 8689, 2"},
	{"BY", "DELIVERBY", "MAIL", wrongBy, "RFC 2852, 4"},
	{"HOLDFOR", "FUTURERELEASE", "MAIL", wrongHoldFor, "RFC 4865, 3"},
	{"HOLDUNTIL", "FUTURERELEASE", "MAIL", wrongHoldUntil, "RFC 4865, 3"},
	{"MT-PRIORITY", "MT-PRIORITY", "MAIL", wrongPriority, "RFC 6710, 3"},
	{"RRVS", "RRVS", "RCPT", wrongRRVS, "RFC 7293, 3.1"},
	{"MTRK", "MTRK", "MAIL", wrongMTRK, "RFC 3885, 3.1"},
	{"PRDR", "PRDR", "MAIL", noValue, "Exim PRDR draft"},
	{"SOLICIT", "NO-SOLICITING", "MAIL", anyValue, "RFC 3865, 2"},
	{"TRANSID", "CHECKPOINT", "MAIL", anyValue, "RFC 1845, 3"},
	{"CONPERM", "CONPERM", "MAIL", noValue, "RFC 4141, 4.2"},
	{"CONNEG", "CONNEG", "RCPT", noValue, "RFC 4141, 5.2"},
	{"SUBMITTER", "SUBMITTER", "MAIL", anyValue, "RFC 4405, 4"},
	{"XVERP", "XVERP", "MAIL", nil, "Postfix VERP"},
}

// parameters judges those of MAIL or RCPT.
//
// RFC 5321, 4.1.1.11: 555 for one that is not recognized.
func (a *advice) parameters(s State, verb string, env Envelope) {
	if len(env.Params) > 0 && !s.ESMTP {
		a.add(Wrong, 555, "parameters need EHLO", "RFC 5321, 4.1.1.11")
		return
	}
	for i, p := range env.Params {
		a.parameter(s, verb, p)
		for _, before := range env.Params[:i] {
			if before.Key == p.Key {
				a.add(Wrong, 501, p.Key+" is given twice", "RFC 5321, 4.1.2")
				break
			}
		}
	}
	a.together(env)
}

func (a *advice) parameter(s State, verb string, p Param) {
	x := parameterOf(p.Key)
	switch {
	case x == nil:
		a.add(Warning, 555, p.Key+" is no parameter that ehlo knows", "RFC 5321, 4.1.1.11")
	case x.verbs != verb:
		a.add(Wrong, 555, p.Key+" is a parameter of "+x.verbs, x.source)
	case !s.Offered.Has(x.keyword):
		a.add(Warning, 555, p.Key+" belongs to the extension "+x.keyword+", which was not offered", "RFC 5321, 4.1.1.11")
	default:
		if x.wrong != nil {
			if why := x.wrong(s, p.Value); why != "" {
				a.add(Wrong, 501, p.Key+why, x.source)
			}
		}
		a.tooMuch(s, p)
	}
}

// tooMuch compares a good value with what the server offers.
func (a *advice) tooMuch(s State, p Param) {
	switch p.Key {
	case "SIZE":
		n, err := strconv.ParseInt(p.Value, 10, 64)
		most := s.maxSize()
		if digits(p.Value, 20) && most > 0 && (err != nil || n > most) {
			a.add(Warning, 552, "the server takes "+strconv.FormatInt(most, 10)+" octets at most", "RFC 1870, 6.1")
		}
	case "BODY":
		if strings.EqualFold(p.Value, "BINARYMIME") && !(s.Offered.Has("BINARYMIME") && s.Offered.Has("CHUNKING")) {
			a.add(Warning, 501, "BODY=BINARYMIME needs BINARYMIME and CHUNKING, which were not both offered", "RFC 3030, 3")
		}
	case "REQUIRETLS":
		if !s.Secure {
			a.add(Wrong, 0, "REQUIRETLS is for a channel under TLS", "RFC 8689, 2")
		}
	}
}

// together judges parameters that depend on each other.
func (a *advice) together(env Envelope) {
	_, holdFor := env.Param("HOLDFOR")
	_, holdUntil := env.Param("HOLDUNTIL")
	if holdFor && holdUntil { // RFC 4865, 4.1: one, and only one
		a.add(Wrong, 501, "HOLDFOR and HOLDUNTIL exclude each other", "RFC 4865, 4.1")
	}
	_, mtrk := env.Param("MTRK")
	if _, envid := env.Param("ENVID"); mtrk && !envid {
		a.add(Wrong, 501, "MTRK needs ENVID", "RFC 3885, 3.2")
	}
}

func noValue(_ State, value string) string {
	if value != "" {
		return " takes no value"
	}
	return ""
}

func anyValue(_ State, value string) string { return unless(value != "", " wants a value") }

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// oneOf reports whether a value is one of some words, in any case.
func oneOf(value string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(value, w) {
			return true
		}
	}
	return false
}

func wrongSize(_ State, value string) string {
	return unless(digits(value, 20), " is a number of octets") // RFC 1870, 5: 1*20DIGIT
}

func wrongBody(_ State, value string) string {
	return unless(oneOf(value, "7BIT", "8BITMIME", "BINARYMIME"), " is 7BIT, 8BITMIME or BINARYMIME")
}

func wrongRet(_ State, value string) string {
	return unless(oneOf(value, "FULL", "HDRS"), " is FULL or HDRS")
}

func wrongEnvID(_ State, value string) string {
	return unless(value != "" && len(value) <= 100 && IsXText(value), " is 1 to 100 characters of xtext")
}

func wrongNotify(_ State, value string) string {
	const why = " is NEVER, or SUCCESS, FAILURE, DELAY with commas between"
	if oneOf(value, "NEVER") {
		return ""
	}
	for word := range strings.SplitSeq(value, ",") {
		if !oneOf(word, "SUCCESS", "FAILURE", "DELAY") {
			return why
		}
	}
	return ""
}

// wrongORcpt: RFC 3461, 4.2: addr-type ";" xtext. With the type utf-8 the
// address has an encoding of its own.
func wrongORcpt(_ State, value string) string {
	kind, address, ok := strings.Cut(value, ";")
	ok = ok && kind != "" && address != "" && len(value) <= 500
	return unless(ok && (oneOf(kind, "utf-8") || IsXText(address)), " is a type, a semicolon and an address in xtext")
}

func wrongAuth(_ State, value string) string {
	return unless(value == "<>" || value != "" && IsXText(value), " is a mailbox in xtext, or <>")
}

// wrongBy: RFC 2852, 4: by-time ";" by-mode [by-trace]. With mode R the time is
// more than zero.
func wrongBy(_ State, value string) string {
	const why = " is SECONDS;N or SECONDS;R, with R more than 0"
	seconds, mode, _ := strings.Cut(value, ";")
	number := strings.TrimPrefix(strings.TrimPrefix(seconds, "+"), "-")
	mode = strings.TrimSuffix(strings.ToUpper(mode), "T")
	if !digits(number, 9) || mode != "N" && mode != "R" {
		return why
	}
	n, err := strconv.Atoi(seconds)
	return unless(err == nil && (mode == "N" || n > 0), why)
}

// wrongHoldFor: RFC 4865, 3 and 4.1: no longer than was offered.
func wrongHoldFor(s State, value string) string {
	if !digits(value, 9) || value[0] == '0' {
		return " is 1 to 999999999 seconds"
	}
	interval, _, _ := strings.Cut(s.offer("FUTURERELEASE"), " ")
	n, _ := strconv.Atoi(value)
	most, err := strconv.Atoi(interval)
	return unless(err != nil || n <= most, " is longer than the "+interval+" seconds that were offered")
}

func wrongHoldUntil(s State, value string) string {
	at, err := time.Parse(time.RFC3339, strings.ToUpper(value))
	if err != nil {
		return " is a date and time, as 2026-11-24T05:00:00Z"
	}
	_, until, _ := strings.Cut(s.offer("FUTURERELEASE"), " ")
	last, err := time.Parse(time.RFC3339, strings.TrimSpace(until))
	return unless(err != nil || !at.After(last), " is later than was offered")
}

func wrongPriority(_ State, value string) string {
	n, err := strconv.Atoi(value)
	return unless(err == nil && -9 <= n && n <= 9 && !strings.HasPrefix(value, "+"), " is -9 to 9")
}

func wrongRRVS(_ State, value string) string {
	at, action, some := strings.Cut(value, ";")
	_, err := time.Parse(time.RFC3339, strings.ToUpper(at))
	return unless(err == nil && (!some || oneOf(action, "C", "R")), " is a date and time, and ;C or ;R behind it")
}

// wrongMTRK: RFC 3885, 3.1: base64, and ":" and seconds behind it.
func wrongMTRK(_ State, value string) string {
	certifier, seconds, some := strings.Cut(value, ":")
	return unless(certifier != "" && isBase64(certifier) && (!some || digits(seconds, 9)), " is base64, and :seconds behind it")
}

// IsXText reports whether text is printable ASCII but + and =, and +XX for any
// octet. RFC 3461, 4.
func IsXText(s string) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			if i+2 >= len(s) || !upperHex(s[i+1]) || !upperHex(s[i+2]) {
				return false
			}
			i += 2
		case s[i] <= ' ' || s[i] > '~' || s[i] == '=':
			return false
		}
	}
	return true
}

func upperHex(c byte) bool { return digit(c) || 'A' <= c && c <= 'F' }
