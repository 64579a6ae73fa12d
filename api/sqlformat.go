package api

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/api/format"
	"khue/indicators/definitionfile"
	"khue/reports/document"
	"khue/reports/xlsx"
)

// sqlForm is a form that results of statements come in. Most are the engine's own and
// are passed on as they come.
type sqlForm struct {
	Name   string
	Label  khue.Text
	Ending string
	engine string
	most   int // rows; 0 is the engine's own limit
	kind   string
	write  func(w io.Writer, body io.Reader, s sqlSheet) error // nil passes the body on
}

// sqlSheet is what a workbook says beside its rows.
type sqlSheet struct {
	lang      khue.Lang
	statement string
	made      time.Time
	simulated bool
}

// mostSQLSheet is the most rows of a workbook, which is put together in memory.
const mostSQLSheet = 100_000

var sqlForms = []sqlForm{
	{Name: "json", Label: khue.Text{VI: "JSON: meta, data, rows", EN: "JSON: meta, data, rows"}, Ending: "json", engine: "JSON", kind: "application/json; charset=utf-8"},
	{Name: "jsonl", Label: khue.Text{VI: "JSON từng dòng", EN: "JSON by lines"}, Ending: "jsonl", engine: "JSONEachRow", kind: "application/x-ndjson; charset=utf-8"},
	{Name: "rows", Label: khue.Text{VI: "JSON từng dòng dạng mảng; dòng 1 là tên cột, dòng 2 là kiểu", EN: "JSON arrays by lines; the first has names, the second types"}, Ending: "jsonl", engine: "JSONCompactEachRowWithNamesAndTypes", kind: "application/x-ndjson; charset=utf-8"},
	{Name: "csv", Label: khue.Text{VI: "CSV; ô văn bản mở đầu như công thức được vô hiệu", EN: "CSV; text that begins like a formula is neutralised"}, Ending: "csv", engine: "CSVWithNamesAndTypes", kind: "text/csv; charset=utf-8", write: writeSafeCSV},
	{Name: "csv-raw", Label: khue.Text{VI: "CSV nguyên trạng cho chương trình", EN: "CSV as it is, for programs"}, Ending: "csv", engine: "CSVWithNames", kind: "text/csv; charset=utf-8"},
	{Name: "tsv", Label: khue.Text{VI: "TSV có tên cột", EN: "TSV with names"}, Ending: "tsv", engine: "TSVWithNames", kind: "text/tab-separated-values; charset=utf-8"},
	{Name: "xlsx", Label: khue.Text{VI: "Sổ tính Excel", EN: "Excel workbook"}, Ending: "xlsx", engine: "JSONCompactEachRowWithNamesAndTypes", kind: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", most: mostSQLSheet, write: writeSQLSheet},
	{Name: "parquet", Label: khue.Text{VI: "Parquet", EN: "Parquet"}, Ending: "parquet", engine: "Parquet", kind: "application/vnd.apache.parquet"},
	{Name: "arrow", Label: khue.Text{VI: "Luồng Arrow", EN: "Arrow stream"}, Ending: "arrows", engine: "ArrowStream", kind: "application/vnd.apache.arrow.stream"},
}

// SQLFormatNames lists the forms of results.
func SQLFormatNames() []string {
	out := make([]string, len(sqlForms))
	for i, f := range sqlForms {
		out[i] = f.Name
	}
	return out
}

func sqlFormatOf(name string) (sqlForm, error) {
	if name == "" {
		return sqlForms[0], nil
	}
	for _, f := range sqlForms {
		if f.Name == name {
			return f, nil
		}
	}
	hint := definitionfile.Suggestion(name, SQLFormatNames())
	return sqlForm{}, khue.Errorf(khue.Invalid, "không có định dạng %[1]q; %[2]s", "there is no format %[1]q; %[3]s", short(name), hint.VI, hint.EN).Coded("unknown_format", "format")
}

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

func (a *API) sheetOf(lang khue.Lang, s Statement) sqlSheet {
	return sqlSheet{lang: lang, statement: s.Statement, made: a.Now().In(a.Zone), simulated: a.Simulated}
}

// send sends a result on. A statement that names a form of the engine's own gets that
// one, as a file that no browser opens as a page.
func (f sqlForm) send(c *gin.Context, r *StatementResult, s sqlSheet) error {
	h := c.Writer.Header()
	ending := f.Ending
	if r.Engine != f.engine {
		f, ending = sqlForm{kind: "application/octet-stream"}, "dat"
		h.Set("Khue-Format", r.Engine)
	}
	h.Set("Content-Type", f.kind)
	if f.Name != "json" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"khue_sql_%s.%s\"", s.made.Format("2006-01-02_150405"), ending))
	}
	if f.write == nil {
		c.Status(http.StatusOK)
		_, err := io.Copy(c.Writer, r.Body)
		return err
	}
	return f.write(c.Writer, r.Body, s)
}

