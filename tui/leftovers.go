package tui

import "sync"

// leftovers are what has to end before the program does, and has not yet: the
// sessions that were left, the recordings that are served, the texts in an
// editor. What has ended is kept no longer.
type leftovers struct {
	mu   sync.Mutex
	next int
	ends map[int]func()
}

// add takes what ends one of them, and returns it so that it runs once.
func (l *leftovers) add(end func()) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends == nil {
		l.ends = map[int]func(){}
	}
	at := l.next
	l.next++
	l.ends[at] = sync.OnceFunc(func() {
		end()
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.ends, at)
	})
	return l.ends[at]
}

// end ends all of them, and waits for those that are about to.
func (l *leftovers) end() {
	l.mu.Lock()
	var all []func()
	for _, end := range l.ends {
		all = append(all, end)
	}
	l.mu.Unlock()
	for _, end := range all {
		end()
	}
}
