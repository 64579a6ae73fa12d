package khue

import (
	"regexp"
	"strconv"
	"time"
)

// DefaultZone is the one time zone that filters, groups and labels share.
const DefaultZone = "Asia/Ho_Chi_Minh"

// Grain is the length of a period.
type Grain string

// The grains, from the longest. Names are those of the query API.
const (
	Year     Grain = "year"
	HalfYear Grain = "half"
	Quarter  Grain = "quarter"
	Month    Grain = "month"
	Week     Grain = "week"
	Day      Grain = "day"
)

// ParseGrain reads a grain's name.
func ParseGrain(s string) (Grain, error) {
	switch Grain(s) {
	case Year, HalfYear, Quarter, Month, Week, Day:
		return Grain(s), nil
	}
	return "", Errorf(Invalid,
		"không có độ dài kỳ %q; hãy dùng year, half, quarter, month, week hoặc day",
		"there is no grain %q; use year, half, quarter, month, week or day", s)
}

// Period is a named stretch of calendar days: 2025, 2025-S1, 2025-Q1, 2025-03,
// 2025-W07 or 2025-03-04, in the forms of ISO 8601 and SDMX 2.1. The zero
// Period means "no period".
type Period struct {
	grain Grain
	start time.Time // midnight UTC of the first calendar day; UTC only carries the date
}

var periodForm = regexp.MustCompile(`^(\d{4})(?:-(?:S([12])|Q([1-4])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?$`)

// ParsePeriod reads a period in one of its written forms.
func ParsePeriod(s string) (Period, error) {
	m := periodForm.FindStringSubmatch(s)
	if m == nil {
		return Period{}, badPeriod(s)
	}
	year, _ := strconv.Atoi(m[1])
	number := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
	var p Period
	switch {
	case year < 1970 || year > 2149: // the days a ClickHouse Date can hold
		return Period{}, badPeriod(s)
	case m[2] != "":
		p = Period{HalfYear, day(year, (number(2)-1)*6+1, 1)}
	case m[3] != "":
		p = Period{Quarter, day(year, (number(3)-1)*3+1, 1)}
	case m[4] != "":
		p = Period{Week, isoWeekStart(year, number(4))}
	case m[6] != "":
		p = Period{Day, day(year, number(5), number(6))}
	case m[5] != "":
		p = Period{Month, day(year, number(5), 1)}
	default:
		p = Period{Year, day(year, 1, 1)}
	}
	if p.String() != s { // 2025-13, 2025-02-30, 2025-W54
		return Period{}, badPeriod(s)
	}
	return p, nil
}

// MustParsePeriod is ParsePeriod for periods written in code; it panics on a bad one.
func MustParsePeriod(s string) Period {
	p, err := ParsePeriod(s)
	if err != nil {
		panic(err)
	}
	return p
}

func badPeriod(s string) error {
	return Errorf(Invalid,
		"%q không phải là kỳ; hãy viết 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W07 hoặc 2025-03-04",
		"%q is not a period; write 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W07 or 2025-03-04", s)
}

// PeriodOf is the period of that grain which holds the calendar day of t. The
// caller has put t in the observatory's zone.
func PeriodOf(t time.Time, g Grain) Period {
	y, m, d := t.Date()
	switch g {
	case Year:
		return Period{g, day(y, 1, 1)}
	case HalfYear:
		return Period{g, day(y, (int(m)-1)/6*6+1, 1)}
	case Quarter:
		return Period{g, day(y, (int(m)-1)/3*3+1, 1)}
	case Month:
		return Period{g, day(y, int(m), 1)}
	case Week:
		return Period{g, isoWeekStart(day(y, int(m), d).ISOWeek())}
	default:
		return Period{Day, day(y, int(m), d)}
	}
}

// IsZero tells that no period was given.
func (p Period) IsZero() bool { return p.start.IsZero() }

// Grain is the period's length.
func (p Period) Grain() Grain { return p.grain }

// Start is the first calendar day, as midnight UTC.
func (p Period) Start() time.Time { return p.start }

// End is the first calendar day after the period, as midnight UTC.
func (p Period) End() time.Time { return p.Shift(1).start }

