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
	source := long(rows)
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
	if each > limit {
		t.Errorf("%d octets for each of %d rows, %d at most", each, len(c.rows), limit)
	}
	t.Logf("%d octets for each of %d rows", each, len(c.rows))
	runtime.KeepAlive(source)
	runtime.KeepAlive(log)
	runtime.KeepAlive(&c)
}
