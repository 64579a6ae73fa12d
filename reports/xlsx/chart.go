package xlsx

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/reports/document"
)

// Native is a chart as Office keeps it inside another file: the chart part and
// the workbook that holds its figures.
type Native struct {
	Part     []byte // DrawingML chart, its caches filled
	Workbook []byte // data only
}

const dataSheet = "Data"

// NativeChart makes the chart part and its workbook for embedding in a text
// document. The same chart gives the same bytes.
func NativeChart(c *document.Chart, lang khue.Lang) (Native, error) {
	var n Native
	for _, withChart := range []bool{true, false} {
		raw, err := chartWorkbook(c, lang, withChart)
		if err != nil {
			return Native{}, fmt.Errorf("making chart %q: %w", c.Title, err)
		}
		var packed bytes.Buffer
		err = repack(&packed, raw, func(name string, part []byte) ([]byte, error) {
			if withChart && name == "xl/charts/chart1.xml" {
				finished, err := fillChart(part, c)
				n.Part = finished
				return finished, err
			}
			return part, nil
		})
		if err != nil {
			return Native{}, fmt.Errorf("making chart %q: %w", c.Title, err)
		}
		if !withChart {
			n.Workbook = packed.Bytes()
		}
	}
	return n, nil
}

func chartWorkbook(c *document.Chart, lang khue.Lang, withChart bool) ([]byte, error) {
	b := newBook(document.Document{Lang: lang})
	defer func() { _ = b.file.Close() }()
	b.try(b.file.SetSheetName("Sheet1", dataSheet))
	b.figures(dataSheet, 1, c)
	refs := place(c, dataSheet, 1)
	if withChart {
		b.try(b.file.AddChart(dataSheet, "E2", excelChart(c, refs, lang, "Times New Roman")))
	}
	b.try(b.file.SetDocProps(&excelize.DocProperties{Created: "1980-01-01T00:00:00Z", Modified: "1980-01-01T00:00:00Z", Creator: "Khuê"}))
	if b.err != nil {
		return nil, b.err
	}
	var raw bytes.Buffer
	err := b.file.Write(&raw)
	return raw.Bytes(), err
}

// chart puts a native chart under its table.
func (b *book) chart(t *document.Table, c *document.Chart, row int) {
	refs := reference{sheet: t.Sheet, head: headerRow, rows: len(c.Categories())}
	for _, s := range c.Series {
		at := 1
		for _, before := range t.Columns[:s.Column] {
			at += len(spread(before, document.None()))
		}
		refs.columns = append(refs.columns, at)
	}
	if gaps(c) {
		refs = b.plot(c)
	}
	b.charts = append(b.charts, c)
	b.try(b.file.AddChart(t.Sheet, cellName(1, row), excelChart(c, refs, b.doc.Lang, "Calibri")))
}

func gaps(c *document.Chart) bool {
	for _, s := range c.Series {
		for _, p := range c.Points(s) {
			if !p.Known {
				return true
			}
		}
	}
	return false
}

// plot gives a chart's figures a place on a sheet of their own, with empty
// cells where nothing is known: a spreadsheet draws words among figures as zeros.
func (b *book) plot(c *document.Chart) reference {
	row := 3
	for _, before := range b.plots {
		row += len(before.Categories()) + 2
	}
	b.plots = append(b.plots, c)
	return place(c, b.plotName(), row)
}

func (b *book) plotName() string { return b.say("Số liệu biểu đồ", "Chart data") }

// plotted writes the sheet of figures that charts alone are drawn from.
func (b *book) plotted() {
	if len(b.plots) == 0 {
		return
	}
	name := b.plotName()
	b.newSheet(name, 0)
	b.words(name, 1, 1, b.say("Số liệu để vẽ biểu đồ; ô trống là chưa có số liệu chính thức.",
		"Figures that charts are drawn from; an empty cell is where there is no official figure."), style{italic: true, colour: quiet})
	b.try(b.file.SetColWidth(name, "A", "E", 26))
	row := 3
	for _, c := range b.plots {
		b.figures(name, row, c)
		row += len(c.Categories()) + 2
	}
}

// place tells where figures written from a row on stand.
func place(c *document.Chart, sheet string, row int) reference {
	refs := reference{sheet: sheet, head: row, rows: len(c.Categories())}
	for i := range c.Series {
		refs.columns = append(refs.columns, i+2)
	}
	return refs
}

