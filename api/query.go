package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

var questionParameters = []parameter{
	{name: "measure", many: true, example: "visitors", about: khue.Text{VI: "Chỉ số và chỉ tiêu, cách nhau bằng dấu phẩy.", EN: "Measures and indicators, with commas between."}},
	{name: "by", many: true, example: "month,discipline", about: khue.Text{VI: "Các chiều: year, half, quarter, month, week, day, discipline, area, …", EN: "Dimensions: year, half, quarter, month, week, day, discipline, area, …"}},
	{name: "where", many: true, example: "discipline=design,crafts", about: khue.Text{
		// In Markdown: what stands outside of code loses its backslashes.
		VI: "Giới hạn một chiều: `discipline=design,crafts`; nêu được nhiều lần. Dấu phẩy trong một giá trị viết là `\\,` và dấu `\\` viết là `\\\\`. Tên chiều cũng là một tham số: `discipline=design`.",
		EN: "Limits a dimension: `discipline=design,crafts`; can be given several times. A comma inside a value is written `\\,` and a backslash `\\\\`. A dimension's name is a parameter too: `discipline=design`.",
	}},
	{name: "from", example: "2025-01", about: khue.Text{VI: "Kỳ đầu: 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W07 hoặc 2025-03-04.", EN: "First period: 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W07 or 2025-03-04."}},
	{name: "to", example: "2025-12", about: khue.Text{VI: "Kỳ cuối, tính cả kỳ đó.", EN: "Last period, included."}},
	{name: "as_of", about: khue.Text{VI: "Trả lời theo điều biết lúc đó: một ngày (đến hết ngày) hoặc một thời điểm.", EN: "Answer by what was known then: a day, which stands for its end, or an instant."}},
	{name: "top", about: khue.Text{VI: "Giữ các giá trị lớn nhất, phần còn lại gộp một dòng: 5:discipline hoặc 5:discipline:events.", EN: "Keep the largest of a dimension, others in one row: 5:discipline, or 5:discipline:events to rank by events."}},
	{name: "derive", many: true, about: khue.Text{VI: "Tính thêm: share, share:CHIỀU, change_previous, change_year, moving_year, cumulative.", EN: "Work out beside each measure: share, share:DIMENSION, change_previous, change_year, moving_year, cumulative."}},
	{name: "area_view", allowed: []string{"as_was", "as_now"}, about: khue.Text{VI: "Địa bàn lúc phát sinh (mặc định) hoặc hiện nay.", EN: "Areas as they were on the day (default) or those of today."}},
	{name: "counting", allowed: []string{"main", "each", "fractional"}, about: khue.Text{VI: "Cách tính khi có nhiều lĩnh vực; mặc định main.", EN: "How facts with several disciplines count; main by default."}},
	{name: "edition", many: true, about: khue.Text{VI: "Ấn bản của một bảng phân loại: uccn_field=2004.", EN: "Edition of a classification: uccn_field=2004."}},
	{name: "limit", number: true, about: khue.Text{VI: "Nhiều dòng nhất của cả câu trả lời (mặc định 10000, đến 100000; với csv, csv-raw, csv-excel, parquet, arrow không chia trang thì nhiều hơn, thường là đến 2000000); nhiều hơn là lỗi, không bao giờ cắt ngầm.", EN: "Most rows of the whole answer (10000 unless given, up to 100000; more, usually up to 2000000, as csv, csv-raw, csv-excel, parquet or arrow without pages); more is an error, never a silent cut."}},
	{name: "page_size", number: true, about: khue.Text{VI: "Chia trang: số dòng của một trang, đến 10000.", EN: "Gives the answer in pages of so many rows, up to 10000."}},
	{name: "cursor", about: khue.Text{VI: "Con trỏ của trang sau, như câu trả lời nêu; câu hỏi giữ nguyên.", EN: "Cursor of a later page, as the answer names it; the question stays the same."}},
	{name: "format", allowed: format.Names(), about: khue.Text{VI: "Định dạng; mặc định json.", EN: "Form of the answer; json by default."}},
}

