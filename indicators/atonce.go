package indicators

import (
	"context"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// mostAtOnce is how many statements of one question may be under way together. A
// statement on a rollup waits longer for its turn than it works, so a few together
// take little longer than one; many would keep other people's questions waiting.
const mostAtOnce = 4

// atOnce does n things, some of them at the same time, and gives the first error.
func atOnce(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	if n == 1 {
		return do(ctx, 0)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(mostAtOnce)
	for i := range n {
		group.Go(func() (err error) {
			// Nobody above would catch it here: a fault in one answer must not end the server.
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("a part of a question broke off: %v\n%s", p, debug.Stack())
				}
			}()
			return do(ctx, i)
		})
	}
	return group.Wait()
}
