//go:build !linux

package servertest

import "syscall"

// endWithParent has no counterpart here.
func endWithParent(*syscall.SysProcAttr) {}
