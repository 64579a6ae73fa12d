package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/zeebo/xxh3"

	"khue"
	"khue/api/format"
)

// Large answers are those of more than mostRows rows. Their rows are in memory while
// they are worked out and sent, so one is answered at a time.
const (
	largePatience = 10 * time.Minute // to work one out and send it
	turnPatience  = 30 * time.Second // to wait for the one before
)

// turn waits until no other large answer is on its way, and gives this one the time
// that others do not get. leave must be called when it is sent.
func (a *API) turn(c *gin.Context) (ctx context.Context, leave func(), err error) {
	wait := time.NewTimer(turnPatience)
	defer wait.Stop()
	select {
	case a.large <- struct{}{}:
	case <-c.Request.Context().Done():
		return nil, nil, c.Request.Context().Err()
	case <-wait.C:
		c.Header("Retry-After", "30")
		return nil, nil, khue.Errorf(khue.Unavailable, "đang trả lời một câu hỏi lớn khác; hãy hỏi lại sau ít giây", "another large answer is on its way; ask again in a while").Coded("large_answer_on_its_way", "")
	}
	until := time.Now().Add(largePatience)
	out := http.NewResponseController(c.Writer)
	_ = out.SetReadDeadline(time.Time{}) // or the end of its time would look as if the reader left
	_ = out.SetWriteDeadline(until)
	ctx, cancel := context.WithDeadline(c.Request.Context(), until)
	return ctx, func() { cancel(); <-a.large }, nil
}

// raisable adds to the fault of too many rows how many could be asked for.
func (a *API) raisable(q asked, err error) error {
	code, _ := khue.CodeOf(err)
	most := a.mostOf(q.format, q.pageSize)
	if code != "too_many_rows" || q.Limit >= most {
		return err
	}
	said := khue.MessageOf(err)
	more := khue.Errorf(khue.Invalid, "%[1]s; hoặc nâng limit, đến %[3]d với định dạng này", "%[2]s; or raise limit, up to %[3]d in this format", said.VI, said.EN, most)
	return more.Coded(code, "limit").Because(err)
}

// rowsWritten is a body that is never in memory as a whole: it is written once to know
// its size and its tag, and that it can be written to its end, and once to be sent.
type rowsWritten struct {
	ctx   context.Context
	kind  string
	size  int64
	sum   xxh3.Uint128
	write func(io.Writer) error
}

// measure writes a sheet to nowhere.
func measure(ctx context.Context, f format.Format, s format.Sheet) (rowsWritten, error) {
	out := rowsWritten{ctx: ctx, kind: f.MediaType, write: func(w io.Writer) error { return f.Write(w, s) }}
	hash := xxh3.New()
	_, _ = hash.WriteString(f.MediaType + "\n")
	counted := &bounded{ctx: ctx, to: hash}
	if err := out.write(counted); err != nil {
		return rowsWritten{}, fmt.Errorf("writing an answer as %s: %w", f.Name, err)
	}
	out.size, out.sum = counted.n, hash.Sum128()
	return out, nil
}

// bounded ends with its context, and counts.
type bounded struct {
	ctx context.Context
	to  io.Writer
	n   int64
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.to.Write(p)
	b.n += int64(n)
	return n, err
}

// sendRows sends a body as it is written, or says that the caller has it. When it
// cannot be sent to its end the connection is cut, so that nobody takes a part for the
// whole: the length, or the chunk that ends a body, is missing.
func (a *API) sendRows(c *gin.Context, b rowsWritten) {
	e := address(c.Request, b.kind, b.size, b.sum)
	if e.tell(c) {
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Type", b.kind)
	if e.coding == "" {
		h.Set("Content-Length", strconv.FormatInt(b.size, 10))
	}
	c.Status(http.StatusOK)
	err := packedInto(&bounded{ctx: b.ctx, to: c.Writer}, e.coding, b.write)
	if err == nil {
		return
	}
	if c.Request.Context().Err() == nil {
		a.Logger.Warn("an answer could not be sent whole", "path", c.Request.URL.Path, "cause", err)
	}
	_ = c.Error(fmt.Errorf("sending an answer: %w", err))
	panic(http.ErrAbortHandler)
}
