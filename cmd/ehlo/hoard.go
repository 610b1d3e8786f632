package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// hoard lets garbage become four times what is in use before it is collected,
// unless somebody has said otherwise. What goes through thousands of messages
// or recordings needs some twenty megabytes, and makes garbage of them many
// times a second: that took a seventh of the time of a queue run, and a tenth
// of that of a folder of replays.
func hoard() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
}

// crowd has two more goroutines at work at the same time than there are
// processors: one that waits for the disk counts as at work until somebody
// notices, which takes as long as the disk does. On two processors they were
// idle for a fifth of the time of a queue run.
func crowd() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 2)
	}
}
