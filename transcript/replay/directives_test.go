package replay

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/transcript/serve"
)

// TestEveryDirectiveEverywhere: what is wanted beside the octets can fail, before
// and behind what it is about, and is of no other reply.
func TestEveryDirectiveEverywhere(t *testing.T) {
	// Each reply takes so many seconds; the server closes behind the 221.
	const slow = "@ wait 3\nS: 220 a\nC: NOOP\n@ wait 2\nS: 250 ok\nC: RSET\n@ wait 1\nS: 250 ok\nC: QUIT\nS: 221 bye\n= closed by=server how=fin\n"
	for _, c := range []struct{ played, want string }{
		{"@ expect within=4\nS? 220 *\nC: NOOP\nS? 250 *\n", ""},
		{"@ expect within=2.5\nS? 220 *\nC: NOOP\nS? 250 *\n", "line 1 expects the reply within 2.5s: it took 3s"},
		{"@ connect x\n@ expect within=2.5\nS? 220 *\n", "line 2 expects the reply within 2.5s"},
		{"S? 220 *\n@ expect within=2.5\nC: NOOP\nS? 250 *\n", "line 2 expects the reply within 2.5s: it took 3s"},
		{"S? 220 *\nC: NOOP\n@ expect within=2.5\nS? 250 *\nC: RSET\nS? 250 *\n", ""},
		{"S? 220 *\nC: NOOP\n@ expect within=1.5\nS? 250 *\nC: RSET\nS? 250 *\n", "line 3 expects the reply within 1.5s: it took 2s"},
		{"S? 220 *\nC: NOOP\n@ expect within=1.5\n", "line 3 expects the reply within 1.5s: it took 2s"},
		{"S? 220 *\nC: NOOP\n@ expect within=1.5\nC: RSET\nS? 250 *\n", "line 3 expects the reply within 1.5s: it took 2s"},
		{"S: 220 a\nC: NOOP\n@ expect within=1.5\nS: 250 ok\nC: RSET\nS: 250 ok\n", "line 3 expects the reply within 1.5s: it took 2s"},
		{"S: 220 a\nC: NOOP\nS: 250 ok\nC: RSET\nS: 250 ok\n@ expect within=0.5\n", "line 6 expects the reply within 500ms: it took 1s"},
		{"C: NOOP\n@ expect within=1.5\nS? 250 *\n", "line 2 expects the reply within 1.5s: it took 2s"},
		{"@ expect closed by=server\nS? 220 *\nC: NOOP\nS? 250 *\nC: RSET\nS? 250 *\nC: QUIT\nS? 221 *\n", ""},
		{"@ expect closed by=client\nS? 220 *\nC: NOOP\nS? 250 *\nC: RSET\nS? 250 *\nC: QUIT\nS? 221 *\n", "line 1 expects closed by=client: it is server"},
		{"S? 220 *\nC: NOOP\nS? 250 *\n@ expect closed by=server within=1\n", "line 4 expects closed by=server: it is client"},
		{"S? 220 *\nC: NOOP\nS? 250 *\n@ expect closed\n", "line 4 expects closed by=server: it is client"},
		{"S? 220 *\nC: NOOP\nS? 250 *\nC: RSET\nS? 250 *\nC: QUIT\nS? 221 *\n@ expect closed how=rst\n", "line 8 expects closed how=rst: it is fin"},
		{"@ expect tls\nS? 220 *\nC: NOOP\nS? 250 *\n", "line 1 expects TLS: there was none"},
		{"S? 220 *\nC: NOOP\nS? 250 *\n@ expect tls version>=TLSv1.2\n", "line 4 expects TLS: there was none"},
		{"S? 220 *\n= closed by=client\n= session 2\n@ expect closed by=client\nS? 220 *\nC: QUIT\nS? *\n", "line 4 expects closed by=client: it is server"},
		{"S? 220 *\n= session 2\n@ expect within=2\nS? 220 *\n", "line 3 expects the reply within 2s: it took 3s"},
		{"S? 220 *\n= session 2\nC: NOOP\nS? 251 *\n", `line 4 expects "251 *"`},
		{"S? 220 *\n= session 2\n@ expect tls\nC: NOOP\n", "line 3 expects TLS: there was none"},
		{"S: 220 a\nC: NOOP\nS? 250 *\n@ expect within=9\nS: 250 ok\n", ""},
		{"S: 220 a\nC: NOOP\nS? 250 *\n@ expect within=1.5\nS: 250 ok\n", "line 4 expects the reply within 1.5s: it took 2s"},
		{"S? 220 *\nC: NOOP\nS? 250 *\n@ expect within=1.5\nC: RSET\nS? 250 *\n", "line 4 expects the reply within 1.5s: it took 2s"},
		{"S? 220 *\nS: 220-what\nS: 220 was recorded\nC: NOOP\nS? 250 *\nS: 250 recorded\nC: RSET\nS? 250 o*\nS: 250 recorded\nC: QUIT\n", ""},
		{"S? 221 *\nS: 220 a\nC: NOOP\nS: 250 ok\n", `line 1 expects "221 *"`},
		{"S: 220 a\nC: NOOP\nS? 251 *\nS: 250 ok\nC: RSET\nS: 250 ok\n", `line 3 expects "251 *"`},
		{"S: 220 a\nC: NOOP\nS? 250 *\nS: 550 ok\nS? 250 ok\n", `line 5 expects "250 ok", and nothing came`},
		{"S: 220 a\nC: NOOP\nS? 250 *\nS: 421 that long\n", "the server said it by itself then"},
		{"@ compare octets\nS: 220 a\nC: NOOP\nS: 250 OK\n", `line 4: line 1 of the reply: "250 OK\r\n" → "250 ok\r\n"`},
		{"S: 220 A\n@ compare text\nC: NOOP\nS: 250 OK\n", `text: "OK" → "ok"`},
		{"S: 220 a\nC: NOOP\n@ compare text\nS: 250 OK\n", `text: "OK" → "ok"`},
		{"@ compare text\nS: 220 a\n@ compare code\nC: NOOP\nS: 250 OK\n", ""},
		{"@ compare text\n@ ignore text\nS: 220 a\nC: NOOP\nS: 250 OK\n", ""},
		{"@ compare text\nS: 220 a\nC: NOOP\nS: 250 OK\n@ ignore text\n", ""},
		{"@ ignore text\nS: 220 a\nC: NOOP\nS? 250 OK\n", `line 4 expects "250 OK": got "250 ok"`},
		{"@ ignore end,time,tls,lines,text,octets,surplus,enhanced,keyword\nS? 220 *\nC: NOOP\nS? 550 *\n", `line 4 expects "550 *": got "250 ok"`},
		{"@ ignore end\nS? 220 *\nC: NOOP\nS? 250 *\n@ expect closed by=server within=1\n", "line 5 expects closed by=server: it is client"},
		{"@ timeout 1.5\nS: 220 a\nC: NOOP\nS: 250 ok\n", "no greeting within 1.5s"},
		{"S: 220 a\n@ timeout 1.5\nC: NOOP\nS: 250 ok\n", "no reply to NOOP within 1.5s"},
		{"S: 220 a\n@ timeout 2.5\nC: NOOP\nS: 250 ok\n@ timeout 0.5\nC: RSET\nS: 250 ok\n", "no reply to RSET within 500ms"},
		{"@ wait 1\nS: 220 a\nC: NOOP\nS: 250 ok\n", ""},
		{"S? 220 *\n@ wait 1\nC: NOOP\n@ wait 1\nS? 250 *\n@ wait 1\n", ""},
		{"S? 220 *\n@ break look\nC: NOOP\nS? 251 *\n", `line 4 expects "251 *"`},
		{"S? 220 *\nC: NOOP\nS? 251 *\n@ skip the rest\nC: VRFY a\nS? 250 *\n", `line 3 expects "251 *"`},
		{"S? 220 *\nC: NOOP\n@ skip the rest\nS? 251 *\n", ""},
		{"S? ${sign:/[0-9]+/} ${name}\nC: NOOP\nS? 250 ${other}\nC> ${name}\nS? 500 *\n", "line 5"},
		{"@ set sign ok\nS? 220 *\nC: NOOP\nS? 250 ${sign}\n", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			served := serve.New(parse(t, slow), serve.Options{Timing: true, Loop: true})
			o := Options{}
			o.Session.Timeout = 10 * time.Second
			var rep *Report
			rep, err := performed(t, served, c.played, o)
			if got := text(t, rep) + err; (c.want == "") != (rep.Same && err == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s\n%s", c.played, got)
			}
		})
	}
}

