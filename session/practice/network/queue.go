package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// maxWaiting bounds the queue of a host.
const maxWaiting = 1000

// item is a message in a queue, for the recipients of one domain.
type item struct {
	mail     practice.Mail
	domain   string
	attempts int
	next     time.Time // of the next attempt, zero while one is under way
	why      string    // of the last failure
}

// Waiting is what a queue shows of a message.
type Waiting struct {
	ID       string
	From     string
	To       []string
	Attempts int
	Next     time.Time // zero while an attempt is under way
	Why      string    // it is still here
}

// Queue returns what the host has not got rid of.
func (h *Host) Queue() []Waiting {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Waiting
	for _, it := range h.waiting {
		w := Waiting{ID: it.mail.ID, From: it.mail.From.Path, Attempts: it.attempts, Next: it.next, Why: it.why}
		for _, to := range it.mail.To {
			w.To = append(w.To, to.Path)
		}
		list = append(list, w)
	}
	return list
}

// forward takes responsibility for a message, puts the host's trace on top, and
// sends it on: what is for the host itself, what leaves SMTP, and the rest
// domain by domain.
func (h *Host) forward(m practice.Mail) error {
	if strings.Count(string(m.Content), "\nReceived:") > 100 { // RFC 5321, 6.3
		h.note("%s: more than 100 hops: it runs in a circle", m.ID)
		return errors.New("a loop")
	}
	if h.Role == Originating {
		m.Content = append(h.complete(m), m.Content...)
	}
	h.note("%s: from <%s>, taken from %s for %d", m.ID, m.From.Path, m.Helo, len(m.To))
	byDomain := make(map[string]practice.Mail)
	var domains []string
	for _, to := range m.To {
		domain := domainOf(to.Path)
		part, ok := byDomain[domain]
		if !ok {
			domains = append(domains, domain)
			part = m
			part.To = nil
		}
		part.To = append(part.To, to)
		byDomain[domain] = part
	}
	for _, domain := range domains {
		switch part := byDomain[domain]; {
		case slices.Contains(h.site.locals, domain) || domain == "":
			if err := h.keep(part); err != nil {
				return err
			}
		case h.Role == Gateway:
			if err := h.leave(part); err != nil {
				return err
			}
		default:
			part.Content = append([]byte(m.Trace()), m.Content...)
			if err := h.enqueue(part, domain); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete returns the header fields that a submission server adds to a message
// that lacks them (RFC 6409, 8.2 and 8.3).
func (h *Host) complete(m practice.Mail) []byte {
	head, _, _ := strings.Cut(strings.ToLower(string(m.Content)), "\r\n\r\n")
	var add string
	if !strings.Contains("\n"+head, "\nmessage-id:") {
		add += "Message-ID: <" + m.ID + "@" + h.Name + ">\r\n"
	}
	if !strings.Contains("\n"+head, "\ndate:") {
		add += "Date: " + m.At.Format("Mon, 02 Jan 2006 15:04:05 -0700") + "\r\n"
	}
	return []byte(add)
}

func (h *Host) enqueue(m practice.Mail, domain string) error {
	it := &item{mail: m, domain: domain}
	h.mu.Lock()
	full := len(h.waiting) >= maxWaiting
	if !full {
		h.waiting = append(h.waiting, it)
	}
	h.mu.Unlock()
	if full {
		return fmt.Errorf("the queue of %s is full", h.Name)
	}
	h.net.moves(1)
	go h.run(it)
	return nil
}

// run tries until every recipient is settled, one way or the other.
func (h *Host) run(it *item) {
	defer h.net.moves(-1)
	defer h.remove(it)
	for {
		fates, later := h.attempt(it)
		h.report(it.mail, fates)
		if len(later) == 0 || h.net.ctx.Err() != nil {
			return
		}
		h.mu.Lock()
		it.mail.To = it.mail.To[:0:0]
		for _, f := range later {
			it.mail.To = append(it.mail.To, f.To)
			it.why = f.Text
		}
		tries := it.attempts
		h.mu.Unlock()
		if tries > len(h.net.opts.Retry) {
			for i := range later {
				later[i].Action = "failed"
				h.note("%s: <%s> is given up: %s", it.mail.ID, later[i].To.Path, later[i].Text)
			}
			h.report(it.mail, later)
			return
		}
		if !h.wait(it, h.net.opts.Retry[tries-1]) {
			return
		}
	}
}

// wait reports whether the time for another attempt has come; it has not when
// the network is closed.
func (h *Host) wait(it *item, d time.Duration) bool {
	h.mu.Lock()
	it.next = h.now().Add(d)
	h.mu.Unlock()
	h.note("%s: waits %s", it.mail.ID, d)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.net.ctx.Done():
		return false
	}
	h.mu.Lock()
	it.next = time.Time{}
	h.mu.Unlock()
	return true
}

func (h *Host) remove(it *item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = slices.DeleteFunc(h.waiting, func(w *item) bool { return w == it })
}

// report sends the notification that fates call for on its way.
func (h *Host) report(m practice.Mail, fates []practice.Fate) {
	n, ok := m.Report(fates, h.Name, h.newID(), h.now())
	if !ok {
		return
	}
	h.note("%s: tells <%s> in %s", m.ID, m.From.Path, n.ID)
	if err := h.forward(n); err != nil {
		h.note("%s: is lost: %v", n.ID, err)
	}
}

// passed returns the parameters of an envelope that the next host gets, too
// (RFC 3461, 5.1).
func passed(e session.Envelope, keys ...string) session.Envelope {
	e.Params = slices.DeleteFunc(slices.Clone(e.Params), func(p session.Param) bool { return !slices.Contains(keys, p.Key) })
	return e
}
