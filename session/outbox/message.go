package outbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fate is what has become of a recipient.
type Fate uint8

// The fates. Only a recipient that waits, or that may have been delivered and
// shall be tried again, is tried.
const (
	Waiting  Fate = iota
	Accepted      // a server took responsibility
	Refused       // a permanent answer, from a server or from the DNS
	Expired       // given up: it waited for too long
	Unclear       // the final dot went out and no reply came: it may have been delivered (RFC 1047)
)

var fates = [...]string{"waiting", "accepted", "refused", "expired", "unclear"}

func (f Fate) String() string {
	if int(f) < len(fates) {
		return fates[f]
	}
	return "unknown"
}

// Final reports whether nothing more will be tried.
func (f Fate) Final() bool { return f == Accepted || f == Refused || f == Expired }

// Failed reports whether the recipient will not get the message from here.
func (f Fate) Failed() bool { return f == Refused || f == Expired }

func parseFate(text string) (Fate, bool) {
	i := slices.Index(fates[:], text)
	return Fate(max(i, 0)), i >= 0
}

// Recipient is one recipient of a message, and its own fate.
type Recipient struct {
	To   string
	Fate Fate
	// Trying is the number of an attempt whose final dot may have gone out
	// and whose end is not on record; 0 is none. While a run is at work that
	// is so for a moment; if the run is no more, nobody can tell what became
	// of the message (RFC 1047).
	Trying int
	Tries  int // attempts that ended with this recipient waiting
	// Attempt is the number of the last attempt, 0 if there was none.
	Attempt int
	Next    time.Time // when the next attempt is due; zero is never, or at once for what is new
	At      time.Time // when Reply came
	Host    string    // whose word Reply is: name and address; "" is this program's
	Reply   string    // the last reply, or what went wrong
	Told    bool      // the sender was told of the failure, or that it was passed on
	Warned  bool      // the sender was told of the delay
	// Relayed says that the sender wants to know of the success, and that the
	// host that took it does not write such reports.
	Relayed bool
	// Doubts are the attempts of which nobody can tell whether they delivered
	// the message: with each it may have arrived once more (RFC 1047).
	Doubts int
}

// Message is a message in the outbox as the journal tells it. Its envelope and
// its content are files.
type Message struct {
	ID         string
	Added      time.Time
	From       string // reverse-path, "" is null
	Octets     int64
	Target     string // where it goes; "" is where the DNS says
	Held       string // why nothing is tried, "" if it is not held
	Attempts   int    // that were begun
	Reports    int    // that were written to the sender
	Recipients []Recipient
	Done       time.Time // when the last recipient's fate was known, zero if one is still open
}

// record writes the whole message.
func (m *Message) record() Record {
	f := []string{m.From, strconv.FormatInt(m.Octets, 10), m.Target, m.Held, strconv.Itoa(m.Attempts), strconv.Itoa(m.Reports), stamp(m.Done)}
	for _, r := range m.Recipients {
		flags := ""
		if r.Told {
			flags += "t"
		}
		if r.Warned {
			flags += "w"
		}
		if r.Relayed {
			flags += "r"
		}
		flags += strings.Repeat("d", r.Doubts)
		if r.Attempt == 0 && r.Fate == Waiting && r.Reply == "" && r.Next.IsZero() {
			f = append(f, r.To, "") // nothing has happened yet
			continue
		}
		f = append(f, r.To, r.Fate.String(), strconv.Itoa(r.Trying), strconv.Itoa(r.Tries), strconv.Itoa(r.Attempt),
			stamp(r.Next), stamp(r.At), r.Host, r.Reply, flags)
	}
	return Record{ID: m.ID, At: m.Added, Kind: Added, Fields: f}
}

// restore reads what record wrote.
func (m *Message) restore(r Record) bool {
	f := r.Fields
	if len(f) < 7 {
		return false
	}
	*m = Message{ID: r.ID, Added: r.At, From: f[0], Target: f[2], Held: f[3], Done: unstamp(f[6]), Recipients: m.Recipients[:0]}
	m.Octets, _ = strconv.ParseInt(f[1], 10, 64)
	m.Attempts, _ = strconv.Atoi(f[4])
	m.Reports, _ = strconv.Atoi(f[5])
	for f = f[7:]; len(f) >= 2; {
		if f[1] == "" {
			m.Recipients = append(m.Recipients, Recipient{To: f[0]})
			f = f[2:]
			continue
		}
		fate, ok := parseFate(f[1])
		if !ok || len(f) < 10 {
			return false
		}
		x := Recipient{To: f[0], Fate: fate, Next: unstamp(f[5]), At: unstamp(f[6]), Host: f[7], Reply: f[8]}
		x.Trying, _ = strconv.Atoi(f[2])
		x.Tries, _ = strconv.Atoi(f[3])
		x.Attempt, _ = strconv.Atoi(f[4])
		x.flags(f[9])
		m.Recipients = append(m.Recipients, x)
		f = f[10:]
	}
	return len(m.Recipients) > 0
}

