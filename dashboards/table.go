package dashboards

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// table is the figures behind a chart, for those who read rather than look.
type table struct {
	Caption string
	Head    []string
	Rows    []tableRow
}

// tableRow is one line: its first cell names it.
type tableRow struct {
	Cells []cell
	Note  string // e.g. that the period is not over
}

// cell is what a reader sees and what a file takes.
type cell struct {
	Text   string
	Number bool
	Why    string // where the number opens; "" when it does not
	Link   string // where the thing that a row is named after leads; "" nowhere
	raw    string
}

func named(s string) cell { return cell{Text: s, raw: s} }

// leading makes the name of a row lead where its item in the chart does.
func (c cell) leading(link string) cell {
	c.Link = link
	return c
}

// counted is a number's cell; an unknown value is a dash, and empty in a file; a
// withheld one is a c in both.
func counted(lang khue.Lang, v indicators.Value, decimals int) cell {
	c := cell{Text: exact(lang, v, decimals), Number: true}
	if v.Suppressed {
		c.raw = locale.WithheldSign
	}
	if v.Known {
		c.raw = fmt.Sprintf("%.*f", decimals, v.Number)
	}
	return c
}

func changed(lang khue.Lang, change indicators.Value) cell {
	if change.Suppressed {
		return cell{Text: locale.WithheldSign, Number: true, raw: locale.WithheldSign}
	}
	if !change.Known {
		return cell{Text: "–", Number: true}
	}
	return cell{Text: locale.SignedPercent(lang, change.Number, 1), Number: true, raw: fmt.Sprintf("%.4f", change.Number)}
}

// NumberAt tells whether a column holds numbers, so that its head stands over them.
func (t *table) NumberAt(column int) bool {
	return len(t.Rows) > 0 && column < len(t.Rows[0].Cells) && t.Rows[0].Cells[column].Number
}

// noted tells that rows have remarks, which then have a column of their own.
func (t *table) noted() bool {
	return slices.ContainsFunc(t.Rows, func(r tableRow) bool { return r.Note != "" })
}