// figures writes names, categories and values from a row on.
func (b *book) figures(sheet string, row int, c *document.Chart) {
	for i, name := range c.Categories() {
		b.try(b.file.SetCellStr(sheet, cellName(1, row+1+i), Neutral(name)))
	}
	for i, s := range c.Series {
		b.try(b.file.SetCellStr(sheet, cellName(i+2, row), Neutral(s.Name)))
		for j, p := range c.Points(s) {
			if p.Known {
				b.try(b.file.SetCellFloat(sheet, cellName(i+2, row+1+j), p.Value, -1, 64))
			}
		}
	}
}

var chartPart = regexp.MustCompile(`^xl/charts/chart(\d+)\.xml$`)

// finish fills the caches of the charts, so that viewers which do not
// calculate show them too.
func (b *book) finish(name string, part []byte) ([]byte, error) {
	m := chartPart.FindStringSubmatch(name)
	if m == nil {
		return part, nil
	}
	n, _ := strconv.Atoi(m[1])
	return fillChart(part, b.charts[n-1])
}

// reference tells where a chart's figures stand in a sheet.
type reference struct {
	sheet   string
	head    int   // row of the names
	rows    int   // rows of figures below it
	columns []int // of the series; the categories are in column 1
}

func (r reference) at(column, from, to int) string {
	letters, err := excelize.ColumnNumberToName(column)
	if err != nil {
		panic(err) // counted by us, from 1
	}
	sheet := "'" + strings.ReplaceAll(r.sheet, "'", "''") + "'"
	if from == to {
		return fmt.Sprintf("%s!$%s$%d", sheet, letters, from)
	}
	return fmt.Sprintf("%s!$%s$%d:$%s$%d", sheet, letters, from, letters, to)
}

var colours = map[document.Tone]string{
	document.Now: "9B2C2C", document.Before: "B7791F", document.Older: "C9BFAE", document.Good: "2F7A6B",
}

func excelChart(c *document.Chart, refs reference, lang khue.Lang, family string) *excelize.Chart {
	scale := scaleOf(c.Most())
	font := excelize.Font{Family: family, Size: 10, Color: quiet}
	vary := false
	gap := uint(60)
	out := &excelize.Chart{
		Type: excelize.Col, VaryColors: &vary, GapWidth: &gap, ShowBlanksAs: "gap",
		Dimension: excelize.ChartDimension{Width: 720, Height: 340},
		Format:    excelize.GraphicOptions{AltText: c.Alt, Name: c.Title},
		Legend:    excelize.ChartLegend{Position: "top", Font: &excelize.Font{Family: family, Size: 10, Color: ink}},
		XAxis:     excelize.ChartAxis{Font: font},
		YAxis: excelize.ChartAxis{
			Font: font, MajorGridLines: true, MajorUnit: scale.step, Minimum: new(float64), Maximum: &scale.most,
			NumFmt: excelize.ChartNumFmt{CustomNumFmt: scale.format},
			Title:  excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: scale.unit(lang, c.Unit), Font: &font}}},
		},
	}
	if len(c.Series) == 1 {
		out.Legend.Position = "none"
	}
	switch {
	case c.Kind == document.Line:
		out.Type = excelize.Line
	case c.Horizontal:
		out.Type = excelize.Bar
		out.XAxis.ReverseOrder = true
		out.Dimension.Height = max(260, uint(len(c.Categories()))*30+100)
	}
	for i, s := range c.Series {
		colour := colours[s.Tone]
		series := excelize.ChartSeries{
			Name:       refs.at(refs.columns[i], refs.head, refs.head),
			Categories: refs.at(1, refs.head+1, refs.head+refs.rows),
			Values:     refs.at(refs.columns[i], refs.head+1, refs.head+refs.rows),
			Fill:       excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}},
		}
		if c.Kind == document.Line {
			series.Line = excelize.LineOptions{Type: excelize.LineSolid, Width: 2.25, Fill: series.Fill}
			series.Marker = excelize.ChartMarker{
				Symbol: "circle", Size: 5, Fill: series.Fill,
				Border: excelize.LineOptions{Type: excelize.LineSolid, Fill: series.Fill},
			}
		}
		out.Series = append(out.Series, series)
	}
	return out
}

