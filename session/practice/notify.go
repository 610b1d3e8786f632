package practice

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// notify delivers the notification that a message calls for, if it does, to
// the mailbox of its sender.
func (s *Server) notify(m Mail, all []Fate) error {
	n, ok := m.Report(all, s.opts.Name, s.newID(), m.At)
	if !ok {
		return nil
	}
	f, err := s.place(n, n.To[0], []byte(n.Trace()))
	if err == nil && f.Action == "failed" {
		return nil // RFC 5321, 6.1: a notification about a notification is never sent
	}
	return err
}

// Report makes the delivery status notification that the fates of a message's
// recipients call for; ok is false if nobody wants to be told.
//
// RFC 3461, 6.1; RFC 3464. Nobody is told of a message without a reverse-path
// (RFC 5321, 4.5.5).
func (m Mail) Report(all []Fate, by, id string, at time.Time) (n Mail, ok bool) {
	var told []Fate
	for _, f := range all {
		if wants(f) {
			told = append(told, f)
		}
	}
	if len(told) == 0 || m.From.Path == "" {
		return Mail{}, false
	}
	n = Mail{
		ID: id, From: session.Envelope{}, To: []session.Envelope{{Path: m.From.Path}}, Helo: by,
		By: by, Protocol: "local", At: at,
	}
	n.Content = m.notification(told, n)
	return n, true
}

// wants: RFC 3461, 4.1 and 6.2.1: without NOTIFY a failure is told, and nothing
// else.
func wants(f Fate) bool {
	notify, given := f.To.Param("NOTIFY")
	if !given {
		return f.Action == "failed"
	}
	for word := range strings.SplitSeq(strings.ToUpper(notify), ",") {
		if word == "SUCCESS" && f.Action != "failed" || word == "FAILURE" && f.Action == "failed" {
			return true
		}
	}
	return false
}

// notification is a message in three parts: for people, for programs, and what
// comes back of the message.
func (m Mail) notification(told []Fate, n Mail) []byte {
	_, utf8 := m.From.Param("SMTPUTF8")
	global := "" // RFC 6533
	if utf8 {
		global = "global-"
	}
	boundary := "ehlo-" + rand.Text()
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("From: Mail Delivery System <MAILER-DAEMON@%s>", n.By)
	line("To: <%s>", m.From.Path)
	line("Subject: %s", subject(told))
	line("Date: %s", date(n.At))
	line("Message-ID: <%s@%s>", n.ID, n.By)
	line("Auto-Submitted: auto-replied")
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/report; report-type=%sdelivery-status;\r\n\tboundary=\"%s\"", global, boundary)
	line("")
	line("--%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", boundary)
	for _, f := range told {
		line("<%s>: %s", f.To.Path, sentence(f))
	}
	line("")
	line("--%s\r\nContent-Type: message/%sdelivery-status\r\n", boundary, global)
	b.WriteString(m.status(told, n.By, utf8))
	line("--%s", boundary)
	b.WriteString(returned(m, told, utf8))
	line("--%s--", boundary)
	return b.Bytes()
}

func subject(told []Fate) string {
	for _, f := range told {
		if f.Action == "failed" {
			return "Your mail could not be delivered"
		}
	}
	return "Your mail was delivered"
}

func sentence(f Fate) string {
	switch f.Action {
	case "failed":
		return "it could not be delivered: " + f.Text
	case "relayed":
		return "it was handed to a server that does not report what becomes of it"
	}
	return "it was put into the mailbox"
}

// status is what programs read (RFC 3464, 2).
func (m Mail) status(told []Fate, by string, utf8 bool) string {
	var b strings.Builder
	line := func(key, value string) { b.WriteString(key + ": " + value + "\r\n") }
	if envid, ok := m.From.Param("ENVID"); ok {
		line("Original-Envelope-Id", unxtext(envid))
	}
	line("Reporting-MTA", "dns; "+by)
	line("Arrival-Date", date(m.At))
	for _, f := range told {
		b.WriteString("\r\n")
		if orcpt, ok := f.To.Param("ORCPT"); ok {
			kind, address, _ := strings.Cut(orcpt, ";")
			if !strings.EqualFold(kind, "utf-8") {
				address = unxtext(address)
			}
			line("Original-Recipient", kind+";"+address)
		}
		kind := "rfc822"
		if utf8 && !ascii(f.To.Path) {
			kind = "utf-8" // RFC 6533, 3
		}
		line("Final-Recipient", kind+";"+f.To.Path)
		line("Action", f.Action)
		line("Status", f.Status)
		if f.Remote != "" {
			line("Remote-MTA", "dns; "+f.Remote)
		}
		if f.Text != "" {
			line("Diagnostic-Code", "smtp; "+f.Text)
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

// returned is what comes back of the message.
//
// RFC 3461, 4.3: RET says how much of it; and of a success never all.
func returned(m Mail, told []Fate, utf8 bool) string {
	ret, _ := m.From.Param("RET")
	all := false
	for _, f := range told {
		all = all || f.Action == "failed"
	}
	head, _, _ := bytes.Cut(m.Content, []byte("\r\n\r\n"))
	head = append(bytes.TrimSuffix(bytes.Clone(head), []byte("\r\n")), "\r\n"...)
	switch {
	case all && !strings.EqualFold(ret, "HDRS") && utf8:
		return "Content-Type: message/global\r\n\r\n" + string(m.Content)
	case all && !strings.EqualFold(ret, "HDRS"):
		return "Content-Type: message/rfc822\r\n\r\n" + string(m.Content)
	case utf8:
		return "Content-Type: message/global-headers\r\n\r\n" + string(head)
	}
	return "Content-Type: text/rfc822-headers\r\n\r\n" + string(head)
}

// unxtext: RFC 3461, 4. What is no printable ASCII stays as it is: it would
// end a line.
func unxtext(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '+' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil && n >= ' ' && n < 0x7f {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
