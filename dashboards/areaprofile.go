package dashboards

import (
	"context"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// profileLine is one figure of the area in view.
type profileLine struct {
	Label, Value, Beside, Why string
	Said                      bool // the value is a figure
}

// profile is all measures by area and of the city as a whole.
type profile struct {
	sight
	city indicators.Answer
}

func (v *visit) gatherProfile(ctx context.Context) (profile, error) {
	s, err := v.gatherSight(ctx)
	if err != nil {
		return profile{}, err
	}
	fr := v.frame
	fr.filter.area = ""
	city, err := v.ask(ctx, fr.question(s.days, nil, areaMeasures...))
	return profile{s, city}, err
}

// drawProfile is what is known of the chosen area, or of the city as a whole.
func (v *visit) drawProfile(lang khue.Lang, s profile) drawn {
	code := v.frame.filter.area
	if code == "" {
		code = khue.CityCode
	}
	area, _ := khue.AreaOf(code)
	c := card{
		ID: "area-profile", Title: area.Name.In(lang), Subtitle: capital(spanName(lang, s.days)), CSV: v.addressOf(lang, "area-profile.csv"),
		Source: v.sourceLine(lang, s.now), Evidence: []evidence{v.evidenceOf(lang, s.now)},
	}
	t := &table{Caption: area.Name.In(lang) + ", " + spanName(lang, s.days), Head: []string{text("Số đo", "Measure").In(lang), text("Giá trị", "Value").In(lang), text("Thứ hạng", "Rank").In(lang)}}
	var lines []profileLine
	for _, measure := range areaMeasures {
		line, row := v.profileOf(lang, s, measure, area)
		lines, t.Rows = append(lines, line), append(t.Rows, row)
	}
	size := profileLine{Label: text("Diện tích", "Size").In(lang), Value: locale.Unknown(lang)}
	if area.KM2 > 0 {
		size.Said, size.Value = true, locale.Number(lang, area.KM2, 2)+" km²"
	}
	people := profileLine{Label: text("Dân số", "Residents").In(lang), Value: locale.Unknown(lang)}
	if count, known := v.site.residents.on(area.Code, s.lastDay()); known {
		people.Said, people.Value, people.Beside = true, locale.Number(lang, float64(count.people), 0), count.source+", "+locale.Date(lang, count.day)
	}
	lines = append(lines, size, people)
	if area.Code == khue.CityCode {
		c.Notes = append(c.Notes, text("Bấm vào một nơi trên bản đồ hoặc trong bảng xếp hạng để xem riêng nơi đó.", "Choose a place on the map or in the ranking to see it by itself.").In(lang))
	}
	c.Table = t
	c.Summary = c.Title
	return drawn{card: c, body: "areaprofile", view: lines}
}

// profileOf is a measure of one area with its rank, or of the whole city.
func (v *visit) profileOf(lang khue.Lang, s profile, measure string, area khue.Area) (profileLine, tableRow) {
	column := columnOf(s.now, measure)
	rows := s.rows(measure)
	line := profileLine{Label: column.Label.In(lang), Value: locale.Unknown(lang)}
	value, rank := indicators.Value{}, ""
	if area.Code == khue.CityCode {
		if at := measureAt(measure); len(s.city.Rows) > 0 {
			value, line.Why = s.city.Rows[0].Values[at], whyOf(s.city, 0, at)
		}
	} else if at := slices.IndexFunc(rows, func(r areaRow) bool { return r.key.Code == area.Code }); at >= 0 {
		value, line.Why = rows[at].now, rows[at].why
		if !rows[at].foreign {
			rank = textf("thứ %[1]d trong %[2]d %[3]s", "number %[1]d of %[2]d %[3]s", at+1, countOf(s.wards, s.days.To.AddDate(0, 0, -1)), unitsOf(s.wards).In(lang)).In(lang)
		}
	}
	if line.Said = value.Known || value.Suppressed; line.Said {
		line.Value, line.Beside = exact(lang, value, column.Decimals), rank
		for _, b := range []base{perKM2, perResidents} {
			if part := v.dividedBy(b, value, area, s.lastDay()); part.Known {
				line.Beside = joinedBy(" · ", line.Beside, exact(lang, part, areaFigures{measure, b, column}.decimals())+b.unit().In(lang))
			}
		}
	}
	return line, tableRow{Cells: []cell{named(line.Label), counted(lang, value, column.Decimals).linked(line.Why), named(rank)}}
}

func joinedBy(between, a, b string) string {
	if a == "" {
		return b
	}
	return a + between + b
}