// scale is a value axis with round steps, labelled in thousands, millions or
// billions so that its labels need no separators, which files cannot carry per
// language.
type scale struct {
	most, step float64
	format     string
	word       khue.Text
}

func scaleOf(most float64) scale {
	if most <= 0 {
		most = 1
	}
	rough := most / 5
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough {
			step = m * power
			break
		}
	}
	s := scale{step: step, most: math.Ceil(most/step) * step, format: "0"}
	switch {
	case step >= 1e9:
		s.format, s.word = "0,,,", khue.Text{VI: "tỷ", EN: "billion"}
	case step >= 1e6:
		s.format, s.word = "0,,", khue.Text{VI: "triệu", EN: "million"}
	case step >= 1e3:
		s.format, s.word = "0,", khue.Text{VI: "nghìn", EN: "thousand"}
	case step < 1:
		s.format = "0." + strings.Repeat("0", int(-math.Floor(math.Log10(step))))
	}
	return s
}

func (s scale) unit(lang khue.Lang, unit string) string {
	return strings.TrimSpace(s.word.In(lang) + " " + unit)
}

// fillChart writes the figures into the chart part, where excelize leaves them
// empty, hatches bars of periods that are not over, and puts the value axis of
// horizontal bars at the bottom.
func fillChart(part []byte, c *document.Chart) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(part); err != nil {
		return nil, fmt.Errorf("reading the chart part: %w", err)
	}
	for i, ser := range doc.FindElements("//ser") {
		s := c.Series[i]
		cache(ser.FindElement("tx/strRef"), "strCache", []string{s.Name})
		cache(ser.FindElement("cat/strRef"), "strCache", c.Categories())
		var values []string
		for _, p := range c.Points(s) {
			v := ""
			if p.Known {
				v = strconv.FormatFloat(p.Value, 'f', -1, 64)
			}
			values = append(values, v)
		}
		cache(ser.FindElement("val/numRef"), "numCache", values)
		if c.Kind == document.Bar {
			hatch(ser, c.Points(s), colours[s.Tone])
		}
	}
	if c.Horizontal {
		if crosses := doc.FindElement("//valAx/crosses"); crosses != nil {
			crosses.CreateAttr("val", "max")
		}
	}
	return doc.WriteToBytes()
}

// hatch marks the bars of periods that are not over, as charts on screen do.
func hatch(ser *etree.Element, points []document.Point, colour string) {
	labels := ser.SelectElement("dLbls")
	if labels == nil {
		return
	}
	for i, p := range points {
		if !p.Partial || !p.Known {
			continue
		}
		point := etree.NewElement("dPt")
		point.CreateElement("idx").CreateAttr("val", strconv.Itoa(i))
		point.CreateElement("invertIfNegative").CreateAttr("val", "0")
		point.CreateElement("bubble3D").CreateAttr("val", "0")
		shape := point.CreateElement("spPr")
		pattern := shape.CreateElement("a:pattFill")
		pattern.CreateAttr("prst", "dkUpDiag")
		pattern.CreateElement("a:fgClr").CreateElement("a:srgbClr").CreateAttr("val", colour)
		pattern.CreateElement("a:bgClr").CreateElement("a:srgbClr").CreateAttr("val", "FFFFFF")
		outline := shape.CreateElement("a:ln")
		outline.CreateAttr("w", "9525")
		outline.CreateElement("a:solidFill").CreateElement("a:srgbClr").CreateAttr("val", colour)
		ser.InsertChildAt(labels.Index(), point)
	}
}

func cache(ref *etree.Element, name string, values []string) {
	if ref == nil {
		return
	}
	for _, old := range ref.ChildElements() {
		if old.Tag != "f" {
			ref.RemoveChild(old)
		}
	}
	points := ref.CreateElement(name)
	if name == "numCache" {
		points.CreateElement("formatCode").SetText("General")
	}
	points.CreateElement("ptCount").CreateAttr("val", strconv.Itoa(len(values)))
	for i, v := range values {
		if v == "" {
			continue
		}
		pt := points.CreateElement("pt")
		pt.CreateAttr("idx", strconv.Itoa(i))
		pt.CreateElement("v").SetText(v)
	}
}