// csv writes the table for spreadsheets: UTF-8 with a mark, numbers plain, and
// no cell that a spreadsheet would take for a formula.
func (t *table) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\uFEFF")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	noted := t.noted()
	var head []string
	for _, title := range t.Head {
		head = append(head, inert(named(title)))
	}
	if noted {
		head = append(head, "")
	}
	if err := w.Write(head); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	for _, r := range t.Rows {
		var line []string
		for _, c := range r.Cells {
			line = append(line, inert(c))
		}
		if noted {
			line = append(line, inert(named(r.Note)))
		}
		if err := w.Write(line); err != nil {
			return nil, fmt.Errorf("writing a table: %w", err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	return b.Bytes(), nil
}

// inert keeps a text from being read as a formula.
func inert(c cell) string {
	if !c.Number && c.raw != "" && strings.ContainsRune("=+-@\t\r", rune(c.raw[0])) {
		return "'" + c.raw
	}
	return c.raw
}

// evidence is why a figure stands: definition, way and data.
type evidence struct {
	Facts      []fact
	Parameters []fact
	SQL        string

	figures []string // the measures and indicators that the answer is of
	days    span     // those asked for; empty for all
	explore string   // where the same is asked on the explore page; "" where it cannot be
}

// fact is a name with what it says.
type fact struct{ Name, Value string }

// evidenceOf tells a reader where an answer comes from.
func (v *visit) evidenceOf(lang khue.Lang, a indicators.Answer) evidence {
	e := a.Evidence
	var out evidence
	say := func(vi, en, value string) {
		if value != "" {
			out.Facts = append(out.Facts, fact{text(vi, en).In(lang), value})
		}
	}
	out.days = span{a.Question.From, a.Question.To}
	out.explore = v.site.exploreOf(a.Question)
	for _, c := range a.Columns {
		if c.Measure {
			out.figures = append(out.figures, c.Name)
		}
		if m, err := v.site.service.Catalogue().Measure(c.Name); c.Measure && err == nil {
			say("Cách tính: "+m.Label.VI, "How it is counted: "+m.Label.EN, m.Method.In(lang))
			say("Nguồn: "+m.Label.VI, "Source: "+m.Label.EN, m.Source.In(lang))
		}
	}
	if q := a.Question; !q.From.IsZero() {
		say("Những ngày được hỏi", "Days asked for",
			locale.Date(lang, q.From)+" – "+locale.Date(lang, q.To.AddDate(0, 0, -1)))
	}
	say("Lấy từ", "Read from", e.From)
	if !e.DataUntil.IsZero() {
		say("Số liệu đến ngày", "Data until", locale.Date(lang, e.DataUntil))
	}
	if !e.AsOf.IsZero() {
		say("Theo điều biết đến", "As known at", locale.Moment(lang, e.AsOf.In(v.site.zone)))
	}
	say("Mã câu trả lời", "Id of the answer", e.ID)
	say("Lô dữ liệu mới nhất", "Newest batch", e.LastBatch)
	say("Phiên bản định nghĩa", "Version of the definitions", e.DefinitionVersion)
	if e.Elapsed > 0 {
		say("Thời gian trả lời", "Time taken", locale.Number(lang, float64(e.Elapsed)/float64(time.Millisecond), 1)+" ms")
	}
	if e.RowsRead > 0 {
		say("Số dòng đã đọc", "Rows read", locale.Number(lang, float64(e.RowsRead), 0))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Parameters)) {
		out.Parameters = append(out.Parameters, fact{name, fmt.Sprint(e.Parameters[name])})
	}
	out.SQL = e.SQL
	return out
}

// card is what stands around every part of the page.
type card struct {
	ID       string
	Title    string // what the figures say
	Subtitle string // measure and unit
	Summary  string // the chart in words, for those who cannot see it
	Notes    []string
	Source   string
	Complete []completeWords // how much has been reported of what is shown
	Table    *table
	Evidence []evidence
	Fault    *boxFault
	Chart    string // address of the chart's option; empty when it is drawn in the page or not at all
	Drawn    bool   // what is drawn in the page can be taken along as a picture
	CSV      string // address of the table as a file
	// What follows is filled in by offer.
	XLSX, SVG string // addresses of files
	PNG       string // name of the file that the browser draws
	Explore   string // where its question is asked on the explore page; "" nowhere
	Link      string // address that shows this card again
	Empty     string // what to say instead of a chart

	// What notes are found by, and what pin finds.
	about     []string        // figures that the card is of beside those its evidence names
	axes      [][]khue.Period // the periods along the bottom of its chart; more where earlier years lie under them
	Pinned    []pinnedNote
	MoreNotes string // that there are others
	AddNote   string // address of the form; "" where the site takes no notes
}

// addressOf is where a part's chart or file is, with the page's filters.
func (v *visit) addressOf(lang khue.Lang, id string) string {
	q := v.frame.filter.query()
	q.Set(languageName, string(lang))
	return chartsPath + id + "?" + q.Encode()
}

// sourceLine says where an answer's figures come from and how far they go.
func (v *visit) sourceLine(lang khue.Lang, a indicators.Answer) string {
	var sources []string
	var until time.Time
	for _, c := range a.Columns {
		m, err := v.site.service.Catalogue().Measure(c.Name)
		if !c.Measure || err != nil {
			continue
		}
		if s := strings.TrimSuffix(m.Source.In(lang), "."); !slices.Contains(sources, s) {
			sources = append(sources, s)
		}
		if reach := v.reachOf(a, c.Name); !reach.IsZero() && (until.IsZero() || reach.Before(until)) {
			until = reach
		}
	}
	line := text("Nguồn: ", "Source: ").In(lang) + strings.Join(sources, "; ")
	if !until.IsZero() {
		line += " · " + text("số liệu đến ngày ", "data until ").In(lang) + locale.Date(lang, until)
	}
	return line
}
