package convert

import (
	"encoding/json"
	"strings"

	"ehlo/transcript/lazy"
)

// harakaFormat reads Haraka's log with protocol lines, in each of its forms.
func harakaFormat() Format {
	return Format{
		Name: "haraka", About: "protocol log of Haraka",
		score: func(head []string) int { n, _ := count(head, harakaMarks); return n * 2 },
		timed: haveTimes,
		read: func(src *source, d *draft) {
			readMarked(src, d, false, harakaMarks, nil)
		},
	}
}

var (
	harakaLine   = lazy.Regexp(`\[PROTOCOL\] (?:\[([^\]]*)\] )?\[[^\]]*\] ([CS]): ?(.*?)(?: state=\d+)?$`)
	harakaOther  = lazy.Regexp(`\[(?:DEBUG|INFO|NOTICE|WARN|ERROR|CRIT|ALERT|EMERG|DATA)\] (?:\[([^\]]*)\] )?\[[^\]]*\] (.*)$`)
	harakaLogfmt = lazy.Regexp(`level=PROTOCOL uuid=(\S+) .*?message="([CS]): ?((?:[^"\\]|\\.)*)"`)
)

func harakaMarks(line string) []said {
	at, _, _ := cutTime(line)
	conn, side, text := "", "", ""
	switch {
	case strings.HasPrefix(line, "{"):
		var j struct{ Level, UUID, Message string }
		if json.Unmarshal([]byte(line), &j) != nil || j.Level != "PROTOCOL" || len(j.Message) < 2 || j.Message[1] != ':' {
			return []said{{text: line}}
		}
		conn, side, text = j.UUID, j.Message[:1], strings.TrimPrefix(j.Message[2:], " ")
	default:
		m := harakaLine().FindStringSubmatch(line)
		if m == nil {
			if m = harakaLogfmt().FindStringSubmatch(line); m != nil {
				m[3] = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[3])
			}
		}
		if m == nil {
			if o := harakaOther().FindStringSubmatch(line); o != nil {
				return []said{harakaEvent(o[1], o[2])}
			}
			return []said{{text: line}}
		}
		conn, side, text = m[1], m[2], m[3]
	}
	if rest, ok := strings.CutPrefix(text, "(after-disconnect): "); ok {
		text = rest
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, `\n`), `\r`)
	who := theClient
	if side == "S" {
		who = theServer
	}
	return []said{{who: who, text: text, conn: harakaConn(conn), at: at}}
}

// harakaConn takes the number of the transaction off the name of a connection.
func harakaConn(uuid string) string {
	name, _, _ := strings.Cut(uuid, ".")
	if name == "-" {
		return ""
	}
	return name
}

// harakaEvent reads what happens beside the dialogue.
func harakaEvent(uuid, text string) said {
	if strings.HasPrefix(text, "disconnect") && !strings.Contains(text, "plugin") {
		return said{who: closing, conn: harakaConn(uuid)}
	}
	return said{who: noise}
}
