package dashboards

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"khue"
	"khue/indicators"
)

// Parameters of the explore page: those of a question have the names of the API, the
// others say how the answer is shown.
const (
	byName       = "by"
	whereName    = "where"
	fromName     = "from"
	toName       = "to"
	asOfName     = "as_of"
	topName      = "top"
	deriveName   = "derive"
	areaViewName = "area_view"
	editionParam = "edition"
	chartName    = "chart"
	pivotName    = "pivot"
	totalsName   = "totals"
	savedName    = "saved"
	openName     = "open" // dimensions whose values are laid out, though nothing is chosen of them
	seekName     = "seek" // words to look for among those values
	formName     = "form" // the address comes from the form and is to be put shorter
	topCountName = "top_n"
	topDimName   = "top_dim"
	topByName    = "top_by"
)

var exploreNames = []string{
	measureFilter, byName, whereName, fromName, toName, asOfName, topName, deriveName, areaViewName, countingName, editionParam, periodName, chartName, pivotName,
	totalsName, savedName, openName, seekName, formName, topCountName, topDimName, topByName, pageName, languageName, presentName,
	"format", "limit", "page_size", "cursor", // of the API alone: never a dimension here
}

// longestExplored bounds the address of the explore page, in bytes: a filter may name
// many values.
const longestExplored = 12_000

// exploration is a view of the explore page as its address writes it, right or wrong.
type exploration struct {
	measures, by, derive, open, editions    []string
	where                                   map[string][]string
	period                                  string // moves with the days, instead of from and to
	from, to, asOf, top, areaView, counting string
	chart, pivot, seek                      string
	totals                                  bool
	page                                    int
	saved                                   int64
	unknown                                 url.Values // what nobody knows, to be told
	faults                                  []error    // of what is the page's own
}

// readExploration reads an address. Dimension tells what is a dimension.
func readExploration(rawQuery string, dimension func(string) bool) (exploration, error) {
	e := exploration{where: map[string][]string{}, unknown: url.Values{}, page: 1}
	if len(rawQuery) > longestExplored {
		return e, khue.Errorf(khue.Invalid, "Địa chỉ quá dài (%d ký tự); hãy chọn ít giá trị hơn.", "The address is too long (%d characters); choose fewer values.", len(rawQuery))
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil || !utf8.ValidString(rawQuery) {
		return e, khue.Errorf(khue.Invalid, "Không đọc được địa chỉ.", "The address cannot be read.").Because(err)
	}
	for name, list := range values {
		for _, v := range append(slices.Clone(list), name) {
			if !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return e, khue.Errorf(khue.Invalid, "Địa chỉ có ký tự không phải là chữ.", "The address has characters that are no text.")
			}
		}
	}
	e.read(values, dimension)
	return e, nil
}

func (e *exploration) read(values url.Values, dimension func(string) bool) {
	e.measures, e.by, e.derive, e.open = listOf(values[measureFilter]), listOf(values[byName]), listOf(values[deriveName]), listOf(values[openName])
	for name, into := range map[string]*string{
		periodName: &e.period, fromName: &e.from, toName: &e.to, asOfName: &e.asOf, topName: &e.top, areaViewName: &e.areaView, countingName: &e.counting,
		chartName: &e.chart, pivotName: &e.pivot, seekName: &e.seek,
	} {
		*into = e.one(values, name)
	}
	for _, one := range values[editionParam] {
		if one != "" {
			e.editions = append(e.editions, one)
		}
	}
	e.totals = e.one(values, totalsName) != ""
	e.number(values, pageName, func(n int64) { e.page = int(n) })
	e.number(values, savedName, func(n int64) { e.saved = n })
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case slices.Contains(exploreNames, name) && name != "format" && name != "limit" && name != "page_size" && name != "cursor":
		case dimension(name) && !slices.Contains(exploreNames, name):
			for _, v := range values[name] {
				e.limit(name, v)
			}
		default:
			e.unknown[name] = values[name]
		}
	}
	for _, one := range values[whereName] {
		dim, list, written := strings.Cut(one, "=")
		if !written || dim == "" {
			e.unknown.Add(whereName, one)
			continue
		}
		e.limit(dim, list)
	}
	if values.Get(formName) != "" {
		e.fromForm(values)
	}
}

