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
	"khue/api/format"
	"khue/indicators"
	"khue/locale"
	"khue/reports/xlsx"
)

var diffWriters = map[string]func(io.Writer, indicators.Restated, bool, khue.Lang) error{
	"table": writeDiffTable, "csv": writeDiffCSV, "json": writeDiffJSON,
}

// writeDiffTable writes for people: what differs, who came and went, and records.
func writeDiffTable(out io.Writer, r indicators.Restated, rows bool, lang khue.Lang) error {
	fmt.Fprintf(out, "%s → %s\n", locale.Moment(lang, r.From), locale.Moment(lang, r.To))
	writeDefinitions(out, r, lang)
	if len(r.Figures) == 0 {
		fmt.Fprintln(out, khue.Text{VI: "Không có con số nào thay đổi.", EN: "No figure changed."}.In(lang))
	}
	for _, f := range r.Figures {
		writeFigure(out, r, f, lang)
	}
	if rows {
		writeChangedRows(out, r, lang)
	}
	return nil
}

func writeDefinitions(out io.Writer, r indicators.Restated, lang khue.Lang) {
	switch {
	case r.Before.Assumed:
		fmt.Fprintln(out, khue.Text{
			VI: "Định nghĩa có hiệu lực ở thời điểm đầu không được ghi lại; dùng định nghĩa hiện nay cho cả hai.",
			EN: "Which definitions were in force at the earlier moment is not known; those of now are used for both.",
		}.In(lang))
	case r.Before.Version != r.After.Version:
		fmt.Fprintln(out, khue.Text{VI: "Định nghĩa đổi từ bản ", EN: "The definitions changed from version "}.In(lang)+r.Before.Version+" → "+r.After.Version)
	}
}

func writeFigure(out io.Writer, r indicators.Restated, f indicators.RestatedFigure, lang khue.Lang) {
	name := f.Label.In(lang)
	if unit := f.Unit.In(lang); unit != "" {
		name += " (" + unit + ")"
	}
	fmt.Fprintf(out, "\n%s\n", name)
	if f.Definition != nil {
		for _, c := range f.Definition.Fields {
			fmt.Fprintf(out, "  %s %s: %s → %s\n", khue.Text{VI: "định nghĩa,", EN: "definition,"}.In(lang), c.Field, plainField(c.Old), plainField(c.New))
		}
	}
	if len(f.Cells) == 0 {
		return
	}
	head := keyColumns(r, f)
	first := len(head) + 1
	head = append(head, khue.Text{VI: "Trước", EN: "Before"}, khue.Text{VI: "Sau", EN: "After"}, khue.Text{VI: "Chênh lệch", EN: "Difference"})
	if f.Additive {
		for _, cause := range indicators.Causes() {
			head = append(head, indicators.CauseText(cause))
		}
	}
	t := newTable(head...)(lang)
	t.SetColumnConfigs(rightFrom(first, len(head)))
	for _, c := range f.Cells {
		t.AppendRow(figureRow(f, c, lang))
	}
	fmt.Fprintln(out, t.Render())
	writeMovements(out, f, lang)
}

// keyColumns head the keys of a figure's cells; published figures have a period
// whatever was asked.
func keyColumns(r indicators.Restated, f indicators.RestatedFigure) []khue.Text {
	var out []khue.Text
	for i := range f.Cells[0].Keys {
		if i < len(r.By) {
			out = append(out, r.By[i].Label)
			continue
		}
		out = append(out, khue.Text{VI: "Kỳ", EN: "Period"})
	}
	return out
}

func figureRow(f indicators.RestatedFigure, c indicators.RestatedCell, lang khue.Lang) table.Row {
	row := table.Row{}
	for _, k := range c.Keys {
		row = append(row, k.Name.In(lang))
	}
	value := func(v indicators.Value) string {
		if !v.Known {
			return "–"
		}
		return locale.Number(lang, v.Number, f.Decimals)
	}
	row = append(row, value(c.Before), value(c.After), locale.SignedNumber(lang, c.Difference(), f.Decimals))
	if !f.Additive {
		return row
	}
	for _, cause := range indicators.Causes() {
		text := ""
		for _, e := range c.Causes {
			if e.Cause == cause {
				text = locale.SignedNumber(lang, e.Effect, f.Decimals)
			}
		}
		row = append(row, text)
	}
	return row
}

