package route

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// certificates returns a server's certificate for host and its issuer's.
func certificates(t *testing.T, host string) []*x509.Certificate {
	t.Helper()
	sign := func(c, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
		raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	keys := [2]*ecdsa.PrivateKey{}
	for i := range keys {
		keys[i], _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	from, to := noon.Add(-time.Hour), noon.Add(time.Hour)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "anchor"}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to, DNSNames: []string{host}}
	anchor := sign(ca, ca, keys[0], keys[0])
	return []*x509.Certificate{sign(leaf, anchor, keys[1], keys[0]), anchor}
}

func TestDANEVerify(t *testing.T) {
	chain := certificates(t, "mx.example")
	other := certificates(t, "other.example")
	sum := func(p []byte) []byte { s := sha256.Sum256(p); return s[:] }
	long := sha512.Sum512(chain[0].RawSubjectPublicKeyInfo)
	late := noon.AddDate(1, 0, 0)
	for _, c := range []struct {
		name   string
		record TLSA
		chain  []*x509.Certificate
		at     time.Time
		ok     bool
	}{
		{"3 0 0", TLSA{3, 0, 0, chain[0].Raw, ""}, chain, noon, true},
		{"3 0 1", TLSA{3, 0, 1, sum(chain[0].Raw), ""}, chain, noon, true},
		{"3 1 1", TLSA{3, 1, 1, sum(chain[0].RawSubjectPublicKeyInfo), ""}, chain, noon, true},
		{"3 1 2", TLSA{3, 1, 2, long[:], ""}, chain, noon, true},
		{"3 1 1 is good when expired", TLSA{3, 1, 1, sum(chain[0].RawSubjectPublicKeyInfo), ""}, chain, late, true},
		{"3 1 1 is good for any name", TLSA{3, 1, 1, sum(other[0].RawSubjectPublicKeyInfo), ""}, other, noon, true},
		{"3 1 1 of another", TLSA{3, 1, 1, sum(other[0].RawSubjectPublicKeyInfo), ""}, chain, noon, false},
		{"3 of the issuer", TLSA{3, 0, 1, sum(chain[1].Raw), ""}, chain, noon, false},
		{"2 0 1", TLSA{2, 0, 1, sum(chain[1].Raw), ""}, chain, noon, true},
		{"2 1 1", TLSA{2, 1, 1, sum(chain[1].RawSubjectPublicKeyInfo), ""}, chain, noon, true},
		{"2 0 0, not in the chain", TLSA{2, 0, 0, chain[1].Raw, ""}, chain[:1], noon, true},
		{"2 0 1, not in the chain", TLSA{2, 0, 1, sum(chain[1].Raw), ""}, chain[:1], noon, false},
		{"2 0 1, expired", TLSA{2, 0, 1, sum(chain[1].Raw), ""}, chain, late, false},
		{"2 0 1, another name", TLSA{2, 0, 1, sum(other[1].Raw), ""}, other, noon, false},
		{"2, anchor signed nothing", TLSA{2, 0, 1, sum(other[1].Raw), ""}, []*x509.Certificate{chain[0], other[1]}, noon, false},
		{"no certificate", TLSA{3, 0, 0, chain[0].Raw, ""}, nil, noon, false},
	} {
		d := DANE{State: DANEVerify, Records: []TLSA{c.record}, hosts: []string{"mx.example", "example"}}
		if v := d.Verify(c.chain, c.at); v.OK != c.ok || v.Reason == "" {
			t.Errorf("%s: %v %s", c.name, v.OK, v.Reason)
		}
	}
}

func TestTLSA(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	records := fmt.Sprintf(`
good.    MX 1 mx.good.
mx.good. A 192.0.2.1
_25._tcp.mx.good. TLSA 3 1 1 %[1]s
old.     MX 1 mx.old.
mx.old.  A 192.0.2.2
_25._tcp.mx.old. TLSA 1 1 1 %[1]s
_25._tcp.mx.old. TLSA 3 9 1 %[1]s
_25._tcp.mx.old. TLSA 3 1 9 %[1]s
_25._tcp.mx.old. TLSA 9 1 1 %[1]s
_25._tcp.mx.old. TLSA 3 1 1 abcd
none.    MX 1 mx.none.
mx.none. A 192.0.2.3
fail.    MX 1 mx.fail.
mx.fail. A 192.0.2.4
`, digest)
	for _, c := range []struct {
		domain    string
		ad, named bool
		want      DANEState
		records   int
	}{
		{"good", true, true, DANEVerify, 1},
		{"good", false, true, DANENone, 1},
		{"good", true, false, DANENone, 1},
		{"old", true, true, DANEEncrypt, 5},
		{"none", true, true, DANENone, 0},
		{"fail", true, true, DANEWait, 0},
	} {
		r := serve(t, zone{records: records, ad: c.ad, fail: []string{"_25._tcp.mx.fail."}})
		r.Named = c.named
		route, err := Find(t.Context(), Options{Domain: c.domain, Resolver: r})
		if err != nil {
			t.Fatal(err)
		}
		d := r.TLSA(t.Context(), route.Tried()[0], c.domain)
		if d.State != c.want || len(d.Records) != c.records || d.Reason == "" || len(d.Queries) == 0 {
			t.Errorf("%+v: %d, %d records, %s", c, d.State, len(d.Records), d.Reason)
		}
		if v := d.Verify(nil, noon); v.OK != (c.want == DANENone || c.want == DANEEncrypt) {
			t.Errorf("%+v: without a certificate: %v %s", c, v.OK, v.Reason)
		}
	}
	if data, _ := hex.DecodeString(digest); unusable(TLSA{3, 1, 1, data, ""}) != "" {
		t.Error("3 1 1 is unusable")
	}
}
