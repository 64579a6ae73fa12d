// Package format writes answers in the forms that other programs read. The API and
// the command line share it, so that a figure is the same in both: what is not known,
// what is withheld and what is not over yet are told apart in every form, and all
// carry the evidence that the figures can be opened by again.
package format

import (
	"io"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/indicators/definitionfile"
)

// Sheet is an answer with what is said of it beside its figures.
type Sheet struct {
	Answer    indicators.Answer
	Catalogue *indicators.Catalogue // by which it was answered: names of codes, definitions
	Words     khue.Text             // what was asked, in a phrase
	Lang      khue.Lang             // of names and sentences
	Zone      *time.Location        // of moments
	Simulated bool                  // the figures are those of a simulated city
	Site      string                // where the site is, "https://khue.example.vn"; "" leaves addresses relative
	// Next asks for the rows after these; "" when there are none. Total is how many rows
	// the whole answer has.
	Next  string
	Total int
	// Indented has JSON broken into lines, for people who read it as it is.
	Indented bool
}

// Format is a form in which an answer can be had.
type Format struct {
	Name      string // as it is asked for
	MediaType string
	Ending    string // of a file's name
	Label     khue.Text
	// Whole forms are read as one file: they come with all rows or not at all.
	Whole bool
	// Streamed forms are written row by row, in bounded memory beside the answer itself.
	Streamed bool
	write    func(io.Writer, Sheet) error
}

// Write writes an answer. The same answer gives the same bytes.
func (f Format) Write(w io.Writer, s Sheet) error {
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	return f.write(w, s)
}

var formats = []Format{
	{Name: "csv", MediaType: "text/csv; charset=utf-8; header=present", Ending: "csv", Streamed: true, write: writeCSV, Label: khue.Text{
		VI: "CSV cho chương trình: mã, số có dấu chấm thập phân; ô văn bản mở đầu như công thức được vô hiệu", EN: "CSV for programs: codes and plain numbers; text that begins like a formula is neutralised",
	}},
	{Name: "json", MediaType: "application/json; charset=utf-8", Ending: "json", write: writeJSON, Label: khue.Text{VI: "JSON, kèm bằng chứng", EN: "JSON, with the evidence"}},
	{Name: "csv-raw", MediaType: "text/csv; charset=utf-8; header=present", Ending: "csv", Streamed: true, write: writeRawCSV, Label: khue.Text{
		VI: "CSV nguyên trạng: mã y như nguồn ghi, cột trạng thái cho từng chỉ số; không mở bằng bảng tính", EN: "CSV as it is: codes exactly as sources write them, a column of status for each measure; not for spreadsheets",
	}},
	{Name: "csv-excel", MediaType: "text/csv; charset=utf-8; header=present", Ending: "csv", Streamed: true, write: writeExcelCSV, Label: khue.Text{
		VI: "CSV cho Excel: có BOM, tên gọi thay cho mã, dấu phân cách theo ngôn ngữ", EN: "CSV for Excel: with a byte order mark, names instead of codes, separators of the language",
	}},
	{Name: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Ending: "xlsx", Whole: true, write: writeXLSX, Label: khue.Text{
		VI: "Sổ Excel: số liệu, biểu đồ và trang giới thiệu", EN: "Excel workbook: figures, a chart and a sheet about them",
	}},
	{Name: "sdmx-csv", MediaType: "application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8", Ending: "csv", write: writeSDMXCSV, Label: khue.Text{
		VI: "SDMX-CSV 2.0, mỗi con số một dòng, có OBS_STATUS", EN: "SDMX-CSV 2.0, a row for each figure, with OBS_STATUS",
	}},
	{Name: "sdmx-json", MediaType: "application/vnd.sdmx.data+json; version=2.0.0; charset=utf-8", Ending: "json", Whole: true, write: writeSDMXJSON, Label: khue.Text{
		VI: "SDMX-JSON 2.0", EN: "SDMX-JSON 2.0",
	}},
	{Name: "parquet", MediaType: "application/vnd.apache.parquet", Ending: "parquet", Whole: true, Streamed: true, write: writeParquet, Label: khue.Text{
		VI: "Parquet, cho ClickHouse, DuckDB, pandas", EN: "Parquet, for ClickHouse, DuckDB, pandas",
	}},
	{Name: "arrow", MediaType: "application/vnd.apache.arrow.stream", Ending: "arrows", Whole: true, Streamed: true, write: writeArrow, Label: khue.Text{
		VI: "Arrow IPC, dạng luồng", EN: "Arrow IPC, as a stream",
	}},
}

