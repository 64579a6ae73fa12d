package dashboards

import (
	"maps"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/indicators"
	"khue/locale"
)

// exploreForm is the form by which a view is clicked together.
type exploreForm struct {
	Measures  []choiceGroup
	Chosen    []string // labels of the measures chosen
	Splits    []splitField
	Limits    []limitField
	More      []choice // dimensions that are not laid out
	Periods   []choice
	From, To  string
	AsOf      string
	AreaViews []choice
	Countings []choice
	Derives   []choice
	TopCount  string
	TopDims   []choice
	TopBys    []choice
	Editions  []editionChoice
	Charts    []chartChoice
	Pivots    []choice
	Totals    bool
	Seek      string
	Saved     string // number of the kept view that is looked at
	Detailed  bool   // something of the last group is chosen
	Area      string // that a clerk's page needs in its address
}

// splitField is one of the dimensions that a view is split by, in their order.
type splitField struct {
	Number int
	Groups []choiceGroup
}

// limitField is the values of one dimension.
type limitField struct {
	Dim, Label string
	Groups     []limitGroup
	Chosen     int
	More       string // that there are values which are not laid out
	Search     string // where they are looked for; "" when all are laid out
	Wrong      string
}

type limitGroup struct {
	Label  string
	Values []limitValue
}

// limitValue is one value: what the form sends and what people read.
type limitValue struct {
	Value, Label string
	Chosen       bool
}

type editionChoice struct {
	Name, Label string
	Choices     []choice
}

type chartChoice struct {
	choice
	Why string // why it cannot be drawn; "" when it can
}

// fewestSplits is how many fields for dimensions the form has at least.
const fewestSplits = 3

func (s *Site) exploreForm(c *gin.Context, v *visit, lang khue.Lang, x explored) exploreForm {
	e, catalogue := x.e, s.service.Catalogue()
	f := exploreForm{From: e.from, To: e.to, AsOf: e.asOf, Totals: e.totals, Seek: e.seek}
	f.Measures, f.Chosen = measureGroups(lang, catalogue, e.measures)
	dims := sharedDimensions(catalogue, e.measures)
	for n := range max(fewestSplits, len(e.by)+1) {
		chosen := ""
		if n < len(e.by) {
			chosen = e.by[n]
		}
		f.Splits = append(f.Splits, splitField{n + 1, splitGroups(lang, catalogue, dims, chosen)})
	}
	f.Limits, f.More = s.limitFields(c, v, lang, x, dims)
	f.Periods = append(f.Periods, choice{"", text("tự chọn bên dưới", "chosen below").In(lang), e.period == ""})
	for _, p := range movingPeriods {
		f.Periods = append(f.Periods, choice{p.code, p.label.In(lang), e.period == p.code})
	}
	if p, known := pickOf(viewName); known {
		f.AreaViews = pickChoices(lang, p, e.areaView)
	}
	if p, known := pickOf(countingName); known {
		f.Countings = pickChoices(lang, p, e.counting)
	}
	f.Derives = deriveChoices(lang, catalogue, e)
	f.topFields(lang, catalogue, e)
	f.Editions = editionFields(lang, catalogue, e)
	f.Charts = chartChoices(lang, catalogue, e, x.q)
	f.Pivots = append(f.Pivots, choice{"", text("không xoay", "not turned").In(lang), e.pivot == ""})
	for _, name := range e.by {
		f.Pivots = append(f.Pivots, choice{name, dimensionLabel(lang, catalogue, name), e.pivot == name})
	}
	f.Detailed = len(e.derive) > 0 || e.top != "" || e.areaView != "" || e.counting != "" || len(e.editions) > 0 || e.asOf != ""
	if e.saved > 0 {
		f.Saved = itoa(e.saved)
	}
	if who, _ := access.Of(c.Request.Context()); len(who.Areas) > 0 {
		f.Area = who.Areas[0]
	}
	return f
}

