//go:build !unix

package channel

import (
	"os"
	"os/exec"
)

// There are no process groups here: the process itself is ended, not what it
// started.

func ownGroup(*exec.Cmd) {}

func endGroup(p *os.Process)  { _ = p.Kill() }
func killGroup(p *os.Process) { _ = p.Kill() }
