package convert

import (
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

var (
	sslNoise   = lazy.Regexp(`^(?:depth=|verify |CONNECTED\(|Certificate chain| *\d+ s:|   i:|   a:|   v:|---$|-----|subject=|issuer=|Server certificate|No client certificate|Requested Signature|Shared Requested|Peer sign|Server Temp Key|Peer Temp Key|Negotiated TLS|Client Certificate Types|Acceptable client|SSL handshake|Verification|Verified peername|New, |Reused, |Server public key|Secure Renegotiation|Compression:|Expansion:|No ALPN|ALPN protocol|Early data|Verify return|SSL-Session|    [A-Z][\w-]*(?: [\w-]+){0,5} *:|    [0-9a-f]{4} - |[0-9a-f]{4} - (?:[0-9a-f]{2}[ -]){1,16}|    (?:[0-9a-f]{2} ){0,15}[0-9a-f]{2}$|(?:read|write) (?:from|to) 0x|(?:>>>|<<<) (?:TLS|SSL|\?\?\?)|(?:Sent|Received) (?:TLS )?Record|Post-Handshake|    Start Time|    Timeout|    Extended|    Max Early|read R BLOCK|read:errno|closed$|DONE$|RENEGOTIATING|Can't use SSL|Didn't find STARTTLS|poll error|This TLS version|Protocol *:|DHE?|TLS_|KEYUPDATE$|Q$|[0-9A-F]+:error:|(?:Connecting to|Using default) )`)
	sslVersion = lazy.Regexp(`^New, (\S+), Cipher is (\S+)`)
)

// openssl takes what s_client prints of the handshake. It says EHLO and
// STARTTLS by itself and prints only the last line of the reply to EHLO.
func (b *bare) openssl(line, text string) bool {
	d := b.d
	if strings.HasPrefix(text, "CONNECTED(") {
		d.closed("", "")
		b.ssl, b.known = true, true
		tls := ""
		if strings.HasPrefix(b.greeting(), "220") {
			tls = "implicit"
		}
		d.connect(session.Fact{Key: "tls", Value: tls})
		return true
	}
	if !b.ssl && !b.known {
		if strings.HasPrefix(text, "depth=") || strings.HasPrefix(text, "verify return:") {
			return true
		}
		return false
	}
	if m := sslVersion().FindStringSubmatch(text); m != nil && b.ssl {
		b.handshake(m[1], m[2])
		return true
	}
	switch {
	case strings.HasPrefix(text, "-----BEGIN"):
		b.inCert = true
		return true
	case strings.HasPrefix(text, "-----END"):
		b.inCert = false
		return true
	case b.inCert:
		return true
	case text == "DONE", text == "Q":
		d.closed("client", "")
		return true
	case strings.HasPrefix(text, "read:errno="), text == "closed":
		d.closed("server", "")
		return true
	}
	return sslNoise().MatchString(line) || sslNoise().MatchString(text) || b.ssl && (text == "" || !replyLike().MatchString(text) && !commandLike().MatchString(text))
}

func (b *bare) handshake(version, cipher string) {
	if b.d.state().Secure {
		return
	}
	b.d.secured(session.Fact{Key: "version", Value: version}, session.Fact{Key: "cipher", Value: cipher})
	if next := b.greeting(); next != "" && !strings.HasPrefix(next, "220") && replyLike().MatchString(next) {
		b.d.warn("s_client has said EHLO and STARTTLS by itself and shows only the end of a reply; the beginning of the dialogue is missing")
	}
}

// greeting looks for the first reply behind the handshake.
func (b *bare) greeting() string {
	for i := range 200 {
		next, ok := b.peek(i)
		if !ok {
			return ""
		}
		if replyLike().MatchString(next) {
			return next
		}
	}
	return ""
}
