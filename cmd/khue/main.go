// Command khue is the culture observatory: one program that pulls, keeps,
// answers, shows and reports.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"khue"
	"khue/warehouse/engine"
)

func main() {
	engine.RunIfChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	os.Exit(run(ctx, os.Args[1:]))
}

// run executes one command line and gives the exit code.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return 0
	}
	lang, _ := root.PersistentFlags().GetString("lang")
	fmt.Fprintln(os.Stderr, "khue: "+khue.ToldOf(err, khue.Lang(lang)))
	return 1
}
