package servertest

import "syscall"

// endWithParent has the system end the server should the test be killed.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