// writeSafeCSV passes CSV on, without the line of types, and with text that a
// spreadsheet would take for a formula made harmless.
func writeSafeCSV(w io.Writer, body io.Reader, _ sqlSheet) error {
	read := csv.NewReader(body)
	read.ReuseRecord = true
	read.FieldsPerRecord = -1
	out := csv.NewWriter(w)
	var words []bool
	for line := 0; ; line++ {
		cells, err := read.Read()
		if err == io.EOF { //nolint:errorlint // the reader gives it bare
			out.Flush()
			return out.Error()
		}
		if err != nil {
			return fmt.Errorf("reading the engine's CSV: %w", err)
		}
		if line == 1 {
			for _, kind := range cells {
				words = append(words, !isNumberType(kind))
			}
			continue
		}
		for i, cell := range cells {
			if line == 0 || i < len(words) && words[i] {
				cells[i] = xlsx.Neutral(cell)
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
}

// isNumberType tells that values of a type of the engine are numbers and nothing else.
func isNumberType(kind string) bool {
	for _, around := range []string{"Nullable(", "LowCardinality("} {
		kind = strings.TrimPrefix(kind, around)
	}
	for _, front := range []string{"Int", "UInt", "Float", "Decimal", "BFloat"} {
		if strings.HasPrefix(kind, front) {
			return true
		}
	}
	return false
}

// writeSQLSheet writes a workbook of a result, with the statement on its second sheet.
func writeSQLSheet(w io.Writer, body io.Reader, s sqlSheet) error {
	t := xlsx.Table{Lang: s.lang, Title: khue.Text{VI: "Kết quả SQL", EN: "Result of SQL"}.In(s.lang), Made: s.made, About: []document.Pair{{Name: "SQL", Value: s.statement}}}
	if s.simulated {
		t.Simulated = format.SimulatedNotice.In(s.lang)
	}
	lines := bufio.NewReaderSize(body, 1<<16)
	var numbers []bool
	for n := 0; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) == 0 && err == io.EOF { //nolint:errorlint // the reader gives it bare
			break
		}
		if err != nil && err != io.EOF { //nolint:errorlint // the reader gives it bare
			return fmt.Errorf("reading the engine's rows: %w", err)
		}
		var cells []json.RawMessage
		if err := json.Unmarshal(line, &cells); err != nil {
			return fmt.Errorf("reading the engine's rows: %w", err)
		}
		switch n {
		case 0:
			for _, c := range cells {
				t.Head = append(t.Head, textOf(c))
			}
		case 1:
			for _, c := range cells {
				numbers = append(numbers, isNumberType(textOf(c)))
			}
		default:
			row := make([]document.Cell, len(cells))
			for i, c := range cells {
				row[i] = sheetCell(c, numbers[i])
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return xlsx.WriteTable(w, t)
}

func textOf(c json.RawMessage) string {
	var s string
	if json.Unmarshal(c, &s) == nil {
		return s
	}
	return string(c)
}

// sheetCell is a value as a workbook has it; what is not there is an empty cell, and a
// number that a workbook's own would round is text.
func sheetCell(c json.RawMessage, number bool) document.Cell {
	text := textOf(c)
	if string(c) == "null" {
		return document.W("")
	}
	if number {
		if v, err := strconv.ParseFloat(text, 64); err == nil && len(strings.TrimLeft(strings.ReplaceAll(text, ".", ""), "-0")) <= 15 {
			decimals := 0
			if _, fraction, some := strings.Cut(text, "."); some {
				decimals = min(len(strings.TrimRight(fraction, "0")), 6)
			}
			return document.Cell{Kind: document.Number, Number: v, Decimals: decimals}
		}
	}
	return document.W(text)
}
