package ingest

import (
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"khue"
)

// toTime reads dates and moments. A moment becomes a date as the civil day in
// the source's zone; a date becomes a moment at its midnight there.
func toTime(f *field, m *mapping, v *Value) khue.Text {
	wantDay := f.Type == khue.DateField
	if f.epoch != 0 && !fromEpoch(f, m, v) {
		return says("số giây (epoch) hoặc mili giây (epoch_ms) từ 1970", "a number of seconds (epoch) or milliseconds (epoch_ms) since 1970")
	}
	switch v.Kind {
	case Text:
		if expected := textToTime(f, m, v); expected != content {
			return expected
		}
	case Integer, Float, Exact:
		serial, err := strconv.ParseFloat(m.textOf(v), 64)
		if err != nil || !m.page.Serials || !serialToTime(m, v, serial) {
			return says("một ngày, không phải một con số", "a date, not a bare number")
		}
	case Day, Instant:
	default:
		return someDate
	}
	switch {
	case wantDay && v.Kind == Instant:
		*v = civilDay(midnight(v.time().In(m.zone)))
	case !wantDay && v.Kind == Day:
		y, mo, d := v.time().Date()
		*v = instant(time.Date(y, mo, d, 0, 0, 0, 0, m.zone))
	}
	if v.N < firstMoment || v.N >= endOfTime {
		return says("ngày từ năm 1970 đến 2148", "a date from 1970 to 2148")
	}
	return content
}

// The days that the warehouse can hold.
var (
	firstMoment = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	endOfTime   = time.Date(2149, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
)

func textToTime(f *field, m *mapping, v *Value) khue.Text {
	if f.layout != "" {
		if t, err := time.ParseInLocation(f.layout, v.S, m.zone); err == nil {
			*v = fromLayout(t, f.layout)
			return content
		}
	}
	if t, ok := parseInstant(v.S, m.zone); ok {
		if len(v.S) == len(time.DateOnly) {
			*v = civilDay(midnight(t))
		} else {
			*v = instant(t)
		}
		return content
	}
	if p, ok := spokenPeriod(v.S); ok && p.Grain() == khue.Day {
		*v = civilDay(p.Start())
		return content
	}
	if m.page != nil && m.page.Serials {
		if serial, err := strconv.ParseFloat(v.S, 64); err == nil && serialToTime(m, v, serial) {
			return content
		}
	}
	if f.layout != "" {
		return says("ngày giờ viết dạng %s", "a date or time written %s", layoutForm.Replace(f.layout))
	}
	if slashed.MatchString(v.S) {
		return says("ngày đọc được theo một cách; hãy khai báo format, ví dụ format: dd/mm/yyyy",
			"a date that reads one way; declare its format, as format: dd/mm/yyyy")
	}
	return says("ngày như 2025-03-31 hoặc thời điểm như 2025-03-31T18:30:00+07:00",
		"a date such as 2025-03-31 or a moment such as 2025-03-31T18:30:00+07:00")
}

// epochs are the forms that count from 1970 UTC.
var epochs = map[string]time.Duration{"epoch": time.Second, "epoch_ms": time.Millisecond}

// fromEpoch turns a count into a moment; what is a moment already stays one.
func fromEpoch(f *field, m *mapping, v *Value) bool {
	if v.Kind == Instant || v.Kind == Day {
		return true
	}
	if why, _ := toDecimal(f, m, v); why != content {
		return false
	}
	micros := v.Ref.(decimal.Decimal).Mul(decimal.NewFromInt(f.epoch.Microseconds()))
	if micros.Abs().GreaterThan(decimal.NewFromInt(endOfTime)) {
		return false
	}
	*v = Value{Kind: Instant, N: micros.IntPart()}
	return true
}

// layoutForm turns a layout back into the form that people wrote.
var layoutForm = strings.NewReplacer("2006", "yyyy", "15", "hh", "04", "mm", "05", "ss", "2", "dd", "1", "mm")

func fromLayout(t time.Time, layout string) Value {
	if strings.Contains(layout, "15") {
		return instant(t)
	}
	return civilDay(midnight(t))
}

func serialToTime(m *mapping, v *Value, serial float64) bool {
	t, ok := fromSerial(serial, m.page.Epoch1904)
	if !ok {
		return false
	}
	if t.Equal(midnight(t)) {
		*v = civilDay(t)
		return true
	}
	y, mo, d := t.Date()
	*v = instant(time.Date(y, mo, d, t.Hour(), t.Minute(), t.Second(), 0, m.zone))
	return true
}

func toPeriod(f *field, m *mapping, v *Value) khue.Text {
	if p, ok := writtenPeriod(f, m, v); ok {
		if f.grain != "" && p.Grain() != f.grain {
			if p.End().After(khue.PeriodOf(p.Start(), f.grain).End()) {
				return says("một kỳ không dài hơn %s", "a period no longer than a %s", f.grain)
			}
			p = khue.PeriodOf(p.Start(), f.grain)
		}
		*v = text(p.String())
		return content
	}
	if f.epoch == 0 && (v.Kind == Text && f.layout == "" && f.grain == "" || v.Kind == Integer && !m.page.Serials) {
		return somePeriod
	}
	day := *f
	day.Type = khue.DateField
	if why := toTime(&day, m, v); why != content {
		return why
	}
	grain := f.grain
	if grain == "" {
		grain = khue.Day
	}
	*v = text(khue.PeriodOf(v.time(), grain).String())
	return content
}

// writtenPeriod reads a period that is written as one: "2025-Q1", "Quý I/2025", or
// a year as a number, which in a spreadsheet is no day number: those of our days
// have five digits.
func writtenPeriod(f *field, m *mapping, v *Value) (khue.Period, bool) {
	switch {
	case v.Kind == Integer && v.N >= 1900 && v.N <= 2200 && f.layout == "" && f.epoch == 0:
		p, err := khue.ParsePeriod(m.textOf(v))
		return p, err == nil
	case v.Kind == Text:
		if f.layout == "" {
			if p, err := khue.ParsePeriod(v.S); err == nil {
				return p, true
			}
		}
		return spokenPeriod(v.S)
	}
	return khue.Period{}, false
}
