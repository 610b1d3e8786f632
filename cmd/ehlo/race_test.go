//go:build race

package main

// racing says that the race detector is there. It takes several times the
// memory of the program it watches.
const racing = true
