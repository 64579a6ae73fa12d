package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/xlsx"
)

// entry is all that is said of one indicator, as programs read it.
type entry struct {
	Name        string         `json:"name"`
	Topic       string         `json:"topic"`
	Label       khue.Text      `json:"label"`
	Description khue.Text      `json:"description"`
	Formula     khue.Text      `json:"formula"`
	Symbols     []string       `json:"symbols"`
	Method      khue.Text      `json:"method"`
	Unit        khue.Text      `json:"unit"`
	Decimals    int            `json:"decimals"`
	Direction   string         `json:"direction"`
	Frequency   string         `json:"frequency"`
	Source      khue.Text      `json:"source"`
	Responsible khue.Text      `json:"responsible"`
	Over        over           `json:"over"`
	Since       string         `json:"since,omitempty"`
	Breaks      []entryBreak   `json:"breaks"`
	Programmes  []entryServing `json:"programmes"`
	Years       []entryYear    `json:"years"`
	Version     string         `json:"version"`

	of       indicators.Indicator
	services []indicators.Serving
}

type over struct {
	Time       indicators.Combining `json:"time"`
	Area       indicators.Combining `json:"area"`
	Discipline indicators.Combining `json:"discipline"`
}

type entryBreak struct {
	Date     string    `json:"date"`
	Affects  []string  `json:"affects"`
	Text     khue.Text `json:"text"`
	Citation string    `json:"citation"`
	Mark     string    `json:"mark"`
}

type entryServing struct {
	Programme   string        `json:"programme"`
	Title       khue.Text     `json:"title"`
	Targets     []entryTarget `json:"targets"`
	Commitments []string      `json:"commitments"`
	Items       []string      `json:"items"`
}

type entryTarget struct {
	ID          string   `json:"id"`
	Year        int      `json:"year"`
	Value       float64  `json:"value"`
	Upper       *float64 `json:"upper,omitempty"`
	Approximate bool     `json:"approximate"`
	Direction   string   `json:"direction"`
	Clause      string   `json:"clause"`
	Citation    string   `json:"citation"`
	Mark        string   `json:"mark"`
}

type entryYear struct {
	Year    string   `json:"year"`
	Value   *float64 `json:"value"` // null where there is no official figure
	Partial bool     `json:"partial"`
}

func entryOf(catalogue *indicators.Catalogue, i indicators.Indicator, figures []indicators.YearFigure) entry {
	formula := catalogue.Formula(i)
	e := entry{
		Name: i.Name, Topic: i.Topic, Label: i.Label, Description: i.Description, Formula: formula.Words, Symbols: formula.Symbols, Method: i.Method,
		Unit: i.Unit, Decimals: i.Decimals, Direction: i.Direction, Frequency: string(i.Frequency), Source: i.Source, Responsible: i.Responsible,
		Over:   over{i.Over.Time, i.Over.Area, i.Over.Discipline},
		Breaks: []entryBreak{}, Programmes: []entryServing{}, Years: []entryYear{}, Version: catalogue.Version(), of: i, services: catalogue.Serves(i.Name),
	}
	if !i.Since.IsZero() {
		e.Since = i.Since.String()
	}
	for _, b := range i.Breaks {
		e.Breaks = append(e.Breaks, entryBreak{b.Date.Format(time.DateOnly), append([]string{}, b.Affects...), b.Text, b.Citation, b.Mark})
	}
	for _, s := range e.services {
		e.Programmes = append(e.Programmes, servingEntry(s))
	}
	for _, f := range figures {
		y := entryYear{Year: f.Year.String(), Partial: f.Partial}
		if f.Value.Known {
			y.Value = &f.Value.Number
		}
		e.Years = append(e.Years, y)
	}
	return e
}

func servingEntry(s indicators.Serving) entryServing {
	out := entryServing{Programme: s.Programme.ID, Title: s.Programme.Title, Targets: []entryTarget{}, Commitments: []string{}, Items: []string{}}
	for _, t := range s.Targets {
		out.Targets = append(out.Targets, entryTarget{t.ID, t.Year, t.Value, t.Upper, t.Approximate, t.Direction, t.Clause, t.Citation, t.Mark})
	}
	for _, c := range s.Commitments {
		out.Commitments = append(out.Commitments, c.ID)
	}
	for _, i := range s.Items {
		out.Items = append(out.Items, i.ID)
	}
	return out
}

// said is one line of an entry: a key for programs, a name and a text for people.
type entryLine struct{ key, name, value string }

