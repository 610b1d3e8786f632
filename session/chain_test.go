package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// TestChain: a root that a server sends changes no verdict. An authority with a
// new key says so in a certificate that has its own name as issuer, too (RFC
// 4210, 4.4): that one is a link.
func TestChain(t *testing.T) {
	oldKey, newKey, leafKey := newKey(t), newKey(t), newKey(t)
	to := time.Now().Add(time.Hour)
	root := issue(t, "authority", to, oldKey, nil, oldKey)
	newRoot := issue(t, "authority", to, newKey, nil, newKey)
	link := issue(t, "authority", to, newKey, root, oldKey)
	leaf := issue(t, "mx.example", to, leafKey, newRoot, newKey)
	for name, c := range map[string]struct {
		sent []*x509.Certificate
		root *x509.Certificate
		ok   bool
	}{
		"without its root":        {[]*x509.Certificate{leaf}, newRoot, true},
		"with its root":           {[]*x509.Certificate{leaf, newRoot}, newRoot, true},
		"with an unknown root":    {[]*x509.Certificate{leaf, newRoot}, root, false},
		"by the new key":          {[]*x509.Certificate{leaf, link}, root, true},
		"by the new key, to root": {[]*x509.Certificate{leaf, link, root}, root, true},
		"a root alone":            {[]*x509.Certificate{root}, root, true},
	} {
		t.Run(name, func(t *testing.T) {
			roots := x509.NewCertPool()
			roots.AddCert(c.root)
			s := New(Options{})
			chain, _ := s.verify(tls.ConnectionState{PeerCertificates: c.sent}, TLS{Roots: roots})
			if (chain == nil) != c.ok {
				t.Error(chain)
			}
		})
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate; without an issuer it is one for itself.
func issue(t *testing.T, name string, to time.Time, key *ecdsa.PrivateKey, by *x509.Certificate, byKey *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if by == nil {
		by = template
	}
	template.AuthorityKeyId = by.SubjectKeyId
	der, err := x509.CreateCertificate(rand.Reader, template, by, &key.PublicKey, byKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
