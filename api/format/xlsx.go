package format

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/xlsx"
)

// writeXLSX writes a workbook: the figures, a chart of them, and what they are.
func writeXLSX(w io.Writer, s Sheet) error {
	t := xlsx.Table{Lang: s.Lang, Title: s.title(), Subtitle: s.until(), Head: s.head(), About: s.about(), Made: s.KnownAt(), Chart: s.chart()}
	if s.Simulated {
		t.Simulated = SimulatedNotice.In(s.Lang)
	}
	for _, r := range s.Answer.Rows {
		t.Rows = append(t.Rows, s.cells(r))
	}
	return xlsx.WriteTable(w, t)
}

func (s Sheet) say(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(s.Lang) }

func (s Sheet) title() string {
	if said := s.Words.In(s.Lang); said != "" {
		return said
	}
	var names []string
	for _, c := range s.measures() {
		names = append(names, c.Label.In(s.Lang))
	}
	return strings.Join(names, ", ")
}

func (s Sheet) until() string {
	if s.Answer.Evidence.DataUntil.IsZero() {
		return ""
	}
	return s.say("Số liệu đến ngày ", "Data until ") + locale.Date(s.Lang, s.Answer.Evidence.DataUntil)
}

func (s Sheet) head() []string {
	var out []string
	for _, c := range s.Answer.Columns {
		out = append(out, titled(c, s.Lang))
	}
	out = append(out, s.say("Kỳ", "Period state"))
	for _, i := range Reported(s.Answer) {
		label := s.measures()[i].Label.In(s.Lang)
		out = append(out, label+s.say(": đã báo cáo", ": reported"), label+s.say(": phải báo cáo", ": expected"))
	}
	return out
}

func titled(c indicators.Column, lang khue.Lang) string {
	if unit := c.Unit.In(lang); c.Measure && unit != "" {
		return c.Label.In(lang) + " (" + unit + ")"
	}
	return c.Label.In(lang)
}

func (s Sheet) cells(r indicators.Row) []document.Cell {
	var out []document.Cell
	for _, k := range r.Keys {
		out = append(out, keyCell(k, s.Lang))
	}
	for i, v := range r.Values {
		switch StatusOf(v) {
		case Known:
			out = append(out, document.N(v.Number, s.measures()[i].Decimals))
		case Withheld:
			out = append(out, document.Withheld())
		default:
			out = append(out, document.Missing())
		}
	}
	state := ""
	if r.Partial {
		state = s.say("chưa đủ kỳ", "partial")
	}
	out = append(out, document.W(state))
	for _, i := range Reported(s.Answer) {
		if c := r.Completeness[i]; c.Known {
			out = append(out, document.N(float64(c.Reported), 0), document.N(float64(c.Expected), 0))
			continue
		}
		out = append(out, document.Missing(), document.Missing())
	}
	return out
}

func keyCell(k indicators.Key, lang khue.Lang) document.Cell {
	switch {
	case k.Period.IsZero():
		return document.W(k.Name.In(lang))
	case k.Period.Grain() == khue.Day:
		return document.D(k.Period.Start())
	}
	return document.W(locale.PeriodLabel(lang, k.Period))
}

// about says what the figures are, how they were asked for and how to open them again.
func (s Sheet) about() []document.Pair {
	var out []document.Pair
	say := func(vi, en, value string) {
		if value != "" {
			out = append(out, document.Pair{Name: s.say(vi, en), Value: value})
		}
	}
	say("Nội dung", "What it shows", s.title())
	for _, name := range s.Answer.Question.Measures {
		say("Định nghĩa", "Definition", s.definition(name))
	}
	s.limits(say)
	e := s.Answer.Evidence
	say("Số liệu biết đến", "As known at", locale.Moment(s.Lang, s.KnownAt()))
	if !e.DataUntil.IsZero() {
		say("Số liệu đến ngày", "Data until", locale.Date(s.Lang, e.DataUntil))
	}
	if s.Simulated {
		say("Lưu ý", "Note", SimulatedNotice.In(s.Lang))
	}
	if s.Answer.Withheld() {
		say("Ký hiệu "+locale.WithheldSign, "The sign "+locale.WithheldSign, locale.Withheld(s.Lang))
	}
	for _, n := range s.Answer.Notes {
		say("Lưu ý", "Note", n.In(s.Lang))
	}
	say("Phiên bản định nghĩa", "Version of the definitions", e.DefinitionVersion)
	say("Mã bằng chứng", "Evidence id", e.ID)
	say("Mở lại số liệu", "Open the figures again", s.EvidencePath())
	return out
}

// definition is a measure or an indicator with all that its definition says in words.
func (s Sheet) definition(name string) string {
	if s.Catalogue == nil {
		return ""
	}
	var parts []string
	add := func(label, value string) {
		if value != "" {
			parts = append(parts, label+value)
		}
	}
	if m, err := s.Catalogue.Measure(name); err == nil {
		add("", m.Label.In(s.Lang)+" ("+m.Unit.In(s.Lang)+")")
		add("", m.Description.In(s.Lang))
		add(s.say("Cách tính: ", "Method: "), m.Method.In(s.Lang))
		add(s.say("Nguồn: ", "Source: "), m.Source.In(s.Lang))
	} else if i, err := s.Catalogue.Indicator(name); err == nil {
		add("", i.Label.In(s.Lang)+" ("+i.Unit.In(s.Lang)+")")
		add("", i.Description.In(s.Lang))
		add(s.say("Cách tính: ", "Method: "), i.Method.In(s.Lang))
	}
	return strings.Join(parts, ". ")
}

// limits tells what the question was limited to.
func (s Sheet) limits(say func(vi, en, value string)) {
	q := s.Answer.Question
	if !q.From.IsZero() {
		say("Từ ngày", "From", locale.Date(s.Lang, q.From))
	}
	if !q.To.IsZero() {
		say("Đến hết ngày", "To and with", locale.Date(s.Lang, q.To.AddDate(0, 0, -1)))
	}
	for _, dim := range slices.Sorted(maps.Keys(q.Where)) {
		say("Bộ lọc "+dim, "Filter on "+dim, strings.Join(q.Where[dim], ", "))
	}
	if !q.AsOf.IsZero() {
		say("Hỏi theo điều biết lúc", "Asked as known at", q.AsOf.In(s.Zone).Format(time.RFC3339))
	}
	if q.Top != nil {
		say("Lớn nhất", "The largest", strconv.Itoa(q.Top.N)+" "+q.Top.Dim)
	}
	say("Cách xem địa bàn", "View of areas", string(q.AreaView))
	say("Cách tính nhiều lĩnh vực", "Way of counting", string(q.Counting))
	for _, name := range slices.Sorted(maps.Keys(q.Editions)) {
		say("Ấn bản "+name, "Edition of "+name, q.Editions[name])
	}
}
