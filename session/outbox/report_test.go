package outbox

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// parts takes a report apart, and says what is wrong with its form.
func parts(t *testing.T, name string) (header mail.Header, types, texts []string) {
	t.Helper()
	p, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(p, []byte("\n")) != bytes.Count(p, []byte("\r\n")) {
		t.Error("a line does not end with CRLF")
	}
	m, err := mail.ReadMessage(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" {
		t.Fatalf("%s %v", kind, err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		types, texts = append(types, part.Header.Get("Content-Type")), append(texts, string(text))
	}
	if len(types) != 3 || "message/"+params["report-type"] != types[1] {
		t.Errorf("%q of report-type %s", types, params["report-type"])
	}
	return m.Header, types, texts
}

func param(key, value string) session.Param { return session.Param{Key: key, Value: value} }

// withoutNotices dials practice targets, of which the one for LMTP offers no DSN.
func withoutNotices(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
	if t.Practice != "lmtp" {
		return practices(ctx, t, addr)
	}
	sc, err := practice.ParseScenario("lmtp.scenario", strings.NewReader("title: LMTP\nprotocol: LMTP\non LHLO: reply 250 mx.test.example\n"))
	if err != nil {
		return nil, err
	}
	return practice.New(sc, practice.Options{}).Dial(ctx)
}

// TestReports: RFC 3461, 4 and RFC 3464.
func TestReports(t *testing.T) {
	for _, c := range []struct {
		name, target string
		from         []session.Param
		rcpt         []session.Param
		wait         time.Duration // between two passes
		action       string        // "" is no report
		third        string        // type of the third part
		want, not    string        // in the second and third part
	}{
		{"failed", "practice", nil, nil, 0, "failed", "text/rfc822-headers", "Subject: small\r\n", "A small message."},
		{"RET=FULL", "practice", []session.Param{param("RET", "FULL")}, nil, 0, "failed", "message/rfc822", "A small message.", "\x00"},
		{"ENVID and ORCPT", "practice", []session.Param{param("ENVID", "a+2Bb+20c")}, []session.Param{param("ORCPT", "rfc822;x+2By@test.example")}, 0,
			"failed", "text/rfc822-headers", "Original-Envelope-Id: a+b c\r\n", "\x00"},
		{"NEVER", "practice", nil, []session.Param{param("NOTIFY", "NEVER")}, 0, "", "", "", ""},
		{"only SUCCESS", "practice", nil, []session.Param{param("NOTIFY", "SUCCESS")}, 0, "", "", "", ""},
		{"delayed", "practice:mailbox-busy", nil, []session.Param{param("NOTIFY", "FAILURE,DELAY")}, 5 * time.Hour, "delayed", "text/rfc822-headers", "Will-Retry-Until: ", "\x00"},
		{"delay that nobody asked for", "practice:mailbox-busy", nil, nil, 5 * time.Hour, "", "", "", ""},
		{"relayed", "practice:helo-only", nil, []session.Param{param("NOTIFY", "SUCCESS")}, 0, "relayed", "text/rfc822-headers", "Status: 2.0.0\r\n", "\x00"},
		{"delivered", "practice:lmtp", nil, []session.Param{param("NOTIFY", "SUCCESS")}, 0, "delivered", "text/rfc822-headers", "Status: 2.", "\x00"},
		{"given up", "practice:mailbox-busy", nil, nil, 6 * 24 * time.Hour, "failed", "text/rfc822-headers", "Status: 4.4.7\r\n", "\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, withoutNotices)
			to := "nobody@test.example"
			if c.action == "relayed" || c.action == "delivered" || c.wait > 0 {
				to = "bob@test.example"
			}
			e := at(c.target, to)
			e.From.Params, e.To[0].Params = c.from, c.rcpt
			id := o.add(e)
			o.pass()
			if c.wait > 0 {
				o.clock.add(c.wait)
				o.pass()
				o.clock.add(time.Hour)
				o.pass() // says nothing again
			}
			names := o.spool.Reports(id)
			if want := map[bool]int{true: 1}[c.action != ""]; len(names) != want {
				t.Fatalf("reports %q, want %d", names, want)
			}
			if c.action == "" {
				return
			}
			header, types, texts := parts(t, names[0])
			if header.Get("To") != "<alice@test.example>" || header.Get("Auto-Submitted") == "" {
				t.Errorf("%v", header)
			}
			if types[2] != c.third || !strings.Contains(texts[1], "\r\nAction: "+c.action+"\r\n") {
				t.Errorf("%q %s", types, texts[1])
			}
			if all := texts[1] + texts[2]; !strings.Contains(all, c.want) || strings.Contains(all, c.not) {
				t.Errorf("want %q and not %q:\n%s", c.want, c.not, all)
			}
			if c.name == "ENVID and ORCPT" && !strings.Contains(texts[1], "Original-Recipient: rfc822; x+y@test.example\r\n") {
				t.Error(texts[1])
			}
		})
	}
}

