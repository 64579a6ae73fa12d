// Package reports makes the observatory's reports: a definition asks for its
// numbers, writes its findings as one document, and the document is written as
// Word, PDF, workbook or web page. Every number carries the query it came from.
package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/docx"
	"khue/reports/drawing"
	"khue/reports/html"
	"khue/reports/pdf"
	"khue/reports/xlsx"
)

// Numbers answers questions; *indicators.Service does.
type Numbers interface {
	Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error)
	// Compare answers for a period and for the same days a year before.
	Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error)
}

// Promises tells how far targets and promised actions are.
type Promises interface {
	Progress(ctx context.Context, programme string, asOf time.Time) ([]indicators.TargetProgress, error)
	Initiatives(ctx context.Context, programme string, asOf time.Time) ([]indicators.Initiative, error)
}

// Quality tells how far and how clean the facts are.
type Quality interface {
	Freshness(ctx context.Context) ([]indicators.Freshness, error)
}

// Claims tells what was published.
type Claims interface {
	ClaimsOf(ctx context.Context, subject string, asOf time.Time) ([]indicators.Claim, error)
}

// Asker is all that a report asks of the observatory.
type Asker interface {
	Numbers
	Promises
	Quality
	Claims
}

// Meaning gives the definitions that reports cite; *indicators.Catalogue does.
type Meaning interface {
	Measures() []indicators.Measure
	Programme(id string) (indicators.Programme, error)
	Expectation(name string) (indicators.Expectation, error)
	Indicator(name string) (indicators.Indicator, error)
	Dimension(name string) (indicators.Dimension, error)
	Dimensions() []indicators.Dimension
	Subjects() []indicators.Code // of published figures
	MonitoringReport(id string) (indicators.MonitoringReport, error)
}

// Options are what a Reporter needs beside numbers.
type Options struct {
	Now       func() time.Time // the clock; nil is the real one
	Zone      *time.Location   // of days and moments; nil is khue.DefaultZone
	Simulated bool             // the data are a simulation: every page says so
	Meaning   Meaning
	// Definitions are the reports that can be made; nil are those that come with the product.
	Definitions Definitions
	Charts      drawing.Renderer    // draws charts of web pages and PDF
	Letters     pdf.Letters         // what PDF is set in
	Notes       Notes               // what the office wrote beside figures; nil prints none
	Texts       Texts               // what staff wrote for reports; nil prints none
	Letterhead  document.Letterhead // of official papers; the Department's own when zero
	// Confidential makes papers for the office's own use, with the figures that a
	// published report withholds.
	Confidential bool
}

// The formats a report can be written in.
const (
	DOCX = "docx"
	XLSX = "xlsx"
	HTML = "html"
	PDF  = "pdf"
)

var everyFormat = []string{DOCX, PDF, XLSX, HTML}

// The reports that come with the product.
const (
	LeaderBrief        = "leader-brief"
	MonthlyBulletin    = "monthly-bulletin"
	ResolutionProgress = "resolution-progress"
	UNESCOCommitments  = "unesco-commitments"
	WardSheet          = "ward-sheet"
	ResolutionReview   = "resolution-review"
	MonitoringReport   = "uccn-monitoring"
	FestivalEdition    = "festival-edition"
)

// MediaType is the type to serve a format with.
func MediaType(format string) (string, error) {
	switch format {
	case DOCX:
		return docx.MediaType, nil
	case XLSX:
		return xlsx.MediaType, nil
	case HTML:
		return html.MediaType, nil
	case PDF:
		return pdf.MediaType, nil
	}
	return "", unknownFormat(format)
}

func unknownFormat(format string) error {
	return khue.Errorf(khue.Invalid,
		"không có định dạng %q; hãy dùng docx, pdf, xlsx hoặc html", "there is no format %q; use docx, pdf, xlsx or html", format)
}

// Reporter makes reports. It is safe for use by several goroutines.
type Reporter struct {
	ask     Asker
	options Options
}

