package convert

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"ehlo/session"
)

// keyLog has the secrets of TLS sessions, by the client's random and by label.
type keyLog struct {
	secrets map[string][]byte
}

// maxKeys is how many lines of a key log are kept.
const maxKeys = 1 << 20

func newKeyLog() *keyLog { return &keyLog{map[string][]byte{}} }

func (k *keyLog) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		k.line(lines.Text())
	}
	return lines.Err()
}

func (k *keyLog) add(log []byte) {
	for line := range bytes.Lines(log) {
		k.line(string(line))
	}
}

// line reads LABEL CLIENT-RANDOM SECRET; anything else is a comment.
func (k *keyLog) line(text string) {
	words := strings.Fields(text)
	if len(words) != 3 || len(words[1]) != 64 || len(text) > 512 || len(k.secrets) >= maxKeys {
		return
	}
	secret, err := hex.DecodeString(words[2])
	if err == nil {
		k.secrets[words[0]+" "+strings.ToLower(words[1])] = secret
	}
}

func (k *keyLog) find(label string, random []byte) []byte {
	return k.secrets[label+" "+hex.EncodeToString(random)]
}

// tlsReader follows a TLS connection from both sides, and reads what is under
// it where the key log has its keys. RFC 8446 for TLS 1.3, RFC 5246 for 1.2
// with the ciphers of RFC 5288 and RFC 7905.
type tlsReader struct {
	keys   *keyLog
	client int
	sides  [2]tlsSide

	random, serverRandom []byte
	version, suite       uint16
	name                 string // that the client asked for
	told                 bool
	opened               [2]int64 // octets that could be read
	closed               [2]int64 // and could not
	broken               string
}

// tlsSide is one direction.
type tlsSide struct {
	buf       []byte
	handshake []byte // messages that are not complete
	cipher    *recordCipher
	done      bool // its Finished has passed
}

func newTLSReader(keys *keyLog, client int) *tlsReader { return &tlsReader{keys: keys, client: client} }

// maxRecord: RFC 8446, 5.2: 2^14 + 256 octets, and five of the header.
const maxRecord = 1<<14 + 2048 + 5

// feed takes octets of one side.
func (t *tlsReader) feed(side int, data []byte, secured func([]session.Fact), plain func([]byte)) {
	s := &t.sides[side]
	s.buf = append(s.buf, data...)
	for len(s.buf) >= 5 {
		n := 5 + int(binary.BigEndian.Uint16(s.buf[3:]))
		if n > maxRecord || t.broken != "" {
			if t.broken == "" {
				t.broken = "what follows is no record of TLS"
			}
			t.closed[side] += int64(len(s.buf))
			s.buf = nil
			break
		}
		if len(s.buf) < n {
			break
		}
		t.record(side, s.buf[0], s.buf[:5], s.buf[5:n], secured, plain)
		s.buf = s.buf[n:]
	}
	if len(s.buf) == 0 {
		s.buf = nil
	}
}

func (t *tlsReader) record(side int, kind byte, header, body []byte, secured func([]session.Fact), plain func([]byte)) {
	s := &t.sides[side]
	if kind == 20 { // ChangeCipherSpec
		if t.version < tls.VersionTLS13 {
			t.change(side)
			t.tell(side, secured)
		}
		return
	}
	encrypted := s.cipher != nil || kind == 23 || t.version < tls.VersionTLS13 && s.done
	if encrypted {
		if s.cipher == nil {
			t.tell(side, secured)
			t.closed[side] += int64(len(body))
			return
		}
		var err error
		if kind, body, err = s.cipher.open(kind, header, body); err != nil {
			t.broken = "a record cannot be decrypted with the keys at hand"
			t.closed[side] += int64(len(body))
			return
		}
	}
	switch kind {
	case 22:
		t.messages(side, body, secured)
	case 23:
		t.tell(side, secured)
		t.opened[side] += int64(len(body))
		if len(body) > 0 {
			plain(body)
		}
	}
}

// messages reads the messages of a handshake.
func (t *tlsReader) messages(side int, data []byte, secured func([]session.Fact)) {
	s := &t.sides[side]
	s.handshake = append(s.handshake, data...)
	for len(s.handshake) >= 4 {
		n := 4 + int(s.handshake[1])<<16 + int(s.handshake[2])<<8 + int(s.handshake[3])
		if n > 1<<18 {
			t.broken = "a message of the handshake is too long"
			s.handshake = nil
			return
		}
		if len(s.handshake) < n {
			return
		}
		t.message(side, s.handshake[0], s.handshake[4:n], secured)
		s.handshake = s.handshake[n:]
	}
}

