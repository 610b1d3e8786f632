package session

import (
	"bytes"
	"net"
	"time"
)

// overheard remembers what a server sends during a handshake: when that fails,
// some of it may be plain text.
type overheard struct {
	net.Conn
	octets []byte
	deaf   bool // the handshake has succeeded: nothing is remembered any more
}

// Of a handshake this much is kept, and when it has failed a server has this
// long to say why in plain text.
const (
	overheardMost = 64 << 10
	overheardWait = 300 * time.Millisecond
)

func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	if !o.deaf {
		o.octets = append(o.octets, p[:min(n, overheardMost-len(o.octets))]...)
	}
	return n, err
}

// plainText returns what the server said beside TLS when the handshake had
// failed, such as a 554. Some servers send one behind their alert (RFC 3207,
// 4.1), and whoever debugs wants to read it; nothing is said in return.
func (o *overheard) plainText() []byte {
	_ = o.SetReadDeadline(time.Now().Add(overheardWait))
	buf := make([]byte, 4<<10)
	for len(o.octets) < overheardMost && !endsReply(behindRecords(o.octets)) {
		if _, err := o.Read(buf); err != nil {
			break
		}
	}
	return behindRecords(o.octets)
}

// behindRecords is what follows the last record of TLS (RFC 8446, 5.1), or
// nothing if that one is not complete.
func behindRecords(p []byte) []byte {
	for len(p) >= 5 && 20 <= p[0] && p[0] <= 24 && p[1] == 3 {
		size := 5 + int(p[3])<<8 + int(p[4])
		if size > len(p) {
			return nil
		}
		p = p[size:]
	}
	return p
}

// endsReply says whether a reply is complete: its last line has no hyphen
// behind the code (RFC 5321, 4.2).
func endsReply(p []byte) bool {
	if !bytes.HasSuffix(p, []byte("\n")) {
		return false
	}
	last := p[bytes.LastIndexByte(p[:len(p)-1], '\n')+1:]
	return len(last) < 4 || last[3] != '-'
}
