package convert

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ehlo/session"
	"ehlo/transcript"
)

// jsonlFormat reads what writeJSONL writes: one object for each line of a
// transcript, in which nothing is lost.
//
//	{"kind":"octets","dir":"S","t":0.042,"text":"220 mail.test.example ESMTP\r\n"}
//	{"kind":"time","wait":0.183}
//	{"kind":"expect","dir":"S","op":"?","text":"250 *"}
func jsonlFormat() Format {
	return Format{
		Name: "jsonl", About: "JSON Lines, as ehlo export writes them",
		binary: readJSONL,
		magic: func(head []byte) bool {
			return strings.HasPrefix(string(head), `{"kind":"`)
		},
	}
}

type jsonItem struct {
	Kind   string      `json:"kind"`
	Dir    string      `json:"dir,omitempty"`
	Op     string      `json:"op,omitempty"`
	T      json.Number `json:"t,omitempty"` // seconds since the beginning, for people and jq
	Key    string      `json:"key,omitempty"`
	Text   *string     `json:"text,omitempty"`
	Base64 []byte      `json:"b64,omitempty"`
	Vars   []jsonVar   `json:"vars,omitempty"`
	Count  int         `json:"count,omitempty"`
	Bulk   *jsonBulk   `json:"bulk,omitempty"`
	Wait   json.Number `json:"wait,omitempty"` // seconds since the event before
	Step   int         `json:"step,omitempty"`
}

// jsonVar is a ${name} placeholder: octets from to to of text or b64.
type jsonVar struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Name string `json:"name"`
}

type jsonBulk struct {
	Name    string `json:"name,omitempty"` // none: nobody kept the octets
	Offset  int64  `json:"offset,omitempty"`
	Length  int64  `json:"length"`
	Lines   int64  `json:"lines,omitempty"`
	MidLine bool   `json:"midline,omitempty"`
	Sum     string `json:"sha256,omitempty"`
}

var itemKinds = map[transcript.ItemKind]string{
	transcript.Blank: "blank", transcript.Comment: "comment", transcript.Octets: "octets", transcript.Expect: "expect",
	transcript.Time: "time", transcript.Fact: "fact", transcript.Directive: "directive", transcript.Damage: "damage",
}

// writeJSONL writes all lines of a transcript, in their canonical spelling. A
// secret that stands in it in clear is cut out, and that alone is not lossless.
func writeJSONL(p *page) error {
	r, w := io.Pipe()
	defer r.Close()
	go func() {
		w.CloseWithError(p.t.FormatAs(w, transcript.Style{Redact: transcript.Redaction{Secrets: true}}))
	}()
	enc := json.NewEncoder(p.Writer)
	enc.SetEscapeHTML(false) // mail is full of angle brackets
	var at time.Duration
	for s := transcript.NewScanner(p.name, r); ; {
		it, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at += it.Wait
		if err := enc.Encode(jsonOf(&it, at)); err != nil {
			return err
		}
	}
}

func jsonOf(it *transcript.Item, at time.Duration) jsonItem {
	j := jsonItem{Kind: itemKinds[it.Kind], Key: it.Key, Step: it.Step, Count: it.Count}
	if it.Dir != 0 {
		j.Dir = string(rune(it.Dir))
	}
	switch it.Kind {
	case transcript.Octets:
		j.T = decimalSeconds(at)
		j.octets(it)
	case transcript.Expect:
		j.Op, j.Text = string(rune(it.Op)), &it.Text
	case transcript.Time:
		j.Wait = decimalSeconds(it.Wait)
	case transcript.Comment, transcript.Fact, transcript.Directive, transcript.Damage:
		if it.Text != "" {
			j.Text = &it.Text
		}
	}
	return j
}

func (j *jsonItem) octets(it *transcript.Item) {
	for _, v := range it.Vars {
		j.Vars = append(j.Vars, jsonVar(v))
	}
	if b := it.Bulk; b != nil {
		j.Bulk = &jsonBulk{b.Name, b.Offset, b.Octets, b.Lines, b.MidLine, b.Sum}
		return
	}
	text := string(it.Data)
	if visible := strings.TrimRight(text, "\r\n"); utf8.ValidString(text) && session.Escape(visible) == visible {
		j.Text = &text
		return
	}
	j.Base64 = it.Data
}

