package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// fewestOfCohort is how many members a cohort needs for a share of it to mean
// something: in a smaller one a single member is more than a fifth.
const fewestOfCohort = 5

// mostCohorts are the rows of the chart, the newest; the table has all.
const mostCohorts = 12

// retention is what part of each quarter's newcomers is active in the quarters since.
type retention struct {
	did     indicators.MembershipAnswer
	rows    []cohortRow
	current khue.Period // the quarter of today
}

type cohortRow struct {
	quarter khue.Period
	members int64
	cells   []cohortCell // by quarters since acceptance, up to today's
}

type cohortCell struct {
	active  int64
	partial bool // the quarter is not over or not fully reported
	known   bool // activities are in for some of it
}

func (r cohortRow) few() bool { return r.members < fewestOfCohort }

func (r cohortRow) share(since int) float64 {
	return float64(r.cells[since].active) / float64(r.members)
}

func (v *visit) gatherRetention(ctx context.Context) (retention, error) {
	did, err := v.membership(ctx, khue.Quarter)
	if err != nil {
		return retention{}, err
	}
	return retentionOf(did, v.frame.today, v.reportedUntil()), nil
}

func retentionOf(did indicators.MembershipAnswer, today, reported time.Time) retention {
	r := retention{did: did, current: khue.PeriodOf(today, khue.Quarter)}
	for _, c := range did.Cohorts {
		row := cohortRow{quarter: c.Quarter, members: c.Members}
		for q := c.Quarter; !q.Start().After(r.current.Start()); q = q.Shift(1) {
			row.cells = append(row.cells, cohortCell{
				active: c.Periods[q].Active, partial: q.End().After(reported), known: !did.Until.IsZero() && !q.Start().After(did.Until),
			})
		}
		r.rows = append(r.rows, row)
	}
	return r
}

// over adds up the cohorts that are large enough and have a whole quarter so many
// quarters after acceptance.
func (r retention) over(since int) (active, members int64) {
	for _, row := range r.rows {
		if !row.few() && since < len(row.cells) && row.cells[since].known && !row.cells[since].partial {
			active, members = active+row.cells[since].active, members+row.members
		}
	}
	return active, members
}

// furthest is the most quarters since acceptance for which at least half of the
// members in large enough cohorts can be counted; 0 when there is none.
func (r retention) furthest() int {
	var all int64
	longest := 0
	for _, row := range r.rows {
		longest = max(longest, len(row.cells))
		if !row.few() {
			all += row.members
		}
	}
	for since := longest; since > 0; since-- {
		if _, members := r.over(since); members > 0 && 2*members >= all {
			return since
		}
	}
	return 0
}

