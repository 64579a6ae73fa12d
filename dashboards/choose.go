package dashboards

import (
	"net/url"
	"slices"
	"strings"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// Names of the filters with short lists.
const (
	measureFilter      = "measure"
	countingName       = "counting"
	classificationName = "classification"
	viewName           = "view"
	perName            = "per"
	grainName          = "grain"
)

// picks is what a reader chose from short lists; "" is what the page shows by itself.
type picks struct {
	measure        string // of measuresShown
	counting       string // of indicators.Counting
	classification string // a crosswalk
	view           string // of indicators.AreaView
	per            string // a base
	grain          string // quarter
}

// pick is a filter with a short list.
type pick struct {
	name   string
	label  khue.Text
	of     func(*picks) *string
	values []pickValue
}

type pickValue struct {
	code  string
	label khue.Text
}

// pickers are the filters with short lists, in the order of the bar.
var pickers = []pick{
	{measureFilter, text("Số đo", "Measure"), func(p *picks) *string { return &p.measure }, []pickValue{
		{"visitors", text("khách tại chỗ", "on-site visitors")},
		{"events", text("sự kiện", "events")},
		{"activities", text("hoạt động của thành viên", "member activities")},
		{"members", text("thành viên Mạng lưới", "Network members")},
	}},
	{perName, text("Tính theo", "Shown as"), func(p *picks) *string { return &p.per }, []pickValue{
		{string(wholeFigures), text("tổng số", "totals")},
		{string(perKM2), text("trên mỗi km²", "per km²")},
		{string(perResidents), text("trên 10.000 dân", "per 10,000 residents")},
	}},
	{viewName, text("Địa giới", "Boundaries"), func(p *picks) *string { return &p.view }, []pickValue{
		{string(indicators.AreasAsWere), text("lúc phát sinh", "as they were then")}, {string(indicators.AreasAsNow), text("hiện nay", "as they are now")},
	}},
	{grainName, text("Theo", "By"), func(p *picks) *string { return &p.grain }, []pickValue{
		{"", text("năm", "year")}, {string(khue.Quarter), text("quý", "quarter")},
	}},
	{countingName, text("Cách tính", "Counting"), func(p *picks) *string { return &p.counting }, []pickValue{
		{string(indicators.CountMain), text("lĩnh vực chính", "main discipline")},
		{string(indicators.CountEach), text("mọi lĩnh vực", "every discipline")},
		{string(indicators.CountFractional), text("chia đều", "divided evenly")},
	}},
	{classificationName, text("Đối chiếu với", "Read as"), func(p *picks) *string { return &p.classification }, []pickValue{
		{"uccn_field", text("lĩnh vực UCCN", "UCCN fields")},
		{"fcs_domain", text("nhóm FCS của UNESCO", "UNESCO FCS domains")},
		{"industry_2025", text("10 ngành, 2025", "10 industries, 2025")},
		{"industry_2016", text("12 ngành, 2016", "12 industries, 2016")},
		{"hanoi_list", text("12 ngành của Nghị quyết 09", "12 industries of Resolution 09")},
		{"vsic_2025", text("VSIC 2025", "VSIC 2025")},
		{"vsic_2018", text("VSIC 2018", "VSIC 2018")},
	}},
}

// pickOf finds a picker by its name.
func pickOf(name string) (pick, bool) {
	i := slices.IndexFunc(pickers, func(p pick) bool { return p.name == name })
	if i < 0 {
		return pick{}, false
	}
	return pickers[i], true
}

// read takes the choices of an address; one that is not in its list is refused.
func (p *picks) read(values url.Values) error {
	for _, one := range pickers {
		v := values.Get(one.name)
		if v == "" {
			continue
		}
		if !slices.ContainsFunc(one.values, func(known pickValue) bool { return known.code == v }) {
			var codes []string
			for _, known := range one.values {
				if known.code != "" {
					codes = append(codes, known.code)
				}
			}
			return khue.Errorf(khue.Invalid, "Bộ lọc %s không có giá trị %q; hãy chọn một trong: %s.",
				"The filter %s has no value %q; choose one of: %s.", one.name, short(v), strings.Join(codes, ", "))
		}
		*one.of(p) = v
	}
	return nil
}

// write puts the choices into an address.
func (p picks) write(to url.Values) {
	for _, one := range pickers {
		if v := *one.of(&p); v != "" {
			to.Set(one.name, v)
		}
	}
}

// agrees refuses an area that is not in force where areas are shown as now.
func (p picks) agrees(area string) error {
	a, ok := khue.AreaOf(area)
	if !ok || p.view != string(indicators.AreasAsNow) || a.To.IsZero() {
		return nil
	}
	return &khue.Error{Kind: khue.Invalid, Message: khue.Text{
		VI: a.Name.VI + " không còn trong địa giới hiện nay; hãy xem theo địa giới lúc phát sinh, hoặc chọn một phường, xã hiện nay.",
		EN: a.Name.EN + " is not among today's areas; show areas as they were then, or choose one of today's wards and communes.",
	}}
}

// pickView is one short list in the bar of filters.
type pickView struct {
	Name, Label string
	Choices     []choice
}

// pickViews are the short lists that a page takes. standing tells what the page
// shows where nothing is chosen; that value is written as nothing.
func (s *Site) pickViews(lang khue.Lang, f filter, path string, takes []string) []pickView {
	var out []pickView
	for _, one := range pickers {
		if !slices.Contains(takes, one.name) {
			continue
		}
		now := *one.of(&f.picks)
		standing := standingPick(one, path)
		view := pickView{Name: one.name, Label: one.label.In(lang)}
		for _, v := range one.values {
			if v.code == string(perResidents) && s.residents == nil && now != v.code {
				continue // nobody has said how many live where
			}
			c := choice{v.code, v.label.In(lang), now == v.code}
			if v.code == standing {
				c.Value, c.Chosen = "", now == "" || now == standing
			}
			view.Choices = append(view.Choices, c)
		}
		out = append(out, view)
	}
	return out
}

// standingPick is what a page shows where nothing is chosen: the first of the
// list, but for measures, of which every page has its own.
func standingPick(p pick, path string) string {
	if p.name == measureFilter && path == disciplinesPath {
		return disciplineMeasure
	}
	return p.values[0].code
}

// measureOr is the measure chosen, or the page's own.
func (f filter) measureOr(own string) string {
	if f.picks.measure == "" {
		return own
	}
	return f.picks.measure
}

// amountOf names what a measure counts inside a sentence: "24% số sự kiện".
func amountOf(measure string) khue.Text {
	switch measure {
	case "visitors":
		return text("lượt khách", "visits")
	case "activities":
		return text("hoạt động", "activities")
	case "members":
		return text("thành viên", "members")
	}
	return text("sự kiện", "events")
}

// wholeOf names all of what a measure counts: "24% số sự kiện", "24% of all events".
func wholeOf(measure string) khue.Text {
	if measure == "visitors" {
		return text("tổng lượt khách", "all visits")
	}
	one := amountOf(measure)
	return text("tổng số "+one.VI, "all "+one.EN)
}

// wholeOf names what shares by discipline are of: counted under every discipline,
// a thing of two is counted twice.
func (f filter) wholeOf(measure string) khue.Text {
	if f.picks.counting == string(indicators.CountEach) && measure != "activities" {
		return text("tổng số lần tính", "all counts")
	}
	return wholeOf(measure)
}

// numberOf names how many there are of what a measure counts: "số sự kiện".
func numberOf(measure string) khue.Text {
	one := amountOf(measure)
	if measure == "visitors" {
		return one
	}
	return text("số "+one.VI, one.EN)
}

// shareWords writes a share for a sentence, small ones with a decimal.
func shareWords(lang khue.Lang, share float64) string {
	decimals := 0
	if share < 0.05 {
		decimals = 1
	}
	return locale.Percent(lang, share, decimals)
}
