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
	until time.Time
	why   string
}

// maxDead bounds how many addresses are remembered.
const maxDead = 10_000

// errPassed says that an address was not tried because it was dead just now.
type errPassed struct {
	gone
	now time.Time
}

func (e *errPassed) Error() string {
	return fmt.Sprintf("passed over for another %s: %s", e.until.Sub(e.now).Round(time.Second), e.why)
}

func (d *dead) mark(addr, why string, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.until == nil || len(d.until) >= maxDead {
		d.until = map[string]gone{}
	}
	d.until[addr] = gone{until, why}
}

// is returns an error if an address is dead at this time.
func (d *dead) is(addr string, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g, ok := d.until[addr]; ok && now.Before(g.until) {
		return &errPassed{g, now}
	}
	return nil
}

// alive forgets that an address was dead.
func (d *dead) alive(addr string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.until, addr)
}