// decimalSeconds writes a duration exactly.
func decimalSeconds(d time.Duration) json.Number {
	text := fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

func durationOf(n json.Number) (time.Duration, error) {
	whole, fraction, _ := strings.Cut(n.String(), ".")
	if len(fraction) > 9 || len(whole) > 10 {
		return 0, fmt.Errorf("%q is no number of seconds", n)
	}
	v, err := strconv.ParseUint(whole+(fraction + "000000000")[:9], 10, 63)
	return time.Duration(v), err
}

// maxJSON is how long a line of JSON may be.
const maxJSON = 8 << 20

func readJSONL(r io.Reader, d *draft, _ Options) error {
	w := transcript.NewItemWriter(d.out)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxJSON)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var j jsonItem
		dec := json.NewDecoder(strings.NewReader(lines.Text()))
		dec.UseNumber()
		if err := dec.Decode(&j); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		it, err := j.item()
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case it.Kind == transcript.Octets && it.Dir == transcript.FromClient:
			d.client++
		case it.Dir == transcript.FromServer:
			d.server++
		}
		d.troubles++ // a transcript without a dialogue is one too
		if err := w.Write(it); err != nil {
			return err
		}
	}
	d.silent = true
	if err := lines.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// item makes a line of a transcript. What comes from outside is checked as if
// it had been read from a file.
func (j *jsonItem) item() (transcript.Item, error) {
	it := transcript.Item{Key: j.Key, Step: j.Step, Count: j.Count}
	for kind, name := range itemKinds {
		if name == j.Kind {
			it.Kind = kind
		}
	}
	if itemKinds[it.Kind] != j.Kind {
		return it, fmt.Errorf("%q is no kind of line", j.Kind)
	}
	if j.Text != nil {
		it.Text = *j.Text
	}
	if it.Kind != transcript.Octets && session.Escape(it.Text) != it.Text {
		return it, errors.New("the text has control characters")
	}
	if j.Dir != "" {
		if j.Dir != "C" && j.Dir != "S" {
			return it, errors.New("dir is C or S")
		}
		it.Dir = transcript.Dir(j.Dir[0])
	}
	var err error
	switch it.Kind {
	case transcript.Octets:
		err = j.read(&it)
	case transcript.Expect:
		if j.Op != "?" && j.Op != "+" && j.Op != "!" {
			return it, errors.New("op is one of ? + and ! alone")
		}
		it.Op = j.Op[0]
		it.Pattern, err = transcript.NewPattern(it.Text, it.Dir == transcript.FromServer)
	case transcript.Time:
		it.Wait, err = durationOf(j.Wait)
	case transcript.Fact, transcript.Directive:
		if strings.Trim(strings.ToLower(it.Key), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || it.Key == "" {
			err = errors.New("a key has letters, digits and hyphens")
		}
	case transcript.Damage:
		it.Kind = transcript.Comment
	}
	return it, err
}

func (j *jsonItem) read(it *transcript.Item) error {
	it.Op, it.Data, it.Text = ':', []byte(it.Text), ""
	if it.Dir == 0 {
		return errors.New("octets without dir")
	}
	switch {
	case j.Bulk != nil:
		b := j.Bulk
		it.Op, it.Data = '@', nil
		it.Bulk = &session.Bulk{Name: b.Name, Offset: b.Offset, Octets: b.Length, Lines: b.Lines, MidLine: b.MidLine, Sum: b.Sum}
		if b.Offset < 0 || b.Length < 0 || b.Lines < 0 {
			return errors.New("a negative number of octets")
		}
	case j.Base64 != nil:
		it.Data = j.Base64
	}
	if it.Count < 0 || it.Count > maxRepeat || it.Count*len(it.Data) > maxRepeat {
		return errors.New("too many octets")
	}
	if it.Count > 0 {
		it.Op = '*'
	}
	at := 0
	for _, v := range j.Vars {
		if v.From < at || v.To < v.From || v.To > len(it.Data) || string(it.Data[v.From:v.To]) != "${"+v.Name+"}" {
			return errors.New("vars does not fit the text")
		}
		at = v.To
		it.Vars = append(it.Vars, transcript.Var(v))
	}
	return nil
}
