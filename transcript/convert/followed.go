package convert

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

var (
	followRaw  = lazy.Regexp(`^Follow: t(?:cp|ls),raw$`)
	followBare = lazy.Regexp(`^(\t?)((?:[0-9A-Fa-f]{2})+)$`)
	followTime = lazy.Regexp(`^    timestamp: (\d{9,10}\.\d+)$`)
	followData = lazy.Regexp(`^(?:    data|peer([01])_\d+): !!binary \|$`)
	followPeer = lazy.Regexp(`^(?:  - peer| {4}(host|port|peer)): (\S+)$`)
	followPart = lazy.Regexp(`^ +([A-Za-z0-9+/]+=*)$`)
)

// followed gathers the octets of one node, up to where the other begins.
type followed struct {
	d            *draft
	nodes        [2]string
	side, server int // -1 as long as nobody knows
	held         []byte
}

// each gives a function the lines that do not tell of the nodes.
func (f *followed) each(src *source, take func(line string) bool) {
	for {
		line, ok := src.next()
		if !ok {
			break
		}
		f.d.line = src.line
		if m := followNode().FindStringSubmatch(line); m != nil {
			i, _ := strconv.Atoi(m[1])
			f.nodes[i] = m[2]
			continue
		}
		if take(line) {
			continue
		}
		if text := strings.Trim(line, "= \t"); text != "" && !strings.HasPrefix(text, "Follow") && !strings.HasPrefix(text, "Filter") {
			f.d.unknown(line)
		}
	}
	f.flush()
}

func (f *followed) take(side int, data []byte) {
	if side != f.side || len(f.held) > 1<<20 {
		f.flush()
		f.side = side
	}
	f.held = append(f.held, data...)
}

func (f *followed) flush() {
	if len(f.held) == 0 {
		return
	}
	if f.server < 0 {
		if f.server = f.side; !greetingLike().Match(f.held) {
			f.server = 1 - f.side
		}
		f.d.connect(session.Fact{Key: "addr", Value: f.nodes[f.server]}, session.Fact{Key: "from", Value: f.nodes[1-f.server]})
	}
	dir := transcript.FromClient
	if f.side == f.server {
		dir = transcript.FromServer
	}
	f.d.octets(dir, f.held)
	f.held = f.held[:0]
}

// readFollowRaw reads a line of digits for each segment; what the second node
// says is set in.
func readFollowRaw(src *source, d *draft) {
	f := followed{d: d, side: -1, server: -1}
	f.each(src, func(line string) bool {
		m := followBare().FindStringSubmatch(line)
		if m == nil {
			return false
		}
		data, err := hex.DecodeString(m[2])
		f.take(len(m[1]), data)
		return err == nil
	})
}

// readFollowYAML reads what tshark and Wireshark write as YAML: base64 below the
// number of the node that says it.
func readFollowYAML(src *source, d *draft) {
	f := followed{d: d, side: -1, server: -1}
	node, host, inside := 0, "", false
	f.each(src, func(line string) bool {
		if m := followPart().FindStringSubmatch(line); m != nil && inside {
			data, err := base64.StdEncoding.DecodeString(m[1])
			f.take(node, data)
			return err == nil
		}
		if m := followData().FindStringSubmatch(line); m != nil {
			if inside = true; m[1] != "" {
				node = int(m[1][0] - '0')
			}
			return true
		}
		inside = false
		if m := followTime().FindStringSubmatch(line); m != nil {
			f.flush()
			seconds, nanos, _ := strings.Cut(m[1], ".")
			s, _ := strconv.ParseInt(seconds, 10, 64)
			n, _ := strconv.ParseInt((nanos + "000000000")[:9], 10, 64)
			d.clock(time.Unix(s, n).UTC())
			return true
		}
		m := followPeer().FindStringSubmatch(line)
		switch {
		case m == nil:
			return line == "peers:" || line == "packets:" || strings.HasPrefix(line, "  - packet: ") || strings.HasPrefix(line, "# Packet ")
		case m[1] == "host":
			host = m[2]
		case m[1] == "port":
			f.nodes[node] = address(host, m[2])
		default:
			n, err := strconv.Atoi(m[2])
			if err != nil || n < 0 || n > 1 {
				return false
			}
			node = n
		}
		return true
	})
}
