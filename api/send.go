package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzip"
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
func send(c *gin.Context, kind string, body []byte) {
	p, err := wrap(c.Request, kind, body)
	if err != nil {
		_ = c.Error(err)
		return
	}
	p.send(c)
}

// parcel is an answer as it goes over the wire.
type parcel struct {
	kind, coding, tag string
	body              []byte
	had               bool // the caller has it already
}

// wrap packs a body as the caller takes it. What is packed has a tag of its own: the
// bytes are others.
func wrap(r *http.Request, kind string, body []byte) (parcel, error) {
	p := parcel{kind: kind, body: body}
	hash := sha256.New()
	_, _ = io.WriteString(hash, kind+"\n")
	_, _ = hash.Write(body)
	p.tag = base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:15])
	if len(body) >= smallest && !packed(kind) {
		p.coding = codingOf(r.Header.Get("Accept-Encoding"))
	}
	if p.coding != "" {
		p.tag += "-" + p.coding
	}
	p.had = has(r.Header.Get("If-None-Match"), `"`+p.tag+`"`)
	if p.coding == "" || p.had {
		return p, nil
	}
	var err error
	p.body, err = pack(body, p.coding)
	return p, err
}

func (p parcel) send(c *gin.Context) {
	h := c.Writer.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+p.tag+`"`)
	if p.had {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	if p.coding != "" {
		h.Set("Content-Encoding", p.coding)
	}
	c.Data(http.StatusOK, p.kind, p.body)
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

// packers are kept for the next answer: to make one takes longer than to pack most
// answers.
var packers = map[string]*sync.Pool{
	"gzip": {New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }},
	"zstd": {New: func() any {
		// Browsers refuse windows larger than 8 MB (RFC 9659).
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		return w
	}},
}

func pack(body []byte, coding string) ([]byte, error) {
	type packer interface {
		io.WriteCloser
		Reset(io.Writer)
	}
	w, ok := packers[coding].Get().(packer)
	if !ok {
		return nil, fmt.Errorf("packing an answer: nothing packs as %s", coding)
	}
	defer packers[coding].Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("packing an answer: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing an answer: %w", err)
	}
	return out.Bytes(), nil
}
