package drawing

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"khue/reports/document"
)

// mostKept is how many bytes of drawings are kept: some hundred charts.
const mostKept = 16 << 20

// Keeping draws each chart once: a report is written in several formats, and the
// pages of its contents are counted on paper of their own. The same option and size
// are the same drawing.
type Keeping struct {
	draw Renderer

	mu   sync.Mutex
	kept map[[sha256.Size]byte][]byte
	size int
}

// Keep keeps what a renderer draws.
func Keep(draw Renderer) *Keeping {
	return &Keeping{draw: draw, kept: map[[sha256.Size]byte][]byte{}}
}

// Render gives a drawing that was made before, else makes it.
func (k *Keeping) Render(ctx context.Context, option json.RawMessage, width, height int) ([]byte, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", width, height, option))
	k.mu.Lock()
	svg, ok := k.kept[key]
	k.mu.Unlock()
	if ok {
		return svg, nil
	}
	svg, err := k.draw.Render(ctx, option, width, height)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size+len(svg) > mostKept {
		clear(k.kept)
		k.size = 0
	}
	if _, ok := k.kept[key]; !ok {
		k.kept[key] = svg
		k.size += len(svg)
	}
	return svg, nil
}

// Ahead draws the charts of a document beside each other, to be given when the
// document is written. What cannot be drawn is told then.
func (k *Keeping) Ahead(ctx context.Context, d document.Document) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, block := range d.Blocks {
		if c, ok := block.(*document.Chart); ok && !c.Empty() {
			group.Go(func() error {
				defer func() { _ = recover() }() // as what cannot be drawn
				_, _ = Draw(ctx, k, c, d.Lang)
				return nil
			})
		}
	}
	_ = group.Wait()
}