// helloRetry: RFC 8446, 4.1.3: the random of a ServerHello that asks again.
var helloRetry = []byte("\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c")

func (t *tlsReader) message(side int, kind byte, body []byte, secured func([]session.Fact)) {
	switch {
	case kind == 1 && side == t.client && len(body) >= 34:
		t.random = bytes.Clone(body[2:34])
		t.clientHello(body[34:])
	case kind == 2 && side != t.client && len(body) >= 38:
		if !bytes.Equal(body[2:34], helloRetry) {
			t.serverHello(body)
		}
	case kind == 20 && t.version == tls.VersionTLS13:
		t.sides[side].done = true
		t.sides[side].cipher = t.trafficCipher(t.label(side) + "_TRAFFIC_SECRET_0")
		if side == t.client {
			t.tell(side, secured)
		}
	case kind == 24 && t.version == tls.VersionTLS13: // KeyUpdate
		if c := t.sides[side].cipher; c != nil {
			t.sides[side].cipher = c.update()
		}
	}
}

func (t *tlsReader) label(side int) string {
	if side == t.client {
		return "CLIENT"
	}
	return "SERVER"
}

// vector cuts a vector with a length of so many octets.
func vector(p []byte, size int) (v, rest []byte, ok bool) {
	if len(p) < size {
		return nil, nil, false
	}
	n := 0
	for _, c := range p[:size] {
		n = n<<8 | int(c)
	}
	if len(p) < size+n {
		return nil, nil, false
	}
	return p[size : size+n], p[size+n:], true
}

// clientHello finds the name that the client asks for.
func (t *tlsReader) clientHello(p []byte) {
	_, p, ok := vector(p, 1) // session
	if ok {
		_, p, ok = vector(p, 2) // suites
	}
	if ok {
		_, p, ok = vector(p, 1) // compression
	}
	if !ok {
		return
	}
	extensions(p, func(kind uint16, body []byte) {
		if kind == 0 && len(body) > 5 {
			if name, _, ok := vector(body[3:], 2); ok {
				t.name = session.Escape(string(name))
			}
		}
	})
}

func extensions(p []byte, each func(kind uint16, body []byte)) {
	p, _, ok := vector(p, 2)
	for ok && len(p) >= 4 {
		kind := binary.BigEndian.Uint16(p)
		var body []byte
		if body, p, ok = vector(p[2:], 2); ok {
			each(kind, body)
		}
	}
}

func (t *tlsReader) serverHello(body []byte) {
	t.version = binary.BigEndian.Uint16(body)
	t.serverRandom = bytes.Clone(body[2:34])
	_, p, ok := vector(body[34:], 1)
	if !ok || len(p) < 3 {
		return
	}
	t.suite = binary.BigEndian.Uint16(p)
	extensions(p[3:], func(kind uint16, body []byte) {
		if kind == 43 && len(body) == 2 {
			t.version = binary.BigEndian.Uint16(body)
		}
	})
	if t.version == tls.VersionTLS13 {
		t.sides[1-t.client].cipher = t.trafficCipher("SERVER_HANDSHAKE_TRAFFIC_SECRET")
		t.sides[t.client].cipher = t.trafficCipher("CLIENT_HANDSHAKE_TRAFFIC_SECRET")
	}
}

// tell says once that the session is secured.
func (t *tlsReader) tell(side int, secured func([]session.Fact)) {
	if t.told || t.version < tls.VersionTLS13 && side == t.client && t.version != 0 {
		return
	}
	t.told = true
	facts := []session.Fact{{Key: "version", Value: strings.Replace(tls.VersionName(t.version), "TLS ", "TLSv", 1)}, {Key: "cipher", Value: tls.CipherSuiteName(t.suite)}}
	if t.version == 0 {
		facts = nil
	}
	if t.name != "" {
		facts = append(facts, session.Fact{Key: "sni", Value: t.name})
	}
	secured(facts)
}

// hidden says what could not be read, and why.
func (t *tlsReader) hidden() string {
	client, server := t.closed[t.client], t.closed[1-t.client]
	if client+server == 0 && t.broken == "" {
		return ""
	}
	why := "no key log has the keys of this session; --keys FILE names one"
	switch {
	case t.broken != "":
		why = t.broken
	case t.keys.find("CLIENT_RANDOM", t.random) != nil && t.version < tls.VersionTLS13:
		why = "the cipher " + tls.CipherSuiteName(t.suite) + " cannot be undone here"
	}
	return fmt.Sprintf("%d octets of the client and %d of the server are encrypted: %s", client, server, why)
}
