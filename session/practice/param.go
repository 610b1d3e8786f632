package practice

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// params checks the parameters of MAIL or RCPT. check names the extension that
// a parameter belongs to, "" if none is known, and says what is wrong with its
// value.
//
// RFC 5321, 4.1.1.11: 555 for a parameter that is not recognized.
func (c *conn) params(env session.Envelope, check func(session.Param) (extension, problem string)) string {
	seen := map[string]bool{}
	for _, p := range env.Params {
		extension, problem := check(p)
		switch {
		case extension == "" || !c.state.Offered.Has(extension):
			return unknown(p.Key)
		case seen[p.Key]:
			return reply("501 5.5.4 Parameter " + p.Key + " is given twice")
		case problem != "":
			return problem
		}
		seen[p.Key] = true
	}
	if seen["HOLDFOR"] && seen["HOLDUNTIL"] { // RFC 4865, 4.3
		return reply("501 5.5.4 HOLDFOR and HOLDUNTIL exclude each other")
	}
	return ""
}

func (c *conn) mailParam(p session.Param) (extension, problem string) {
	switch p.Key {
	case "SIZE":
		return "SIZE", c.sizeParam(p.Value)
	case "BODY":
		return "8BITMIME", c.bodyParam(p.Value)
	case "SMTPUTF8", "REQUIRETLS", "PRDR": // RFC 6531, 3.4; RFC 8689, 2; Exim PRDR draft
		return p.Key, valid(p.Value == "", p.Key+" takes no value")
	case "AUTH": // RFC 4954, 5
		return "AUTH", valid(p.Value == "<>" || p.Value != "" && session.IsXText(p.Value), "AUTH is a mailbox in xtext, or <>")
	case "RET": // RFC 3461, 4.3
		return "DSN", valid(strings.EqualFold(p.Value, "FULL") || strings.EqualFold(p.Value, "HDRS"), "RET is FULL or HDRS")
	case "ENVID": // RFC 3461, 4.4
		return "DSN", valid(p.Value != "" && len(p.Value) <= 100 && session.IsXText(p.Value), "ENVID is 1 to 100 characters of xtext")
	case "BY":
		return "DELIVERBY", valid(deliverBy(p.Value), "BY is SECONDS;N or SECONDS;R, with R more than 0")
	case "HOLDFOR", "HOLDUNTIL":
		return "FUTURERELEASE", c.holdParam(p)
	case "MT-PRIORITY": // RFC 6710, 4.1
		n, err := strconv.Atoi(strings.TrimPrefix(p.Value, "-"))
		return "MT-PRIORITY", valid(err == nil && n <= 9 && digitsOnly(strings.TrimPrefix(p.Value, "-")), "MT-PRIORITY is -9 to 9")
	}
	return "", ""
}

func (c *conn) rcptParam(p session.Param) (extension, problem string) {
	switch p.Key {
	case "NOTIFY":
		return "DSN", valid(notify(p.Value), "NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY")
	case "ORCPT": // RFC 3461, 4.2
		return "DSN", valid(c.originalRecipient(p.Value), "ORCPT is a type, a semicolon and an address in xtext")
	case "RRVS": // RFC 7293, 3.1
		at, action, some := strings.Cut(p.Value, ";")
		_, err := time.Parse(time.RFC3339, strings.ToUpper(at))
		ok := err == nil && (!some || strings.EqualFold(action, "C") || strings.EqualFold(action, "R"))
		return "RRVS", valid(ok, "RRVS is a date and time, and ;C or ;R behind it")
	}
	return "", ""
}

func valid(ok bool, otherwise string) string {
	if ok {
		return ""
	}
	return reply("501 5.5.4 " + otherwise)
}

func (c *conn) sizeParam(value string) string {
	// RFC 1870, 5: size-value = 1*20DIGIT. Twenty digits may be more than an
	// int64 holds; that is no error of syntax, only very much.
	if len(value) > 20 || !digitsOnly(value) {
		return reply("501 5.5.4 SIZE is a number of octets")
	}
	if size, err := strconv.ParseInt(value, 10, 64); err != nil || size > c.maxSize() { // RFC 1870, 6.1
		return tooBig(value, c.maxSize())
	}
	return ""
}

func tooBig(size string, limit int64) string {
	return reply(fmt.Sprintf("552 5.3.4 %s octets are more than the limit of %d", size, limit))
}

// bodyParam: RFC 6152, 2; RFC 3030, 3 for BINARYMIME.
func (c *conn) bodyParam(value string) string {
	switch strings.ToUpper(value) {
	case "7BIT", "8BITMIME":
		return ""
	case "BINARYMIME":
		if c.state.Offered.Has("BINARYMIME") && c.state.Offered.Has("CHUNKING") {
			return ""
		}
	}
	if c.state.Offered.Has("BINARYMIME") {
		return reply("501 5.5.4 BODY is 7BIT, 8BITMIME or BINARYMIME")
	}
	return reply("501 5.5.4 BODY is 7BIT or 8BITMIME")
}

// deliverBy: RFC 2852, 4: by-time ";" by-mode [by-trace]. With mode R the time
// must be more than zero.
func deliverBy(value string) bool {
	seconds, mode, _ := strings.Cut(strings.ToUpper(value), ";")
	number := strings.TrimLeft(seconds, "+-")
	if len(seconds)-len(number) > 1 || len(number) > 9 || !digitsOnly(number) {
		return false
	}
	switch strings.TrimSuffix(mode, "T") {
	case "N":
		return true
	case "R":
		return !strings.HasPrefix(seconds, "-") && strings.Trim(number, "0") != ""
	}
	return false
}

// holdParam: RFC 4865, 4.2 and 4.3; the limits are those that were offered.
func (c *conn) holdParam(p session.Param) string {
	offered, _ := c.state.Offered.Params("FUTURERELEASE")
	interval, until, _ := strings.Cut(offered, " ")
	if p.Key == "HOLDFOR" {
		if p.Value == "" || len(p.Value) > 9 || !digitsOnly(p.Value) {
			return reply("501 5.5.4 HOLDFOR is 1 to 9 digits: seconds")
		}
		n, _ := strconv.Atoi(p.Value)
		most, err := strconv.Atoi(interval)
		return valid(err != nil || n <= most, "HOLDFOR is longer than the "+interval+" seconds that were offered")
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(p.Value))
	if err != nil {
		return reply("501 5.5.4 HOLDUNTIL is a date and time")
	}
	last, err := time.Parse(time.RFC3339, strings.TrimSpace(until))
	return valid(err != nil || !at.After(last), "HOLDUNTIL is later than was offered")
}

// notify: RFC 3461, 4.1.
func notify(value string) bool {
	if strings.EqualFold(value, "NEVER") {
		return true
	}
	for word := range strings.SplitSeq(strings.ToUpper(value), ",") {
		if word != "SUCCESS" && word != "FAILURE" && word != "DELAY" {
			return false
		}
	}
	return true
}

// originalRecipient: RFC 3461, 4.2; RFC 6533, 3 for the type utf-8.
func (c *conn) originalRecipient(value string) bool {
	kind, address, ok := strings.Cut(value, ";")
	if !ok || kind == "" || address == "" || len(value) > 500 || !session.IsXText(kind) {
		return false
	}
	if strings.EqualFold(kind, "utf-8") {
		return printable(address)
	}
	return session.IsXText(address)
}

// digitsOnly reports whether s is digits, and at least one.
func digitsOnly(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