// New makes a Reporter that gets its numbers from ask.
func New(ask Asker, o Options) (*Reporter, error) {
	if o.Meaning == nil {
		return nil, fmt.Errorf("making the reporter: no catalogue of definitions was given")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		zone, err := time.LoadLocation(khue.DefaultZone)
		if err != nil {
			return nil, fmt.Errorf("making the reporter: %w", err)
		}
		o.Zone = zone
	}
	if o.Letterhead.Issuer == "" {
		o.Letterhead = departmentLetterhead
	}
	if o.Definitions == nil {
		var err error
		if o.Definitions, err = Load("", o.Meaning); err != nil {
			return nil, fmt.Errorf("making the reporter: %w", err)
		}
	}
	if o.Charts != nil {
		o.Charts = drawing.Keep(o.Charts)
	}
	return &Reporter{ask: ask, options: o}, nil
}

// departmentLetterhead is that of the Hanoi Department of Culture and Sports;
// number, day and signer are the clerk's to fill in.
var departmentLetterhead = document.Letterhead{
	Parent: "UBND THÀNH PHỐ HÀ NỘI", Issuer: "SỞ VĂN HÓA VÀ THỂ THAO",
	Number: "Số: …/BC-SVHTT", PlaceDate: "Hà Nội, ngày … tháng … năm …",
	SignerPost: "GIÁM ĐỐC", Recipients: []string{"UBND Thành phố (để báo cáo)", "Lưu: VT"},
}

// Definition is a report that this reporter can make; an unknown id is a NotFound.
func (r *Reporter) Definition(id string) (Definition, error) { return r.options.Definitions.Of(id) }

// Order says which report is wanted: of what, about which period, in which language.
type Order struct {
	ID     string
	Period khue.Period
	Lang   khue.Lang
	Parameters
}

// Check tells whether a report can be ordered so: an unknown id, area or programme
// is a NotFound; a period or a parameter that the report is not made for is Invalid.
func (r *Reporter) Check(o Order) error {
	_, err := r.ordered(o)
	return err
}

// ordered is the definition of an order that can be made, with the programme that
// the order names in the place of its own.
func (r *Reporter) ordered(o Order) (Definition, error) {
	definition, err := r.Definition(o.ID)
	if err != nil {
		return Definition{}, err
	}
	if err := definition.suits(o.Period); err != nil {
		return Definition{}, err
	}
	if o.Period.Start().After(calendarDay(r.options.Now().In(r.options.Zone))) {
		return Definition{}, khue.Errorf(khue.Invalid, "%[1]s chưa bắt đầu", "%[2]s has not begun",
			locale.PeriodName(khue.Vietnamese, o.Period), locale.PeriodName(khue.English, o.Period))
	}
	return definition.with(o.Parameters, o.Period, r.options.Meaning)
}

// Build asks for the numbers of a report and writes its document. What Check
// refuses is refused.
func (r *Reporter) Build(ctx context.Context, o Order) (document.Document, error) {
	definition, err := r.ordered(o)
	if err != nil {
		return document.Document{}, err
	}
	if _, pinned := r.ask.(*pinned); !pinned {
		r = &Reporter{ask: remember(r.ask), options: r.options}
	}
	p := newPaper(r, definition, o, r.options.Now().In(r.options.Zone).Truncate(time.Second))
	if p.texts, err = r.texts(ctx, definition, o); err != nil {
		return document.Document{}, err
	}
	d, err := p.write(ctx)
	if err != nil {
		return document.Document{}, fmt.Errorf("making report %s for %s: %w", o.ID, o.Period, err)
	}
	return d, nil
}

// Write writes a document in a format; an unknown one is Invalid. The same
// document gives the same bytes.
func (r *Reporter) Write(ctx context.Context, d document.Document, format string, w io.Writer) error {
	if charts, ok := r.options.Charts.(*drawing.Keeping); ok && format != XLSX {
		charts.Ahead(ctx, d)
	}
	switch format {
	case DOCX:
		pages, err := pdf.Pages(ctx, d, r.options.Charts, r.options.Letters)
		if err != nil {
			return fmt.Errorf("counting the pages of the contents: %w", err)
		}
		return docx.Write(w, d, pages)
	case XLSX:
		return xlsx.Write(w, d)
	case HTML:
		return html.Write(ctx, w, d, r.options.Charts)
	case PDF:
		return pdf.Write(ctx, w, d, r.options.Charts, r.options.Letters)
	}
	return unknownFormat(format)
}

// calendarDay is the calendar day of a moment, as midnight UTC.
func calendarDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// parameterText writes what was bound to a query the way an analyst would type it.
func parameterText(v any) string {
	switch v := v.(type) {
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.UTC().Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	case string:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
