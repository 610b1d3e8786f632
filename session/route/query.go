package route

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/miekg/dns"

	"ehlo/session"
)

// maxShown is how many records of one reply a Query keeps as text.
const maxShown = 120

// Query is one question and what came of it. All of it is fit for a screen.
type Query struct {
	Server  string
	Name    string // without the last dot
	Type    string // MX, A, AAAA, TLSA, TXT
	Rcode   string // NOERROR, NXDOMAIN, …; "" if no reply came
	AD      bool   // the server says that it validated the answer (RFC 4035, 3.2.3)
	TCP     bool   // the reply came over TCP, because that over UDP was cut
	Answers []string
	Tries   int
	Took    time.Duration
	Err     string // why there is no reply
}

func (q Query) String() string {
	text := q.Name + " " + q.Type + ": "
	switch {
	case q.Err != "":
		text += q.Err
	case len(q.Answers) > 0:
		text += strings.Join(q.Answers, ", ")
	default:
		text += q.Rcode
	}
	if q.AD {
		text += " (AD)"
	}
	return text
}

// ask sends one question until a reply that fits it comes, or the tries are
// used up. The message is nil if none came; Query.Err says why then.
func (r *Resolver) ask(ctx context.Context, name string, kind uint16) (*dns.Msg, Query) {
	now := r.Now
	if now == nil {
		now = time.Now
	}
	began := now()
	q := Query{Name: session.Escape(name), Type: dns.TypeToString[kind]}
	msg, err := r.tryAll(ctx, name, kind, &q)
	q.Took = now().Sub(began)
	if msg == nil {
		q.Err = session.Escape(reason(err))
		return nil, q
	}
	q.Rcode = dns.RcodeToString[msg.Rcode]
	if q.Rcode == "" {
		q.Rcode = fmt.Sprintf("RCODE%d", msg.Rcode)
	}
	q.AD = msg.AuthenticatedData
	for _, rr := range msg.Answer[:min(len(msg.Answer), maxShown)] {
		if _, signature := rr.(*dns.RRSIG); !signature {
			q.Answers = append(q.Answers, shown(rr))
		}
	}
	return msg, q
}

// tryAll returns the first reply that settles the question, or else the last
// reply, which then says SERVFAIL, REFUSED or the like.
func (r *Resolver) tryAll(ctx context.Context, name string, kind uint16, q *Query) (*dns.Msg, error) {
	if len(r.Servers) == 0 {
		return nil, errors.New("no name server is known")
	}
	tries := r.Tries
	if tries <= 0 {
		tries = defaultTries
	}
	var last *dns.Msg
	var err error
	for range min(tries, MaxTries) {
		for _, server := range r.Servers {
			if ctx.Err() != nil {
				return last, ctx.Err()
			}
			q.Tries++
			msg, tcp, failure := r.exchange(ctx, server, name, kind)
			if failure != nil {
				err = failure
				if last == nil {
					q.Server = server
				}
				continue
			}
			last, q.Server, q.TCP = msg, server, tcp
			if msg.Rcode == dns.RcodeSuccess || msg.Rcode == dns.RcodeNameError {
				return msg, nil
			}
		}
		if last != nil { // every server has had its say
			return last, nil
		}
	}
	return last, err
}

func (r *Resolver) exchange(ctx context.Context, server, name string, kind uint16) (*dns.Msg, bool, error) {
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), kind)
	question.SetEdns0(udpSize, true)
	question.AuthenticatedData = true // RFC 6840, 5.7: the client understands AD
	if r.Exchange != nil {
		msg, err := r.Exchange(ctx, server, question)
		return msg, false, err
	}
	msg, err := r.once(ctx, "udp", server, question)
	if err == nil && !msg.Truncated {
		return msg, false, nil
	}
	if err != nil && !errors.Is(err, errUnreadable) {
		return nil, false, err
	}
	garbled := err != nil
	msg, err = r.once(ctx, "tcp", server, question) // RFC 7766, 5
	switch {
	case err == nil && msg.Truncated:
		err = errors.New("the reply is cut over TCP too")
	case err != nil && garbled:
		err = fmt.Errorf("%w; over TCP: %w", errUnreadable, err)
	case err != nil:
		err = fmt.Errorf("the reply is cut; over TCP: %w", err)
	}
	return msg, true, err
}

var errUnreadable = errors.New("the reply cannot be read")

func (r *Resolver) once(ctx context.Context, network, server string, question *dns.Msg) (*dns.Msg, error) {
	limit := r.Timeout
	if limit <= 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	client := &dns.Client{Net: network, Timeout: limit, UDPSize: udpSize}
	conn, err := client.DialContext(ctx, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The library looks at the deadline of a context, not at its end.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	msg, _, err := client.ExchangeWithConnContext(ctx, question, conn)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		var network net.Error
		if errors.As(err, &network) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return msg, fits(question, msg)
}

// fits says whether a reply answers the question that was put.
//
// RFC 5452, 3 and 9.1: the ID and the question section must be the same.
func fits(question, msg *dns.Msg) error {
	switch {
	case !msg.Response:
		return errors.New("what came back is no reply")
	case msg.Id != question.Id:
		return errors.New("the reply has another ID")
	case msg.Opcode != dns.OpcodeQuery:
		return errors.New("the reply is to another operation")
	case len(msg.Question) == 0 && msg.Rcode != dns.RcodeSuccess && msg.Rcode != dns.RcodeNameError:
		return nil // some servers answer an error with the header only
	case len(msg.Question) != 1:
		return errors.New("the reply has no question")
	}
	asked, got := question.Question[0], msg.Question[0]
	if asked.Qtype != got.Qtype || asked.Qclass != got.Qclass || !sameName(asked.Name, got.Name) {
		return errors.New("the reply is to another question")
	}
	return nil
}

func shown(rr dns.RR) string {
	text := strings.ReplaceAll(strings.TrimPrefix(rr.String(), rr.Header().String()), "\t", " ")
	if rr.Header().Rrtype == dns.TypeCNAME {
		text = "CNAME " + text
	}
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return session.Escape(text)
}

func reason(err error) string {
	var network net.Error
	switch {
	case err == nil:
		return "no reply"
	case errors.Is(err, context.Canceled):
		return "given up"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return "no reply in time"
	}
	return err.Error()
}

func trimDot(name string) string { return strings.TrimSuffix(name, ".") }

func sameName(a, b string) bool { return strings.EqualFold(trimDot(a), trimDot(b)) }
