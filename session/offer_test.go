package session

import (
	"crypto/tls"
	"strings"
	"testing"
)

func TestOfferOfAHandshake(t *testing.T) {
	h, err := ParseOffer(" verify=b.example min=1.2  name=a.example max=1.3 ")
	if err != nil || h != (Offer{tls.VersionTLS12, tls.VersionTLS13, "a.example", "b.example"}) || h.String() != "min=1.2 max=1.3 name=a.example verify=b.example" {
		t.Errorf("%+v, %v, %s", h, err, h)
	}
	for text, want := range map[string]string{
		"min=2": "expected 1.0", "max": "and what it is to be", "sni=x": "expected min=", "min=1.3 max=1.2": "contradict",
	} {
		if _, err := ParseOffer(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %s", text, err, want)
		}
	}
	o := (&Offer{MaxVersion: tls.VersionTLS11}).over(TLS{MinVersion: tls.VersionTLS12, ServerName: "x"})
	if o.MinVersion != 0 || o.MaxVersion != tls.VersionTLS11 || o.ServerName != "x" {
		t.Errorf("%+v", o)
	}
}