func (v *visit) drawRetention(lang khue.Lang, r retention) drawn {
	c := card{
		Subtitle: text("Phần trăm số được chấp thuận trong một quý có ít nhất một hoạt động trong từng quý sau đó; bên trái là quý được chấp thuận và số thành viên",
			"Percent of those accepted in a quarter with at least one activity in each quarter since; on the left the quarter of acceptance and its members").In(lang),
		Source: v.registerSource(lang, "members", "active_members"), Evidence: []evidence{v.membershipEvidence(lang, r.did)},
		Chart: v.fileOf(lang, "network-retention"), CSV: v.fileOf(lang, "network-retention.csv"),
	}
	if len(r.rows) == 0 {
		c.Chart, c.Empty = "", text("Sổ thành viên chưa có ai được chấp thuận với bộ lọc này.", "Nobody in the register has been accepted with these filters.").In(lang)
		return drawn{card: c}
	}
	if since := r.furthest(); since > 0 {
		active, members := r.over(since)
		share := locale.Percent(lang, float64(active)/float64(members), 0)
		c.Title = textf("%[1]s quý sau khi được chấp thuận, %[3]s thành viên vẫn hoạt động", "%[2]s after acceptance %[3]s of members are still active",
			capital(spell(khue.Vietnamese, since)), capital(spell(khue.English, since))+" "+plural(since, "quarter", "quarters"), share).In(lang)
	}
	c.Notes = []string{
		textf("Nơi đã rời Mạng lưới vẫn nằm trong mẫu số. Quý 0 chỉ tính từ ngày được chấp thuận. Quý có dưới %[1]d thành viên chỉ ghi số đếm, không tô màu; quý chưa hết hoặc chưa đủ số liệu được gạch chéo và không tính vào trung bình.",
			"Those who left stay in the denominator. Quarter 0 counts from the day of acceptance only. A quarter with fewer than %[1]d members shows counts and has no colour; a quarter that is not over or not fully reported is hatched and is in no average.", fewestOfCohort).In(lang),
		text("Gồm mọi quý đến nay, không theo kỳ đang chọn.", "All quarters until now, whatever period is chosen.").In(lang),
	}
	c.Table = r.table(lang, c.Subtitle)
	c.Summary = text("Bản đồ nhiệt. ", "Heat map. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return r.option(lang) }}
}

func (r retention) table(lang khue.Lang, caption string) *table {
	t := &table{Caption: caption, Head: []string{text("Quý được chấp thuận", "Quarter of acceptance").In(lang), text("Thành viên", "Members").In(lang)}}
	longest := 0
	for _, row := range r.rows {
		longest = max(longest, len(row.cells))
	}
	for since := range longest {
		t.Head = append(t.Head, textf("sau %d quý", "after %d q.", since).In(lang))
	}
	for _, row := range r.rows {
		line := tableRow{Cells: []cell{named(locale.PeriodLabel(lang, row.quarter)), whole(lang, row.members)}}
		for since := range longest {
			line.Cells = append(line.Cells, row.cell(lang, since))
		}
		if row.few() {
			line.Note = text("quá ít thành viên để nói theo phần trăm", "too few members for a percentage").In(lang)
		}
		t.Rows = append(t.Rows, line)
	}
	mean := tableRow{Cells: []cell{named(text("Các quý đủ lớn, quý đã trọn", "Large enough cohorts, whole quarters").In(lang)), {Text: "–", Number: true}}}
	for since := range longest {
		if active, members := r.over(since); members > 0 {
			mean.Cells = append(mean.Cells, percent(lang, float64(active)/float64(members)))
		} else {
			mean.Cells = append(mean.Cells, cell{Text: "–", Number: true})
		}
	}
	t.Rows = append(t.Rows, mean)
	return t
}

// cell is a share, or a count of few; a star marks a quarter that is not whole.
func (r cohortRow) cell(lang khue.Lang, since int) cell {
	if since >= len(r.cells) || !r.cells[since].known {
		return cell{Text: "–", Number: true}
	}
	out := percent(lang, r.share(since))
	if r.few() {
		out = cell{Text: r.counts(since), Number: true, raw: r.counts(since)}
	}
	if r.cells[since].partial {
		out.Text += "*"
	}
	return out
}

func (r cohortRow) counts(since int) string {
	return fmt.Sprintf("%d/%d", r.cells[since].active, r.members)
}

func (r retention) option(lang khue.Lang) (json.RawMessage, error) {
	rows := r.rows[max(len(r.rows)-mostCohorts, 0):]
	h := charts.Heat{Lang: lang, FontFamily: screenFont, Along: text("số quý kể từ khi được chấp thuận", "quarters since acceptance").In(lang)}
	for i, row := range rows {
		h.Rows = append(h.Rows, fmt.Sprintf("%s · %s", locale.PeriodLabel(lang, row.quarter), locale.Number(lang, float64(row.members), 0)))
		for since, c := range row.cells {
			for len(h.Columns) <= since {
				h.Columns = append(h.Columns, fmt.Sprint(len(h.Columns)))
			}
			if !c.known {
				continue
			}
			one := charts.HeatCell{Column: since, Row: i, Share: row.share(since), Few: row.few(), Partial: c.partial, Label: locale.Percent(lang, row.share(since), 0)}
			if row.few() {
				one.Label = row.counts(since)
			}
			q := row.quarter.Shift(since)
			one.Name = textf("%[1]s: %[3]d trên %[4]d thành viên được chấp thuận %[2]s có hoạt động", "%[1]s: %[3]d of %[4]d members accepted in %[2]s were active",
				capital(locale.PeriodName(lang, q)), locale.PeriodName(lang, row.quarter), c.active, row.members).In(lang)
			if c.partial {
				one.Name += text(" (quý chưa trọn)", " (not a whole quarter)").In(lang)
			}
			h.Cells = append(h.Cells, one)
		}
	}
	return charts.HeatMap(h)
}
