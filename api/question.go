package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

// Question is what can be asked, with the names of `khue query`.
type Question struct {
	Measure  []string            `json:"measure" minItems:"1" description:"Measures and indicators, as /api/v1/measures and /api/v1/indicators list them."`
	By       []string            `json:"by,omitempty" description:"Dimensions, at most one of them a grain of time."`
	Where    map[string][]string `json:"where,omitempty" description:"Values that a dimension may take; an empty text is what is not known."`
	From     string              `json:"from,omitempty" description:"First period: 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W07 or 2025-03-04."`
	To       string              `json:"to,omitempty" description:"Last period, included."`
	AsOf     string              `json:"as_of,omitempty" description:"Answer by what was known then: a day, which stands for its end, or an instant."`
	Top      string              `json:"top,omitempty" description:"Keep the largest of a dimension: 5:discipline, or 5:discipline:events to rank by events."`
	Derive   []string            `json:"derive,omitempty" description:"share, share:DIMENSION, change_previous, change_year, moving_year, cumulative."`
	AreaView string              `json:"area_view,omitempty" enum:"as_was,as_now"`
	Counting string              `json:"counting,omitempty" enum:"main,each,fractional"`
	Edition  map[string]string   `json:"edition,omitempty" description:"Edition of a classification to read all facts by."`
	Limit    int                 `json:"limit,omitempty" minimum:"1" description:"Most rows of the whole answer; more is an error, never a silent cut."`
	PageSize int                 `json:"page_size,omitempty" minimum:"1" description:"Rows of a page; the answer names a cursor of the next."`
	Cursor   string              `json:"cursor,omitempty" description:"Of a page after the first; the question must be the same."`
	Format   string              `json:"format,omitempty"`
	Lang     string              `json:"lang,omitempty" enum:"vi,en"`
}

const (
	mostRows     = 100_000   // of one answer that is put together in memory, in as many pages as the caller likes
	usualLarge   = 2_000_000 // of one that is written row by row
	mostPageRows = 10_000
	mostItems    = 200 // in one list of a question
)

// asked is a question that can be asked.
type asked struct {
	indicators.Question
	format   format.Format
	pageSize int // 0 gives all rows at once
	cursor   *cursor
	name     string // of the question, for its cursors
}

// understand reads a question, with all that is wrong with it told at once.
func (a *API) understand(q Question, scope khue.Scope, faults faultList) (asked, error) {
	out := asked{Question: indicators.Question{
		Measures: q.Measure, By: q.By, Where: q.Where, AreaView: indicators.AreaView(q.AreaView), Counting: indicators.Counting(q.Counting),
		Editions: q.Edition, Limit: q.Limit, Scope: scope,
	}, pageSize: q.PageSize}
	var err error
	note := func(code, path string) {
		if err != nil {
			faults = append(faults, coded(err, code, path))
		}
	}
	var p khue.Period
	if q.From != "" {
		if p, err = khue.ParsePeriod(q.From); err == nil {
			out.From = p.Start()
		}
		note("bad_period", "from")
	}
	if q.To != "" {
		if p, err = khue.ParsePeriod(q.To); err == nil {
			out.To = p.End()
		}
		note("bad_period", "to")
	}
	if q.AsOf != "" {
		out.AsOf, err = indicators.ParseMoment(q.AsOf, a.Zone)
		note("bad_moment", "as_of")
	}
	out.Top, err = indicators.ParseTop(q.Top)
	note("bad_top", "top")
	for _, d := range q.Derive {
		out.Derive = append(out.Derive, indicators.Derivation(d))
	}
	name := q.Format
	if name == "" {
		name = "json"
	}
	out.format, err = format.Find(name)
	note("unknown_format", "format")
	if q.Lang != "" {
		_, err = khue.ParseLang(q.Lang)
		note("unknown_language", "lang")
	}
	faults = append(faults, a.checkSizes(q, out.format)...)
	if q.Cursor != "" {
		out.cursor, err = readCursor(q.Cursor)
		note("bad_cursor", "cursor")
	}
	if out.Limit == 0 && out.pageSize > 0 {
		out.Limit = mostRows
	}
	whole := out.Question
	whole.Limit = max(whole.Limit, 0) // told by checkSizes
	for _, err := range a.Service.Faults(whole) {
		if code, _ := khue.CodeOf(err); code == "no_measure" && lieIn(faults, "measure") {
			continue // it is there, and wrong
		}
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return asked{}, faults
	}
	if out.name, err = nameOf(out.Question); err != nil {
		return asked{}, err
	}
	if out.cursor != nil && out.cursor.Question != out.name {
		return asked{}, khue.Errorf(khue.Invalid, "con trỏ này thuộc về một câu hỏi khác", "this cursor belongs to another question").Coded("cursor_of_another_question", "cursor")
	}
	return out, nil
}

// lieIn tells that a fault lies in a part of a question.
func lieIn(faults faultList, path string) bool {
	return slices.ContainsFunc(faults, func(err error) bool {
		_, at := khue.CodeOf(err)
		return at == path
	})
}

