package route

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"fmt"
	"time"

	"ehlo/session"
)

// maxChain is how many certificates of a server are looked at.
const maxChain = 20

// Verdict is what a check came to, in words.
type Verdict struct {
	OK     bool
	Reason string
	Source string
}

// Verify checks the certificates that a server showed, its own first, at the
// time now.
func (d DANE) Verify(chain []*x509.Certificate, now time.Time) Verdict {
	switch {
	case d.State == DANEWait:
		return Verdict{false, d.Reason, "RFC 7672, 2.1.2"}
	case d.State != DANEVerify:
		return Verdict{true, d.Reason, "RFC 7672, 2.2"}
	case len(chain) == 0:
		return Verdict{false, "the server showed no certificate", "RFC 7672, 2.2"}
	}
	chain = chain[:min(len(chain), maxChain)]
	why := "no TLSA record matches the certificates"
	for _, t := range d.Records {
		if t.Unusable != "" {
			continue
		}
		// RFC 7672, 3.1.1: with usage 3 neither names nor dates count.
		if t.Usage == 3 && t.matches(chain[0]) {
			return Verdict{true, "the certificate matches TLSA " + t.String(), "RFC 7672, 3.1.1"}
		}
		if t.Usage == 2 {
			anchored, err := d.anchored(t, chain, now)
			if anchored && err == nil {
				return Verdict{true, "an issuer of the certificate matches TLSA " + t.String(), "RFC 7672, 3.1.2"}
			}
			if anchored {
				why = fmt.Sprintf("TLSA %s matches an issuer, but %s", t, session.Escape(err.Error()))
			}
		}
	}
	return Verdict{false, why, "RFC 7672, 2.2"}
}

// anchored checks a chain against a trust anchor of usage 2. The bool says
// whether the anchor was found.
//
// RFC 7672, 3.1.2 and 3.2.3: the anchor has to be in the chain, and names and
// dates count. A bare key (2 1 0) that is not in the chain is not tried.
func (d DANE) anchored(t TLSA, chain []*x509.Certificate, now time.Time) (bool, error) {
	roots, rest := x509.NewCertPool(), x509.NewCertPool()
	found := false
	for _, c := range chain[1:] {
		if t.matches(c) {
			roots.AddCert(c)
			found = true
		} else {
			rest.AddCert(c)
		}
	}
	if t.Selector == 0 && t.Matching == 0 && !found {
		if c, err := x509.ParseCertificate(t.Data); err == nil {
			roots.AddCert(c)
			found = true
		}
	}
	if !found {
		return false, nil
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: rest, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return true, err
	}
	// RFC 7672, 3.2.2: any of the names that led here will do.
	for _, host := range d.hosts {
		if err = chain[0].VerifyHostname(host); err == nil {
			return true, nil
		}
	}
	return true, err
}

// matches reports whether a record is about a certificate (RFC 6698, 2.1).
func (t TLSA) matches(c *x509.Certificate) bool {
	selected := c.Raw
	if t.Selector == 1 {
		selected = c.RawSubjectPublicKeyInfo
	}
	switch t.Matching {
	case 1:
		sum := sha256.Sum256(selected)
		return bytes.Equal(sum[:], t.Data)
	case 2:
		sum := sha512.Sum512(selected)
		return bytes.Equal(sum[:], t.Data)
	}
	return t.Matching == 0 && bytes.Equal(selected, t.Data)
}
