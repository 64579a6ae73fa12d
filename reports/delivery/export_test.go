package delivery

import (
	"context"

	"khue/state"
)

// IntoFolder makes a delivery into a folder once more, as after a crash.
func IntoFolder(ctx context.Context, o Options, d state.Delivery) error {
	return New(o).try(ctx, d)
}