func writeMovements(out io.Writer, f indicators.RestatedFigure, lang khue.Lang) {
	for _, c := range f.Cells {
		for _, p := range c.Parts {
			fmt.Fprintf(out, "  %s %s: %s → %s\n", keyNames(c, lang), p.Label.In(lang), locale.Number(lang, p.Before.Number, 0), locale.Number(lang, p.After.Number, 0))
		}
		for _, m := range c.Movements {
			way := khue.Text{VI: "ra:", EN: "leaves:"}
			if m.Enters {
				way = khue.Text{VI: "vào:", EN: "enters:"}
			}
			fmt.Fprintf(out, "  %s %s %s (%s)\n", keyNames(c, lang), way.In(lang), m.Name.In(lang), causeNames(m.Causes, lang))
		}
	}
}

func keyNames(c indicators.RestatedCell, lang khue.Lang) string {
	names := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		names[i] = k.Name.In(lang)
	}
	return strings.Join(names, ", ")
}

func causeNames(list []string, lang khue.Lang) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = indicators.CauseText(c).In(lang)
	}
	return strings.Join(names, ", ")
}

func writeChangedRows(out io.Writer, r indicators.Restated, lang khue.Lang) {
	fmt.Fprintf(out, "\n%s\n", fmt.Sprintf(khue.Text{VI: "Bản ghi thay đổi: %s", EN: "Changed records: %s"}.In(lang), count(lang, r.RowsOfAll)))
	if int64(len(r.Rows)) < r.RowsOfAll {
		fmt.Fprintf(out, khue.Text{VI: "Chỉ liệt kê %s bản ghi đầu; hãy dùng --most.\n", EN: "Only the first %s are listed; use --most.\n"}.In(lang), count(lang, int64(len(r.Rows))))
	}
	for _, row := range r.Rows {
		fmt.Fprintf(out, "%s  %s › %s › %s\n", indicators.CauseText(row.Cause).In(lang), row.Source, row.Dataset, row.RecordID)
		for _, f := range row.Fields {
			fmt.Fprintf(out, "    %s: %s → %s\n", f.Field, plainField(f.Old), plainField(f.New))
		}
		for _, b := range row.Batches {
			fmt.Fprintf(out, "    %s %s, %s", khue.Text{VI: "lô", EN: "batch"}.In(lang), b.ID, locale.Moment(lang, b.RecordedAt))
			for _, raw := range b.Raw {
				fmt.Fprintf(out, "; %s %s", raw.Path, shortSum(raw.SHA256))
			}
			fmt.Fprintln(out)
		}
	}
}

func shortSum(sum string) string {
	if len(sum) > 12 {
		return sum[:12] + "…"
	}
	return sum
}

// plainField writes a value of a record or a definition as a text.
func plainField(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case time.Time:
		return v.Format(time.RFC3339)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(v)
}

// writeDiffCSV writes codes and plain numbers, a line for each cell; with rows a
// line for each field of each record that changed.
func writeDiffCSV(out io.Writer, r indicators.Restated, rows bool, _ khue.Lang) error {
	w := csv.NewWriter(out)
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	if rows {
		_ = w.Write([]string{"dataset", "source", "record_id", "cause", "field", "old", "new", "batch_id", "recorded_at", "raw_path", "raw_sha256"})
		for _, row := range r.Rows {
			for _, f := range row.Fields {
				line := []string{row.Dataset, row.Source, xlsx.Neutral(row.RecordID), row.Cause, f.Field, xlsx.Neutral(plainField(f.Old)), xlsx.Neutral(plainField(f.New)), "", row.RecordedAt.UTC().Format(time.RFC3339Nano), "", ""}
				if n := len(row.Batches); n > 0 {
					last := row.Batches[n-1]
					line[7] = last.ID
					if len(last.Raw) > 0 {
						line[9], line[10] = last.Raw[0].Path, last.Raw[0].SHA256
					}
				}
				_ = w.Write(line)
			}
		}
		w.Flush()
		return w.Error()
	}
	head := []string{"figure"}
	for _, d := range r.By {
		head = append(head, d.Name)
	}
	if len(r.By) == 0 {
		head = append(head, "period") // of published figures
	}
	_ = w.Write(append(append(head, "before", "after", "difference"), indicators.Causes()...))
	for _, f := range r.Figures {
		for _, c := range f.Cells {
			line := []string{f.Name}
			for _, k := range c.Keys {
				line = append(line, xlsx.Neutral(format.KeyCode(k)))
			}
			for len(line) < len(head) {
				line = append(line, "")
			}
			for _, v := range []indicators.Value{c.Before, c.After} {
				if v.Known {
					line = append(line, number(v.Number))
				} else {
					line = append(line, "")
				}
			}
			line = append(line, number(c.Difference()))
			for _, cause := range indicators.Causes() {
				effect := ""
				for _, e := range c.Causes {
					if e.Cause == cause {
						effect = number(e.Effect)
					}
				}
				line = append(line, effect)
			}
			_ = w.Write(line)
		}
	}
	w.Flush()
	return w.Error()
}
