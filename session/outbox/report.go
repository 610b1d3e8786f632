package outbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ehlo/session"
)

// ReportOptions say how a sender hears of what became of a message.
type ReportOptions struct {
	Host string // this host's name, for Reporting-MTA; default localhost
	// Target is where reports are sent, with a null reverse-path; "" keeps
	// them as files. Settings are those of the mail.
	Target   string
	Settings []string
}

// notifies reports whether a recipient's NOTIFY asks for a kind of report.
//
// RFC 3461, 4.1: without NOTIFY a report on failure is what is expected.
func (e *Envelope) notifies(i int, kind string) bool {
	if i >= len(e.To) {
		return false
	}
	value, given := e.To[i].Param("NOTIFY")
	if !given {
		return kind == "FAILURE"
	}
	return slices.ContainsFunc(strings.Split(value, ","), func(w string) bool { return strings.EqualFold(w, kind) })
}

// report reads the envelope of a message and reports on it.
func (r *Runner) report(m *Message) {
	e, err := r.spool.Envelope(m.ID)
	if err != nil {
		r.tell(Happening{ID: m.ID, Text: "no report can be written: " + err.Error()})
		return
	}
	r.reportAll(m, e)
}

// reportAll writes the reports that are due: on failures, on delays, and on
// what was passed on to a host that writes no reports.
func (r *Runner) reportAll(m *Message, e *Envelope) {
	now := r.opts.Clock.Now()
	var delayed []int
	for i, x := range m.Recipients {
		if x.Fate == Waiting && !x.Warned && x.Tries > 0 && now.Sub(m.Added) >= r.opts.Schedule.Warn && e.notifies(i, "DELAY") {
			delayed = append(delayed, i)
		}
	}
	for _, due := range []struct {
		action string
		list   []int
	}{{"failed", m.untold()}, {"delayed", delayed}, {success(m), m.relayed()}} {
		if len(due.list) == 0 {
			continue
		}
		if err := r.reportOn(m, e, due.action, due.list); err != nil {
			r.tell(Happening{ID: m.ID, Text: "no report could be written: " + err.Error()})
			continue
		}
		m.Reports++
	}
}

// success is what a report says of recipients that a server has taken that
// writes no reports.
//
// RFC 3464, 2.3.3: "relayed" is for what goes on to a host that may not tell.
// LMTP takes a message for a recipient's own mailbox (RFC 2033, 1).
func success(m *Message) string {
	if t, err := session.ParseTarget(m.Target); err == nil && t.LMTP {
		return "delivered"
	}
	return relayedWord
}

func (r *Runner) reportOn(m *Message, e *Envelope, action string, which []int) error {
	var asked []int
	for _, i := range which {
		if action != "failed" || e.notifies(i, "FAILURE") {
			asked = append(asked, i)
		}
	}
	fields := []string{action, list(which), "", ""}
	switch {
	case e.From.Path == "":
		// RFC 5321, 4.5.5 and 6.1: never a notification about a notification.
		fields[3] = "nobody is told: the reverse-path is null"
	case len(asked) == 0:
		fields[3] = "nobody is told: NOTIFY asks for no report"
	default:
		name, err := r.writeReport(m, e, action, asked)
		if err != nil {
			return err
		}
		fields[2] = filepath.Base(name)
		if r.opts.Report.Target != "" {
			if fields[3], err = r.mailReport(m, e, name); err != nil {
				return err
			}
		}
		r.tell(Happening{ID: m.ID, Text: fmt.Sprintf("%s is told: %s", e.From.Path, name)})
	}
	return r.spool.journal.commit(Record{ID: m.ID, At: r.opts.Clock.Now(), Kind: Reported, Fields: fields})
}

// writeReport writes a report as a file beside the message. Whoever is cut off
// before the journal knows of it writes it again.
func (r *Runner) writeReport(m *Message, e *Envelope, action string, which []int) (name string, err error) {
	dir := r.spool.folder(m.ID)
	name = filepath.Join(dir, fmt.Sprintf("report-%d.eml", m.Reports+1))
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	now := r.opts.Clock.Now()
	err = notice{m: m, e: e, action: action, which: which, at: now, host: r.host(), until: m.Added.Add(r.opts.Schedule.GiveUp),
		content: func() (*session.Content, error) { return r.spool.Content(e) }, id: fmt.Sprintf("%s-%d@%s", m.ID, m.Reports+1, r.host())}.write(w)
	err = errors.Join(err, w.Flush(), r.spool.disk.sync(f), f.Close())
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		_ = os.Remove(name + ".new")
		return "", err
	}
	return name, r.spool.disk.syncFolder(dir) // which may not be durable itself yet
}