// All lists the forms in their order.
func All() []Format { return slices.Clone(formats) }

// Names lists the names of the forms.
func Names() []string {
	out := make([]string, len(formats))
	for i, f := range formats {
		out[i] = f.Name
	}
	return out
}

// StreamedNames lists the forms that are written row by row.
func StreamedNames() []string {
	var out []string
	for _, f := range formats {
		if f.Streamed {
			out = append(out, f.Name)
		}
	}
	return out
}

// Find finds a form by its name; an unknown one is an Invalid that names near ones.
func Find(name string, more ...string) (Format, error) {
	if i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name }); i >= 0 {
		return formats[i], nil
	}
	known := append(more, Names()...)
	list, hint := strings.Join(known, ", "), definitionfile.Suggestion(name, known)
	if strings.HasPrefix(hint.EN, "known are") {
		hint = khue.Text{VI: "có: " + list, EN: "there are: " + list}
	}
	return Format{}, khue.Errorf(khue.Invalid, "không có định dạng %[1]q; %[2]s", "there is no format %[1]q; %[3]s", name, hint.VI, hint.EN).Coded("unknown_format", "format")
}

// Status is what a cell of an answer is.
type Status string

// The states of a cell.
const (
	Known    Status = "known"
	Withheld Status = "withheld" // there is a number that the caller may not see
	Unknown  Status = "unknown"  // nothing was reported, or it cannot be worked out
)

// StatusOf tells what a value is.
func StatusOf(v indicators.Value) Status {
	switch {
	case v.Suppressed:
		return Withheld
	case v.Known:
		return Known
	}
	return Unknown
}

// KeyCode is a key as programs read it: a period in its written form, else its code.
func KeyCode(k indicators.Key) string {
	if !k.Period.IsZero() {
		return k.Period.String()
	}
	return k.Code
}

// SimulatedNotice stands on everything that shows simulated data.
var SimulatedNotice = khue.Text{
	VI: "Dữ liệu mô phỏng: chỉ để dùng thử, không phải số liệu của thành phố.",
	EN: "Simulated data: for trial use only, not figures of the city.",
}

// measures are the columns of an answer that are no dimension.
func (s Sheet) measures() []indicators.Column { return s.Answer.Columns[s.keys():] }

// keys is how many columns are dimensions.
func (s Sheet) keys() int {
	return slices.IndexFunc(append(slices.Clone(s.Answer.Columns), indicators.Column{Measure: true}), func(c indicators.Column) bool { return c.Measure })
}

// Reported are the measures of an answer beside which it says who has reported:
// those asked for, not what was worked out from them.
func Reported(a indicators.Answer) []int {
	var out []int
	for i := range a.Completeness {
		if a.Columns[len(a.Columns)-len(a.Completeness)+i].Derived == "" {
			out = append(out, i)
		}
	}
	return out
}

// EvidencePath is where an answer is opened again; "" when it has no id.
func (s Sheet) EvidencePath() string {
	if s.Answer.Evidence.ID == "" {
		return ""
	}
	return s.Site + "/api/v1/evidence/" + s.Answer.Evidence.ID
}

// KnownAt is the moment whose knowledge an answer holds; it is the same for the same
// answer, whenever it is asked for.
func (s Sheet) KnownAt() time.Time {
	at := s.Answer.Evidence.Knowledge
	if at.IsZero() {
		at = s.Answer.Evidence.AsOf
	}
	return at.In(s.Zone)
}