func performed(t *testing.T, srv *serve.Server, played string, o Options) (*Report, string) {
	t.Helper()
	defer srv.Close()
	o.Session.Dial, o.Session.Target.Practice = pipe(srv), "stage"
	rep, err := Run(t.Context(), parse(t, played), o)
	if err != nil {
		return rep, err.Error()
	}
	return rep, ""
}

// TestExpectTLS: what is wanted of a handshake is asked of one that the file
// begins, before and behind it, and of one that came with the channel.
func TestExpectTLS(t *testing.T) {
	const served = "= smtp-transcript 1\nS: 220 a\nC: EHLO b\nS: 250-a\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n@ starttls\nC: NOOP\nS: 250 ok\n"
	const implicit = "= smtp-transcript 1\n= connect host=a addr=192.0.2.1:465 from=b:1 tls=implicit\n= tls started version=TLSv1.3\nS: 220 a\nC: NOOP\nS: 250 ok\n"
	const head, tail = "S? 220 *\nC: EHLO b\nS? ...\nC: STARTTLS\nS? 220 *\n", "C: NOOP\nS? 250 *\n"
	for _, c := range []struct{ served, played, want string }{
		{served, head + "@ starttls\n@ expect tls version>=TLSv1.3\n" + tail, ""},
		{served, head + "@ expect tls version>=TLSv1.3\n@ starttls\n" + tail, ""},
		{served, head + "@ expect tls\n@ starttls\n" + tail, ""},
		{served, head + "@ starttls\n@ expect tls version=TLSv1.2\n" + tail, "line 7 expects tls version=TLSv1.2: it is TLSv1.3"},
		{served, head + "@ expect tls version=TLSv1.2\n@ starttls\n" + tail, "line 6 expects tls version=TLSv1.2: it is TLSv1.3"},
		{served, "@ expect tls version=TLSv1.2\n" + head + "@ starttls\n" + tail, "line 1 expects tls version=TLSv1.2: it is TLSv1.3"},
		{served, head + "@ starttls\n" + tail + "@ expect tls version=TLSv1.2\n", "line 9 expects tls version=TLSv1.2: it is TLSv1.3"},
		{implicit, "S? 220 *\n" + tail + "@ expect tls version=TLSv1.3\n", ""},
		{implicit, "S? 220 *\n" + tail + "@ expect tls version=TLSv1.2\n", "line 4 expects tls version=TLSv1.2: it is TLSv1.3"},
		{implicit, "@ expect tls chain=bad\nS? 220 *\n" + tail, "line 1 expects tls chain=bad: it is ok"},
	} {
		srv := serve.New(parse(t, c.served), serve.Options{})
		roots, err := srv.Roots()
		if err != nil {
			t.Fatal(err)
		}
		o := Options{}
		o.Session.Target.TLS = c.served == implicit
		o.Session.TLS.Roots, o.Session.TLS.ServerName = roots, "ehlo-serve.example"
		rep, told := performed(t, srv, c.played, o)
		if got := text(t, rep) + told; (c.want == "") != (rep.Same && told == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s\n%s", c.played, got)
		}
	}
}
