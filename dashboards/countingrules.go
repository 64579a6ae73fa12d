package dashboards

import (
	"context"
	"fmt"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// countings are the period's figures by discipline under each rule of counting.
type countings struct {
	rules []indicators.Answer // in the order of countingRules
	total indicators.Answer   // without disciplines
}

// countingRules are the rules with what each means.
var countingRules = []struct {
	rule  indicators.Counting
	name  khue.Text
	means khue.Text
}{
	{
		indicators.CountMain, text("Lĩnh vực chính", "Main discipline"),
		text("Mỗi %[1]s chỉ tính vào lĩnh vực ghi đầu tiên. Các lĩnh vực cộng lại đúng bằng tổng.", "Each %[1]s counts under the first discipline it names. The parts add up to the total."),
	},
	{
		indicators.CountEach, text("Mọi lĩnh vực", "Every discipline"),
		text("Tính trọn ở từng lĩnh vực được ghi, cho biết bao nhiêu %[1]s có chạm tới lĩnh vực ấy. Cộng lại lớn hơn tổng.", "A whole %[1]s counts under every discipline it names, which tells how many touch each. The parts exceed the total."),
	},
	{
		indicators.CountFractional, text("Chia đều", "Divided evenly"),
		text("Một %[1]s ghi hai lĩnh vực thì tính mỗi nơi một nửa. Các lĩnh vực cộng lại đúng bằng tổng.", "One %[1]s of two disciplines counts one half under each. The parts add up to the total."),
	},
}

func (v *visit) gatherCounting(ctx context.Context) (countings, error) {
	fr := v.frame
	fr.filter.discipline = ""
	questions := []indicators.Question{fr.question(fr.shown, nil, fr.filter.measureOr(disciplineMeasure))}
	for _, r := range countingRules {
		q := v.disciplineQuestion(fr.shown, disciplineName)
		if q.Counting = r.rule; r.rule == indicators.CountMain {
			q.Counting = ""
		}
		questions = append(questions, q)
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return countings{}, err
	}
	return countings{answers[1:], answers[0]}, nil
}

// thingOf is what names its disciplines: of visits, the event.
func thingOf(measure string) khue.Text {
	switch measure {
	case "activities":
		return text("hoạt động", "activity")
	case "members":
		return text("thành viên", "member")
	}
	return text("sự kiện", "event")
}

// ruleView is one rule as the card shows it.
type ruleView struct {
	Name, Means, Sum, Lead, Link string
	Chosen                       bool
}

func (v *visit) drawCounting(lang khue.Lang, x countings) drawn {
	measure := v.frame.filter.measureOr(disciplineMeasure)
	c := card{ID: "counting", CSV: v.addressOf(lang, "counting.csv"), Source: v.sourceLine(lang, x.total), Evidence: []evidence{v.evidenceOf(lang, x.total)}}
	total := indicators.Value{}
	if len(x.total.Rows) > 0 {
		total = x.total.Rows[0].Values[0]
	}
	if !total.Known || total.Number == 0 {
		c.Empty = text("Kỳ và bộ lọc này chưa có số liệu.", "There are no figures for this period and these filters.").In(lang)
		return drawn{card: c, body: "countingrules"}
	}
	c.Subtitle = capital(wholeOf(measure).In(lang)) + " " + spanIn(lang, v.frame.shown) + ": " + exact(lang, total, 0)
	c.Table = &table{Caption: c.Subtitle, Head: []string{text("Lĩnh vực", "Discipline").In(lang)}}
	var views []ruleView
	sums := map[indicators.Counting]float64{}
	for i, r := range countingRules {
		a := x.rules[i]
		parts := partsOf(a, indicators.Answer{})
		sums[r.rule] = totalOf(parts)
		decimals := a.Columns[len(a.Columns)-1].Decimals
		view := ruleView{Name: r.name.In(lang), Means: fmt.Sprintf(r.means.In(lang), thingOf(measure).In(lang)), Chosen: v.frame.filter.picks.counting == string(r.rule) || v.frame.filter.picks.counting == "" && i == 0}
		view.Sum = textf("Cộng các lĩnh vực: %s", "Sum of the disciplines: %s", locale.Number(lang, sums[r.rule], 0)).In(lang)
		if len(parts) > 0 {
			view.Lead = parts[0].key.Name.In(lang) + ": " + exact(lang, parts[0].now, decimals)
		}
		f := v.frame.filter
		if f.picks.counting = string(r.rule); i == 0 {
			f.picks.counting = ""
		}
		view.Link = address(disciplinesPath, f.query(), "")
		views = append(views, view)
		c.Table.Head = append(c.Table.Head, view.Name)
	}
	c.Table.Rows = x.rows(lang)
	several := sums[indicators.CountEach] > sums[indicators.CountMain]
	c.Title = text("Mỗi bản ghi chỉ có một lĩnh vực: ba cách tính cho cùng kết quả", "Every record has one discipline: the three rules agree").In(lang)
	if several {
		more := sums[indicators.CountEach]/sums[indicators.CountMain] - 1
		c.Title = textf("Tính ở mọi lĩnh vực thì cộng lại hơn tổng %s", "Counted under every discipline, the parts exceed the total by %s", locale.Percent(lang, more, 0)).In(lang)
	}
	return drawn{card: c, body: "countingrules", view: views}
}

// rows are the disciplines with their figure under each rule.
func (x countings) rows(lang khue.Lang) []tableRow {
	var out []tableRow
	for _, p := range partsOf(x.rules[0], indicators.Answer{}) {
		r := tableRow{Cells: []cell{named(p.key.Name.In(lang))}}
		for _, a := range x.rules {
			decimals, at := a.Columns[len(a.Columns)-1].Decimals, -1
			for i, row := range a.Rows {
				if row.Keys[0].Code == p.key.Code {
					at = i
				}
			}
			if at < 0 {
				r.Cells = append(r.Cells, cell{Text: "–", Number: true})
				continue
			}
			r.Cells = append(r.Cells, counted(lang, a.Rows[at].Values[0], decimals).linked(whyOf(a, at, 0)))
		}
		out = append(out, r)
	}
	return out
}