func (r *Recipient) flags(letters string) {
	for _, c := range letters {
		switch c {
		case 't':
			r.Told = true
		case 'w':
			r.Warned = true
		case 'r':
			r.Relayed = true
		case 'd':
			r.Doubts++
		}
	}
}

// apply takes a message one record further. It is total: a record that makes
// no sense changes nothing.
func (m *Message) apply(r Record) {
	f := func(i int) string {
		if i < len(r.Fields) {
			return r.Fields[i]
		}
		return ""
	}
	switch r.Kind {
	case Added:
		m.restore(r)
	case Tried:
		n, _ := strconv.Atoi(f(0))
		m.Attempts = max(m.Attempts, n)
		each(f(2), len(m.Recipients), func(i int) {
			m.Recipients[i].Trying, m.Recipients[i].Attempt = n, n
			m.Recipients[i].Host = f(1)
		})
	case Ended:
		m.ended(r)
	case Held:
		m.Held = f(0)
	case Released:
		m.Held = ""
	case Retried:
		for i := range m.Recipients {
			if x := &m.Recipients[i]; !x.Fate.Final() {
				x.Next = r.At
			}
		}
	case Reported:
		m.Reports++
		each(f(1), len(m.Recipients), func(i int) {
			x := &m.Recipients[i]
			x.Told, x.Warned = x.Told || f(0) != "delayed", x.Warned || f(0) == "delayed"
		})
	}
	m.settle(r.At)
}

// ended notes how an attempt ended: its number and the host, then for each
// group of recipients that shared a fate their numbers, the fate, when they
// are due again and the reply. For a fate there may stand "relayed": it is
// accepted, and the sender is to be told.
func (m *Message) ended(r Record) {
	if len(r.Fields) < 2 {
		return
	}
	n, _ := strconv.Atoi(r.Fields[0])
	m.Attempts = max(m.Attempts, n)
	for f := r.Fields[2:]; len(f) >= 4; f = f[4:] {
		relayed := f[1] == relayedWord
		fate, ok := parseFate(f[1])
		if relayed {
			fate = Accepted
		} else if !ok {
			continue
		}
		each(f[0], len(m.Recipients), func(i int) {
			x := &m.Recipients[i]
			x.Fate, x.Next, x.Reply, x.Host, x.At, x.Trying, x.Relayed = fate, unstamp(f[2]), f[3], r.Fields[1], r.At, 0, relayed
			if fate == Unclear {
				x.Doubts++
			}
			if n == 0 {
				return // it was only put off
			}
			x.Attempt = n
			if !fate.Final() {
				x.Tries++
			}
		})
	}
}

const relayedWord = "relayed"

// settle notes when the last fate was known.
func (m *Message) settle(at time.Time) {
	for _, r := range m.Recipients {
		if !r.Fate.Final() {
			m.Done = time.Time{}
			return
		}
	}
	if m.Done.IsZero() {
		m.Done = at
	}
}

// Finished reports whether every recipient's fate is known and the sender has
// heard of what there was to hear.
func (m *Message) Finished() bool {
	return !m.Done.IsZero() && !m.owes()
}

// owes reports whether the sender is to be told of something that has happened.
func (m *Message) owes() bool { return len(m.untold()) > 0 || len(m.relayed()) > 0 }

// untold are the recipients whose failure the sender has not been told.
func (m *Message) untold() []int {
	var list []int
	for i, r := range m.Recipients {
		if r.Fate.Failed() && !r.Told {
			list = append(list, i)
		}
	}
	return list
}

// relayed are the recipients of whose success the sender wants to know and has
// not been told.
func (m *Message) relayed() []int {
	var list []int
	for i, r := range m.Recipients {
		if r.Relayed && !r.Told {
			list = append(list, i)
		}
	}
	return list
}

// Due returns the recipients that are to be tried now, or, if early, those
// that would be tried some time.
func (m *Message) Due(now time.Time, early bool) []int {
	if m.Held != "" {
		return nil
	}
	var due []int
	for i, r := range m.Recipients {
		if r.due(now, early) {
			due = append(due, i)
		}
	}
	return due
}

func (r Recipient) due(now time.Time, early bool) bool {
	switch r.Fate {
	case Waiting:
		return early || !r.Next.After(now)
	case Unclear: // tried again only by the rule that a person has chosen
		return !r.Next.IsZero() && (early || !r.Next.After(now))
	}
	return false
}

// Next returns when the earliest attempt is due, and false if none is to come.
func (m *Message) Next() (next time.Time, ok bool) {
	if m.Held != "" {
		return next, false
	}
	for _, r := range m.Recipients {
		if r.due(time.Time{}, true) && (!ok || r.Next.Before(next)) {
			next, ok = r.Next, true
		}
	}
	return next, ok
}
