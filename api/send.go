package api

import (
	"bytes"
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
	"github.com/zeebo/xxh3"
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

// parcel is a body that is ready to be sent.
type parcel struct {
	envelope
	body []byte
}

// wrap packs a body as the caller takes it.
func wrap(r *http.Request, kind string, body []byte) (parcel, error) {
	hash := xxh3.New()
	_, _ = hash.WriteString(kind + "\n")
	_, _ = hash.Write(body)
	p := parcel{address(r, kind, int64(len(body)), hash.Sum128()), body}
	if p.had {
		p.body = nil
	}
	if p.coding == "" || p.had {
		return p, nil
	}
	var smaller bytes.Buffer
	smaller.Grow(len(body) / 8)
	err := packedInto(&smaller, p.coding, func(w io.Writer) error { _, err := w.Write(body); return err })
	p.body = smaller.Bytes()
	return p, err
}

func (p parcel) send(c *gin.Context) {
	if !p.tell(c) {
		c.Data(http.StatusOK, p.kind, p.body)
	}
}

// envelope says of a body how it is packed and by which tag it is known. What is packed
// has a tag of its own: the bytes are others.
type envelope struct {
	kind, coding, tag string
	had               bool // the caller has it already
}

// address makes an envelope. A tag tells one version of an answer from another and
// guards nothing: 128 bits of a fast hash are enough.
func address(r *http.Request, kind string, size int64, sum xxh3.Uint128) envelope {
	whole := sum.Bytes()
	e := envelope{kind: kind, tag: base64.RawURLEncoding.EncodeToString(whole[:])}
	if size >= smallest && !packed(kind) {
		e.coding = codingOf(r.Header.Get("Accept-Encoding"))
	}
	if e.coding != "" {
		e.tag += "-" + e.coding
	}
	e.had = listed(r.Header.Get("If-None-Match"), `"`+e.tag+`"`)
	return e
}

// tell sets the headers, and answers when the caller has the body.
func (e envelope) tell(c *gin.Context) (had bool) {
	h := c.Writer.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+e.tag+`"`)
	if e.had {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return true
	}
	if e.coding != "" {
		h.Set("Content-Encoding", e.coding)
	}
	return false
}

// packed tells that a form is compressed already.
func packed(kind string) bool {
	return strings.Contains(kind, "officedocument") || strings.Contains(kind, "parquet")
}

// listed tells whether a list of tags holds one; weak tags say enough for a read.
func listed(list, tag string) bool {
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

// packedInto has a body written through a coding; "" is none.
func packedInto(to io.Writer, coding string, write func(io.Writer) error) error {
	if coding == "" {
		return write(to)
	}
	type packer interface {
		io.WriteCloser
		Reset(io.Writer)
	}
	w, ok := packers[coding].Get().(packer)
	if !ok {
		return fmt.Errorf("packing an answer: nothing packs as %s", coding)
	}
	defer func() {
		w.Reset(nil) // it must hold on to nobody's connection
		packers[coding].Put(w)
	}()
	w.Reset(to)
	if err := write(w); err != nil {
		return err // what is not whole is not ended as if it were
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("packing an answer: %w", err)
	}
	return nil
}
