package dashboards

import (
	"context"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// flows is a measure of the period by our disciplines and by another
// classification at once.
type flows struct {
	answer indicators.Answer
	walk   indicators.Crosswalk
}

// flow is what goes from one discipline to one code.
type flow struct {
	from, to indicators.Key
	amount   indicators.Value
	why      string
}

func (v *visit) gatherFlows(ctx context.Context) (flows, error) {
	name := v.frame.filter.picks.classification
	if name == "" {
		one, _ := pickOf(classificationName)
		name = one.values[0].code
	}
	walk, err := v.site.service.Catalogue().Crosswalk(name)
	if err != nil {
		return flows{}, err
	}
	a, err := v.ask(ctx, v.disciplineQuestion(v.frame.shown, disciplineName, name))
	return flows{a, walk}, err
}

// list gives the flows with a known amount, disciplines and codes by their size,
// what has no counterpart last.
func (f flows) list() []flow {
	var out []flow
	from, to := map[string]float64{}, map[string]float64{}
	for i, row := range f.answer.Rows {
		if row.Values[0].Known && row.Values[0].Number > 0 {
			out = append(out, flow{row.Keys[0], row.Keys[1], row.Values[0], whyOf(f.answer, i, 0)})
			from[row.Keys[0].Code] += row.Values[0].Number
			to[row.Keys[1].Code] += row.Values[0].Number
		}
	}
	slices.SortStableFunc(out, func(a, b flow) int {
		if a.from.Code != b.from.Code {
			return larger(from[a.from.Code], from[b.from.Code], a.from.Code, b.from.Code)
		}
		return larger(to[a.to.Code], to[b.to.Code], a.to.Code, b.to.Code)
	})
	return out
}

// larger puts the larger first, and names in their order where they are level.
func larger(a, b float64, nameA, nameB string) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return strings.Compare(nameA, nameB)
}

// nowhere tells that a code keeps what the classification cannot place.
func nowhere(code string) bool {
	return code == indicators.NoCounterpart || code == indicators.Undetermined
}

