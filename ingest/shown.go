package ingest

import (
	"strings"

	"github.com/shopspring/decimal"

	"khue"
	"khue/locale"
)

// shown writes a mapped value as people read it, in both languages.
func (m *mapping) shown(f *field, v *Value) khue.Text {
	switch v.Kind {
	case Integer:
		return inBoth(func(l khue.Lang) string { return locale.Number(l, float64(v.N), 0) })
	case Exact:
		d := v.Ref.(decimal.Decimal)
		return inBoth(func(l khue.Lang) string {
			return locale.Number(l, d.InexactFloat64(), int(max(0, min(6, -d.Exponent()))))
		})
	case Boolean:
		if v.N == 1 {
			return khue.Text{VI: "có", EN: "yes"}
		}
		return khue.Text{VI: "không", EN: "no"}
	case Day:
		return inBoth(func(l khue.Lang) string { return locale.Date(l, v.time()) })
	case Instant:
		return inBoth(func(l khue.Lang) string { return locale.Moment(l, v.time().In(m.zone)) })
	case List:
		return inBoth(func(l khue.Lang) string {
			list := make([]string, len(v.list()))
			for i, s := range v.list() {
				list[i] = named(f.Type, s).In(l)
			}
			return strings.Join(list, "; ")
		})
	}
	return named(f.Type, strings.Clone(m.textOf(v)))
}

// named is what a code stands for; any other text is itself.
func named(t khue.FieldType, s string) khue.Text {
	switch t {
	case khue.AreaField:
		if a, ok := khue.AreaOf(s); ok {
			return a.Name
		}
	case khue.DisciplineField, khue.DisciplinesList:
		if d, ok := khue.DisciplineOf(s); ok {
			return d.Name
		}
	case khue.PeriodField:
		if p, err := khue.ParsePeriod(s); err == nil {
			return inBoth(func(l khue.Lang) string { return locale.PeriodName(l, p) })
		}
	}
	return khue.Text{VI: s, EN: s}
}

func inBoth(write func(khue.Lang) string) khue.Text {
	return khue.Text{VI: write(khue.Vietnamese), EN: write(khue.English)}
}