// mailReport queues a report to the sender, once.
func (r *Runner) mailReport(m *Message, e *Envelope, name string) (id string, err error) {
	id = fmt.Sprintf("%s-%d", m.ID, m.Reports+1)
	if _, err := r.spool.Find(id); err == nil {
		return id, nil // a run that was cut off has come this far
	} else if !errors.Is(err, ErrNoMessage) {
		return "", err
	}
	if err := os.RemoveAll(r.spool.folder(id)); err != nil {
		return "", err
	}
	c, err := session.FileContent(name)
	if err != nil {
		return "", err
	}
	return r.spool.Add(Envelope{
		ID: id, To: session.To(e.From.Path), Target: r.opts.Report.Target, Settings: r.opts.Report.Settings, UTF8: notice{e: e}.utf8(),
	}, c)
}

func (r *Runner) host() string {
	if r.opts.Report.Host == "" {
		return "localhost"
	}
	return r.opts.Report.Host
}

// notice is a delivery status notification (RFC 3464).
type notice struct {
	m       *Message
	e       *Envelope
	action  string // failed, delayed, relayed or delivered
	which   []int
	at      time.Time
	until   time.Time
	host    string
	content func() (*session.Content, error) // of the message
	id      string                           // Message-ID
}

// maxReturned is how much of a message a report returns, in octets.
const maxReturned = 1 << 20

// write writes it with CRLF: a text for people, the fields for programs, and
// the message or its header (RFC 3462, 2; RFC 6533 for addresses in UTF-8).
func (n notice) write(w io.Writer) error {
	boundary := "=_" + strings.ReplaceAll(n.m.ID, "-", "_") + "_report"
	status, returned := "message/delivery-status", "text/rfc822-headers"
	ret, _ := n.e.From.Param("RET")
	full := strings.EqualFold(ret, "FULL") && n.e.Content.Octets <= maxReturned // RFC 3461, 4.3
	if full {
		returned = "message/rfc822"
	}
	if n.utf8() {
		status, returned = "message/global-delivery-status", "message/global-headers"
		if full {
			returned = "message/global"
		}
	}
	encoding := "7bit"
	if n.utf8() || n.e.Content.EightBit {
		encoding = "8bit"
	}
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Date: %s", n.at.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	line("From: Mail Delivery System <postmaster@%s>", n.host)
	line("To: <%s>", n.e.From.Path)
	line("Subject: %s", n.subject())
	line("Message-ID: <%s>", n.id)
	line("Auto-Submitted: auto-replied") // RFC 3834, 3.1.7
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/report; report-type=%s;\r\n boundary=\"%s\"", strings.TrimPrefix(status, "message/"), boundary)
	line("Content-Transfer-Encoding: %s", encoding)
	line("\r\nThis is a delivery status notification in MIME format.\r\n")
	line("--%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", boundary)
	n.text(line)
	line("\r\n--%s\r\nContent-Type: %s\r\n", boundary, status)
	n.fields(line)
	line("--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n", boundary, returned, encoding)
	if _, err := w.Write(b.Bytes()); err != nil {
		return err
	}
	if err := copyMessage(w, n.content, !full); err != nil {
		fmt.Fprintf(w, "X-Not-Returned: the message can no longer be read\r\n")
	}
	_, err := fmt.Fprintf(w, "\r\n--%s--\r\n", boundary)
	return err
}

// utf8 reports whether the report cannot be said in ASCII.
func (n notice) utf8() bool {
	for _, e := range append([]session.Envelope{n.e.From}, n.e.To...) {
		if strings.ContainsFunc(e.Path, func(r rune) bool { return r >= 0x80 }) {
			return true
		}
	}
	return n.e.UTF8
}

func (n notice) subject() string {
	switch n.action {
	case "delayed":
		return "Your message is delayed"
	case relayedWord:
		return "Your message was passed on"
	case "delivered":
		return "Your message was delivered"
	}
	return "Your message could not be delivered"
}

