package dashboards

import (
	"context"
	"net/url"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// freshness is how far every dataset reaches and how the sources that feed it are.
type freshness struct {
	datasets []indicators.Freshness
	sources  []Source // nil where the site has no books of them
	today    time.Time
	now      time.Time
}

func (v *visit) gatherFreshness(ctx context.Context) (freshness, error) {
	f := freshness{datasets: v.fresh, today: v.frame.today, now: v.site.now()}
	if v.freshErr != nil {
		return f, v.freshErr
	}
	if v.site.data == nil {
		return f, nil
	}
	var err error
	if f.sources, err = v.site.data.Sources(ctx); f.sources == nil {
		f.sources = []Source{}
	}
	return f, err
}

// lastPulled is when the newest figures of any dataset came.
func (f freshness) lastPulled() time.Time {
	var last time.Time
	for _, d := range f.datasets {
		if d.LastPulled.After(last) {
			last = d.LastPulled
		}
	}
	return last
}

// tally counts failing and late sources, or old datasets where sources are not
// known, and the rows that wait.
func (f freshness) tally() (failing, late, held int) {
	for _, d := range f.datasets {
		held += int(d.Quarantined)
		if f.sources == nil && !d.LastPulled.IsZero() && f.now.Sub(d.LastPulled) > staleAfter {
			late++
		}
	}
	for _, s := range f.sources {
		switch {
		case s.Failure.EN != "":
			failing++
		case !s.OverdueFrom.IsZero():
			late++
		}
	}
	return failing, late, held
}

func (f freshness) stalled() int {
	n := 0
	for _, d := range f.datasets {
		if f.behind(d) {
			n++
		}
	}
	return n
}

// behind tells that a dataset's own days stop although it is pulled: of what flows
// in daily nothing of the last days is there; of monthly figures the newest month
// that had its days to come in is missing. Registers say nothing on days when
// nothing changes.
func (f freshness) behind(d indicators.Freshness) bool {
	if d.DataUntil.IsZero() {
		return false
	}
	switch d.Dataset {
	case "attendance", "events", "activities":
		return d.DataUntil.AddDate(0, 0, 1+graceDays).Before(f.today)
	case "discipline_statistics":
		due := khue.PeriodOf(f.today.AddDate(0, 0, -indicators.LateAfterDays), khue.Month).Shift(-1)
		return d.DataUntil.Before(due.Start())
	}
	return false
}

// qualityLine is one dataset as the card shows it.
type qualityLine struct {
	Label                    string
	Mark                     status
	Why                      string // what is wrong, in words
	Until, Age               string
	Pulled, Ago, Due, DueAgo string
	Sources                  []sourceMark
}

// sourceMark is a source beside the dataset that it feeds.
type sourceMark struct {
	Label, Address string
	Fault          string // in a word; "" when it is well
}

// lineOf puts one dataset in words: the worst that can be said of it counts.
func (v *visit) qualityLineOf(lang khue.Lang, f freshness, d indicators.Freshness) qualityLine {
	l := qualityLine{Label: d.Label.In(lang), Until: "–", Pulled: text("chưa bao giờ", "never").In(lang), Due: "–", Mark: status{"good", text("Đúng hạn", "On time").In(lang)}}
	if !d.DataUntil.IsZero() {
		l.Until, l.Age = locale.Date(lang, d.DataUntil), daysAgo(lang, f.today, d.DataUntil)
	}
	if !d.LastPulled.IsZero() {
		l.Pulled, l.Ago = locale.Moment(lang, d.LastPulled.In(v.site.zone)), v.site.ago(lang, d.LastPulled)
	}
	switch {
	case d.LastPulled.IsZero():
		l.Mark = status{"unknown", text("Chưa kéo", "Not pulled").In(lang)}
	case f.behind(d):
		l.Mark, l.Why = status{"attention", text("Không có mới", "Nothing new").In(lang)}, text("Vẫn kéo được nhưng nguồn không có số liệu mới hơn.", "Pulls succeed, but the source has nothing newer.").In(lang)
	case f.sources == nil && f.now.Sub(d.LastPulled) > staleAfter:
		l.Mark, l.Why = status{"attention", text("Cũ", "Old").In(lang)}, text("Đã quá hai ngày chưa kéo.", "Not pulled for more than two days.").In(lang)
	}
	v.addSources(lang, f, d, &l)
	return l
}

// addSources adds the sources of a dataset, and what is wrong with them.
func (v *visit) addSources(lang khue.Lang, f freshness, d indicators.Freshness, l *qualityLine) {
	var due time.Time
	for _, s := range f.sources {
		if !slices.Contains(s.Datasets, d.Dataset) {
			continue
		}
		one := sourceMark{Label: s.Label.In(lang), Address: address(runsPath, url.Values{sourceName: {s.Name}, datasetName: {d.Dataset}}, "")}
		if one.Label == "" {
			one.Label = s.Name
		}
		said, why := v.site.sourceStatus(lang, s)
		switch {
		case said.Tone == "bad":
			one.Fault = said.Word
			l.Mark, l.Why = said, why
		case said.Tone == "attention":
			one.Fault = said.Word
			if l.Mark.Tone != "bad" {
				l.Mark, l.Why = said, why
			}
		}
		l.Sources = append(l.Sources, one)
		for _, at := range []time.Time{s.OverdueFrom, s.NextDue} {
			if !at.IsZero() && (due.IsZero() || at.Before(due)) {
				due = at
			}
		}
	}
	switch {
	case due.IsZero():
	case due.After(f.now):
		l.Due, l.DueAgo = v.site.moment(lang, due), v.site.ahead(lang, due)
	default:
		l.Due, l.DueAgo = v.site.moment(lang, due), v.site.ago(lang, due)
	}
}

// daysAgo says how old a calendar day is.
func daysAgo(lang khue.Lang, today, day time.Time) string {
	switch n := int(today.Sub(day) / (24 * time.Hour)); {
	case n <= 0:
		return text("hôm nay", "today").In(lang)
	case n == 1:
		return text("hôm qua", "yesterday").In(lang)
	default:
		return textf("%[1]s ngày trước", "%[2]s days ago", locale.Number(khue.Vietnamese, float64(n), 0), locale.Number(khue.English, float64(n), 0)).In(lang)
	}
}

func (v *visit) drawFreshness(lang khue.Lang, f freshness) drawn {
	c := card{
		Subtitle: text("Mỗi bộ dữ liệu: số liệu đến ngày nào, kéo lần cuối lúc nào, lần tới lúc nào", "Each dataset: the day its data reach, when it was last pulled and when it is next due").In(lang),
		Source:   qualitySource(lang, "sổ lô dữ liệu và sổ công việc", "the books of batches and jobs"),
	}
	var lines []qualityLine
	var troubled []string
	never := 0
	t := &table{Caption: c.Subtitle, Head: []string{
		text("Bộ dữ liệu", "Dataset").In(lang), text("Tình trạng", "State").In(lang), text("Số liệu đến", "Data until").In(lang), text("Kéo lần cuối", "Last pull").In(lang),
		text("Hạn kéo", "Pull due").In(lang), text("Số dòng", "Rows").In(lang),
	}}
	for _, d := range f.datasets {
		l := v.qualityLineOf(lang, f, d)
		lines = append(lines, l)
		if l.Mark.Tone == "unknown" {
			never++
		}
		if l.Mark.Tone == "attention" || l.Mark.Tone == "bad" {
			troubled = append(troubled, l.Label)
		}
		t.Rows = append(t.Rows, tableRow{Cells: []cell{named(l.Label), named(l.Mark.Word), named(l.Until), named(l.Pulled), named(l.Due), whole(lang, d.Rows)}, Note: l.Why})
	}
	c.Table = t
	switch {
	case len(troubled) > 3:
		c.Title = textf("%[1]d trên %[2]d bộ dữ liệu chậm hoặc hỏng", "%[1]d of %[2]d datasets are late or failing", len(troubled), len(lines)).In(lang)
	case len(troubled) > 0 && never == 0:
		c.Title = textf("Chậm hoặc hỏng: %s; các bộ khác đúng hạn", "Late or failing: %s; the others are on time", listed(lang, troubled)).In(lang)
	case len(troubled) > 0:
		c.Title = textf("Chậm hoặc hỏng: %s", "Late or failing: %s", listed(lang, troubled)).In(lang)
	default:
		c.Title = text("Không bộ dữ liệu nào chậm", "No dataset is late").In(lang)
	}
	if never > 0 {
		c.Title += textf("; %[1]d bộ chưa kéo lần nào", "; %[1]d never pulled", never).In(lang)
	}
	c.Summary = c.Title + "."
	return drawn{card: c, body: "qualityfresh", view: lines}
}
