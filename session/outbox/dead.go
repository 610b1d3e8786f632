package outbox

import (
	"fmt"
	"sync"
	"time"
)

// dead remembers which addresses could not be reached, so that a thousand
// messages for a host that is down do not wait for it a thousand times.
type dead struct {
	mu    sync.Mutex
	until map[string]gone
}

type gone struct {
	since, until time.Time
	why          string
}

// maxDead bounds how many addresses are remembered.
const maxDead = 10_000

// errPassed says that an address was not tried because it was dead just now.
type errPassed struct{ gone }

func (e *errPassed) Error() string {
	return fmt.Sprintf("passed over: dead at %s, %s", e.since.Format("15:04:05"), e.why)
}

func (d *dead) mark(addr, why string, now, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.until == nil || len(d.until) >= maxDead {
		d.until = map[string]gone{}
	}
	d.until[addr] = gone{now, until, why}
}

// is returns an error if an address is dead at this time.
func (d *dead) is(addr string, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g, ok := d.until[addr]; ok && now.Before(g.until) {
		return &errPassed{g}
	}
	return nil
}

// alive forgets that an address was dead.
func (d *dead) alive(addr string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.until, addr)
}