// limit adds values that a dimension may take.
func (e *exploration) limit(dim, list string) {
	for _, v := range indicators.ParseValues(list) {
		if !slices.Contains(e.where[dim], v) {
			e.where[dim] = append(e.where[dim], v)
		}
	}
}

// fromForm puts together what the form has in several fields, and leaves out what a
// period that was chosen takes the place of.
func (e *exploration) fromForm(values url.Values) {
	if e.period != "" {
		e.from, e.to = "", ""
	}
	if count := strings.TrimSpace(values.Get(topCountName)); count != "" && values.Get(topDimName) != "" {
		e.top = count + ":" + values.Get(topDimName)
		if by := values.Get(topByName); by != "" {
			e.top += ":" + by
		}
	}
	if !slices.Contains(e.by, e.pivot) {
		e.pivot = "" // the form offers what the view was split by before
	}
	e.open = slices.DeleteFunc(e.open, func(dim string) bool { return len(e.where[dim]) > 0 })
	e.page = 1
}

func (e *exploration) one(values url.Values, name string) string {
	if given := values[name]; len(given) > 1 && values.Get(formName) == "" {
		e.faults = append(e.faults, khue.Errorf(khue.Invalid, "tham số %s chỉ được nêu một lần", "the parameter %s can be given once", name).Coded("repeated", name))
	}
	return strings.TrimSpace(values.Get(name))
}

func (e *exploration) number(values url.Values, name string, into func(int64)) {
	text := e.one(values, name)
	if text == "" {
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > 1e12 {
		e.faults = append(e.faults, khue.Errorf(khue.Invalid, "%s phải là số nguyên từ 1, không phải %q", "%s must be a whole number from 1 on, not %q", name, short(text)).Coded("bad_"+name, name))
		return
	}
	into(n)
}

// listOf reads what is given several times, with commas, or both; nothing is nothing.
func listOf(values []string) []string {
	var out []string
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				out = append(out, one)
			}
		}
	}
	return out
}

// question is what the API is asked by, with the days of a period that moves.
func (e exploration) question(today time.Time) url.Values {
	v := e.asked()
	if e.period != "" {
		for _, p := range movingPeriods {
			if p.code == e.period {
				from, to := p.days(today)
				put(v, fromName, from)
				put(v, toName, to)
			}
		}
	}
	return v
}

func (e exploration) asked() url.Values {
	v := url.Values{}
	list := func(name string, values []string) { put(v, name, strings.Join(values, ",")) }
	list(measureFilter, e.measures)
	list(byName, e.by)
	list(deriveName, e.derive)
	for _, dim := range slices.Sorted(maps.Keys(e.where)) {
		written := indicators.WriteValues(e.where[dim]...)
		if slices.Contains(exploreNames, dim) || written == "" {
			v.Add(whereName, dim+"="+written) // a dimension that is named as a parameter, or the value "unknown" alone
		} else {
			v.Set(dim, written)
		}
	}
	for name, value := range map[string]string{fromName: e.from, toName: e.to, asOfName: e.asOf, topName: e.top, areaViewName: e.areaView, countingName: e.counting} {
		put(v, name, value)
	}
	if len(e.editions) > 0 {
		v[editionParam] = slices.Clone(e.editions)
	}
	return v
}