func (a *API) checkSizes(q Question, f format.Format) (faults faultList) {
	if most := a.mostOf(f, q.PageSize); q.Limit < 0 || q.Limit > most {
		faults = append(faults, a.badLimit(q.Limit, most))
	}
	if q.PageSize < 0 || q.PageSize > mostPageRows {
		faults = append(faults, khue.Errorf(khue.Invalid, "page_size phải từ 1 đến %d", "page_size must be from 1 to %d", mostPageRows).Coded("bad_page_size", "page_size"))
	}
	if q.PageSize > 0 && f.Whole {
		faults = append(faults, khue.Errorf(khue.Invalid, "định dạng %s là một tệp trọn vẹn, không chia trang được", "the format %s is one whole file and has no pages", f.Name).Coded("no_pages", "page_size"))
	}
	if q.Cursor != "" && q.PageSize == 0 {
		faults = append(faults, khue.Errorf(khue.Invalid, "con trỏ cần đi cùng page_size", "a cursor needs page_size beside it").Coded("no_page_size", "page_size"))
	}
	for _, list := range []struct {
		path string
		n    int
	}{{"measure", len(q.Measure)}, {"by", len(q.By)}, {"derive", len(q.Derive)}, {"where", len(q.Where)}} {
		if list.n > mostItems {
			faults = append(faults, khue.Errorf(khue.Invalid, "%s có quá %d mục", "%s has more than %d items", list.path, mostItems).Coded("too_many_items", list.path))
		}
	}
	return faults
}

// mostOf is the most rows of an answer in a form.
func (a *API) mostOf(f format.Format, pageSize int) int {
	if f.Streamed && pageSize == 0 {
		return max(a.LargeRows, mostRows)
	}
	return mostRows
}

func (a *API) badLimit(limit, most int) error {
	if limit > most && limit <= a.LargeRows {
		forms := strings.Join(format.StreamedNames(), ", ")
		return khue.Errorf(khue.Invalid, "limit ở đây phải từ 1 đến %[1]d; đến %[2]d dòng thì lấy một trong các định dạng %[3]s, không chia trang",
			"limit must be from 1 to %[1]d here; up to %[2]d rows come as one of %[3]s, without pages", most, a.LargeRows, forms).Coded("bad_limit", "limit")
	}
	return khue.Errorf(khue.Invalid, "limit phải từ 1 đến %d", "limit must be from 1 to %d", most).Coded("bad_limit", "limit")
}

// nameOf is the same for the same question of the same caller's reach.
func nameOf(q indicators.Question) (string, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("naming a question: %w", err)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9]), nil
}

// questionNames are the parameters of a question.
func questionNames() []string {
	out := make([]string, len(questionParameters))
	for i, p := range questionParameters {
		out[i] = p.name
	}
	return append(out, langParameter.name)
}

// fromAddress reads a question from the parameters of an address. A dimension's name
// is a parameter too: discipline=design is where=discipline=design.
func (a *API) fromAddress(values map[string][]string) (Question, faultList) {
	q := Question{Where: map[string][]string{}, Edition: map[string]string{}}
	var faults faultList
	one := func(name string, into *string) {
		switch given := values[name]; {
		case len(given) > 1:
			faults = append(faults, khue.Errorf(khue.Invalid, "tham số %s chỉ được nêu một lần", "the parameter %s can be given once", name).Coded("repeated", name))
		case len(given) == 1:
			*into = given[0]
		}
	}
	count := func(name string, into *int) {
		var text string
		if one(name, &text); text == "" {
			return
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			faults = append(faults, khue.Errorf(khue.Invalid, "%s phải là số nguyên từ 1, không phải %q", "%s must be a whole number from 1 on, not %q", name, short(text)).Coded("bad_"+name, name))
			return
		}
		*into = n
	}
	q.Measure, q.By, q.Derive = splitList(values["measure"]), splitList(values["by"]), splitList(values["derive"])
	for name, into := range map[string]*string{
		"from": &q.From, "to": &q.To, "as_of": &q.AsOf, "top": &q.Top, "area_view": &q.AreaView, "counting": &q.Counting, "cursor": &q.Cursor, "format": &q.Format, "lang": &q.Lang,
	} {
		one(name, into)
	}
	count("limit", &q.Limit)
	count("page_size", &q.PageSize)
	faults = append(faults, pairs("where", values["where"], func(dim, list string) { q.Where[dim] = append(q.Where[dim], indicators.ParseValues(list)...) })...)
	faults = append(faults, pairs("edition", values["edition"], func(name, id string) { q.Edition[name] = id })...)
	for _, name := range sortedNames(values) {
		if slices.Contains(questionNames(), name) {
			continue
		}
		if _, err := a.Service.Catalogue().Dimension(name); err != nil {
			faults = append(faults, unknownParameter(name, append(questionNames(), a.dimensionNames()...)))
			continue
		}
		for _, v := range values[name] {
			q.Where[name] = append(q.Where[name], indicators.ParseValues(v)...)
		}
	}
	slices.SortStableFunc(faults, func(a, b error) int {
		_, x := khue.CodeOf(a)
		_, y := khue.CodeOf(b)
		return strings.Compare(x, y)
	})
	return q, faults
}

func (a *API) dimensionNames() []string {
	var out []string
	for _, d := range a.Service.Catalogue().Dimensions() {
		out = append(out, d.Name)
	}
	return out
}

// pairs reads name=value, each given by itself.
func pairs(parameter string, given []string, take func(name, value string)) (faults faultList) {
	for i, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			faults = append(faults, khue.Errorf(khue.Invalid, "%s phải có dạng tên=giá_trị, không phải %q", "%s must be written name=value, not %q", parameter, short(text)).
				Coded("bad_"+parameter, parameter+"/"+strconv.Itoa(i)))
			continue
		}
		take(name, value)
	}
	return faults
}
