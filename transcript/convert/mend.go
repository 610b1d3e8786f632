package convert

import (
	"bytes"

	"ehlo/session"
	"ehlo/transcript"
)

// mend adds what must have been on the wire though the file does not show it.
func (d *draft) mend(dir transcript.Dir, data []byte) {
	if d.state().Phase == session.Handshake {
		d.warn("the TLS handshake is not in the file; that there was one is a guess")
		d.secured()
	}
	if dir == transcript.FromServer {
		d.elided = false
	} else if d.dir == transcript.FromServer && !d.elided && d.state().Partial() {
		d.warn("the reply before this line has no last line; if one came, it is not in the file")
	}
	if st := d.state(); dir == transcript.FromServer && st.Phase == session.Challenged && len(st.Pending) == 0 && !st.Partial() {
		d.warn("a response is not in the file; that it was sent is a guess")
		d.response()
	}
	if dir == transcript.FromServer && d.content() && !bytes.HasPrefix(data, []byte("421")) {
		// RFC 5321, 4.1.1.4: the reply comes behind CRLF.CRLF.
		d.warn("the end of data is not in the file; that it was sent is a guess")
		if !d.seen && !d.hiding {
			d.gap("content that the file does not show")
		}
		d.hiding, d.lossy = false, false
		d.say(transcript.FromClient, ".")
		d.lossy = true
	}
}

// response stands for a response of a login that the file does not show.
func (d *draft) response() {
	hidden := []byte("*\r\n")
	d.dir = transcript.FromClient
	d.block++
	d.event(session.Event{Kind: session.Sent, Block: d.block, Data: hidden, Secret: []session.Span{{From: 0, To: len(hidden) - 2}}})
}

// cover stands for a line of the client in whose place the file has a word.
func (d *draft) cover(word string) {
	if d.state().Phase == session.Challenged {
		d.warn("%q stands in the place of a response", word)
		d.response()
		return
	}
	d.warn("%q stands in the place of a line, which is not known", word)
	d.gap("a line of the client that the file shows as " + word)
}

// withhold notes content that the file does not show.
func (d *draft) withhold(octets int64) {
	again := d.hiding
	d.hiding = true
	switch {
	case octets <= 0 && again:
		return
	case octets <= 0:
		d.gap("content that the file does not show")
		return
	}
	d.dir = transcript.FromClient
	d.block++
	d.event(session.Event{Kind: session.Sent, Block: d.block, Bulk: &session.Bulk{Octets: octets}})
}
