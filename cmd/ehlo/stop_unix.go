//go:build unix

package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// mayStop is "1" if somebody is there to wake a process that stops itself: a
// parent in the same session and another process group, which is to say a
// shell. The kernel throws SIGTSTP away otherwise.
func mayStop() string {
	parent := os.Getppid()
	session, err := unix.Getsid(parent)
	own, err2 := unix.Getsid(0)
	group, err3 := unix.Getpgid(parent)
	if err == nil && err2 == nil && err3 == nil && session == own && group != unix.Getpgrp() {
		return "1"
	}
	return "0"
}

// noteResume is told when the process was stopped and goes on.
func noteResume(c chan<- os.Signal) { signal.Notify(c, unix.SIGCONT) }
