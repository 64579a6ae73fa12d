package dashboards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

// keptPage is a page as it was drawn, packed: nearly every browser takes it so, and
// it is packed once for all of them.
type keptPage struct {
	packed []byte
	tag    string // for If-None-Match
}

// mostPages bounds the pages kept, each about 20 kB packed.
const mostPages = 800

func keptPageOf(body []byte) keptPage {
	sum := sha256.Sum256(body)
	return keptPage{packGzip(body, gzip.BestSpeed), `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// send gives a page, or tells the browser that the one it has still holds.
func (p keptPage) send(c *gin.Context) {
	c.Header("ETag", "W/"+p.tag)
	c.Writer.Header().Add("Vary", "Accept-Encoding")
	if slices.Contains(splitList(c.GetHeader("If-None-Match")), p.tag) {
		c.Status(http.StatusNotModified)
		return
	}
	body := p.packed
	if accepts(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
	} else {
		plain, err := p.unpacked()
		if err != nil {
			_ = c.Error(err)
			return
		}
		body = plain
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", body)
}

func (p keptPage) unpacked() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(p.packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking a kept page: %w", err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpacking a kept page: %w", err)
	}
	return body, nil
}
