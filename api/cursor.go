package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

// cursor says which rows of which answer come next. It holds the evidence id of the
// answer that the first page came from, so that all pages are of one moment: when the
// facts have changed since, the answer of then is brought back by its id. It gives
// its bearer nothing: the question is asked again with the bearer's own reach.
type cursor struct {
	Question string `json:"q"`
	Answer   string `json:"a"`
	Offset   int    `json:"o"`
}

func (c cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // two texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(text string) (*cursor, error) {
	bad := khue.Errorf(khue.Invalid, "con trỏ này không đọc được; hãy dùng đúng con trỏ mà câu trả lời nêu", "this cursor cannot be read; use the one that the answer names").Coded("bad_cursor", "cursor")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 200 {
		return nil, bad
	}
	var c cursor
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil || c.Offset < 1 || c.Answer == "" {
		return nil, bad
	}
	return &c, nil
}

// answer answers a question: all rows, or the page that it asks for.
func (a *API) answer(ctx context.Context, q asked) (format.Sheet, error) {
	found, err := a.Service.Ask(ctx, q.Question)
	if err != nil {
		return format.Sheet{}, err
	}
	if q.cursor != nil && found.Evidence.ID != q.cursor.Answer {
		if found, err = a.bringBack(ctx, q); err != nil {
			return format.Sheet{}, err
		}
	}
	s := format.Sheet{
		Answer: found, Catalogue: a.Service.Catalogue(), Words: a.Service.InWords(q.Question), Zone: a.Zone, Simulated: a.Simulated, Site: a.Site, Total: len(found.Rows),
	}
	if q.pageSize == 0 {
		return s, nil
	}
	from := 0
	if q.cursor != nil {
		from = min(q.cursor.Offset, s.Total)
	}
	to := min(from+q.pageSize, s.Total)
	s.Answer.Rows = found.Rows[from:to]
	if to == s.Total {
		return s, nil
	}
	if found.Evidence.ID == "" {
		return format.Sheet{}, khue.Errorf(khue.Unavailable, "một lô dữ liệu đang được nạp nên chưa chia trang được; hãy hỏi lại sau ít giây", "a batch is coming in, so pages would not fit together; ask again in a few seconds").Coded("batch_coming_in", "")
	}
	s.Next = cursor{Question: q.name, Answer: found.Evidence.ID, Offset: to}.String()
	return s, nil
}

// bringBack is the answer that the first page was taken from.
func (a *API) bringBack(ctx context.Context, q asked) (indicators.Answer, error) {
	changed := khue.Errorf(khue.Conflict, "số liệu đã thay đổi từ trang đầu và không đưa lại được câu trả lời lúc đó; hãy hỏi lại từ trang đầu",
		"the figures have changed since the first page and the answer of then cannot be brought back; begin again with the first page").Coded("answer_changed", "cursor")
	then, err := a.Service.Explain(ctx, q.cursor.Answer, indicators.Look{Scope: q.Scope})
	switch kind := khue.KindOf(err); {
	case err != nil && kind != khue.NotFound && kind != khue.Forbidden && kind != khue.Invalid:
		return indicators.Answer{}, err
	case err != nil || !sameQuestion(then.Then.Question, q.Question):
		return indicators.Answer{}, changed
	}
	return then.Then, nil
}

// sameQuestion tells that an answer that was brought back is one to this question: not
// of another, and not without measures whose past is told to nobody.
func sameQuestion(then, now indicators.Question) bool {
	then.AsOf, then.Limit, now.Limit = now.AsOf, 0, 0
	x, errX := nameOf(plain(then))
	y, errY := nameOf(plain(now))
	return errX == nil && errY == nil && x == y
}

// plain writes what says nothing as nothing, as questions are kept.
func plain(q indicators.Question) indicators.Question {
	if q.AreaView == indicators.AreasAsWere {
		q.AreaView = ""
	}
	if q.Counting == indicators.CountMain {
		q.Counting = ""
	}
	where := map[string][]string{}
	for dim, values := range q.Where {
		where[dim] = sorted(values)
	}
	q.Where = where
	if len(q.Editions) == 0 {
		q.Editions = nil
	}
	if len(q.By) == 0 {
		q.By = nil
	}
	if len(q.Derive) == 0 {
		q.Derive = nil
	}
	q.Scope.Areas = sorted(q.Scope.Areas)
	return q
}
