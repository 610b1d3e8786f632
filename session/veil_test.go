package session

import "testing"

// TestAnEchoIsASecretAsWell: a server repeats a response that it takes for a
// command, and it comes into no file by that.
func TestAnEchoIsASecretAsWell(t *testing.T) {
	for _, c := range []struct{ said, reply, want string }{
		{"wonderland", `500 5.5.1 Command unrecognized: "wonderland"`, `500 5.5.1 Command unrecognized: "*"`},
		{"wonderland", "500 WONDERLAND, wonderland?", "500 *, *?"},
		{"AUTH PLAIN AGEAYg==", "501 AUTH PLAIN AGEAYg==", "501 AUTH PLAIN *"},
		{"NOOP wonderland", "250 wonderland", "250 wonderland"},
		{"*", "500 ****", "500 ****"},
	} {
		s := New(Options{})
		for _, line := range []string{"S220 x", "CEHLO c", "S250-x", "S250 AUTH PLAIN", "CAUTH LOGIN", "S504 no", "C" + c.said, "S" + c.reply, "CNOOP", "S250 wonderland"} {
			kind := Received
			if line[0] == 'C' {
				kind = Sent
			}
			s.append(Event{Kind: kind, Data: []byte(line[1:] + "\r\n")})
		}
		events := s.Log().Since(0)
		if got := string(events[7].Public("*")); got != c.want+"\r\n" {
			t.Errorf("%q: %q", c.said, got)
		}
		if last := events[9]; len(last.Secret) != 0 {
			t.Errorf("%q: %v in an answer to something else", c.said, last.Secret)
		}
	}
}

// TestEchoes: what of a response a server repeats, word by word, in which order and
// when it likes.
func TestEchoes(t *testing.T) {
	for _, c := range []struct {
		name         string
		conversation []string // what the server says last is the echo
		want         string
	}{
		{"several words in any order",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH LOGIN\r\n", "S504 no\r\n", "Calice1\r\n", "Cwonderland\r\n", "S500 wonderland is not known, nor is alice1\r\n"},
			"500 * is not known, nor is *\r\n"},
		// RFC 7628, 3.2.3: a token was refused, the client says that it has heard so,
		// and only then the server repeats it.
		{"behind a challenge",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH XOAUTH2 bG9va2luZw==\r\n", "S334 e30=\r\n", "C\r\n", "S535 bG9va2luZw== is no good\r\n"},
			"535 * is no good\r\n"},
		{"what went out in pieces is one word",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH LOGIN\r\n", "S504 no\r\n", "Calice1\r\n", "Cwon", "Cder", "Cland\r\n", "S500 alice1\r\n", "S500 wonderland, wondering\r\n"},
			"500 *, wondering\r\n"},
		{"and what went before it another",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH LOGIN\r\n", "S504 no\r\n", "Calice1\r\n", "Cwon", "Cder", "Cland\r\n", "S500 alice1\r\n"},
			"500 *\r\n"},
		{"the password that is in a response, and not the name",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH PLAIN AGFsaWNlMQB3b25kZXJsYW5k\r\n", "S535 alice1 is not wonderland\r\n"},
			"535 alice1 is not *\r\n"},
		{"that of LOGIN, which comes last",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH LOGIN\r\n", "S334 VXNlcm5hbWU6\r\n", "CYWxpY2Ux\r\n", "S334 UGFzc3dvcmQ6\r\n", "Cd29uZGVybGFuZA==\r\n", "S535 alice1 is not Wonderland\r\n"},
			"535 alice1 is not *\r\n"},
		{"a token",
			[]string{"S220 x\r\n", "CEHLO c\r\n", "S250 x\r\n", "CAUTH OAUTHBEARER bixhPWFsaWNlMSwBaG9zdD14AWF1dGg9QmVhcmVyIGxvb2sxbmcBAQ==\r\n", "S535 Bearer look1ng is too old\r\n"},
			"535 Bearer * is too old\r\n"},
	} {
		var st State
		var veil Veil
		var got string
		for _, line := range c.conversation {
			e := Event{Kind: Received, Data: []byte(line[1:])}
			if line[0] == 'C' {
				e.Kind = Sent
			}
			veil.Mark(&st, &e)
			st = st.Apply(e)
			got = string(e.Public("*"))
		}
		if got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
