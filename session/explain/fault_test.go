package explain

import (
	"testing"

	"ehlo/session"
)

func TestFailures(t *testing.T) {
	for _, f := range []session.Fault{session.FaultResolve, session.FaultConnect, session.FaultTLS, session.FaultTimeout, session.FaultWrite, session.FaultContent, session.FaultLimit} {
		if e := Failure(f); e.Word != string(f) || e.Title == "" || e.Text == "" || e.Who == "" {
			t.Errorf("%s: %+v", f, e)
		}
	}
	if e := Failure("fire"); e.Title != "" || e.Word != "fire" {
		t.Errorf("%+v", e)
	}
}
