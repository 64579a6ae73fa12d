//go:build !linux

package postgrestest

import "syscall"

// endWithParent has no counterpart here.
func endWithParent(*syscall.SysProcAttr) {}
