package judge

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"ehlo/session"
)

// Report is what there is to say about a client.
type Report struct {
	Findings    []Finding // in the order of Rules
	Connections [][]session.Event
	Accepted    int // messages
}

// Report judges what was seen so far.
func (j *Judge) Report() Report {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.finish()
	var r Report
	for _, rule := range Rules() {
		r.Findings = append(r.Findings, *j.found[rule.Name])
	}
	for _, v := range j.visits {
		r.Connections = append(r.Connections, v.events)
		r.Accepted += v.state.Accepted
	}
	return r
}

// Good reports whether no rule was broken.
func (r Report) Good() bool {
	for _, f := range r.Findings {
		if f.Verdict == Broken {
			return false
		}
	}
	return true
}

// Text prints the findings on what came up, a line each.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "connections %d, messages taken %d\n", len(r.Connections), r.Accepted)
	for _, f := range r.Findings {
		switch {
		case f.Verdict == Kept:
			fmt.Fprintf(&b, "kept    %-12s %s (%s)\n", f.Name, f.Text, f.Source)
		case f.Verdict == Broken:
			fmt.Fprintf(&b, "BROKEN  %-12s %s (%s, %s)\n", f.Name, f.Text, f.Source, f.strength())
			fmt.Fprintf(&b, "        %-12s %s\n", "", f.Why)
		case f.Why != "":
			fmt.Fprintf(&b, "open    %-12s %s\n", f.Name, f.Why)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Finding) strength() string {
	if f.Must {
		return "MUST"
	}
	return "SHOULD"
}

type jsonReport struct {
	Good        bool          `json:"good"`
	Connections int           `json:"connections"`
	Accepted    int           `json:"accepted"`
	Rules       []jsonFinding `json:"rules"`
	Lines       []jsonLine    `json:"lines"`
}

type jsonFinding struct {
	Rule     string  `json:"rule"`
	Verdict  Verdict `json:"verdict"`
	Text     string  `json:"text"`
	Source   string  `json:"source"`
	Strength string  `json:"strength"`
	Why      string  `json:"why,omitempty"`
	Times    int     `json:"times,omitempty"`
}

type jsonLine struct {
	Connection int     `json:"connection"`
	At         float64 `json:"at"` // seconds since the connection began
	Kind       string  `json:"kind"`
	Line       string  `json:"line,omitempty"`
	Octets     int64   `json:"octets,omitempty"` // of content
}

// MarshalJSON writes the report as one object.
func (r Report) MarshalJSON() ([]byte, error) {
	out := jsonReport{Good: r.Good(), Connections: len(r.Connections), Accepted: r.Accepted, Lines: []jsonLine{}}
	for _, f := range r.Findings {
		out.Rules = append(out.Rules, jsonFinding{f.Name, f.Verdict, f.Text, f.Source, f.strength(), f.Why, f.Times})
	}
	for i, events := range r.Connections {
		for _, e := range events {
			l := jsonLine{Connection: i + 1, At: e.At.Sub(events[0].At).Seconds(), Kind: e.Kind.String()}
			if e.Bulk != nil {
				l.Octets = e.Bulk.Octets
			} else {
				l.Line = session.Escape(strings.TrimRight(string(e.Public("***")), "\r\n"))
			}
			out.Lines = append(out.Lines, l)
		}
	}
	return json.Marshal(out)
}
