package convert

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// followFormat reads what tshark prints of a followed stream: who says
// something stands before it, with its length.
func followFormat() Format {
	return Format{
		Name: "follow", About: "a stream followed by tshark or Wireshark, as text, hex dump, raw or YAML; the details of packets",
		score: func(head []string) int {
			n := 0
			for _, l := range head {
				if followHead().MatchString(l) {
					n += 1000
				} else if followHex().MatchString(l) {
					n += 2
				} else if followData().MatchString(l) {
					n += 5
				}
			}
			if details, _ := count(head, detailMarks); slices.Contains(head, detailTitle) && details > 0 {
				n += 2000
			}
			return n
		},
		timed: func(head []string) bool { return slices.ContainsFunc(head, followTime().MatchString) },
		read: func(src *source, d *draft) {
			head := peekHead(src)
			if slices.Contains(head, detailTitle) {
				readMarked(src, d, false, detailMarks, nil)
				return
			}
			switch {
			case slices.ContainsFunc(head, followHex().MatchString):
				readFollowHex(src, d)
			case slices.ContainsFunc(head, followRaw().MatchString):
				readFollowRaw(src, d)
			case slices.ContainsFunc(head, followData().MatchString):
				readFollowYAML(src, d)
			default:
				readFollow(src, d)
			}
		},
	}
}

var (
	followHead = lazy.Regexp(`^Follow: t(?:cp|ls),(ascii|ebcdic|utf-8|hex|raw|yaml)`)
	followNode = lazy.Regexp(`^Node ([01]): (\S+)$`)
	followSize = lazy.Regexp(`^(\t?)(\d+)$`)
	followHex  = lazy.Regexp(`^(\s*)([0-9A-Fa-f]{8})  ((?:[0-9A-Fa-f]{2}  ?){1,16})`)
)

// detailTitle stands above what Wireshark prints of the details of a packet.
const detailTitle = "Simple Mail Transfer Protocol"

var detailLine = lazy.Regexp(`^\s+(Response|Command Line): (.*?)(?:\\r\\n)?$`)

// detailMarks takes the lines of a packet, and of content that there was some.
func detailMarks(line string) []said {
	if m := detailLine().FindStringSubmatch(line); m != nil {
		return []said{{who: map[string]who{"Response": theServer, "Command Line": theClient}[m[1]], text: m[2]}}
	}
	if strings.HasPrefix(line, "Internet Message Format") || strings.HasPrefix(line, "    DATA fragment") {
		return []said{{who: withheld}}
	}
	return []said{{who: noise}}
}

// readFollow reads blocks: a line with their length, set in by a tab for the
// second node, and so many octets. A line end may stand for CRLF.
func readFollow(src *source, d *draft) {
	nodes := [2]string{}
	server := -1 // which node greets
	left, node := 0, 0
	for {
		line, ok := src.next()
		if !ok {
			return
		}
		d.line = src.line
		if m := followNode().FindStringSubmatch(line); m != nil && left <= 0 {
			i, _ := strconv.Atoi(m[1])
			nodes[i] = m[2]
			continue
		}
		if left <= 0 {
			m := followSize().FindStringSubmatch(line)
			switch {
			case m != nil:
				node = len(m[1])
				left, _ = strconv.Atoi(m[2])
				if server < 0 {
					next, _ := src.peek(0)
					if server = node; !replyLike().MatchString(next) {
						server = 1 - node
					}
					d.connect(session.Fact{Key: "addr", Value: nodes[server]}, session.Fact{Key: "from", Value: nodes[1-server]})
				}
			case strings.HasPrefix(line, "===="), strings.HasPrefix(line, "Follow:"), strings.HasPrefix(line, "Filter:"), strings.TrimSpace(line) == "":
			default:
				d.unknown(line)
			}
			continue
		}
		dir := transcript.FromClient
		if node == server {
			dir = transcript.FromServer
		}
		left -= len(line) + 2
		if left == -2 { // the block ends without a line end
			d.octets(dir, []byte(line))
			continue
		}
		d.say(dir, line)
	}
}

// readFollowHex reads a hex dump: what the second node says is set in, and the
// offsets count the octets of each node.
func readFollowHex(src *source, d *draft) {
	f := followed{d: d, side: -1, server: -1}
	f.each(src, func(line string) bool {
		m := followHex().FindStringSubmatch(line)
		if m == nil {
			return false
		}
		data, err := hex.DecodeString(strings.ReplaceAll(m[3], " ", ""))
		f.take(min(len(m[1]), 1), data)
		return err == nil
	})
}
