package session

import (
	"errors"
	"strings"
	"testing"
)

// sayer logs in with a response of a given length.
type sayer int

func (sayer) Mechanism(offered []string, _ State) string { return offered[0] }

func (n sayer) Response(string, State) ([]byte, string, error) {
	return []byte(strings.Repeat("x", int(n))), "as long as it is", nil
}

func (sayer) Accepted(string, State) error { return nil }
func (sayer) Wanted() []string             { return nil }

// speechless has a mechanism, or none, and nothing to say in it.
type speechless string

func (x speechless) Mechanism([]string, State) string { return string(x) }
func (speechless) Response(string, State) ([]byte, string, error) {
	return nil, "", errors.New("no words")
}
func (speechless) Accepted(string, State) error { return nil }
func (speechless) Wanted() []string             { return nil }

// TestLoginIfOffered: the mail goes without a login that nobody offers, but not
// without one that cannot be made.
func TestLoginIfOffered(t *testing.T) {
	var s State
	s.Phase, s.Answers.EHLO.Code = Ready, 250
	for mech, ends := range map[speechless]Ending{"": "", "PLAIN": NoAuth} {
		m := mailTo("bob@x.example")
		m.Auth, m.AuthIfOffered = mech, true
		if st, _ := m.Next(s); st.Ends != ends {
			t.Errorf("mechanism %q: %s, ends %q", string(mech), st.Why, st.Ends)
		}
	}
}

// TestLongInitialResponse: RFC 4954, 4 wants no AUTH line beyond 512 octets.
func TestLongInitialResponse(t *testing.T) {
	under := greeted + "C: EHLO c.example\nS: 250-x\nS: 250 AUTH PLAIN\n"
	for _, c := range []struct {
		octets int
		want   string
	}{
		{3, "AUTH PLAIN eHh4"},
		{372, "AUTH PLAIN " + strings.Repeat("eHh4", 124)},
		{373, "AUTH PLAIN"},
		{5000, "AUTH PLAIN"},
	} {
		st, ok := Mail{Auth: sayer(c.octets)}.Next(fold(t, under))
		if got := strings.TrimSuffix(string(st.Bytes), "\r\n"); !ok || got != c.want {
			t.Errorf("%d octets: %.40q of %d, want %.40q", c.octets, got, len(got), c.want)
		}
	}
	asked := fold(t, under+"C: AUTH PLAIN\nS: 334")
	if st, _ := (Mail{Auth: sayer(373)}).Next(asked); len(st.Bytes) != 500+2 {
		t.Errorf("the response has %d octets: %q", len(st.Bytes), st.Why)
	}
}