// TestParametersForNotices are passed on to a server that offers DSN, and to
// no other.
func TestParametersForNotices(t *testing.T) {
	for target, want := range map[string]bool{"practice": true, "practice:helo-only": false} {
		o := newOffice(t, practices)
		e := at(target, "bob@test.example")
		e.From.Params, e.To[0].Params = []session.Param{param("RET", "HDRS"), param("ENVID", "x")}, []session.Param{param("NOTIFY", "FAILURE")}
		id := o.add(e)
		o.pass()
		if got := o.fates(id); got != "accepted" {
			t.Errorf("%s: %s", target, got)
		}
		p, _ := os.ReadFile(o.spool.AttemptFile(id, 1))
		if got := strings.Contains(string(p), "RET=HDRS ENVID=x") && strings.Contains(string(p), "NOTIFY=FAILURE"); got != want {
			t.Errorf("%s: passed on %t\n%s", target, got, p)
		}
	}
}

// TestReportInUTF8: RFC 6533.
func TestReportInUTF8(t *testing.T) {
	o := newOffice(t, practices)
	e := at("practice", "nobody@test.example")
	e.From.Path = "josé@test.example"
	id := o.add(e)
	o.pass()
	_, types, texts := parts(t, o.spool.Reports(id)[0])
	if types[1] != "message/global-delivery-status" || types[2] != "message/global-headers" || !strings.Contains(texts[1], "Final-Recipient: utf-8; nobody@test.example") {
		t.Errorf("%q %s", types, texts[1])
	}
}

// TestReportsAreNotLost: whoever is cut off between what there is to tell and
// the report tells it later.
func TestReportsAreNotLost(t *testing.T) {
	for target, to := range map[string]string{"practice:helo-only": "bob@test.example", "practice": "nobody@test.example"} {
		o := newOffice(t, practices)
		e := at(target, to)
		e.To[0].Params = []session.Param{param("NOTIFY", "SUCCESS,FAILURE")}
		id := o.add(e)
		o.pass()
		name := journalName(o.spool.dir, 1)
		p, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, _, found := bytes.Cut(p, []byte("\treport\t"))
		if !found {
			t.Fatalf("nothing was told:\n%s", p)
		}
		if err := os.Truncate(name, int64(bytes.LastIndexByte(before, '\n')+1)); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(o.spool.Reports(id)[0]); err != nil {
			t.Fatal(err)
		}
		for _, short := range []bool{false, true} {
			if o.find(id).Finished() {
				t.Errorf("%s: finished, and nobody was told", target)
			}
			if short {
				if err := o.spool.compact(0); err != nil {
					t.Fatal(err)
				}
			}
		}
		o.run = nil
		o.pass()
		if m := o.find(id); !m.Finished() || !m.Recipients[0].Told || len(o.spool.Reports(id)) != 1 {
			t.Errorf("%s: %+v, reports %q", target, m, o.spool.Reports(id))
		}
	}
}
