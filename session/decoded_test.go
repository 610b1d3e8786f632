package session

import (
	"strings"
	"testing"
)

func TestDecodedLogin(t *testing.T) {
	for _, c := range []struct {
		event Event
		want  string
		ok    bool
	}{
		{Event{Kind: Received, Data: []byte("334 VXNlcm5hbWU6\r\n")}, "Username:", true},
		{Event{Kind: Received, Data: []byte("334  VXNlcm5hbWU6\r\n")}, "Username:", true},
		{Event{Kind: Received, Data: []byte("334 \r\n")}, "", false},
		{Event{Kind: Received, Data: []byte("334 no base64\r\n")}, "", false},
		{Event{Kind: Received, Data: []byte("235 VXNlcm5hbWU6\r\n")}, "", false},
		{Event{Kind: Sent, Data: []byte("AUTH PLAIN AGEAYg==\r\n"), Secret: []Span{{11, 19}}}, "\x00a\x00b", true},
		{Event{Kind: Sent, Data: []byte("MAIL\r\n")}, "", false},
		{Event{Kind: Sent, Data: []byte("x"), Secret: []Span{{-4, 99}}}, "", false},
		{Event{Kind: Sent, Data: []byte("x"), Secret: []Span{{7, 3}}}, "", false},
	} {
		if got, ok := c.event.Decoded(); got != c.want || ok != c.ok {
			t.Errorf("%s %q: %q %t, want %q %t", c.event.Kind, c.event.Data, got, ok, c.want, c.ok)
		}
	}
}

// TestForecastOfALogin: what a server would have to prove is not missed where
// nobody has answered yet.
func TestForecastOfALogin(t *testing.T) {
	m := mailTo("b@x.example")
	m.Auth = unproved{}
	s := Hoped(Hoped(State{}, Step{Kind: Connect}), Line("EHLO x"))
	for _, st := range Forecast(s, m, 9) {
		if st.Ends != "" {
			t.Errorf("%s: %s", st, st.Why)
		}
	}
}

// A forecast from before EHLO does not know what will be offered; it hopes for
// what the mail needs.
func TestForecastOfWhatIsNotYetOffered(t *testing.T) {
	m := mailTo("b@x.example")
	m.Auth, m.TLS = unproved{}, TLSRequire
	var said []string
	for _, st := range Forecast(State{}, m, 20) {
		said = append(said, strings.Fields(st.String())[0])
		if st.Ends != "" {
			t.Errorf("%s: %s", st, st.Why)
		}
	}
	if got, want := strings.Join(said, " "), "connect EHLO STARTTLS TLS EHLO AUTH MAIL RCPT DATA content, QUIT hang"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

type unproved struct{ stubborn }

func (unproved) Accepted(string, State) error { return errWrite }
func (unproved) Wanted() []string             { return nil }
