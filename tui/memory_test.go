package tui

import (
	"runtime"
	"testing"

	"ehlo/session"
)

// TestMemoryOfARow measures what a row takes beside its own octets, with the
// log that it is a view of.
func TestMemoryOfARow(t *testing.T) {
	const rows, limit = 200_000, 300
	asked := long(rows)
	unasked := append(asked[:3:3], make([]session.Event, 0, rows)...) // each line is against a rule
	for len(unasked) < rows {
		unasked = append(unasked, session.Event{Seq: len(unasked) + 1, At: noon, Kind: session.Received, Data: asked[1].Data})
	}
	for name, source := range map[string][]session.Event{"a session": asked, "a flood": unasked} {
		if each := memoryOfRows(source); each > limit {
			t.Errorf("%s: %d octets for each row, %d at most", name, each, limit)
		} else {
			t.Logf("%s: %d octets for each row", name, each)
		}
	}
}

func memoryOfRows(source []session.Event) int {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	log := new(session.Log)
	var c conversation
	for at := 0; at < len(source); at += 64 { // as a server would send them
		log.Append(source[at:min(at+64, len(source))]...) // shares their octets
		c.reach(log.Since(0))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := int(after.HeapAlloc-before.HeapAlloc) / len(c.rows)
	runtime.KeepAlive(source)
	runtime.KeepAlive(log)
	runtime.KeepAlive(&c)
	return each
}
