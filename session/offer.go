package session

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

// Offer is how one handshake is made, where it is not as [TLS] says. What
// is zero stays as it is there.
type Offer struct {
	MinVersion, MaxVersion uint16
	ServerName, VerifyName string
}

// versionNames are the versions of TLS as they are typed.
var versionNames = []struct {
	name string
	id   uint16
}{{"1.0", tls.VersionTLS10}, {"1.1", tls.VersionTLS11}, {"1.2", tls.VersionTLS12}, {"1.3", tls.VersionTLS13}}

// ParseOffer reads words such as min=1.2 max=1.3 name=HOST verify=HOST, in
// any order.
func ParseOffer(text string) (Offer, error) {
	var h Offer
	for word := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch {
		case value == "":
			err = errors.New("expected min=, max=, name= or verify=, and what it is to be")
		case key == "min":
			h.MinVersion, err = ParseTLSVersion(value)
		case key == "max":
			h.MaxVersion, err = ParseTLSVersion(value)
		case key == "name":
			h.ServerName = value
		case key == "verify":
			h.VerifyName = value
		default:
			err = errors.New("expected min=, max=, name= or verify=")
		}
		if err != nil {
			return h, fmt.Errorf("%q: %w", word, err)
		}
	}
	if h.MinVersion != 0 && h.MaxVersion != 0 && h.MinVersion > h.MaxVersion {
		return h, errors.New("min and max contradict each other")
	}
	return h, nil
}

// ParseTLSVersion reads a version of TLS as it is typed: 1.0, 1.1, 1.2 or 1.3.
func ParseTLSVersion(text string) (uint16, error) {
	for _, v := range versionNames {
		if v.name == text {
			return v.id, nil
		}
	}
	return 0, errors.New("expected 1.0, 1.1, 1.2 or 1.3")
}

// String writes it as it is read.
func (h Offer) String() string {
	var words []string
	for _, v := range versionNames {
		if v.id == h.MinVersion {
			words = append(words, "min="+v.name)
		}
	}
	for _, v := range versionNames {
		if v.id == h.MaxVersion {
			words = append(words, "max="+v.name)
		}
	}
	if h.ServerName != "" {
		words = append(words, "name="+h.ServerName)
	}
	if h.VerifyName != "" {
		words = append(words, "verify="+h.VerifyName)
	}
	return strings.Join(words, " ")
}

// over puts what is not zero in place of what the options say. A lower maximum
// takes a minimum with it that only they have.
func (h *Offer) over(o TLS) TLS {
	if h == nil {
		return o
	}
	if h.MaxVersion != 0 {
		if o.MaxVersion = h.MaxVersion; o.MinVersion > o.MaxVersion {
			o.MinVersion = 0
		}
	}
	if h.MinVersion != 0 {
		if o.MinVersion = h.MinVersion; o.MaxVersion != 0 && o.MaxVersion < o.MinVersion {
			o.MaxVersion = 0
		}
	}
	if h.ServerName != "" {
		o.ServerName = h.ServerName
	}
	if h.VerifyName != "" {
		o.VerifyName = h.VerifyName
	}
	return o
}
