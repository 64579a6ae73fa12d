package main

import (
	"io"

	"khue/dashboards"
	"khue/reports/document"
	"khue/reports/xlsx"
)

// pageSheet writes a table of a page as a workbook, as reports write theirs.
func pageSheet(w io.Writer, s dashboards.Sheet) error {
	t := xlsx.Table{Lang: s.Lang, Title: s.Title, Subtitle: s.Subtitle, Simulated: s.Simulated, Head: s.Head, Made: s.Made}
	for _, row := range s.Rows {
		cells := make([]document.Cell, 0, len(row))
		for _, c := range row {
			cells = append(cells, pageCell(c))
		}
		t.Rows = append(t.Rows, cells)
	}
	for _, f := range s.About {
		t.About = append(t.About, document.Pair(f))
	}
	return xlsx.WriteTable(w, t)
}

func pageCell(c dashboards.SheetCell) document.Cell {
	switch {
	case c.Figure:
		kind := document.Number
		if c.Percent {
			kind = document.Percent
		}
		return document.Cell{Kind: kind, Number: c.Number, Decimals: c.Decimals, Signed: c.Signed}
	case c.Unknown:
		return document.Cell{Kind: document.Unknown, Words: c.Text}
	}
	return document.W(c.Text)
}
