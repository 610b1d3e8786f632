package message

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
)

// record is what the domain publishes for a key.
func record(t *testing.T, key crypto.Signer) string {
	t.Helper()
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	case *rsa.PublicKey:
		p, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(p)
	}
	t.Fatal("no such key")
	return ""
}

func keys(t *testing.T) []crypto.Signer {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, e, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return []crypto.Signer{r, e}
}

func TestSignatureIsVerified(t *testing.T) {
	text := good + "Content-Type: text/plain\r\nMIME-Version: 1.0\r\n\r\n.dot  \r\n\r\nbody\r\n\r\n\r\n"
	for _, key := range keys(t) {
		o := LintOptions{LookupTXT: func(name string) ([]string, error) {
			if name != "sel._domainkey.b.example" {
				return nil, fmt.Errorf("asked for %s", name)
			}
			return []string{record(t, key)}, nil
		}}
		for name, content := range map[string]string{
			"crlf": text, "local": strings.ReplaceAll(text, "\r\n", "\n"), "no last ending": strings.TrimRight(text, "\r\n"),
			"empty body": good + "\r\n",
		} {
			signed, err := Sign(session.BytesContent([]byte(content)), SignOptions{Selector: "sel", Domain: "b.example", Key: key})
			if err != nil {
				t.Fatal(err)
			}
			p := read(t, signed)
			want := content
			if name == "local" {
				want = text
			}
			if !bytes.HasPrefix(p, []byte("DKIM-Signature:")) || !bytes.HasSuffix(p, []byte("\r\n"+want)) {
				t.Fatalf("%s: %q", name, p)
			}
			if got := fmt.Sprint(says(t, signed, o)); !strings.Contains(got, "signature is good: d=b.example") {
				t.Errorf("%T %s: %s", key, name, got)
			}
			broken := session.BytesContent(bytes.Replace(p, []byte("Subject: s"), []byte("Subject: t"), 1))
			if got := fmt.Sprint(says(t, broken, o)); !strings.Contains(got, "signature is not good: d=b.example: signature did not verify") {
				t.Errorf("%T %s: %s", key, name, got)
			}
		}
		signed, err := Sign(session.BytesContent([]byte(text)), SignOptions{Selector: "sel", Domain: "b.example", Key: key})
		if err != nil {
			t.Fatal(err)
		}
		for want, err := range map[string]error{
			"could not be verified: d=b.example": errors.New("no network"),
			"is not good: d=b.example: no key":   fmt.Errorf("dns: %w", &net.DNSError{IsNotFound: true}),
		} {
			o.LookupTXT = func(string) ([]string, error) { return nil, err }
			if got := fmt.Sprint(says(t, signed, o)); !strings.Contains(got, want) {
				t.Error(got)
			}
		}
	}
}

func TestVerifyIsBounded(t *testing.T) {
	key := record(t, keys(t)[0])
	o := LintOptions{LookupTXT: func(string) ([]string, error) { return []string{key}, nil }}
	signature := "DKIM-Signature: v=1; a=rsa-sha256; b=eHg=; bh=eHg=; d=d; h=from; s=s\r\n"
	for text, want := range map[string]string{
		strings.Repeat(signature, 20) + good + "\r\n":                                "only 5 DKIM signatures",
		signature + strings.Repeat("X: "+strings.Repeat("x", 70)+"\r\n", 20_000):     "the header has more than",
		signature + good + "\r\n" + strings.Repeat("\r\n", 1<<20):                    "blank lines in a row",
		"DKIM-Signature: x\r\nDKIM-Signature: y\r\n" + good + "\r\n" + "body\r\n":    "malformed",
		"DKIM-Signature: x\r\nDKIM-Signature: y\r\n" + strings.TrimSpace(good) + " ": "could not be verified",
	} {
		if got := fmt.Sprint(says(t, session.BytesContent([]byte(text)), o)); !strings.Contains(got, want) {
			t.Errorf("%.80q: %.500s", text, got)
		}
	}
	n := 0
	c := session.BytesContent([]byte(signature + signature + good + "\r\n"))
	open := c.Open
	c.Open = func() (io.ReadCloser, error) {
		r, err := open()
		if n++; n > 1 {
			r = io.NopCloser(io.MultiReader(io.LimitReader(r, 200), brokenReader{}))
		}
		return r, err
	}
	if _, err := Lint(c, o); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Error(err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the disk is broken") }

func TestSignRefuses(t *testing.T) {
	key := keys(t)[1]
	for want, c := range map[string]struct {
		text string
		o    SignOptions
	}{
		"no From":    {"Subject: x\r\n\r\n", SignOptions{Selector: "s", Domain: "d", Key: key}},
		"blank line": {"Subject: x\r\n", SignOptions{Selector: "s", Domain: "d", Key: key}},
		"no key":     {good + "\r\n", SignOptions{Selector: "s", Domain: "d"}},
		"domain":     {good + "\r\n", SignOptions{Selector: "s", Domain: "d;x", Key: key}},
		"selector":   {good + "\r\n", SignOptions{Domain: "d", Key: key}},
		"must be":    {good + "\r\n", SignOptions{Selector: "s", Domain: "d", Key: key, Headers: []string{"To"}}},
	} {
		if _, err := Sign(session.BytesContent([]byte(c.text)), c.o); err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "dkim:") != 1 {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestParseSigner(t *testing.T) {
	dir := t.TempDir()
	file := func(name, kind string, p []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: p}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	both := keys(t)
	eight := func(key any) []byte {
		p, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, path := range []string{
		file("pkcs1", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(both[0].(*rsa.PrivateKey))),
		file("pkcs8", "PRIVATE KEY", eight(both[0])), file("ed", "PRIVATE KEY", eight(both[1])),
	} {
		if o, err := ParseSigner("sel:b.example:" + path); err != nil || o.Selector != "sel" || o.Domain != "b.example" || o.Key == nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	secret := "VERYSECRET"
	for _, text := range []string{
		"", "a:b", "a::c", "a:b:/does/not/exist", "a b:c:d", "a:b:" + dir,
		"a:b:" + file("bad", "PRIVATE KEY", []byte(secret)), "a:b:" + file("ec", "EC PRIVATE KEY", []byte(secret)),
		"a:b:" + file("cert", "CERTIFICATE", []byte(secret)), "a:b:" + file("locked", "ENCRYPTED PRIVATE KEY", []byte(secret)),
	} {
		o, err := ParseSigner(text)
		if err == nil || o.Key != nil {
			t.Errorf("%q was taken", text)
			continue
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte(secret))) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// BenchmarkSign reads the content once to sign it and once to send it.
func BenchmarkSign(b *testing.B) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	p := []byte(good + "\r\n" + strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 200_000))
	c := session.BytesContent(p)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		signed, err := Sign(c, SignOptions{Selector: "s", Domain: "b.example", Key: key})
		if err != nil {
			b.Fatal(err)
		}
		drain(b, signed)
	}
}
