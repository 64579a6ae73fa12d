package ingest

import (
	"context"
	"errors"
	"time"

	"khue"
)

// bounded is a Source whose reading must end within a time: a source that keeps
// giving must not hold a job for ever.
type bounded struct {
	Source
	most time.Duration
}

// defaultMaxTime is long enough for any first load we know of.
const defaultMaxTime = 12 * time.Hour

// Read implements Source.
func (b bounded) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	late := khue.Errorf(khue.Unavailable, "việc đọc nguồn kéo dài quá %s (max_time)", "reading the source took longer than %s (max_time)", b.most)
	inner, cancel := context.WithTimeoutCause(ctx, b.most, late)
	defer cancel()
	mark, err := b.Source.Read(inner, q, yield)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(inner), late) && !errors.Is(err, late) {
		return mark, late.Because(err)
	}
	return mark, err
}
