package outbox

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says what a record tells.
type Kind string

// The kinds of records. "message" is a whole message as it stands: it begins
// its history, and a compacted one goes on from it.
const (
	Added    Kind = "message"
	Tried    Kind = "try"     // the final dot goes out now
	Ended    Kind = "end"     // an attempt, or the wait for one, has ended
	Held     Kind = "hold"    // nothing is tried until it is released
	Released Kind = "release" //
	Retried  Kind = "retry"   // a person wants another attempt now, whatever may have been delivered
	Reported Kind = "report"  // the sender was told
	Forgot   Kind = "forget"  // the message is no more
	Carried  Kind = "files"   // envelope and content of a message, before they are durable as files, and behind them the message
)

// Record is one line of a journal.
type Record struct {
	ID     string // of the message
	At     time.Time
	Kind   Kind
	Fields []string
}

// checksum is CRC-32C, which has an instruction of its own on common processors.
func checksum(p []byte) uint32 { return crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)) }

// line writes a record: a checksum of all that follows it, then the fields,
// with tabs between them. No field can end a line.
func (r Record) line() []byte {
	room := 64
	for _, f := range r.Fields {
		room += len(f) + len(f)/8
	}
	b := make([]byte, 9, room)
	b = append(b, r.ID...)
	b = append(b, '\t')
	b = strconv.AppendInt(b, r.At.UnixMilli(), 10)
	b = append(b, '\t')
	b = append(b, r.Kind...)
	for _, f := range r.Fields {
		b = append(b, '\t')
		b = appendField(b, f)
	}
	sum := checksum(b[9:])
	copy(b, fmt.Sprintf("%08x ", sum))
	return append(b, '\n')
}

// whole checks a line without its line end and returns what its checksum
// covers.
func whole(line []byte) (body []byte, ok bool) {
	if len(line) < 10 || line[8] != ' ' {
		return nil, false
	}
	var sum uint32
	for _, c := range line[:8] {
		switch {
		case '0' <= c && c <= '9':
			sum = sum<<4 | uint32(c-'0')
		case 'a' <= c && c <= 'f':
			sum = sum<<4 | uint32(c-'a'+10)
		default:
			return nil, false
		}
	}
	return line[9:], checksum(line[9:]) == sum
}

// parseRecord reads what a checksum has vouched for. The record shares no
// memory with body.
func parseRecord(body []byte) (r Record, ok bool) { return parseRecordInto(body, nil) }

// parseRecordInto does so with fields that are used again for the next record.
func parseRecordInto(body []byte, fields []string) (r Record, ok bool) {
	rest, more := string(body), true
	for fields = fields[:0]; more; {
		var f string
		f, rest, more = strings.Cut(rest, "\t")
		fields = append(fields, f)
	}
	if len(fields) < 3 || !validID(fields[0]) {
		return r, false
	}
	at, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return r, false
	}
	r = Record{ID: fields[0], At: time.UnixMilli(at), Kind: Kind(fields[2]), Fields: fields[3:]}
	for i, f := range r.Fields {
		if strings.IndexByte(f, '\\') >= 0 {
			r.Fields[i] = unescaped(f)
		}
	}
	return r, true
}

// idOf returns the ID at the beginning of a line's body, which need not be
// whole otherwise.
func idOf(body []byte) string {
	for i, c := range body {
		if c == '\t' {
			if id := string(body[:i]); validID(id) {
				return id
			}
			return ""
		}
	}
	return ""
}

// carries reports whether the body of a line is a record of files, which is
// long: whoever looks for what has happened passes it over.
func carries(body []byte) bool {
	_, rest, _ := bytes.Cut(body, []byte("\t"))
	_, rest, _ = bytes.Cut(rest, []byte("\t"))
	return bytes.HasPrefix(rest, []byte(Carried+"\t"))
}

// happened reads what the body of a line says has happened; of a record of
// files that is the message behind them, if it begins there. That is one line,
// and so there is the message with its files or there is neither. The fields are
// used again, as parseRecordInto does.
func happened(body []byte, fields []string) (r Record, ok bool) {
	if !carries(body) {
		return parseRecordInto(body, fields)
	}
	at := 0 // behind the files
	var kind int
	for n := range 3 + len(carriedFiles) {
		i := bytes.IndexByte(body[at:], '\t')
		if i < 0 {
			return r, false
		}
		if at += i + 1; n == 1 {
			kind = at
		}
	}
	return parseRecordInto(slices.Concat(body[:kind], []byte(Added+"\t"), body[at:]), fields)
}

func appendField(b []byte, f string) []byte {
	const hex = "0123456789abcdef"
	plain := 0 // from here on nothing had to be changed
	for i := range len(f) {
		c := f[i]
		if c >= ' ' && c != 0x7f && c != '\\' {
			continue
		}
		b = append(b, f[plain:i]...)
		switch plain = i + 1; c {
		case '\\':
			b = append(b, `\\`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return append(b, f[plain:]...)
}

func unescaped(f string) string {
	var b strings.Builder
	b.Grow(len(f))
	for i := 0; i < len(f); i++ {
		if next := strings.IndexByte(f[i:], '\\'); next > 0 {
			b.WriteString(f[i : i+next])
			i += next
		}
		if f[i] != '\\' || i+1 == len(f) {
			b.WriteString(f[i:])
			break
		}
		i++
		switch f[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'x':
			if n, err := strconv.ParseUint(f[i+1:min(i+3, len(f))], 16, 8); err == nil {
				b.WriteByte(byte(n))
			}
			i = min(i+2, len(f)-1)
		default:
			b.WriteByte(f[i])
		}
	}
	return b.String()
}

// list writes numbers of recipients, which ascend: 0-3,7.
func list(numbers []int) string {
	var b []byte
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(numbers[i]), 10)
		if j > i {
			b = append(b, '-')
			b = strconv.AppendInt(b, int64(numbers[j]), 10)
		}
		i = j + 1
	}
	return string(b)
}

// each reads what list wrote, for numbers below n.
func each(text string, n int, do func(int)) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, more := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil || from < 0 {
			continue
		}
		to := from
		if more {
			if to, err = strconv.Atoi(last); err != nil {
				continue
			}
		}
		for i := from; i <= to && i < n; i++ {
			do(i)
		}
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func unstamp(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
