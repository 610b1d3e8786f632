package practice

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"

	"ehlo/session"
)

// login is an exchange that is under way: it takes the client's next response
// and returns the next reply. Any reply but a 334 ends it.
type login func(response []byte) string

// mechanisms lists what is offered now.
//
// RFC 4954, 4: no mechanism that shows a password, or a token, is permitted in
// the clear. SCRAM and CRAM-MD5 show none. The -PLUS mechanisms bind to TLS,
// and EXTERNAL goes by a certificate of the client.
func (c *conn) mechanisms() []string {
	list := c.allMechanisms()
	if only := c.srv.scenario.mechanisms; len(only) > 0 {
		list = slices.DeleteFunc(list, func(m string) bool { return !contains(only, m) })
		slices.SortFunc(list, func(a, b string) int { return slices.Index(only, a) - slices.Index(only, b) })
	}
	return list
}

func (c *conn) allMechanisms() []string {
	list := []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "ANONYMOUS"}
	if !c.state.Secure {
		return list
	}
	list = append([]string{"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}, list...)
	list = append(list, "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")
	if c.certified() {
		list = append(list, "EXTERNAL")
	}
	return list
}

// certified reports whether the client showed a certificate.
func (c *conn) certified() bool {
	return c.under != nil && len(c.under.ConnectionState().PeerCertificates) > 0
}

// auth begins a login: RFC 4954, 4.
func (c *conn) auth(cmd session.Command) string {
	words := strings.Fields(cmd.Arg)
	switch {
	case !c.has("AUTH") && (c.state.Secure || contains(c.srv.scenario.withhold, "AUTH")):
		return notImplemented()
	case !c.state.ESMTP:
		return reply("503 5.5.1 EHLO first")
	case c.state.Auth != "":
		return reply("503 5.5.1 You have logged in already")
	case c.state.InTransaction():
		return reply("503 5.5.1 A transaction is open; RSET ends it")
	case len(words) == 0 || len(words) > 2:
		return reply("501 5.5.4 AUTH is a mechanism, and an initial response or none")
	}
	mech := strings.ToUpper(words[0])
	exchange, clientFirst := c.exchange(mech)
	offered, _ := c.state.Offered.Params("AUTH")
	switch {
	case exchange == nil:
		return reply("504 5.5.4 Unrecognized authentication type")
	case !c.state.Secure && needsTLS(mech) && !contains(strings.Fields(offered), mech):
		return reply("538 5.7.11 Encryption required for requested authentication mechanism") // RFC 4954, 6
	case len(words) == 1 && clientFirst:
		c.login = exchange
		return reply("334 ")
	case len(words) == 1:
		return c.take(exchange, nil)
	case !clientFirst && mech != "LOGIN": // which many clients send with the name
		return reply("501 5.7.0 " + mech + " begins with a challenge")
	case words[1] == "=": // RFC 4954, 4: an empty initial response
		return c.take(exchange, []byte{})
	}
	initial, err := base64.StdEncoding.Strict().DecodeString(words[1])
	if err != nil {
		return badBase64()
	}
	if !clientFirst {
		exchange(nil) // the prompt that the initial response answers
	}
	return c.take(exchange, initial)
}

// needsTLS reports whether a mechanism shows a secret, or needs TLS to work.
func needsTLS(mech string) bool {
	switch mech {
	case "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "EXTERNAL":
		return true
	}
	return strings.HasSuffix(mech, "-PLUS")
}

// respond takes the line that answers a 334.
func (c *conn) respond(line []byte) string {
	exchange := c.login
	c.login = nil
	text, ended := strings.CutSuffix(string(line), "\r\n")
	switch {
	case len(line) > maxLogin:
		return reply("500 5.5.6 Authentication Exchange line is too long") // RFC 4954, 6
	case !ended:
		return reply("501 5.5.2 A line ends with CRLF, not with a bare LF")
	case text == "*":
		return reply("501 5.7.0 Authentication cancelled") // RFC 4954, 4
	}
	response, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return badBase64()
	}
	if exchange == nil { // the 334 was the scenario's
		return denied()
	}
	return c.take(exchange, response)
}

// take goes on with an exchange, and keeps it if it is not over.
func (c *conn) take(exchange login, response []byte) string {
	answer := exchange(response)
	if strings.HasPrefix(answer, "334") {
		c.login = exchange
	}
	return answer
}

func challenge(text string) string {
	return reply("334 " + base64.StdEncoding.EncodeToString([]byte(text)))
}

// RFC 4954, 6: 235 and 535. RFC 4954, 4: 501 for what is no base64.
func granted() string { return reply("235 2.7.0 Authentication successful") }
func denied() string  { return reply("535 5.7.8 Authentication credentials invalid") }
func badBase64() string {
	return reply("501 5.5.2 That is no base64")
}

func verdict(ok bool) string {
	if ok {
		return granted()
	}
	return denied()
}

// user returns who has this name, given with the server's domain or without.
func (c *conn) user(name string) (User, bool) {
	if c.srv.scenario.nobody {
		return User{}, false
	}
	u, ok := c.srv.users[name]
	if local, here := strings.CutSuffix(name, "@"+c.srv.opts.Name); !ok && here {
		u, ok = c.srv.users[local]
	}
	return u, ok
}

// may reports whether one who has logged in may act as this one: only as
// himself.
func (c *conn) may(authzid, authcid string) bool {
	asked, ok := c.user(authzid)
	is, known := c.user(authcid)
	return authzid == "" || ok && known && asked.Name == is.Name
}

// endLogin sends a reply of an exchange, the last of which the scenario may
// change.
func (c *conn) endLogin(text string) {
	if strings.HasPrefix(text, "235") || strings.HasPrefix(text, "535") {
		answer := func() string { return text }
		if r, ok := c.find(endOfLogin, session.Command{}, answer); ok {
			c.perform(r, endOfLogin, session.Command{}, answer)
			return
		}
	}
	c.write(text)
}

// exchange begins a mechanism; nil if it is not known. clientFirst says that
// the client's response comes before any challenge.
func (c *conn) exchange(mech string) (exchange login, clientFirst bool) {
	switch mech {
	case "PLAIN":
		return c.plain, true
	case "LOGIN":
		return c.namePassword(), false
	case "CRAM-MD5":
		return c.cramMD5("<" + rand.Text() + "@" + c.srv.opts.Name + ">"), false
	case "XOAUTH2":
		return c.xoauth2(), true
	case "OAUTHBEARER":
		return c.oauthBearer(), true
	case "EXTERNAL":
		return c.external, true
	case "ANONYMOUS":
		return anonymous, true
	}
	if exchange := c.scram(mech); exchange != nil {
		return exchange, true
	}
	return nil, false
}

// secrets marks what nobody may see of a line that came: the initial response
// of an AUTH, and a response to a challenge.
func (c *conn) secrets(line []byte) []session.Span {
	end := len(strings.TrimRight(string(line), "\r\n"))
	switch cmd := session.ParseCommand(line); {
	case c.wasChallenged:
		return []session.Span{{From: 0, To: end}}
	case cmd.Verb == "AUTH":
		if mech, response, ok := strings.Cut(cmd.Arg, " "); ok && response != "" {
			return []session.Span{{From: len("AUTH ") + len(mech) + 1, To: end}}
		}
	}
	return nil
}
