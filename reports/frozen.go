package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/reports/document"
	"khue/reports/narrative"
)

// Frozen is all that a report is made from beside its period, the journal, the
// notes and the definitions of figures: with it the same report can be made again
// later, to the byte.
type Frozen struct {
	Definition   string              `json:"definition"` // content of the file that defines the report
	AsOf         time.Time           `json:"as_of"`      // moment of knowledge, whole seconds
	Simulated    bool                `json:"simulated,omitempty"`
	Confidential bool                `json:"confidential,omitempty"`
	HeldBack     map[string]int64    `json:"held_back"` // rejected rows that were open then, by dataset: no journal keeps them
	Letterhead   document.Letterhead `json:"letterhead"`
	Texts        []narrative.Written `json:"texts,omitempty"`  // what staff had written, as it read then
	Page         string              `json:"page,omitempty"`   // address where the issued report is, with its files and evidence; "" prints none
	Former       *Former             `json:"former,omitempty"` // the issued report that this one takes the place of
	Mark         string              `json:"mark,omitempty"`   // of the draft, in its Word files; "" in those that were drafted before there were marks
}

// Former is an issued report that another takes the place of.
type Former struct {
	Report      int64     `json:"report"` // its number in the archive
	Version     int       `json:"version"`
	Number      string    `json:"number"`
	IssuedOn    time.Time `json:"issued_on"`
	AsOf        time.Time `json:"as_of"`
	Definitions string    `json:"definitions"` // version of the definitions it was made by
	Asked       []Asked   `json:"asked"`
}

// Past is what making a report as of a moment asks beside figures;
// *indicators.Service has it.
type Past interface {
	FreshnessAt(ctx context.Context, at time.Time) ([]indicators.Freshness, error)
	Restate(ctx context.Context, r indicators.Restatement) (indicators.Restated, error)
}

func (r *Reporter) past() (Past, error) {
	if past, ok := r.ask.(Past); ok {
		return past, nil
	}
	return nil, fmt.Errorf("making a report as of a moment: what it asks cannot tell how things stood earlier")
}

// Freeze looks at what a report that is begun now is to be made from. An unknown id
// is a NotFound.
func (r *Reporter) Freeze(ctx context.Context, o Order) (Frozen, error) {
	definition, err := r.Definition(o.ID)
	if err != nil {
		return Frozen{}, err
	}
	f := Frozen{
		Definition: definition.Source,
		AsOf:       r.options.Now().In(r.options.Zone).Truncate(time.Second), Simulated: r.options.Simulated,
		Confidential: r.options.Confidential, Letterhead: r.options.Letterhead, HeldBack: map[string]int64{},
	}
	states, err := r.ask.Freshness(ctx)
	if err != nil {
		return Frozen{}, fmt.Errorf("looking what a report is made from: %w", err)
	}
	for _, s := range states {
		f.HeldBack[s.Dataset] = s.Quarantined
	}
	f.Texts, err = r.texts(ctx, definition, o)
	return f, err
}

// Issued is what is frozen with the number that the clerk gave and the day of issue.
func (f Frozen) Issued(number string, on time.Time) Frozen {
	head := f.Letterhead
	head.Number = "Số: " + number
	place, _, _ := strings.Cut(head.PlaceDate, ",")
	head.PlaceDate = fmt.Sprintf("%s, ngày %02d tháng %02d năm %d", place, on.Day(), on.Month(), on.Year())
	f.Letterhead = head
	return f
}

// pageLink leads from the cover of a report to the page that has its files and evidence.
func pageLink(lang khue.Lang, page string) document.Paragraph {
	words := khue.Text{VI: "Các tệp và căn cứ của báo cáo này: ", EN: "The files and the evidence of this report: "}
	return document.Paragraph{Runs: []document.Run{{Text: words.In(lang)}, {Text: page, Link: page}}}
}

// Made is a report made as of a moment.
type Made struct {
	Document document.Document
	Lacks    []khue.Text // why it may not leave the office; none when it may
	Asked    []Asked     // what it asked for, by dataset
}

// Make makes a report as of the moment of what is frozen: the same order makes the
// same document whenever it is made, by the same definitions. Its evidence is that of
// the journal; the figures are read where that is quickest. What they lack is told
// beside it.
func (r *Reporter) Make(ctx context.Context, o Order, frozen Frozen) (Made, error) {
	return r.make(ctx, o, frozen, false)
}

// Recount makes a report as Make does, and counts every figure from the rows of the
// journal: what it finds does not rest on sums that were kept beside them.
func (r *Reporter) Recount(ctx context.Context, o Order, frozen Frozen) (Made, error) {
	return r.make(ctx, o, frozen, true)
}

func (r *Reporter) make(ctx context.Context, o Order, frozen Frozen, recount bool) (Made, error) {
	past, err := r.past()
	if err != nil {
		return Made{}, err
	}
	definition, err := Read(frozen.Definition, o.ID, r.options.Meaning)
	if err != nil {
		return Made{}, fmt.Errorf("reading the kept definition of report %s: %w", o.ID, err)
	}
	pin := &pinned{Asker: remember(r.ask), past: past, frozen: frozen, order: o, meaning: r.options.Meaning, recount: recount}
	then := &Reporter{ask: pin, options: r.options}
	then.options.Definitions = Definitions{definition}
	then.options.Now = func() time.Time { return frozen.AsOf }
	then.options.Texts = frozenTexts(frozen.Texts)
	then.options.Simulated, then.options.Confidential, then.options.Letterhead = frozen.Simulated, frozen.Confidential, frozen.Letterhead
	made := Made{}
	if made.Document, err = then.Build(ctx, o); err != nil {
		return Made{}, err
	}
	made.Document.Mark = frozen.Mark
	if frozen.Page != "" {
		made.Document.Blocks = append([]document.Block{pageLink(o.Lang, frozen.Page)}, made.Document.Blocks...)
		made.Document.Filters = append(made.Document.Filters, document.Pair{Name: khue.Text{VI: "Trang của báo cáo", EN: "Page of the report"}.In(o.Lang), Value: frozen.Page})
	}
	made.Lacks, made.Asked = append(pin.lacks, definition.lacking(frozen.Texts, o.Lang)...), pin.asked
	for _, t := range made.Document.Tables() {
		if len(t.Rows) == 0 {
			made.Lacks = append(made.Lacks, khue.Text{
				VI: fmt.Sprintf("bảng “%s” không có dòng nào", t.Title), EN: fmt.Sprintf("the table “%s” has no rows", t.Title),
			})
		}
	}
	if frozen.Former != nil {
		if err := then.restated(ctx, past, o, frozen, &made.Document); err != nil {
			return Made{}, err
		}
	}
	return made, made.Document.Check()
}