func (v *visit) drawFlows(lang khue.Lang, f flows) drawn {
	measure := v.frame.filter.measureOr(disciplineMeasure)
	all := f.list()
	c := card{
		ID: "crosswalk", Source: v.sourceLine(lang, f.answer), Evidence: []evidence{v.evidenceOf(lang, f.answer)}, Complete: v.completeLine(lang, f.answer.Completeness...),
		Chart: v.addressOf(lang, "crosswalk"), CSV: v.addressOf(lang, "crosswalk.csv"), Notes: notesOf(lang, f.answer),
	}
	c.Subtitle = textf("Lĩnh vực của ta (trái) đối chiếu với: %[1]s (phải); bề dày là %[2]s %[3]s", "Our disciplines (left) read as: %[1]s (right); the width is %[2]s %[3]s",
		f.walk.Label.In(lang), numberOf(measure).In(lang), spanIn(lang, v.frame.shown)).In(lang)
	if len(all) == 0 {
		c.Chart, c.Empty, c.Notes = "", text("Kỳ và bộ lọc này chưa có số liệu để đối chiếu.", "There are no figures to read otherwise for this period and these filters.").In(lang), nil
		return drawn{card: c}
	}
	total, placed := 0.0, 0.0
	for _, one := range all {
		total += one.amount.Number
		if !nowhere(one.to.Code) && one.to.Code != "" {
			placed += one.amount.Number
		}
	}
	share := locale.Percent(lang, placed/total, 0)
	c.Title = textf("%[1]s %[2]s có mục tương ứng", "%[1]s of %[2]s have a counterpart", share, v.frame.filter.wholeOf(measure).In(lang)).In(lang)
	if placed < total {
		c.Title += textf("; %s không có hoặc chưa xác định", "; %s have none, or none that is certain", locale.Percent(lang, 1-placed/total, 0)).In(lang)
	}
	c.Notes = append([]string{f.trust(lang, v)}, c.Notes...)
	c.Table = v.flowsTable(lang, f, all)
	c.Summary = text("Biểu đồ dòng từ lĩnh vực của ta sang danh mục khác. ", "Flow chart from our disciplines to another classification. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.flowsOption(lang, f, all) }}
}

// edition is the one in force at the end of the days shown.
func (f flows) edition(v *visit) indicators.Edition {
	return f.walk.InForce(v.frame.shown.To.AddDate(0, 0, -1))
}

// trust says how sure the lines of a crosswalk are.
func (f flows) trust(lang khue.Lang, v *visit) string {
	e := f.edition(v)
	tally := map[string]int{}
	for _, d := range khue.Disciplines() {
		tally[e.Of(d.Code).Mark]++
	}
	line := textf("Danh mục: %s.", "List: %s.", e.Citation).In(lang)
	if tally["inferred"] == len(khue.Disciplines()) {
		return line + text(" Chưa có bảng đối chiếu chính thức; mọi đường nối là cách hiểu của đài quan trắc, vẽ nhạt.", " There is no official table of counterparts; every line is the observatory's own reading and is drawn pale.").In(lang)
	}
	var parts []string
	for _, mark := range []string{"verified", "general", "inferred", "assumed"} {
		if n := tally[mark]; n > 0 {
			parts = append(parts, textf("%[1]s: %[2]d", "%[1]s: %[2]d", markWord(mark).In(lang), n).In(lang))
		}
	}
	return line + text(" Mức chắc chắn của các đường nối: ", " How sure the lines are: ").In(lang) + strings.Join(parts, ", ") + "."
}

// markWord is a mark of the definitions in words.
func markWord(mark string) khue.Text {
	switch mark {
	case "verified":
		return text("đã đối chiếu văn bản", "checked against the text")
	case "general":
		return text("hiểu biết chung", "general knowledge")
	case "inferred":
		return text("cách hiểu của đài quan trắc", "our own reading")
	case "assumed":
		return text("giả định", "assumed")
	}
	return text("chưa ghi", "not stated")
}

// weightOf is the part of a discipline that an edition gives to a code, in words,
// and why when it gives none.
func weightOf(lang khue.Lang, e indicators.Edition, from, to string) (weight, why string) {
	c := e.Of(from)
	switch to {
	case indicators.Undetermined:
		var names []string
		for _, code := range c.Several {
			name := code
			if i := slices.IndexFunc(e.Codes, func(k indicators.Code) bool { return k.Code == code }); i >= 0 {
				name = e.Codes[i].Label.In(lang)
			}
			names = append(names, name)
		}
		return "–", strings.Join(append(names, nonEmpty(c.Note.In(lang))...), "; ")
	case indicators.NoCounterpart:
		return "–", strings.Join(append(nonEmpty(c.None.In(lang)), nonEmpty(c.Note.In(lang))...), " ")
	}
	for _, s := range c.Shares {
		if s.Code == to {
			f, _ := new(big.Float).SetRat(s.Weight).Float64()
			return locale.Percent(lang, f, 0), c.Note.In(lang)
		}
	}
	return "–", c.Note.In(lang)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (v *visit) flowsTable(lang khue.Lang, f flows, all []flow) *table {
	column := f.answer.Columns[len(f.answer.Columns)-1]
	e := f.edition(v)
	t := &table{Caption: f.walk.Label.In(lang), Head: []string{
		text("Lĩnh vực", "Discipline").In(lang), f.walk.Label.In(lang), text("Phần chuyển sang", "Part read so").In(lang),
		text("Mức chắc chắn", "How sure").In(lang), column.Label.In(lang),
	}}
	for _, one := range all {
		weight, why := weightOf(lang, e, one.from.Code, one.to.Code)
		t.Rows = append(t.Rows, tableRow{Cells: []cell{
			named(one.from.Name.In(lang)).leading(v.oneOf("crosswalk", disciplineName)(one.from.Code)), named(one.to.Name.In(lang)),
			{Text: weight, raw: weight, Number: true},
			named(markWord(e.Of(one.from.Code).Mark).In(lang)), counted(lang, one.amount, column.Decimals).linked(one.why),
		}, Note: why})
	}
	return t
}

func (v *visit) flowsOption(lang khue.Lang, f flows, all []flow) (json.RawMessage, error) {
	column, e := f.answer.Columns[len(f.answer.Columns)-1], f.edition(v)
	o := charts.Flows{Lang: lang, FontFamily: screenFont}
	amount := func(n float64) string {
		return locale.Number(lang, n, column.Decimals) + " " + column.Unit.In(lang)
	}
	chosen := v.frame.filter.discipline
	sums := map[string]float64{}
	for _, one := range all {
		sums["from "+one.from.Code] += one.amount.Number
		sums["to "+one.to.Code] += one.amount.Number
	}
	node := func(side int, name string, key indicators.Key, colour string) {
		if slices.ContainsFunc(o.Nodes, func(n charts.Node) bool { return n.Name == name }) {
			return
		}
		label := key.Name.In(lang)
		link := ""
		if side == 0 { // the other classification is no filter of any page
			link = v.oneOf("crosswalk", disciplineName)(key.Code)
		}
		o.Nodes = append(o.Nodes, charts.Node{Name: name, Label: label, Says: label + ": " + amount(sums[name]), Colour: colour, Side: side, Link: link})
	}
	for _, one := range all {
		colour := charts.Faded
		switch {
		case one.from.Code == chosen:
			colour = charts.Now.Colour()
		case nowhere(one.to.Code):
			colour = charts.Others
		}
		o.Flows = append(o.Flows, charts.Flow{
			From: "from " + one.from.Code, To: "to " + one.to.Code, Value: one.amount.Number, Colour: colour,
			Sure: e.Of(one.from.Code).Mark == "verified" || one.from.Code == chosen,
			Says: one.from.Name.In(lang) + " → " + one.to.Name.In(lang) + ": " + amount(one.amount.Number),
		})
		node(0, "from "+one.from.Code, one.from, charts.Now.Colour())
	}
	// Codes stand in the order that crosses the fewest lines: by the first
	// discipline that leads to them, what has no counterpart at the foot.
	for _, last := range []bool{false, true} {
		for _, one := range all {
			if nowhere(one.to.Code) == last {
				colour := charts.Link.Colour()
				if last {
					colour = charts.Quiet
				}
				node(1, "to "+one.to.Code, one.to, colour)
			}
		}
	}
	return charts.Sankey(o)
}
