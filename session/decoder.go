package session

import "bytes"

// Limits bound what a server can make a session hold. The zero value of a
// field stands for its default.
type Limits struct {
	Line    int   // octets kept of one line; default 64 KiB (RFC 5321, 4.5.3.1.5 asks for 512)
	Reply   int   // octets kept of one reply; default 1 MiB
	Session int64 // octets kept of all replies; default 256 MiB, each event counted with 64 more
}

// Filled returns the limits with the defaults in place of zeros.
func (l Limits) Filled() Limits {
	if l.Line <= 0 {
		l.Line = 64 << 10
	}
	if l.Reply <= 0 {
		l.Reply = 1 << 20
	}
	if l.Session <= 0 {
		l.Session = 256 << 20
	}
	return l
}

// Piece is a line from the server or a part of one.
type Piece struct {
	// Data ends with a line feed if the line is complete, and never contains
	// one before its end.
	Data []byte
	// Lost counts the octets before Data that went over a limit.
	Lost int64
	// Cut is set on the piece at which a limit was reached.
	Cut bool
}

// Decoder cuts what a server sends into lines and changes nothing: as long as
// no limit is reached, the pieces joined are the octets fed. It knows of SMTP
// only what it needs to bound a reply that never ends.
type Decoder struct {
	limits Limits
	reply  int   // octets kept of the current reply
	over   bool  // the reply is over its limit: of the rest only the last line is kept
	lost   int64 // octets dropped since the last piece

	// The current line:
	seen int     // octets that came
	kept int     // octets that were emitted
	head [4]byte // the first octets, which say whether it is the last line of its reply
	held int     // octets of head not emitted yet, because that is not known yet
	cr   bool    // the last octet that was dropped is a CR
	cut  bool    // the line is over its limit
}

// NewDecoder returns a decoder with these limits.
func NewDecoder(l Limits) *Decoder { return &Decoder{limits: l.Filled()} }

// Feed calls emit for each line or part of a line in p, in order. The pieces
// share p's memory where they can.
func (d *Decoder) Feed(p []byte, emit func(Piece)) {
	for len(p) > 0 {
		n := bytes.IndexByte(p, '\n') + 1
		if n == 0 {
			d.part(p, emit)
			return
		}
		d.part(p[:n:n], emit)
		d.endLine(emit)
		p = p[n:]
	}
}

// part takes octets of one line.
func (d *Decoder) part(p []byte, emit func(Piece)) {
	if d.seen < len(d.head) {
		copy(d.head[d.seen:], p)
	}
	d.seen += len(p)
	if d.over {
		complete := p[len(p)-1] == '\n'
		switch {
		case d.seen < len(d.head) && !complete:
			d.held += len(p)
			return
		case !d.final():
			d.lost += int64(d.held + len(p))
			d.held = 0
			return
		case d.held > 0:
			p = append(append([]byte(nil), d.head[:d.held]...), p...)
			d.held = 0
		}
	}
	d.keep(p, emit)
}

// keep emits p, or as much of it as the line may have.
func (d *Decoder) keep(p []byte, emit func(Piece)) {
	room := min(d.limits.Line-d.kept, len(p))
	if room > 0 {
		d.emit(p[:room:room], emit)
	}
	rest := p[max(room, 0):]
	if len(rest) == 0 {
		return
	}
	if !d.cut {
		d.cut = true
		emit(Piece{Cut: true})
	}
	ending := 0 // the line ending is kept, so that the line is seen to end
	switch {
	case bytes.HasSuffix(rest, []byte("\r\n")):
		ending = 2
	case rest[len(rest)-1] == '\n':
		ending = 1
	}
	d.lost += int64(len(rest) - ending)
	switch {
	case ending == 1 && len(rest) == 1 && d.cr:
		d.lost--
		d.emit([]byte("\r\n"), emit)
	case ending > 0:
		d.emit(rest[len(rest)-ending:], emit)
	default:
		d.cr = rest[len(rest)-1] == '\r'
	}
}

func (d *Decoder) emit(p []byte, emit func(Piece)) {
	d.kept += len(p)
	d.reply += len(p)
	emit(Piece{Data: p, Lost: d.lost})
	d.lost = 0
}

// endLine is called behind each line feed.
func (d *Decoder) endLine(emit func(Piece)) {
	if d.final() {
		d.reply, d.over = 0, false
	} else if d.reply > d.limits.Reply && !d.over {
		d.over = true
		emit(Piece{Cut: true})
	}
	d.seen, d.kept, d.held, d.cr, d.cut = 0, 0, 0, false, false
}

// final reports whether the current line ends its reply.
// RFC 5321, 4.2.1: every line but the last has a hyphen behind the code.
func (d *Decoder) final() bool { return d.seen < len(d.head) || d.head[3] != '-' }
