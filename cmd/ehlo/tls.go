package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session"
)

// tlsFlags say whether and how TLS is used.
type tlsFlags struct {
	policy                 string
	insecure               bool
	ca, cert, key          string
	serverName, verifyName string
	min, max               string
	ciphers                []string
	resume                 bool
	keyLog                 string
}

func (f *tlsFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.policy, "tls", "auto", "`POLICY`: auto, never, require or implicit")
	fl.BoolVar(&f.insecure, "insecure", false, "go on although the certificate is not verified")
	f.addHandshake(fl)
}

// addHandshake adds the flags of the handshake itself, which serve a replay too.
func (f *tlsFlags) addHandshake(fl *pflag.FlagSet) {
	fl.StringVar(&f.ca, "ca", "", "PEM `FILE` of the authorities to trust, in place of the system's")
	fl.StringVar(&f.cert, "cert", "", "PEM `FILE` of the client's certificate")
	fl.StringVar(&f.key, "key", "", "PEM `FILE` of its key")
	fl.StringVar(&f.serverName, "server-name", "", "`NAME` to send as SNI (default: the host)")
	fl.StringVar(&f.verifyName, "verify-name", "", "`NAME` that the certificate must hold (default: --server-name)")
	fl.StringVar(&f.min, "tls-min", "", "lowest version `V`: 1.0, 1.1, 1.2, 1.3 (default 1.2, or 1.0 if --tls-max is lower)")
	fl.StringVar(&f.max, "tls-max", "", "highest version `V`")
	fl.StringSliceVar(&f.ciphers, "tls-cipher", nil, "cipher `SUITES` for TLS 1.2 and before, as in TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	fl.BoolVar(&f.resume, "tls-resume", false, "resume the TLS session when the same host is connected to again (ehlo probe tries it)")
	fl.StringVar(&f.keyLog, "keylog", "", "append the session keys to `FILE`, for Wireshark")
}

// handshakeFlags are those that count under TLS alone. --ca is none: policies of
// MTA-STS are fetched with it, too.
func handshakeFlags() []string {
	return []string{"insecure", "cert", "key", "server-name", "verify-name", "tls-min", "tls-max", "tls-cipher", "tls-resume", "keylog", "save-certs"}
}

func (f *tlsFlags) options() (o session.TLS, policy session.TLSPolicy, err error) {
	if o, err = f.handshake(); err != nil {
		return o, policy, err
	}
	switch f.policy {
	case "never":
	case "auto":
		policy = session.TLSAuto
	case "require":
		policy = session.TLSRequire
	case "implicit":
		o.Implicit = true
	default:
		return o, policy, badValue("tls", f.policy, "expected auto, never, require or implicit")
	}
	return o, policy, nil
}

func (f *tlsFlags) handshake() (o session.TLS, err error) {
	o.ServerName, o.VerifyName = f.serverName, f.verifyName
	if f.resume {
		o.Sessions = tls.NewLRUClientSessionCache(0)
	}
	if f.min != "" {
		if o.MinVersion, err = session.ParseTLSVersion(f.min); err != nil {
			return o, badValue("tls-min", f.min, "%w", err)
		}
	}
	if f.max != "" {
		if o.MaxVersion, err = session.ParseTLSVersion(f.max); err != nil {
			return o, badValue("tls-max", f.max, "%w", err)
		}
	}
	if o.MaxVersion != 0 && o.MinVersion > o.MaxVersion {
		return o, badTogether([]string{"tls-min", "tls-max"}, "--tls-min %s and --tls-max %s contradict each other", f.min, f.max)
	}
	if o.CipherSuites, err = cipherSuites(f.ciphers); err != nil {
		return o, err
	}
	if o.Roots, err = readRoots(f.ca); err != nil {
		return o, err
	}
	if (f.cert == "") != (f.key == "") {
		return o, badTogether([]string{"cert", "key"}, "--cert and --key belong together")
	}
	if f.cert != "" {
		cert, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return o, badTogether([]string{"cert", "key"}, "--cert and --key: %w", err)
		}
		o.Certificates = []tls.Certificate{cert}
	}
	if f.keyLog != "" {
		log, err := os.OpenFile(f.keyLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return o, badValue("keylog", "", "write the keys: %w", err)
		}
		o.KeyLog = log // closed by the end of the process
	}
	return o, nil
}

// cipherSuites finds suites by their names, the insecure ones too: whoever
// names one wants to see what a server makes of it.
func cipherSuites(names []string) ([]uint16, error) {
	known := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	var ids []uint16
	for _, name := range names {
		i := slices.IndexFunc(known, func(c *tls.CipherSuite) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return nil, badValue("tls-cipher", name, "no suite that is known here")
		}
		ids = append(ids, known[i].ID)
	}
	return ids, nil
}

func readRoots(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	p, err := os.ReadFile(name)
	if err != nil {
		return nil, badValue("ca", "", "read the authorities: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(p) {
		return nil, badValue("ca", name, "the file holds no certificate in PEM")
	}
	return roots, nil
}

// saveCerts has the certificates that a server shows written to a file, in PEM,
// before they are judged. It replaces an earlier file of certificates, but no
// other.
func saveCerts(name string, o *session.TLS) error {
	if err := mayHoldCerts(name); err != nil {
		return badValue("save-certs", name, "%w", err)
	}
	judge := o.Trust
	o.Trust = func(host string, chain []*x509.Certificate, now time.Time) (bool, error) {
		var all []byte
		for _, cert := range chain {
			all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
		}
		if err := os.WriteFile(name, all, 0o644); err != nil {
			return true, fmt.Errorf("--save-certs: %w", err)
		}
		if judge == nil {
			return false, nil
		}
		return judge(host, chain, now)
	}
	return nil
}

// mayHoldCerts reports an error if there is a file that holds something else.
func mayHoldCerts(name string) error {
	if old, err := os.ReadFile(name); err == nil && len(old) > 0 && !bytes.HasPrefix(old, []byte("-----BEGIN CERTIFICATE-----")) {
		return errors.New("the file is there, and is no certificate")
	}
	return nil
}
