package session

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"
)

// stapled says what a stapled OCSP response says of a certificate (RFC 6066, 8;
// RFC 6960, 4.2.1). Its signature is not verified: the words are what was
// sent, and no verdict goes by them.
func stapled(der []byte, leaf *x509.Certificate) string {
	r, err := readOCSP(der, leaf.SerialNumber)
	if err != nil {
		return "stapled, and cannot be read: " + err.Error()
	}
	date := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case !r.Revoked.At.IsZero():
		return "stapled: revoked on " + date(r.Revoked.At)
	case !bool(r.Good):
		return "stapled: the responder does not know the certificate"
	case r.NextUpdate.IsZero():
		return "stapled: good on " + date(r.ThisUpdate)
	}
	return "stapled: good until " + date(r.NextUpdate)
}

// ocspSingle is what is said of one certificate: RFC 6960, 4.2.1.
type ocspSingle struct {
	CertID struct {
		Hash              asn1.RawValue
		NameHash, KeyHash []byte
		SerialNumber      *big.Int
	}
	Good    asn1.Flag `asn1:"tag:0,optional"`
	Revoked struct {
		At     time.Time       `asn1:"generalized"`
		Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
	} `asn1:"tag:1,optional"`
	Unknown    asn1.Flag       `asn1:"tag:2,optional"`
	ThisUpdate time.Time       `asn1:"generalized"`
	NextUpdate time.Time       `asn1:"generalized,explicit,tag:0,optional"`
	Extensions []asn1.RawValue `asn1:"explicit,tag:1,optional"`
}

// readOCSP finds what a response says of a serial number.
func readOCSP(der []byte, serial *big.Int) (r ocspSingle, err error) {
	var outer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type asn1.ObjectIdentifier
			Data []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return r, errors.New("it is no OCSP response")
	}
	if outer.Status != 0 { // RFC 6960, 4.2.1: successful
		return r, errors.New("the responder could not answer")
	}
	var whole asn1.RawValue // the data, how they are signed, the signature
	var data struct {
		Version   int `asn1:"explicit,tag:0,default:0,optional"`
		Responder asn1.RawValue
		Produced  time.Time `asn1:"generalized"`
		Responses []ocspSingle
		More      asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(outer.Bytes.Data, &whole); err != nil {
		return r, errors.New("it is no basic OCSP response")
	}
	if _, err := asn1.Unmarshal(whole.Bytes, &data); err != nil {
		return r, errors.New("it is no basic OCSP response")
	}
	for _, r := range data.Responses {
		if r.CertID.SerialNumber != nil && r.CertID.SerialNumber.Cmp(serial) == 0 {
			return r, nil
		}
	}
	return r, errors.New("it is about another certificate")
}
