//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// detach gives the engine a process group of its own, so that Ctrl-C in a
// terminal reaches only the supervisor, which then closes the engine in order.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