// values is the whole view, in the one way in which it is written.
func (e exploration) values() url.Values {
	v := e.asked()
	for name, value := range map[string]string{periodName: e.period, chartName: e.chart, pivotName: e.pivot, seekName: e.seek} {
		put(v, name, value)
	}
	put(v, openName, strings.Join(e.open, ","))
	if e.totals {
		v.Set(totalsName, "1")
	}
	if e.page > 1 {
		v.Set(pageName, strconv.Itoa(e.page))
	}
	if e.saved > 0 {
		v.Set(savedName, strconv.FormatInt(e.saved, 10))
	}
	return v
}

// kept is the view without what is of one look at it.
func (e exploration) kept() exploration {
	e.open, e.seek, e.page, e.saved = nil, "", 1, 0
	return e
}

// readable leaves commas and colons in an address, which may stand there.
var readable = strings.NewReplacer("%2C", ",", "%3A", ":", "%3D", "=")

// exploreAddress writes the address of a view.
func exploreAddress(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + readable.Replace(v.Encode())
}

// explorationOf is the view that asks a question; the days of a question are written as
// the longest periods that they are.
func explorationOf(q indicators.Question, zone *time.Location) exploration {
	e := exploration{
		measures: slices.Clone(q.Measures), by: slices.Clone(q.By), where: map[string][]string{}, top: q.Top.String(), areaView: string(q.AreaView), counting: string(q.Counting), page: 1,
	}
	for dim, values := range q.Where {
		e.where[dim] = slices.Clone(values)
	}
	for _, d := range q.Derive {
		e.derive = append(e.derive, string(d))
	}
	for _, name := range slices.Sorted(maps.Keys(q.Editions)) {
		e.editions = append(e.editions, name+"="+q.Editions[name])
	}
	e.from, e.to = spanText(q.From, q.To)
	if !q.AsOf.IsZero() {
		e.asOf = q.AsOf.In(zone).Format(time.RFC3339Nano)
	}
	return e
}

// spanText writes days as periods: the first, and the last that is included.
func spanText(from, to time.Time) (first, last string) {
	for _, g := range []khue.Grain{khue.Year, khue.Month, khue.Day} {
		starts := from.IsZero() || khue.PeriodOf(from, g).Start().Equal(from)
		ends := to.IsZero() || khue.PeriodOf(to, g).Start().Equal(to)
		if !starts || !ends {
			continue
		}
		if !from.IsZero() {
			first = khue.PeriodOf(from, g).String()
		}
		if !to.IsZero() {
			last = khue.PeriodOf(to, g).Shift(-1).String()
		}
		break
	}
	return first, last
}

// movingPeriod is a period that a view may name instead of days.
type movingPeriod struct {
	code  string
	label khue.Text
	days  func(today time.Time) (from, to string)
}

var movingPeriods = []movingPeriod{
	{thisYear, text("năm nay", "this year"), func(today time.Time) (string, string) { return yearSpan(today.Year(), today.Year()) }},
	{"last-year", text("năm ngoái", "last year"), func(today time.Time) (string, string) { return yearSpan(today.Year()-1, today.Year()-1) }},
	{lastTwelve, text("12 tháng gần nhất đã trọn", "last 12 whole months"), func(today time.Time) (string, string) {
		month := khue.PeriodOf(today, khue.Month)
		return month.Shift(-12).String(), month.Shift(-1).String()
	}},
	{"last-5-years", text("5 năm gần nhất, cả năm nay", "last 5 years, with this one"), func(today time.Time) (string, string) { return yearSpan(today.Year()-4, today.Year()) }},
	{resolution, text("Nghị quyết 09, 2021–2025", "Resolution 09, 2021–2025"), func(time.Time) (string, string) { return yearSpan(2021, 2025) }},
	{creativeCity, text("từ khi là Thành phố sáng tạo, 30/10/2019", "as a UNESCO Creative City, since 30 Oct 2019"), func(time.Time) (string, string) {
		return creativeCityFrom.Format(time.DateOnly), ""
	}},
}

func yearSpan(from, to int) (first, last string) { return strconv.Itoa(from), strconv.Itoa(to) }