func measureGroups(lang khue.Lang, catalogue *indicators.Catalogue, chosen []string) (groups []choiceGroup, labels []string) {
	var measures, targets, gone []choice
	seen := map[string]bool{}
	for _, m := range catalogue.Measures() {
		seen[m.Name] = true
		measures = append(measures, choice{m.Name, m.Label.In(lang), slices.Contains(chosen, m.Name)})
	}
	for _, i := range catalogue.Indicators() {
		if !seen[i.Name] {
			seen[i.Name] = true
			targets = append(targets, choice{i.Name, i.Label.In(lang), slices.Contains(chosen, i.Name)})
		}
	}
	for _, name := range chosen {
		if !seen[name] {
			gone = append(gone, choice{name, short(name), true})
		}
		labels = append(labels, figureLabel(lang, catalogue, name))
	}
	for _, g := range []choiceGroup{
		{text("Không có trong định nghĩa", "Not defined").In(lang), gone}, {text("Chỉ số", "Measures").In(lang), measures}, {text("Chỉ tiêu theo dõi", "Indicators").In(lang), targets},
	} {
		if len(g.Choices) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, labels
}

func figureLabel(lang khue.Lang, catalogue *indicators.Catalogue, name string) string {
	if m, err := catalogue.Measure(name); err == nil {
		return m.Label.In(lang)
	}
	if i, err := catalogue.Indicator(name); err == nil {
		return i.Label.In(lang)
	}
	return short(name)
}

func dimensionLabel(lang khue.Lang, catalogue *indicators.Catalogue, name string) string {
	if d, err := catalogue.Dimension(name); err == nil {
		return d.Label.In(lang)
	}
	return short(name)
}

// measuresIn are the measures that a figure is reckoned from.
func measuresIn(catalogue *indicators.Catalogue, name string) []string {
	if _, err := catalogue.Measure(name); err == nil {
		return []string{name}
	}
	i, err := catalogue.Indicator(name)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc([]string{i.Measure, i.Numerator, i.Denominator}, func(part string) bool { return part == "" })
}

// sharedDimensions are those that all figures chosen have; every dimension while none is.
func sharedDimensions(catalogue *indicators.Catalogue, figures []string) []indicators.Dimension {
	var out []indicators.Dimension
	for _, d := range catalogue.Dimensions() {
		shared := d.Grain == ""
		for _, figure := range figures {
			for _, part := range measuresIn(catalogue, figure) {
				m, err := catalogue.Measure(part)
				shared = shared && (err != nil || slices.Contains(d.Datasets, m.Dataset))
			}
		}
		if shared {
			out = append(out, d)
		}
	}
	return out
}

func splitGroups(lang khue.Lang, catalogue *indicators.Catalogue, dims []indicators.Dimension, chosen string) []choiceGroup {
	times, others := choiceGroup{Label: text("Thời gian", "Time").In(lang)}, choiceGroup{Label: text("Chiều", "Dimensions").In(lang)}
	listed := chosen == ""
	for _, d := range catalogue.Dimensions() {
		if d.Grain != "" {
			times.Choices = append(times.Choices, choice{d.Name, d.Label.In(lang), d.Name == chosen})
			listed = listed || d.Name == chosen
		}
	}
	for _, d := range dims {
		others.Choices = append(others.Choices, choice{d.Name, d.Label.In(lang), d.Name == chosen})
		listed = listed || d.Name == chosen
	}
	first := choiceGroup{Choices: []choice{{"", "–", chosen == ""}}}
	if !listed {
		first.Choices = append(first.Choices, choice{chosen, dimensionLabel(lang, catalogue, chosen), true})
	}
	return []choiceGroup{first, times, others}
}

func pickChoices(lang khue.Lang, p pick, chosen string) []choice {
	var out []choice
	listed := chosen == ""
	for n, v := range p.values {
		code := v.code
		if n == 0 {
			listed = listed || chosen == code
			code = "" // what holds where nothing is chosen
		}
		out = append(out, choice{code, v.label.In(lang), v.code == chosen || code == chosen})
		listed = listed || v.code == chosen
	}
	if !listed {
		out = append(out, choice{chosen, short(chosen), true})
	}
	return out
}

func deriveChoices(lang khue.Lang, catalogue *indicators.Catalogue, e exploration) []choice {
	var out []choice
	add := func(d indicators.Derivation, label string) {
		out = append(out, choice{string(d), label, slices.Contains(e.derive, string(d))})
	}
	for _, d := range indicators.Derivations() {
		add(d, capital(d.Label().In(lang)))
		if d != indicators.ShareOfTotal || len(e.by) < 2 {
			continue
		}
		for _, name := range e.by {
			if dim, err := catalogue.Dimension(name); err == nil && dim.Grain == "" {
				add(d+indicators.Derivation(":"+name), capital(d.Label().In(lang))+" ("+dim.Label.In(lang)+")")
			}
		}
	}
	for _, name := range e.derive {
		if !slices.ContainsFunc(out, func(c choice) bool { return c.Value == name }) {
			out = append(out, choice{name, short(name), true})
		}
	}
	return out
}

func (f *exploreForm) topFields(lang khue.Lang, catalogue *indicators.Catalogue, e exploration) {
	count, dim, by := "", "", ""
	if t, err := indicators.ParseTop(e.top); err == nil && t != nil {
		count, dim, by = itoa(int64(t.N)), t.Dim, t.By
	} else if err != nil {
		count = short(e.top)
	}
	f.TopCount = count
	f.TopDims = append(f.TopDims, choice{"", "–", dim == ""})
	for _, name := range append(slices.Clone(e.by), dim) {
		if d, err := catalogue.Dimension(name); name != "" && (err != nil || d.Grain == "") && !slices.ContainsFunc(f.TopDims, func(c choice) bool { return c.Value == name }) {
			f.TopDims = append(f.TopDims, choice{name, dimensionLabel(lang, catalogue, name), name == dim})
		}
	}
	f.TopBys = append(f.TopBys, choice{"", text("chỉ số đầu tiên", "the first measure").In(lang), by == ""})
	for _, name := range e.measures {
		f.TopBys = append(f.TopBys, choice{name, figureLabel(lang, catalogue, name), name == by})
	}
}

// editionFields are the classifications in a view that have several editions.
func editionFields(lang khue.Lang, catalogue *indicators.Catalogue, e exploration) []editionChoice {
	chosen := map[string]string{}
	for _, one := range e.editions {
		name, id, _ := strings.Cut(one, "=")
		chosen[name] = id
	}
	var out []editionChoice
	for _, x := range catalogue.Crosswalks() {
		_, limited := e.where[x.Name]
		if id := chosen[x.Name]; id == "" && (len(x.Editions) < 2 || !limited && !slices.Contains(e.by, x.Name)) {
			continue
		}
		field := editionChoice{x.Name, x.Label.In(lang), []choice{{"", text("theo ngày của số liệu", "by the day of the facts").In(lang), chosen[x.Name] == ""}}}
		for _, edition := range x.Editions {
			field.Choices = append(field.Choices, choice{x.Name + "=" + edition.ID, edition.Label.In(lang), chosen[x.Name] == edition.ID})
		}
		out = append(out, field)
		delete(chosen, x.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) { // of a classification that is no more
		out = append(out, editionChoice{name, short(name), []choice{{"", "–", false}, {name + "=" + chosen[name], short(chosen[name]), true}}})
	}
	return out
}

// Most values that are laid out at once where a list is long.
const (
	mostLaidOut = 320
	mostOfLong  = 40
)

// limitFields are the dimensions that are limited or laid out, and those that may be.
func (s *Site) limitFields(c *gin.Context, v *visit, lang khue.Lang, x explored, dims []indicators.Dimension) (fields []limitField, more []choice) {
	shown := map[string]bool{}
	for _, name := range append(slices.Sorted(maps.Keys(x.e.where)), x.e.open...) {
		if shown[name] {
			continue
		}
		shown[name] = true
		fields = append(fields, s.limitFieldOf(c, v, lang, x, name))
	}
	more = append(more, choice{"", text("chọn một chiều…", "choose a dimension…").In(lang), true})
	for _, d := range dims {
		if !shown[d.Name] {
			more = append(more, choice{d.Name, d.Label.In(lang), false})
		}
	}
	return fields, more
}

func (s *Site) limitFieldOf(c *gin.Context, v *visit, lang khue.Lang, x explored, name string) limitField {
	f := limitField{Dim: name, Label: dimensionLabel(lang, s.service.Catalogue(), name), Chosen: len(x.e.where[name])}
	groups, err := s.valuesOf(c, v, lang, x.e, name)
	if err != nil {
		f.More = sentence(khue.MessageOf(slow(err)).In(lang))
	}
	all := 0
	for _, g := range groups {
		all += len(g.Values)
	}
	if all > mostLaidOut {
		f.Search = exploreAddress(valuesPath, valuesQuery(x.e, name, lang))
		f.More = textf("%[1]s giá trị; gõ vài chữ để tìm.", "%[2]s values; type a few letters to find one.", locale.Number(khue.Vietnamese, float64(all), 0), locale.Number(khue.English, float64(all), 0)).In(lang)
	}
	wanted, known := locale.Words(x.e.seek), map[string]bool{}
	for _, g := range groups {
		kept := limitGroup{Label: g.Label}
		for _, value := range g.Values {
			chosen := slices.Contains(x.e.where[name], value.Code)
			known[value.Code] = true
			found := len(wanted) == 0 || locale.Begin(locale.Words(value.Label), wanted)
			if !chosen && (!found || all > mostLaidOut && len(kept.Values) >= mostOfLong) {
				continue
			}
			kept.Values = append(kept.Values, limitValue{name + "=" + indicators.WriteValues(value.Code), value.Label, chosen})
		}
		if len(kept.Values) > 0 {
			f.Groups = append(f.Groups, kept)
		}
	}
	var rest limitGroup
	for _, code := range x.e.where[name] {
		if !known[code] {
			label := short(code)
			if code == "" {
				label = text("Chưa rõ", "Unknown").In(lang)
			}
			rest.Values = append(rest.Values, limitValue{name + "=" + indicators.WriteValues(code), label, true})
		}
	}
	if len(rest.Values) > 0 {
		f.Groups = append([]limitGroup{rest}, f.Groups...)
	}
	return f
}
