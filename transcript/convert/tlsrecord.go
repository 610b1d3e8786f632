package convert

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"hash"
	"io"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// suiteOf says of a cipher suite how its keys are made.
func suiteOf(id uint16) (newHash func() hash.Hash, keyLen int, chacha, ok bool) {
	name := tls.CipherSuiteName(id)
	newHash = sha256.New
	if strings.HasSuffix(name, "SHA384") {
		newHash = sha512.New384
	}
	switch {
	case strings.Contains(name, "CHACHA20"):
		return newHash, 32, true, true
	case strings.Contains(name, "AES_128_GCM"):
		return newHash, 16, false, true
	case strings.Contains(name, "AES_256_GCM"):
		return newHash, 32, false, true
	}
	return nil, 0, false, false
}

// recordCipher undoes the encryption of records of one side.
type recordCipher struct {
	aead     cipher.AEAD
	iv       []byte
	seq      uint64
	tls13    bool
	explicit bool // RFC 5288, 3: eight octets of the nonce stand before a record

	suite  uint16 // for an update
	secret []byte
}

func newAEAD(key []byte, chacha bool) (cipher.AEAD, error) {
	if chacha {
		return chacha20poly1305.New(key)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (t *tlsReader) trafficCipher(label string) *recordCipher {
	return cipher13(t.suite, t.keys.find(label, t.random))
}

// cipher13: RFC 8446, 7.3.
func cipher13(suite uint16, secret []byte) *recordCipher {
	newHash, keyLen, chacha, ok := suiteOf(suite)
	if !ok || secret == nil {
		return nil
	}
	key, err := expandLabel(newHash, secret, "key", keyLen)
	if err != nil {
		return nil
	}
	iv, err := expandLabel(newHash, secret, "iv", 12)
	if err != nil {
		return nil
	}
	aead, err := newAEAD(key, chacha)
	if err != nil {
		return nil
	}
	return &recordCipher{aead: aead, iv: iv, tls13: true, suite: suite, secret: secret}
}

// expandLabel: RFC 8446, 7.1.
func expandLabel(newHash func() hash.Hash, secret []byte, label string, n int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, byte(len("tls13 "+label)))
	info = append(info, "tls13 "+label...)
	info = append(info, 0)
	return hkdf.Expand(newHash, secret, string(info), n)
}

// update: RFC 8446, 7.2.
func (c *recordCipher) update() *recordCipher {
	newHash, _, _, _ := suiteOf(c.suite)
	next, err := expandLabel(newHash, c.secret, "traffic upd", newHash().Size())
	if err != nil {
		return nil
	}
	return cipher13(c.suite, next)
}

// change starts the encryption of TLS 1.2 for one side. RFC 5246, 6.3.
func (t *tlsReader) change(side int) {
	t.sides[side].done = true
	master := t.keys.find("CLIENT_RANDOM", t.random)
	newHash, keyLen, chacha, ok := suiteOf(t.suite)
	if !ok || master == nil || t.version != tls.VersionTLS12 {
		return
	}
	ivLen := 4
	if chacha {
		ivLen = 12
	}
	seed := append(bytes.Clone(t.serverRandom), t.random...)
	keys := prf12(newHash, master, "key expansion", seed, 2*keyLen+2*ivLen)
	i := 0
	if side != t.client {
		i = 1
	}
	aead, err := newAEAD(keys[i*keyLen:(i+1)*keyLen], chacha)
	if err != nil {
		return
	}
	iv := keys[2*keyLen+i*ivLen : 2*keyLen+(i+1)*ivLen]
	t.sides[side].cipher = &recordCipher{aead: aead, iv: iv, explicit: !chacha}
}

// prf12: RFC 5246, 5.
func prf12(newHash func() hash.Hash, secret []byte, label string, seed []byte, n int) []byte {
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(newHash, secret)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	var out []byte
	for a := sum([]byte(label), seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, []byte(label), seed)...)
	}
	return out[:n]
}

// open decrypts a record.
func (c *recordCipher) open(kind byte, header, body []byte) (byte, []byte, error) {
	nonce := make([]byte, 12)
	aad := header
	sealed := body
	if c.explicit {
		if len(body) < 8 {
			return 0, nil, io.ErrUnexpectedEOF
		}
		copy(nonce, c.iv)
		copy(nonce[4:], body[:8])
		sealed = body[8:]
	} else {
		copy(nonce, c.iv)
		for i := range 8 {
			nonce[4+i] ^= byte(c.seq >> (56 - 8*i))
		}
	}
	if !c.tls13 {
		n := len(sealed) - c.aead.Overhead()
		if n < 0 {
			return 0, nil, io.ErrUnexpectedEOF
		}
		aad = binary.BigEndian.AppendUint64(nil, c.seq)
		aad = append(aad, header[:3]...)
		aad = binary.BigEndian.AppendUint16(aad, uint16(n))
	}
	plain, err := c.aead.Open(nil, nonce, sealed, aad)
	if err != nil {
		return 0, body, err
	}
	c.seq++
	if !c.tls13 {
		return kind, plain, nil
	}
	// RFC 8446, 5.2: the last octet that is not zero is the type.
	plain = bytes.TrimRight(plain, "\x00")
	if len(plain) == 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return plain[len(plain)-1], plain[:len(plain)-1], nil
}