// text says it to people. Text from servers is escaped; lines are short enough
// for any mail.
func (n notice) text(line func(string, ...any)) {
	line("This is the outbox of ehlo on %s.\r\n", n.host)
	switch n.action {
	case "failed":
		line("Your message of %s could not be delivered\r\nto the recipients below, and nothing more will be tried for them.\r\n", n.m.Added.Format("2006-01-02 15:04 -0700"))
	case "delayed":
		line("Your message of %s has not been delivered\r\nto the recipients below yet. It will be tried until %s;\r\nyou need do nothing.\r\n",
			n.m.Added.Format("2006-01-02 15:04 -0700"), n.until.Format("2006-01-02 15:04 -0700"))
	case relayedWord:
		line("Your message was passed on for the recipients below to a host that\r\nsends no reports: this is the last that you hear of it from here.\r\n")
	case "delivered":
		line("Your message was delivered to the recipients below.\r\n")
	}
	for _, i := range n.which {
		x := n.m.Recipients[i]
		line("<%s>", session.Escape(x.To))
		line("    %s", session.Escape(x.Reply))
		if x.Host != "" {
			line("    said %s at %s", session.Escape(x.Host), x.At.Format("2006-01-02 15:04:05 -0700"))
		}
	}
}

// fields says it to programs: RFC 3464, 2.2 and 2.3.
func (n notice) fields(line func(string, ...any)) {
	kind := "rfc822"
	if n.utf8() {
		kind = "utf-8" // RFC 6533, 3
	}
	if id, ok := n.e.From.Param("ENVID"); ok {
		line("Original-Envelope-Id: %s", fromXText(id))
	}
	line("Reporting-MTA: dns; %s", n.host)
	line("Arrival-Date: %s", n.m.Added.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	for _, i := range n.which {
		x := n.m.Recipients[i]
		line("")
		if i < len(n.e.To) {
			if orcpt, ok := n.e.To[i].Param("ORCPT"); ok {
				line("Original-Recipient: %s", strings.Replace(fromXText(orcpt), ";", "; ", 1))
			}
		}
		line("Final-Recipient: %s; %s", kind, session.Escape(x.To))
		line("Action: %s", n.action)
		line("Status: %s", n.status(x))
		if host, _, _ := strings.Cut(x.Host, " "); host != "" {
			line("Remote-MTA: dns; %s", session.Escape(host))
		}
		if l := session.ParseReplyLine([]byte(x.Reply)); l.Code != 0 && x.Host != "" {
			line("Diagnostic-Code: smtp; %s", session.Escape(x.Reply))
		}
		if !x.At.IsZero() {
			line("Last-Attempt-Date: %s", x.At.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
		}
		if n.action == "delayed" {
			line("Will-Retry-Until: %s", n.until.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
		}
	}
	line("")
}

// status is an enhanced code whose class agrees with the action (RFC 3464,
// 2.3.4).
func (n notice) status(x Recipient) string {
	l := session.ParseReplyLine([]byte(x.Reply))
	class := map[string]string{"failed": "5", "delayed": "4", relayedWord: "2", "delivered": "2"}[n.action]
	switch {
	case x.Fate == Expired:
		return "4.4.7" // RFC 3463, 3.5: the time has expired; "persistent transient"
	case l.Enhanced != "" && string(l.Enhanced[:1]) == class:
		return string(l.Enhanced)
	case strings.HasSuffix(x.Reply, ")"): // the route says it in the end
		if at := strings.LastIndexByte(x.Reply, '('); at >= 0 {
			if e, ok := session.ParseEnhanced(x.Reply[at+1 : len(x.Reply)-1]); ok && string(e[:1]) == class {
				return string(e)
			}
		}
	}
	return class + ".0.0"
}

// copyMessage writes a message, or only its header, with CRLF.
func copyMessage(w io.Writer, content func() (*session.Content, error), headerOnly bool) error {
	c, err := content()
	if err != nil {
		return err
	}
	f, err := c.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(io.LimitReader(f, maxReturned))
	for {
		p, err := r.ReadBytes('\n')
		p = bytes.TrimRight(p, "\r\n")
		if len(p) == 0 && (err != nil || headerOnly) {
			return nil
		}
		if _, err := w.Write(append(p, "\r\n"...)); err != nil {
			return err
		}
		if err != nil {
			return nil
		}
	}
}

// fromXText undoes [session.XText]; what is no xtext stays as it is. The result
// stays printable ASCII.
func fromXText(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '+' && i+2 < len(text) {
			var c byte
			if _, err := fmt.Sscanf(text[i+1:i+3], "%02X", &c); err == nil && c >= ' ' && c < 0x7f {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return session.Escape(b.String())
}