func writeEntry(out io.Writer, format string, e entry, lang khue.Lang) error {
	if format == "json" {
		return indented(out, e)
	}
	lines := e.lines(lang)
	if format == "csv" {
		records := [][]string{{"key", "value"}}
		for _, l := range lines {
			records = append(records, []string{l.key, xlsx.Neutral(l.value)})
		}
		return csv.NewWriter(out).WriteAll(records)
	}
	t := headedTable(lang, khue.Text{VI: "Mục", EN: "What"}, khue.Text{VI: "Nội dung", EN: "What is said of it"})
	t.SetColumnConfigs([]table.ColumnConfig{wrapped(1, 26), wrapped(2, 92)})
	for _, l := range lines {
		t.AppendRow(table.Row{l.name, l.value})
		t.AppendSeparator()
	}
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

// lines tells the whole entry in the reader's language.
func (e entry) lines(lang khue.Lang) []entryLine {
	var out []entryLine
	say := func(key, vi, en, value string) {
		if value != "" {
			out = append(out, entryLine{key, khue.Text{VI: vi, EN: en}.In(lang), value})
		}
	}
	say("name", "Tên", "Name", e.Name)
	say("label", "Chỉ số", "Indicator", e.Label.In(lang))
	say("description", "Ý nghĩa", "Meaning", e.Description.In(lang))
	say("formula", "Công thức", "Formula", e.Formula.In(lang))
	say("symbols", "Ký hiệu", "In symbols", strings.Join(e.Symbols, "\n"))
	say("method", "Cách tính", "Method", e.Method.In(lang))
	say("unit", "Đơn vị", "Unit", e.Unit.In(lang))
	say("decimals", "Số chữ số thập phân", "Decimals", strconv.Itoa(e.Decimals))
	say("direction", "Chiều", "Direction", directions[e.Direction].In(lang))
	say("frequency", "Kỳ công bố", "Frequency", e.of.Frequency.Label().In(lang))
	say("source", "Nguồn", "Source", e.Source.In(lang))
	say("responsible", "Cơ quan chịu trách nhiệm", "Responsible office", e.Responsible.In(lang))
	say("over_time", "Theo thời gian", "Over time", e.Over.Time.Label().In(lang))
	say("over_area", "Theo địa bàn", "Over areas", e.Over.Area.Label().In(lang))
	say("over_discipline", "Theo lĩnh vực", "Over disciplines", e.Over.Discipline.Label().In(lang))
	say("since", "Kỳ đầu tiên của chuỗi", "First period of the series", e.Since)
	for _, b := range e.of.Breaks {
		say("break", "Gãy chuỗi", "Series break", locale.Date(lang, b.Date)+" · "+b.Text.In(lang)+" ("+b.Citation+"; "+indicators.MarkLabel(b.Mark).In(lang)+")")
	}
	for _, s := range e.services {
		say("programme", "Chương trình", "Programme", e.serving(lang, s))
	}
	for _, y := range e.Years {
		say("year_"+y.Year, y.Year, y.Year, e.year(lang, y))
	}
	say("version", "Phiên bản định nghĩa", "Version of the definitions", e.Version)
	return out
}

var directions = map[string]khue.Text{
	"up":      {VI: "càng cao càng tốt", EN: "higher is better"},
	"down":    {VI: "càng thấp càng tốt", EN: "lower is better"},
	"neutral": {VI: "không có chiều tốt xấu", EN: "neither way is better"},
}

// year writes a year's figure, or that there is none.
func (e entry) year(lang khue.Lang, y entryYear) string {
	if y.Value == nil {
		return locale.Unknown(lang)
	}
	value := locale.Number(lang, *y.Value, e.Decimals) + " " + e.Unit.In(lang)
	if y.Partial {
		value += khue.Text{VI: " (năm chưa hết)", EN: " (the year is not over)"}.In(lang)
	}
	return value
}

// serving writes what the indicator does for a programme, a line for each part.
func (e entry) serving(lang khue.Lang, s indicators.Serving) string {
	lines := []string{s.Programme.Title.In(lang) + " (" + s.Programme.ID + ")"}
	for _, t := range s.Targets {
		value := plainNumber(lang, t.Value)
		if t.Upper != nil {
			value += "–" + plainNumber(lang, *t.Upper)
		}
		if t.Approximate {
			value = khue.Text{VI: "khoảng ", EN: "about "}.In(lang) + value
		}
		lines = append(lines, fmt.Sprintf("%d: %s %s · %s (%s)", t.Year, value, t.Unit.In(lang), t.Clause, indicators.MarkLabel(t.Mark).In(lang)))
	}
	for _, c := range s.Commitments {
		lines = append(lines, c.ID+" · "+c.Title.In(lang))
	}
	for _, i := range s.Items {
		lines = append(lines, i.ID+" · "+i.Title.In(lang))
	}
	return strings.Join(lines, "\n")
}

// plainNumber writes a number with the decimals that it has.
func plainNumber(lang khue.Lang, v float64) string {
	_, decimals, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	return locale.Number(lang, v, len(decimals))
}
