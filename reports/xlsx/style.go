package xlsx

import (
	"strings"

	"github.com/xuri/excelize/v2"

	"khue/reports/document"
)

const (
	lacquer = "9B2C2C"
	ink     = "2B2A28"
	quiet   = "6B6660"
	line    = "CFC8BC"
	head    = "F1ECE2"
	amber   = "FFF3D6"
)

// style is a cell's look; equal looks share one style of the file.
type style struct {
	format string // number format; "" is general
	bold   bool
	italic bool
	size   float64 // 0 is 11
	colour string  // "" is ink
	fill   string
	border bool
	right  bool
	centre bool
	wrap   bool
	mono   bool
}

func (s style) excel() *excelize.Style {
	out := &excelize.Style{
		Font:      &excelize.Font{Family: "Calibri", Size: 11, Bold: s.bold, Italic: s.italic, Color: ink},
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: s.wrap},
	}
	if s.mono {
		out.Font.Family = "Consolas"
	}
	if s.size > 0 {
		out.Font.Size = s.size
	}
	if s.colour != "" {
		out.Font.Color = s.colour
	}
	if s.centre {
		out.Alignment.Vertical = "center"
	}
	switch {
	case s.right:
		out.Alignment.Horizontal = "right"
	case s.centre:
		out.Alignment.Horizontal = "center"
	}
	if s.fill != "" {
		out.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{s.fill}}
	}
	if s.border {
		for _, side := range []string{"left", "top", "right", "bottom"} {
			out.Border = append(out.Border, excelize.Border{Type: side, Color: line, Style: 1})
		}
	}
	if s.format != "" {
		format := s.format
		out.CustomNumFmt = &format
	}
	return out
}

// format is the number format of a cell: neutral, so that the reader's own
// spreadsheet shows it in the reader's way.
func format(c document.Cell) string {
	decimals := ""
	if c.Decimals > 0 {
		decimals = "." + strings.Repeat("0", c.Decimals)
	}
	switch c.Kind {
	case document.Number:
		plain := "#,##0" + decimals
		if c.Signed {
			return "+" + plain + ";\"−\"" + plain + ";" + plain
		}
		return plain
	case document.Percent:
		plain := "0" + decimals + "%"
		if c.Signed {
			return "+" + plain + ";\"−\"" + plain + ";" + plain
		}
		return plain
	case document.Date, document.Range:
		return "dd/mm/yyyy"
	case document.Moment:
		return "dd/mm/yyyy hh:mm"
	}
	return ""
}
