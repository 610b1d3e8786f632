package session

import "testing"

// TestLogForgets: numbers go on, and whoever asks for what is gone gets what is
// behind it.
func TestLogForgets(t *testing.T) {
	var l Log
	l.Append(Event{Text: "1"}, Event{Text: "2"}, Event{Text: "3"})
	l.Forget(2)
	if all := l.Since(0); len(all) != 1 || all[0].Seq != 3 || all[0].Text != "3" {
		t.Errorf("behind what was forgotten stands %v", all)
	}
	if more := l.Append(Event{Text: "4"}); more[0].Seq != 4 || l.Len() != 4 {
		t.Errorf("the next event has number %d of %d", more[0].Seq, l.Len())
	}
	if events, err := l.Wait(t.Context(), 3); err != nil || len(events) != 1 || events[0].Seq != 4 {
		t.Errorf("who has waited for the fourth gets %v, %v", events, err)
	}
	if l.Forget(9); l.Len() != 4 || l.Since(0) != nil {
		t.Errorf("of %d events there are left %v", l.Len(), l.Since(0))
	}
}
