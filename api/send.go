package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"
)

// smallest is the size from which an answer is worth packing.
const smallest = 1400

// give answers with a struct as JSON.
func (a *API) give(c *gin.Context, answer any) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	if err := e.Encode(answer); err != nil {
		_ = c.Error(fmt.Errorf("writing an answer: %w", err))
		return
	}
	send(c, "application/json; charset=utf-8", body.Bytes())
}

// send answers with a body under a tag made of it, or says that the caller has it.
// What is packed has a tag of its own: the bytes are others.
func send(c *gin.Context, kind string, body []byte) {
	h := c.Writer.Header()
	h.Add("Vary", "Accept-Encoding")
	sum := sha256.Sum256(append([]byte(kind+"\n"), body...))
	tag := base64.RawURLEncoding.EncodeToString(sum[:15])
	coding := ""
	if len(body) >= smallest && !packed(kind) {
		coding = codingOf(c.GetHeader("Accept-Encoding"))
	}
	if coding != "" {
		tag += "-" + coding
	}
	h.Set("ETag", `"`+tag+`"`)
	if has(c.GetHeader("If-None-Match"), `"`+tag+`"`) {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	if coding != "" {
		smaller, err := pack(body, coding)
		if err != nil {
			_ = c.Error(err)
			return
		}
		h.Set("Content-Encoding", coding)
		body = smaller
	}
	c.Data(http.StatusOK, kind, body)
}

// packed tells that a form is compressed already.
func packed(kind string) bool {
	return strings.Contains(kind, "officedocument") || strings.Contains(kind, "parquet")
}

// has tells whether a list of tags holds one; weak tags say enough for a read.
func has(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// codingOf chooses zstd or gzip, as the caller weighs them; "" is neither.
func codingOf(header string) string {
	best, most := "", 0.0
	for item := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(item), ";")
		weight := 1.0
		if q, given := strings.CutPrefix(strings.TrimSpace(parameters), "q="); given {
			w, err := strconv.ParseFloat(q, 64)
			if err != nil {
				continue
			}
			weight = w
		}
		name = strings.ToLower(strings.TrimSpace(name))
		if (name == "zstd" || name == "gzip") && (weight > most || weight == most && name == "zstd") && weight > 0 {
			best, most = name, weight
		}
	}
	return best
}

func pack(body []byte, coding string) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	if coding == "zstd" {
		// Browsers refuse windows larger than 8 MB (RFC 9659).
		w, err = zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	} else {
		w, err = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	}
	if err != nil {
		return nil, fmt.Errorf("packing an answer: %w", err)
	}
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("packing an answer: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing an answer: %w", err)
	}
	return out.Bytes(), nil
}