func (a *API) queryRoutes() []route {
	if a.Service == nil {
		return nil
	}
	about := khue.Text{VI: "Hỏi số liệu", EN: "Ask for figures"}
	more := khue.Text{
		VI: "Trả lời mọi con số tổng hợp theo kỳ, lĩnh vực, địa bàn và các chiều khác. Mọi định dạng phân biệt số bị giữ kín, số chưa biết và kỳ chưa trọn, và mang mã bằng chứng (Khue-Evidence).",
		EN: "Any aggregate by period, discipline, area and the other dimensions. Every form tells withheld, unknown and partial figures apart and carries the evidence id (Khue-Evidence).",
	}
	return []route{
		{method: http.MethodGet, path: Prefix + "/query", handler: a.query, tag: "query", name: "query", about: about, more: more, takes: slices.Clone(questionParameters), dimensions: true, figures: true, gives: format.Answer{}},
		{method: http.MethodPost, path: Prefix + "/query", handler: a.queryBody, tag: "query", name: "queryBody", about: khue.Text{VI: "Hỏi số liệu bằng JSON", EN: "Ask for figures with JSON"}, more: more, body: Question{}, figures: true, gives: format.Answer{}},
	}
}

func (a *API) query(c *gin.Context) {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(khue.Errorf(khue.Invalid, "địa chỉ viết sai quy tắc (%% phải đi cùng hai chữ số thập lục phân)", "the address is not well formed (%% needs two hexadecimal digits after it)").Coded("bad_address", "").Because(err))
		return
	}
	q, faults := a.fromAddress(values)
	a.reply(c, q, faults)
}

func (a *API) queryBody(c *gin.Context) {
	q, faults, err := fromBody(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.reply(c, q, faults)
}

// reply answers a question in the form that it asks for.
func (a *API) reply(c *gin.Context, asked Question, faults faultList) {
	q, err := a.understand(asked, a.Scope(c), faults)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx := c.Request.Context()
	if q.Limit > mostRows {
		of, leave, err := a.turn(c)
		if err != nil {
			_ = c.Error(err)
			return
		}
		defer leave()
		ctx = of
	}
	lang, err := langOf(c)
	if err == nil && asked.Lang != "" {
		lang, err = khue.ParseLang(asked.Lang)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	var s format.Sheet
	var send func(*gin.Context)
	err = a.Presume(ctx, func(ctx context.Context) (err error) {
		if s, err = a.answer(ctx, q); err != nil {
			return a.raisable(q, err)
		}
		s.Lang = lang
		send, err = a.written(ctx, c.Request, q.format, s)
		return err
	})
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.tell(c, s)
	c.Header("Content-Language", string(s.Lang))
	if q.format.Name != "json" {
		c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fileName(q.Question, s)+"."+q.format.Ending))
	}
	send(c)
}

// written writes an answer in its form, in memory or to nowhere, before anything is
// said of it: a fault in the writing is answered as one.
func (a *API) written(ctx context.Context, r *http.Request, f format.Format, s format.Sheet) (func(*gin.Context), error) {
	if f.Streamed {
		rows, err := measure(ctx, f, s)
		return func(c *gin.Context) { a.sendRows(c, rows) }, err
	}
	body, _ := bodies.Get().(*bytes.Buffer)
	body.Reset()
	if err := f.Write(body, s); err != nil {
		return nil, fmt.Errorf("writing an answer as %s: %w", f.Name, err)
	}
	p, err := wrap(r, f.MediaType, body.Bytes())
	if body.Cap() <= largestKept && (p.coding != "" || p.had) {
		bodies.Put(body) // what is sent is another
	}
	return p.send, err
}

// bodies are the rooms that answers are written in before they are packed, kept for the
// next: most of what a long answer needs. Rooms of very long ones are not kept.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const largestKept = 4 << 20

// tell says in headers what every answer rests on, since not every form has room for it.
func (a *API) tell(c *gin.Context, s format.Sheet) {
	h := c.Writer.Header()
	e := s.Answer.Evidence
	if e.ID != "" {
		h.Set("Khue-Evidence", e.ID)
		h.Add("Link", "<"+s.EvidencePath()+`>; rel="describedby"`)
		h.Set("Last-Modified", s.KnownAt().UTC().Format(http.TimeFormat))
	}
	if !e.DataUntil.IsZero() {
		h.Set("Khue-Data-Until", e.DataUntil.Format("2006-01-02"))
	}
	if s.Simulated {
		h.Set("Khue-Simulated", "true")
	}
	if s.Next == "" {
		return
	}
	h.Set("Khue-Next-Cursor", s.Next)
	if c.Request.Method == http.MethodGet {
		next := c.Request.URL.Query()
		next.Set("cursor", s.Next)
		h.Add("Link", "<"+a.Site+c.Request.URL.Path+"?"+next.Encode()+`>; rel="next"`)
	}
}

// fileName names a file after its measures and its answer, in letters that every
// system takes.
func fileName(q indicators.Question, s format.Sheet) string {
	name := "khue-" + q.Measures[0]
	if s.Answer.Evidence.ID != "" {
		name += "-" + s.Answer.Evidence.ID
	}
	return name
}
