package practice

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Authority is a certificate authority that lives in memory: whoever trusts
// its Roots can verify the certificate of a practice server. Its key is never
// written anywhere.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// always is from before any clock until RFC 5280, 4.1.2.5: no well-defined end.
// What is made anew at each start cannot be out of date, and a test may set
// its clock as it likes.
func always() (from, to time.Time) {
	return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
}

// NewAuthority makes a key (ECDSA, P-256) and a certificate for it.
func NewAuthority() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	from, to := always()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ehlo practice authority"},
		NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	return &Authority{cert: cert, key: key}, nil
}

// Roots returns a pool with the authority's certificate alone.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// PEM returns the authority's certificate for a file that other programs can
// be told to trust. The key is not in it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Issue makes a certificate for these domain names and IP addresses, good for
// a server and for a client.
func (a *Authority) Issue(names ...string) (tls.Certificate, error) {
	_, to := always()
	return a.issue(to, names)
}

func (a *Authority) issue(to time.Time, names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a certificate: %w", err)
	}
	template, err := leaf(to, names)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a certificate: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}

// staple makes the OCSP response that a server sends with a certificate (RFC
// 6066, 8).
func (a *Authority) staple(of tls.Certificate, revoked bool) ([]byte, error) {
	cert, err := x509.ParseCertificate(of.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("staple: %w", err)
	}
	r := ocsp.Response{Status: ocsp.Good, SerialNumber: cert.SerialNumber}
	r.ThisUpdate, r.NextUpdate = always()
	if revoked {
		r.Status, r.RevokedAt = ocsp.Revoked, time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
		r.RevocationReason = ocsp.KeyCompromise
	}
	der, err := ocsp.CreateResponse(a.cert, a.cert, r, a.key)
	if err != nil {
		return nil, fmt.Errorf("staple: %w", err)
	}
	return der, nil
}

// selfSigned makes a certificate that vouches for itself alone.
func selfSigned(names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign a certificate: %w", err)
	}
	_, to := always()
	template, err := leaf(to, names)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign a certificate: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// leaf describes a certificate for these names.
func leaf(to time.Time, names []string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	from, _ := always()
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: from, NotAfter: to,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for i, name := range names {
		if i == 0 {
			template.Subject.CommonName = name
		}
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return template, nil
}
