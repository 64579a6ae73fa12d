package dashboards

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"khue"
	"khue/locale"
)

// Names of the filters in the address bar.
const (
	periodName     = "period"
	disciplineName = "discipline"
	areaName       = "area"
	kindFilter     = "kind" // of member
	formatName     = "format"
	seriesName     = "series"
)

// allFilters are the filters of any page, which charts and files take alike.
var allFilters = []string{
	periodName, disciplineName, areaName, kindFilter, formatName, seriesName, textName, sortName, pageName,
	measureFilter, perName, viewName, grainName, countingName, classificationName,
}

// overviewFilters are those of the overview.
var overviewFilters = []string{periodName, disciplineName, areaName}

// Named periods; the others are written as years, half-years, quarters or months.
const (
	thisYear     = "this-year"
	lastTwelve   = "last-12-months"
	resolution   = "resolution" // the five years of Resolution 09-NQ/TU
	creativeCity = "uccn"       // since Hanoi became a UNESCO Creative City
)

var (
	resolutionFrom, resolutionTo = civil(2021, 1, 1), civil(2026, 1, 1)
	creativeCityFrom             = civil(2019, 10, 30)
	firstYear                    = 2019 // of the list; earlier years can be typed
)

func civil(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// longestQuery bounds what is read of an address, in bytes.
const longestQuery = 2000

// filter is what a reader chose.
type filter struct {
	period     string // a named period or the written form of one
	written    khue.Period
	discipline string // "" is all
	area       string // "" is the whole city
	kind       string // of member; "" is all
	list       listing
	picks      picks  // from the short lists of single pages
	compare    string // with what; "" is the same months a year before
	format     string // of events; "" is all
	series     string // of events, that a chart of editions is about; it limits no other figure
}

var defaultFilter = filter{period: thisYear}

// parseFilter reads the filters of an address. A name or a value that does not
// exist, a name given twice and filters that contradict each other are errors:
// a page that ignored them would show other figures than those asked for.
//
// takes names the filters that the page has.
func parseFilter(rawQuery string, today time.Time, takes ...string) (filter, error) {
	f := defaultFilter
	values, err := readQuery(rawQuery, withCompare(takes)...)
	if err != nil {
		return f, err
	}
	if v := values.Get(periodName); v != "" {
		if err := f.setPeriod(v, today); err != nil {
			return f, err
		}
	}
	if err := f.setCompare(values.Get(compareName)); err != nil {
		return f, err
	}
	if v := values.Get(disciplineName); v != "" {
		if _, ok := khue.DisciplineOf(v); !ok {
			return f, khue.Errorf(khue.Invalid,
				"Không có lĩnh vực %q; hãy chọn một lĩnh vực trong danh sách.", "There is no discipline %q; choose one from the list.", short(v))
		}
		f.discipline = v
	}
	if v := values.Get(areaName); v != "" && v != khue.CityCode {
		if _, ok := khue.AreaOf(v); !ok {
			return f, khue.Errorf(khue.Invalid,
				"Không có địa bàn mang mã %q; hãy chọn một địa bàn trong danh sách.", "There is no area with the code %q; choose one from the list.", short(v))
		}
		f.area = v
	}
	if err := f.setMembers(values); err != nil {
		return f, err
	}
	if err := f.setEvents(values); err != nil {
		return f, err
	}
	if err := f.picks.read(values); err != nil {
		return f, err
	}
	if err := f.picks.agrees(f.area); err != nil {
		return f, err
	}
	return f, f.agrees(today)
}

// readQuery reads the named filters of an address and refuses every other.
func readQuery(rawQuery string, names ...string) (url.Values, error) {
	list := strings.Join(names, ", ")
	if len(rawQuery) > longestQuery {
		return nil, khue.Errorf(khue.Invalid,
			"Địa chỉ quá dài (%d ký tự); các bộ lọc là %s.",
			"The address is too long (%d characters); the filters are %s.", len(rawQuery), list)
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, khue.Errorf(khue.Invalid, "Không đọc được phần bộ lọc của địa chỉ.", "The filters in the address cannot be read.").Because(err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case name != languageName && name != presentName && len(names) == 0:
			return nil, khue.Errorf(khue.Invalid,
				"Trang này không có bộ lọc nào; hãy bỏ %q khỏi địa chỉ.", "This page has no filters; take %q out of the address.", short(name))
		case name != languageName && name != presentName && !slices.Contains(names, name):
			return nil, khue.Errorf(khue.Invalid,
				"Không có bộ lọc %q; các bộ lọc là %s.", "There is no filter %q; the filters are %s.", short(name), list)
		case len(values[name]) > 1:
			return nil, khue.Errorf(khue.Invalid,
				"Bộ lọc %q có nhiều giá trị; hãy chỉ chọn một.", "The filter %q is given more than once; choose one value.", name)
		case !utf8.ValidString(values.Get(name)):
			return nil, khue.Errorf(khue.Invalid, "Bộ lọc %q không phải là chữ.", "The filter %q is not text.", name)
		}
	}
	return values, nil
}

func (f *filter) setPeriod(v string, today time.Time) error {
	switch v {
	case thisYear, lastTwelve, resolution, creativeCity:
		f.period = v
		return nil
	}
	p, err := khue.ParsePeriod(v)
	if err != nil || p.Grain() == khue.Week || p.Grain() == khue.Day {
		return khue.Errorf(khue.Invalid,
			"Không có kỳ %q; hãy viết năm, nửa năm, quý hoặc tháng, ví dụ 2025, 2025-S1, 2025-Q3, 2025-03.",
			"There is no period %q; write a year, half-year, quarter or month, such as 2025, 2025-S1, 2025-Q3 or 2025-03.", short(v))
	}
	if p.Start().After(today) {
		return &khue.Error{Kind: khue.Invalid, Message: khue.Text{
			VI: fmt.Sprintf("Kỳ %s chưa bắt đầu; hãy chọn một kỳ đã đến.", locale.PeriodName(khue.Vietnamese, p)),
			EN: fmt.Sprintf("%s has not begun; choose a period that has.", locale.PeriodName(khue.English, p)),
		}}
	}
	f.period, f.written = p.String(), p
	if p == khue.PeriodOf(today, khue.Year) {
		f.period, f.written = thisYear, khue.Period{}
	}
	return nil
}

// span is the days that the period names, before anything is cut from it.
func (f filter) span(today time.Time) (from, to time.Time) {
	month := khue.PeriodOf(today, khue.Month).Start()
	switch f.period {
	case thisYear:
		year := khue.PeriodOf(today, khue.Year)
		return year.Start(), year.End()
	case lastTwelve:
		return month.AddDate(-1, 0, 0), month
	case resolution:
		return resolutionFrom, resolutionTo
	case creativeCity:
		return creativeCityFrom, month
	}
	return f.written.Start(), f.written.End()
}

// agrees refuses an area that did not exist on any day of the period.
func (f filter) agrees(today time.Time) error {
	area, ok := khue.AreaOf(f.area)
	if !ok {
		return nil
	}
	from, to := f.span(today)
	if today.Before(to) {
		to = today.AddDate(0, 0, 1)
	}
	if !area.To.IsZero() && !from.Before(area.To) {
		return &khue.Error{Kind: khue.Invalid, Message: khue.Text{
			VI: fmt.Sprintf("%s chỉ có đến hết ngày %s; hãy chọn một kỳ trước đó, hoặc một phường, xã hiện nay.",
				area.Name.VI, locale.Date(khue.Vietnamese, area.To.AddDate(0, 0, -1))),
			EN: fmt.Sprintf("%s existed until %s; choose an earlier period, or one of today's wards and communes.",
				area.Name.EN, locale.Date(khue.English, area.To.AddDate(0, 0, -1))),
		}}
	}
	if !area.From.IsZero() && !to.After(area.From) {
		return &khue.Error{Kind: khue.Invalid, Message: khue.Text{
			VI: fmt.Sprintf("%s có từ ngày %s; hãy chọn một kỳ sau đó, hoặc một quận, huyện cũ.",
				area.Name.VI, locale.Date(khue.Vietnamese, area.From)),
			EN: fmt.Sprintf("%s has existed since %s; choose a later period, or one of the former districts.",
				area.Name.EN, locale.Date(khue.English, area.From)),
		}}
	}
	return nil
}

// query is the filter as it stands in an address, without what is the default.
func (f filter) query() url.Values {
	v := url.Values{}
	if f.period != thisYear {
		v.Set(periodName, f.period)
	}
	if f.compare != "" {
		v.Set(compareName, f.compare)
	}
	if f.discipline != "" {
		v.Set(disciplineName, f.discipline)
	}
	if f.area != "" {
		v.Set(areaName, f.area)
	}
	put(v, kindFilter, f.kind)
	f.list.put(v)
	f.picks.write(v)
	put(v, formatName, f.format)
	put(v, seriesName, f.series)
	return v
}

// where is the filter as questions take it.
func (f filter) where() map[string][]string {
	w := map[string][]string{}
	if f.discipline != "" {
		w[disciplineName] = []string{f.discipline}
	}
	if f.area != "" {
		w[areaName] = []string{f.area}
	}
	if f.kind != "" {
		w[kindFilter] = []string{f.kind}
	}
	if f.format != "" {
		w[formatName] = []string{f.format}
	}
	return w
}