// Shift moves by n periods of the same grain.
func (p Period) Shift(n int) Period {
	switch p.grain {
	case Year:
		return Period{p.grain, p.start.AddDate(n, 0, 0)}
	case HalfYear:
		return Period{p.grain, p.start.AddDate(0, 6*n, 0)}
	case Quarter:
		return Period{p.grain, p.start.AddDate(0, 3*n, 0)}
	case Month:
		return Period{p.grain, p.start.AddDate(0, n, 0)}
	case Week:
		return Period{p.grain, p.start.AddDate(0, 0, 7*n)}
	default:
		return Period{p.grain, p.start.AddDate(0, 0, n)}
	}
}

// YearBefore is the same period a year earlier. A week keeps its ISO number
// (week 53 falls back to 52); 29 February falls back to 28.
func (p Period) YearBefore() Period {
	switch p.grain {
	case Week:
		y, w := p.start.ISOWeek()
		start := isoWeekStart(y-1, w)
		if got, _ := start.ISOWeek(); got != y-1 {
			start = isoWeekStart(y-1, 52)
		}
		return Period{Week, start}
	case Day:
		y, m, d := p.start.Date()
		if m == time.February && d == 29 {
			d = 28
		}
		return Period{Day, day(y-1, int(m), d)}
	}
	return Period{p.grain, p.start.AddDate(-1, 0, 0)}
}

// HasYearBefore tells that the year before has the same period: a week 53 and
// 29 February have none in most years, and YearBefore is then the one beside it.
func (p Period) HasYearBefore() bool {
	before := p.YearBefore()
	switch p.grain {
	case Week:
		_, now := p.start.ISOWeek()
		_, then := before.start.ISOWeek()
		return now == then
	case Day:
		return p.start.Day() == before.start.Day()
	}
	return true
}

// Contains tells whether the calendar day of t, midnight UTC, lies in the period.
func (p Period) Contains(t time.Time) bool {
	return !t.Before(p.start) && t.Before(p.End())
}

// Partial tells whether the period is not over on the calendar day of now,
// which is in the observatory's zone.
func (p Period) Partial(now time.Time) bool {
	y, m, d := now.Date()
	return p.End().After(day(y, int(m), d))
}

// String writes the period in its ISO 8601 / SDMX form; "" for the zero Period.
func (p Period) String() string {
	var room [len("2006-01-02")]byte
	return string(p.appendTo(room[:0]))
}

// AppendText appends the period in its written form, without a text of its own.
func (p Period) AppendText(b []byte) ([]byte, error) { return p.appendTo(b), nil }

func (p Period) appendTo(b []byte) []byte {
	if p.IsZero() {
		return b
	}
	y, m, d := p.start.Date()
	if p.grain == Week {
		wy, w := p.start.ISOWeek()
		return appendDigits(append(appendDigits(b, wy, 4), "-W"...), w, 2)
	}
	b = appendDigits(b, y, 4)
	switch p.grain {
	case Year:
		return b
	case HalfYear:
		return appendDigits(append(b, "-S"...), (int(m)-1)/6+1, 1)
	case Quarter:
		return appendDigits(append(b, "-Q"...), (int(m)-1)/3+1, 1)
	case Month:
		return appendDigits(append(b, '-'), int(m), 2)
	default:
		return appendDigits(append(appendDigits(append(b, '-'), int(m), 2), '-'), d, 2)
	}
}

// appendDigits writes a number with zeros before it up to a width.
func appendDigits(b []byte, n, width int) []byte {
	for least := 10; width > 1; width-- {
		if n < least {
			b = append(b, '0')
		}
		least *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// MarshalText writes the period in its written form.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a period in its written form; an empty text is no period.
func (p *Period) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*p = Period{}
		return nil
	}
	parsed, err := ParsePeriod(string(b))
	*p = parsed
	return err
}

// Periods lists the periods of a grain that touch the days from (inclusive) to
// (exclusive), both midnight UTC.
func Periods(g Grain, from, to time.Time) []Period {
	var out []Period
	for p := PeriodOf(from, g); p.start.Before(to); p = p.Shift(1) {
		out = append(out, p)
	}
	return out
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// isoWeekStart is the Monday of an ISO 8601 week: week 1 holds 4 January.
func isoWeekStart(year, week int) time.Time {
	fourth := day(year, 1, 4)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*(week-1))
}
