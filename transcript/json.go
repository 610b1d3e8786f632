package transcript

import (
	"bytes"
	"encoding/json"
	"time"

	"ehlo/session"
)

type jsonEvent struct {
	Seq    int        `json:"seq"`
	At     string     `json:"at,omitempty"`
	Kind   string     `json:"kind"`
	Block  int        `json:"block,omitempty"`
	Step   int        `json:"step,omitempty"`
	Dir    string     `json:"dir,omitempty"`
	Text   *string    `json:"text,omitempty"`
	Base64 []byte     `json:"b64,omitempty"`
	Secret bool       `json:"secret,omitempty"`
	Lost   int64      `json:"lost,omitempty"`
	Bulk   *jsonBulk  `json:"bulk,omitempty"`
	Fault  string     `json:"fault,omitempty"`
	Facts  []jsonFact `json:"facts,omitempty"`
	Note   string     `json:"note,omitempty"`
}

type jsonBulk struct {
	Name   string `json:"name,omitempty"`
	Offset int64  `json:"offset"`
	Octets int64  `json:"octets"`
	Lines  int64  `json:"lines"`
	Sum    string `json:"sha256,omitempty"`
}

type jsonFact struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// EncodeJSON returns an event as one line of JSON, without a line ending. The
// octets of a line, its CRLF included, are in "text" if they are printable
// UTF-8, else in "b64". Secrets are bullets; what a server made up cannot
// move a cursor.
func EncodeJSON(e session.Event) ([]byte, error) {
	j := jsonEvent{
		Seq: e.Seq, Kind: e.Kind.String(), Block: e.Block, Step: e.Step, Secret: len(e.Secret) > 0,
		Lost: e.Lost, Fault: session.Escape(string(e.Fault)), Note: session.Escape(textOf(e)),
	}
	if !e.At.IsZero() {
		j.At = e.At.UTC().Format(time.RFC3339Nano)
	}
	switch e.Kind {
	case session.Sent:
		j.Dir = "C"
	case session.Received:
		j.Dir = "S"
	}
	if b := e.Bulk; b != nil {
		j.Bulk = &jsonBulk{session.Escape(b.Name), b.Offset, b.Octets, b.Lines, session.Escape(b.Sum)}
	} else if j.Dir != "" {
		data := e.Public(Bullets)
		if text := string(data); showable(text) {
			j.Text = &text
		} else {
			j.Base64 = data
		}
	}
	for _, f := range e.Facts {
		j.Facts = append(j.Facts, jsonFact{session.Escape(f.Key), session.Escape(f.Value)})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // mail is full of angle brackets
	if err := enc.Encode(j); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// showable reports whether a line, its ending aside, holds nothing that a
// terminal would act upon.
func showable(line string) bool {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return forbidden([]byte(line)) < 0
}
