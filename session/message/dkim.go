package message

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"ehlo/session"
)

// SignOptions say who signs, and what.
type SignOptions struct {
	Selector, Domain string // the key is published at Selector._domainkey.Domain
	Key              crypto.Signer
	// Headers are the fields to sign; From must be one. nil takes those of
	// RFC 6376, 5.4.1 that the content has.
	Headers []string
}

// ParseSigner reads SELECTOR:DOMAIN:KEYFILE. The file has one private key in
// PEM: RSA (PKCS #1 or #8) or Ed25519 (PKCS #8). No error shows any of it.
func ParseSigner(text string) (SignOptions, error) {
	selector, rest, ok := strings.Cut(text, ":")
	domain, file, ok2 := strings.Cut(rest, ":")
	if !ok || !ok2 || selector == "" || domain == "" || file == "" {
		return SignOptions{}, fmt.Errorf("dkim: give SELECTOR:DOMAIN:KEYFILE")
	}
	o := SignOptions{Selector: selector, Domain: domain}
	if err := o.checkNames(); err != nil {
		return SignOptions{}, fmt.Errorf("dkim: %w", err)
	}
	p, err := readKeyFile(file)
	if err == nil {
		o.Key, err = parseKey(p)
	}
	if err != nil {
		return SignOptions{}, fmt.Errorf("dkim: key file %s: %w", file, err)
	}
	return o, nil
}

// checkNames keeps out what would change the signature field.
func (o SignOptions) checkNames() error {
	for what, name := range map[string]string{"selector": o.Selector, "domain": o.Domain} {
		for i := range len(name) {
			c := name[i]
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
				return fmt.Errorf("the %s %q has characters that no host name has", what, name)
			}
		}
		if name == "" || len(name) > 253 {
			return fmt.Errorf("the %s has 1 to 253 octets", what)
		}
	}
	return nil
}

func readKeyFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, errors.Unwrap(err) // the name is told already
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}

// parseKey takes the first private key of a PEM file.
func parseKey(p []byte) (crypto.Signer, error) {
	for {
		var block *pem.Block
		if block, p = pem.Decode(p); block == nil {
			return nil, errors.New("there is no private key in PEM form")
		}
		var key any
		var err error
		switch block.Type {
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, errors.New("the key is encrypted; decrypt it first")
		case "EC PRIVATE KEY":
			return nil, errors.New("DKIM knows RSA and Ed25519 keys only (RFC 8301, RFC 8463)")
		default:
			continue
		}
		if err != nil { // its words may come from the key
			return nil, fmt.Errorf("the %s cannot be read", block.Type)
		}
		switch k := key.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case ed25519.PrivateKey:
			return k, nil
		}
		return nil, errors.New("DKIM knows RSA and Ed25519 keys only (RFC 8301, RFC 8463)")
	}
}

// Sign puts a DKIM-Signature before the content (RFC 6376), relaxed/relaxed,
// with rsa-sha256 or ed25519-sha256 (RFC 8463). The content is read once to
// sign it, as it will be on the wire, and again when it is sent; in between it
// must not change. Content with LF comes back with CRLF; everything else stays
// as it was. The time in the signature is that of the clock.
func Sign(c *session.Content, o SignOptions) (*session.Content, error) {
	field, err := signature(c, o)
	if err != nil {
		if strings.HasPrefix(err.Error(), "dkim: ") { // the library says so itself
			return nil, err
		}
		return nil, fmt.Errorf("dkim: %w", err)
	}
	head := session.BytesContent([]byte(field))
	signed := *c
	signed.Open = func() (io.ReadCloser, error) {
		r, err := openWire(c)
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader(field), r), r}, nil
	}
	signed.Octets += head.Octets
	signed.Lines += head.Lines
	signed.Longest = max(c.Longest, head.Longest)
	signed.Local = false
	return &signed, nil
}

// signature returns the whole field, CRLF and all.
func signature(c *session.Content, o SignOptions) (string, error) {
	if err := o.checkNames(); err != nil {
		return "", err
	}
	if o.Key == nil {
		return "", errors.New("there is no key")
	}
	if o.Headers == nil {
		var err error
		if o.Headers, err = signable(c); err != nil {
			return "", err
		}
	}
	s, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: o.Domain, Selector: o.Selector, Signer: o.Key, HeaderKeys: o.Headers,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return "", err
	}
	r, err := openWire(c)
	if err == nil {
		in := &bounded{r: r}
		_, err = io.Copy(s, in)
		r.Close()
		if in.err != nil {
			err = in.err
		}
	}
	if closed := s.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	return s.Signature(), nil
}

// signable lists the fields of the content that RFC 6376, 5.4.1 would have
// signed. One that is there twice is signed twice (5.4.2).
func signable(c *session.Content) ([]string, error) {
	r, err := openWire(c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	header, err := headerOf(r)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, name := range []string{
		"From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	} {
		for range header[strings.ToLower(name)] {
			list = append(list, name)
		}
	}
	if header["from"] == 0 {
		return nil, errors.New("there is no From, which must be signed (RFC 6376, 5.4)")
	}
	return list, nil
}

// headerOf counts the fields up to the first blank line.
func headerOf(r io.Reader) (map[string]int, error) {
	in := textproto.NewReader(bufio.NewReader(io.LimitReader(r, maxHeader)))
	count := make(map[string]int)
	for {
		line, err := in.ReadLineBytes()
		if err != nil || len(line) == 0 {
			if err == io.EOF {
				return nil, errors.New("the header does not end with a blank line")
			}
			return count, err
		}
		if name, _, ok := bytes.Cut(line, []byte(":")); ok && !blank(line[0]) {
			count[strings.ToLower(strings.TrimSpace(string(name)))]++
		}
	}
}
