package practice

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ehlo/session"
)

// maxMarks bounds what a server remembers beyond one connection. The oldest
// is forgotten first.
const maxMarks = 10_000

// mark is what is remembered of the matches of one rule.
type mark struct {
	count int
	first time.Time
}

// marks remembers for all connections of a server.
type marks struct {
	mu    sync.Mutex
	known map[string]*mark
	order []string
}

// match counts one more, and returns how many there were and when the first
// was.
func (m *marks) match(key string, now time.Time) mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = make(map[string]*mark)
	}
	k := m.known[key]
	if k == nil {
		if len(m.order) >= maxMarks {
			delete(m.known, m.order[0])
			m.order = m.order[1:]
		}
		k = &mark{first: now}
		m.known[key] = k
		m.order = append(m.order, key)
	}
	k.count++
	return *k
}

// find returns the first rule that fits. answer tells what a correct server
// would say, and is asked only where a rule wants to know.
func (c *conn) find(what string, cmd session.Command, answer func() string) (rule, bool) {
	for i := range c.srv.scenario.rules {
		r := &c.srv.scenario.rules[i]
		if !r.on(what) || r.arg != "" && !glob(r.arg, cmd.Arg) || r.phase != "" && r.phase != c.state.Phase.String() {
			continue
		}
		if !c.flagged(r.flags) || r.answer != "" && !glob(r.answer, firstLine(answer())) {
			continue
		}
		if c.counted(r, i, cmd) {
			return *r, true
		}
	}
	return rule{}, false
}

func firstLine(reply string) string {
	line, _, _ := strings.Cut(reply, "\r\n")
	return line
}

// flagged reports whether all the flags that a rule asks for are set.
func (c *conn) flagged(flags []string) bool {
	for _, f := range flags {
		set := false
		switch f {
		case "pipelined":
			set = c.pipelined
		case "bare-lf":
			set = c.bareLF
		case "eight-bit":
			set = c.eightBit
		case "secure":
			set = c.state.Secure
		case "clear":
			set = !c.state.Secure
		}
		if !set {
			return false
		}
	}
	return true
}

// counted counts the match of a rule, and reports whether it is the one meant.
func (c *conn) counted(r *rule, index int, cmd session.Command) bool {
	now := c.srv.opts.Now()
	key := c.scope(r.per, index, cmd)
	var m mark
	if r.per == "" || r.per == "connection" || r.per == "transaction" {
		m = c.matches.match(key, now)
	} else {
		m = c.srv.matches.match(key, now)
	}
	since := time.Duration(float64(now.Sub(m.first)) * c.srv.opts.Hurry)
	return m.count >= r.from && (r.to == 0 || m.count <= r.to) && since >= r.after && (r.until == 0 || since < r.until)
}

// scope names whose matches are counted together.
//
// RFC 6647, 2: the triplet is client, reverse-path and forward-path.
func (c *conn) scope(per string, index int, cmd session.Command) string {
	key := []string{strconv.Itoa(index)}
	switch per {
	case "transaction":
		key = append(key, strconv.Itoa(c.state.Answers.Mail.Seq))
	case "client":
		key = append(key, c.clientHost())
	case "recipient":
		key = append(key, addressed(cmd))
	case "triplet":
		key = append(key, c.clientHost(), c.reverse().Path, addressed(cmd))
	}
	return strings.Join(key, "\x00")
}

// addressed is the mailbox of a RCPT, its domain in lower case.
func addressed(cmd session.Command) string {
	env, _ := session.ParseEnvelope("TO", cmd.Arg)
	return mailbox(env.Path)
}

// mailbox brings the path of a mailbox into one form.
//
// RFC 5321, 2.4: local parts are case-sensitive, domains are not. RFC 5321,
// 4.1.1.3: a source route is ignored. RFC 5321, 4.5.1: postmaster is in any
// case, and may have no domain.
func mailbox(path string) string {
	if strings.HasPrefix(path, "@") {
		_, path, _ = strings.Cut(path, ":")
	}
	local, domain, ok := session.SplitMailbox(path)
	if !ok {
		local = path
	}
	if strings.EqualFold(local, "postmaster") {
		local = "postmaster"
	}
	if domain == "" {
		return local
	}
	return local + "@" + strings.ToLower(domain)
}

// clientHost is the address of the client without its port.
func (c *conn) clientHost() string {
	addr := c.raw.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

func contains(list []string, word string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) })
}
