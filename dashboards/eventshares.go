package dashboards

import (
	"context"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// eventShares is the events by format and by admission, and the same a year before.
type eventShares struct{ format, access, formatBefore, accessBefore indicators.Answer }

func (v *visit) gatherEventShares(ctx context.Context) (eventShares, error) {
	fr := v.frame
	all := fr
	all.filter.format = "" // a share of formats needs its whole
	questions := []indicators.Question{
		all.question(fr.shown, []string{formatName}, "events", "visitors"), fr.question(fr.shown, []string{"access"}, "events"),
	}
	compared := !fr.before.empty() && !fr.long
	if compared {
		questions = append(questions, all.question(fr.before, []string{formatName}, "events"), fr.question(fr.before, []string{"access"}, "events"))
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return eventShares{}, err
	}
	s := eventShares{format: answers[0], access: answers[1]}
	if compared {
		s.formatBefore, s.accessBefore = answers[2], answers[3]
	}
	return s, nil
}

func eventSharesPart() part {
	return partOf("event-shares", 4, text("Hình thức và vào cửa", "Format and admission"), (*visit).gatherEventShares, func(v *visit, lang khue.Lang, s eventShares) drawn {
		c := v.standingCard(lang, "event-shares", s.format)
		c.Subtitle = textf("Tỷ trọng trong số sự kiện, %[1]s", "Share of events, %[1]s", spanName(lang, v.frame.shown)).In(lang)
		if len(s.formatBefore.Rows) > 0 {
			c.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
		}
		c.Evidence = append(c.Evidence, v.evidenceOf(lang, s.access))
		if v.frame.filter.format != "" {
			c.Notes = append(c.Notes, text("Phần hình thức luôn gồm mọi hình thức; phần vào cửa chỉ gồm hình thức đang chọn.", "Formats always hold all of them; admission holds the chosen format alone.").In(lang))
		}
		if sumOf(s.format) == 0 {
			c.Empty = text("Kỳ và bộ lọc này chưa có sự kiện nào được ghi nhận.", "No events are recorded for this period and these filters.").In(lang)
			return drawn{card: c, body: "standings"}
		}
		view := []standings{
			v.sharesOf(lang, text("Hình thức tổ chức", "Format").In(lang), s.format, s.formatBefore),
			v.sharesOf(lang, text("Vào cửa", "Admission").In(lang), s.access, s.accessBefore),
		}
		c.Title = sharesTitle(lang, s)
		c.Table = v.eventSharesTable(lang, s)
		c.Summary = c.Title + "."
		return drawn{card: c, body: "standings", view: view}
	})
}

// shareOf is the part of events that a code has; unknown when nothing is.
func shareOf(a indicators.Answer, code string) indicators.Value {
	total := sumOf(a)
	for _, row := range a.Rows {
		if row.Keys[0].Code == code && row.Values[0].Known && total > 0 {
			return indicators.Value{Number: row.Values[0].Number / total, Known: true}
		}
	}
	return indicators.Value{}
}

func sharesTitle(lang khue.Lang, s eventShares) string {
	free, onsite := shareOf(s.access, "free"), shareOf(s.format, "onsite")
	switch {
	case free.Known && onsite.Known:
		return textf("%[1]s sự kiện tổ chức tại chỗ; %[2]s vào cửa miễn phí", "%[1]s of events are on site; %[2]s are free", locale.Percent(lang, onsite.Number, 0), locale.Percent(lang, free.Number, 0)).In(lang)
	case onsite.Known:
		return textf("%[1]s sự kiện tổ chức tại chỗ", "%[1]s of events are on site", locale.Percent(lang, onsite.Number, 0)).In(lang)
	}
	return ""
}

func (v *visit) sharesOf(lang khue.Lang, heading string, now, before indicators.Answer) standings {
	list := standings{Heading: heading}
	for _, row := range now.Rows {
		share := shareOf(now, row.Keys[0].Code)
		one := placing{Name: briefly(row.Keys[0].Name.In(lang)), Value: "–"}
		if share.Known {
			one.Value, one.Share = locale.Percent(lang, share.Number, 0), round1(100*share.Number)
			one.Note = textf("%[1]s sự kiện", "%[1]s %[2]s", locale.Number(lang, row.Values[0].Number, 0), plural(int(row.Values[0].Number), "event", "events")).In(lang)
		}
		if was := shareOf(before, row.Keys[0].Code); was.Known {
			one.Mark = round1(100 * was.Number)
		}
		if len(row.Values) > 1 && row.Values[1].Known {
			one.Note = dotted(one.Note, textf("%[1]s lượt tại chỗ", "%[1]s on-site visits", locale.Compact(lang, row.Values[1].Number, 0)).In(lang))
		}
		list.Rows = append(list.Rows, one)
	}
	return list
}

func (v *visit) eventSharesTable(lang khue.Lang, s eventShares) *table {
	t := &table{
		Caption: text("Sự kiện theo hình thức và vào cửa", "Events by format and admission").In(lang),
		Head: []string{
			text("Loại", "Kind").In(lang), columnOf(s.format, "events").Label.In(lang), text("Tỷ trọng", "Share").In(lang),
			columnOf(s.format, "visitors").Label.In(lang),
		},
	}
	compared := len(s.formatBefore.Rows) > 0
	if compared {
		t.Head = append(t.Head, text("Tỷ trọng ", "Share, ").In(lang)+v.frame.beforeName(lang))
	}
	for _, one := range []struct {
		heading     khue.Text
		now, before indicators.Answer
	}{{text("Hình thức", "Format"), s.format, s.formatBefore}, {text("Vào cửa", "Admission"), s.access, s.accessBefore}} {
		for i, row := range one.now.Rows {
			r := tableRow{Cells: []cell{named(one.heading.In(lang) + ": " + row.Keys[0].Name.In(lang)), counted(lang, row.Values[0], 0).linked(whyOf(one.now, i, 0)), percentCell(lang, shareOf(one.now, row.Keys[0].Code))}}
			visits := cell{Text: "–", Number: true}
			if len(row.Values) > 1 {
				visits = counted(lang, row.Values[1], 0).linked(whyOf(one.now, i, 1))
			}
			r.Cells = append(r.Cells, visits)
			if compared {
				r.Cells = append(r.Cells, percentCell(lang, shareOf(one.before, row.Keys[0].Code)))
			}
			t.Rows = append(t.Rows, r)
		}
	}
	return t
}

// percentCell is a share from 0 to 1.
func percentCell(lang khue.Lang, share indicators.Value) cell {
	if !share.Known {
		return cell{Text: "–", Number: true}
	}
	return cell{Text: locale.Percent(lang, share.Number, 1), Number: true, raw: counted(lang, share, 4).raw}
}
