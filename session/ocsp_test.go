package session

import (
	"crypto"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// TestStaple: what an OCSP response says stands in the facts of a handshake,
// and a certificate that was revoked in its text.
func TestStaple(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	answer := func(r ocsp.Response) []byte {
		r.ThisUpdate = day
		der, err := ocsp.CreateResponse(leaf, leaf, r, cert.PrivateKey.(crypto.Signer))
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	serial := leaf.SerialNumber
	good := answer(ocsp.Response{Status: ocsp.Good, SerialNumber: serial, NextUpdate: day.Add(24 * time.Hour)})
	for _, c := range []struct {
		name   string
		staple []byte
		want   string
	}{
		{"none", nil, ""},
		{"good", good, "stapled: good until 2026-11-27T12:00:00Z"},
		{"good, and no word of when the next comes", answer(ocsp.Response{Status: ocsp.Good, SerialNumber: serial}), "stapled: good on 2026-11-26T12:00:00Z"},
		{"revoked", answer(ocsp.Response{Status: ocsp.Revoked, SerialNumber: serial, RevokedAt: day, RevocationReason: ocsp.KeyCompromise}),
			"stapled: revoked on 2026-11-26T12:00:00Z"},
		{"unknown", answer(ocsp.Response{Status: ocsp.Unknown, SerialNumber: serial}), "stapled: the responder does not know the certificate"},
		{"of another certificate", answer(ocsp.Response{Status: ocsp.Good, SerialNumber: big.NewInt(4711)}), "stapled, and cannot be read: it is about another certificate"},
		{"the responder is busy", ocsp.TryLaterErrorResponse, "stapled, and cannot be read: the responder could not answer"},
		{"half of one", good[:len(good)/2], "stapled, and cannot be read: it is no OCSP response"},
		{"nonsense", []byte("nonsense"), "stapled, and cannot be read: it is no OCSP response"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := cert
			server.OCSPStaple = c.staple
			o := raw(startTLSServer(server, ""))
			o.TLS = TLS{Roots: roots, ServerName: "server.example"}
			s, m := New(o), mailTo("b@x.example")
			m.TLS = TLSAuto
			run(t, s, m)
			e := handshakeOf(s)
			if got := e.Fact("ocsp"); got != c.want {
				t.Errorf("ocsp is %q, want %q", got, c.want)
			}
			if strings.Contains(e.Text, "revoked") != (c.name == "revoked") || e.Fact("resumed") != "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func FuzzStaple(f *testing.F) {
	f.Add(ocsp.TryLaterErrorResponse)
	f.Add([]byte("0\x03\n\x01\x00"))
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1)}
	f.Fuzz(func(t *testing.T, p []byte) {
		if !strings.HasPrefix(stapled(p, leaf), "stapled") {
			t.Error(stapled(p, leaf))
		}
	})
}
