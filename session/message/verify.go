package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"ehlo/session"
)

const (
	// maxSignatures is how many are verified; each costs a lookup.
	maxSignatures = 5
	// maxHeader bounds the header of content with signatures, which is held
	// in memory.
	maxHeader = 1 << 20
	// maxBlank bounds a run of blank lines, which a verifier has to remember.
	maxBlank = 1 << 20
)

var (
	rSigned   = rule{session.Note, "the DKIM signature is good: ", "RFC 6376, 6.1"}
	rUnsigned = rule{session.Wrong, "the DKIM signature is not good: ", "RFC 6376, 6.1"}
	rUnknown  = rule{session.Warning, "the DKIM signature could not be verified: ", "RFC 6376, 6.1.2"}
	rSpared   = rule{session.Note, fmt.Sprintf("only %d DKIM signatures are verified", maxSignatures), "RFC 6376, 6.1"}
)

// verify adds a finding for each signature. Its error is that of reading.
func (l *linter) verify(c *session.Content) error {
	r, err := openWire(c)
	if err != nil {
		return err
	}
	defer r.Close()
	in := &bounded{r: r}
	results, err := dkim.VerifyWithOptions(in, &dkim.VerifyOptions{LookupTXT: told(l.o.LookupTXT), MaxVerifications: maxSignatures})
	if in.err != nil && !errors.Is(in.err, errBound) {
		return in.err
	}
	if in.err != nil { // what was verified is not the whole
		l.tell(0, 0, rUnknown, in.err.Error())
		return nil
	}
	for _, v := range results {
		who := "d=" + session.Escape(v.Domain)
		switch {
		case v.Err == nil:
			l.tell(0, 0, rSigned, who)
		case dkim.IsTempFail(v.Err):
			l.tell(0, 0, rUnknown, who+": "+plain(v.Err))
		default:
			l.tell(0, 0, rUnsigned, who+": "+plain(v.Err))
		}
	}
	switch {
	case errors.Is(err, dkim.ErrTooManySignatures):
		l.add(0, 0, rSpared)
	case err != nil:
		l.tell(0, 0, rUnknown, plain(err))
	}
	return nil
}

// plain is what an error says, which may quote the content.
func plain(err error) string { return session.Escape(strings.TrimPrefix(err.Error(), "dkim: ")) }

// told tells the verifier which failures mean that there is no key, and which
// that nobody knows (RFC 6376, 6.1.2).
func told(lookup func(string) ([]string, error)) func(string) ([]string, error) {
	return func(name string) ([]string, error) {
		list, err := lookup(name)
		var dns *net.DNSError
		if err != nil && !(errors.As(err, &dns) && dns.IsNotFound) {
			return nil, &net.DNSError{Err: err.Error(), Name: name, IsTemporary: true}
		}
		return list, err
	}
}

var errBound = errors.New("too long")

// bounded stops at what would make the verifier hold more than it should. Its
// error is kept, and the verifier told that it is the end: one that reads in
// several goroutines would leave them behind otherwise.
type bounded struct {
	r      io.Reader
	n      int64
	body   bool
	tail   [3]byte // of the header
	blanks int
	err    error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, io.EOF
	}
	n, err := b.r.Read(p)
	for i := 0; i < n; i++ {
		if !b.body {
			b.head(p[i])
		} else if p[i] == '\r' || p[i] == '\n' {
			b.blanks++
		} else if p[i] != ' ' && p[i] != '\t' {
			b.blanks = 0
			// Nothing else to count on the rest of this line.
			if at := bytes.IndexByte(p[i:n], '\r'); at > 0 {
				i += at - 1
			}
		}
	}
	switch {
	case !b.body && b.n > maxHeader:
		b.err = fmt.Errorf("the header has more than %d octets: %w", maxHeader, errBound)
	case b.blanks > maxBlank:
		b.err = fmt.Errorf("more than %d blank lines in a row: %w", maxBlank/2, errBound)
	case err != nil && err != io.EOF:
		b.err = err
	}
	if b.err != nil {
		return 0, io.EOF
	}
	return n, err
}

// head looks for the blank line that ends the header.
func (b *bounded) head(c byte) {
	b.n++
	b.body = c == '\n' && (b.tail == [3]byte{'\r', '\n', '\r'} || b.tail[2] == '\n')
	b.tail = [3]byte{b.tail[1], b.tail[2], c}
}
