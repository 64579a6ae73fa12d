package format

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"khue"
	"khue/locale"
	"khue/reports/xlsx"
)

// writeCSV writes codes and plain numbers for programs; an unknown value is an
// empty cell, a withheld one the letter c.
func writeCSV(w io.Writer, s Sheet) error {
	return writeLines(csv.NewWriter(w), s, csvLook{text: xlsx.Neutral})
}

// writeRawCSV writes codes exactly as sources write them and tells the state of each
// figure in a column of its own, so that columns of figures hold numbers alone.
func writeRawCSV(w io.Writer, s Sheet) error {
	return writeLines(csv.NewWriter(w), s, csvLook{text: func(s string) string { return s }, status: true})
}

// byteOrderMark tells Excel that a file is UTF-8.
const byteOrderMark = "\ufeff"

// writeExcelCSV writes what Excel opens by itself as a table of words and numbers: in
// Vietnamese it separates columns by a semicolon and decimals by a comma.
func writeExcelCSV(w io.Writer, s Sheet) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	look := csvLook{text: xlsx.Neutral, names: true}
	if s.Lang == khue.Vietnamese {
		c.Comma, look.comma = ';', true
	}
	return writeLines(c, s, look)
}

// csvLook is how one kind of CSV differs from the others.
type csvLook struct {
	text   func(string) string // what is done to cells of text
	names  bool                // names for people instead of codes
	comma  bool                // decimals behind a comma
	status bool                // states in columns of their own
}

func (l csvLook) number(v float64) string {
	n := strconv.FormatFloat(v, 'f', -1, 64)
	if l.comma {
		n = strings.Replace(n, ".", ",", 1)
	}
	return n
}

func writeLines(w *csv.Writer, s Sheet, l csvLook) error {
	_ = w.Write(l.header(s)) // told by w.Error
	reported := Reported(s.Answer)
	for _, r := range s.Answer.Rows {
		line := make([]string, 0, len(s.Answer.Columns)+2+3*len(reported))
		for _, k := range r.Keys {
			key := KeyCode(k)
			if l.names && k.Period.IsZero() {
				key = k.Name.In(s.Lang)
			}
			line = append(line, l.text(key))
		}
		for _, v := range r.Values {
			cell, state := "", StatusOf(v)
			switch {
			case state == Known:
				cell = l.number(v.Number)
			case state == Withheld && !l.status:
				cell = locale.WithheldSign
			}
			if line = append(line, cell); l.status {
				line = append(line, string(state))
			}
		}
		line = append(line, l.flag(s.Lang, r.Partial))
		for _, i := range reported {
			c, came, expected := r.Completeness[i], "", "" // nobody knows who should have reported
			if c.Known {
				came, expected = strconv.Itoa(c.Reported), strconv.Itoa(c.Expected)
			}
			line = append(line, came, expected, strconv.Itoa(c.Unexpected))
		}
		if s.Simulated {
			line = append(line, l.flag(s.Lang, true))
		}
		_ = w.Write(line)
	}
	w.Flush()
	return w.Error()
}

func (l csvLook) header(s Sheet) []string {
	var out []string
	say := func(name string, label khue.Text) {
		if l.names {
			name = l.text(label.In(s.Lang))
		}
		out = append(out, name)
	}
	for _, c := range s.Answer.Columns {
		label := c.Label
		if unit := c.Unit; c.Measure && unit.VI != "" {
			label = khue.Text{VI: label.VI + " (" + unit.VI + ")", EN: label.In(khue.English) + " (" + unit.In(khue.English) + ")"}
		}
		if say(c.Name, label); c.Measure && l.status {
			out = append(out, c.Name+"_status")
		}
	}
	say("partial", khue.Text{VI: "Chưa đủ kỳ", EN: "Partial"})
	for _, i := range Reported(s.Answer) {
		c := s.Answer.Columns[len(s.Answer.Columns)-len(s.Answer.Completeness)+i]
		of := func(vi, en string) khue.Text {
			return khue.Text{VI: c.Label.VI + ": " + vi, EN: c.Label.In(khue.English) + ": " + en}
		}
		say(c.Name+"_reported", of("đã báo cáo", "reported"))
		say(c.Name+"_expected", of("phải báo cáo", "expected"))
		say(c.Name+"_unexpected", of("ngoài danh sách", "unexpected"))
	}
	if s.Simulated {
		say("simulated", khue.Text{VI: "Dữ liệu mô phỏng", EN: "Simulated data"})
	}
	return out
}

// flag writes yes or no as the readers of the file do.
func (l csvLook) flag(lang khue.Lang, yes bool) string {
	if !l.names {
		return strconv.FormatBool(yes)
	}
	if yes {
		return khue.Text{VI: "có", EN: "yes"}.In(lang)
	}
	return khue.Text{VI: "không", EN: "no"}.In(lang)
}
