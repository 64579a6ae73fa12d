package dashboards

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/locale"
)

// Names of the filters of the pages on data.
const (
	sourceName  = "source"
	datasetName = "dataset"
	outcomeName = "outcome"
	pageName    = "page"
)

// Named stretches of days before now.
const (
	today     = "today"
	lastSeven = "last-7-days"
	lastMonth = "last-30-days"
)

const (
	runsOnPage = 50
	mostPaged  = 2000 // no page lies further back; a filter reaches what does
)

// runFilter is what a reader chose of the runs.
type runFilter struct {
	query  RunQuery
	period string
	page   int // from 1
}

func (s *Site) parseRunFilter(rawQuery string) (runFilter, error) {
	f := runFilter{page: 1}
	values, err := readQuery(rawQuery, sourceName, datasetName, outcomeName, periodName, pageName)
	if err != nil {
		return f, err
	}
	f.query.Source, f.query.Dataset = values.Get(sourceName), values.Get(datasetName)
	if err := checkName(f.query.Source); err != nil {
		return f, err
	}
	if err := checkDataset(f.query.Dataset); err != nil {
		return f, err
	}
	switch o := RunOutcome(values.Get(outcomeName)); o {
	case "", RunDone, RunFaulty, RunFailed, RunRunning:
		f.query.Outcome = o
	default:
		return f, khue.Errorf(khue.Invalid, "Không có kết quả %q; hãy dùng done, faulty, failed hoặc running.",
			"There is no outcome %q; use done, faulty, failed or running.", short(string(o)))
	}
	if err := s.setRunPeriod(&f, values.Get(periodName)); err != nil {
		return f, err
	}
	f.page, err = pageOf(values)
	f.query.Limit, f.query.Offset = runsOnPage, (f.page-1)*runsOnPage
	return f, err
}

func pageOf(values url.Values) (int, error) {
	v := values.Get(pageName)
	if v == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > mostPaged {
		return 1, khue.Errorf(khue.Invalid, "Không có trang số %q; trang là một số từ 1 đến %d.",
			"There is no page number %q; a page is a number from 1 to %d.", short(v), mostPaged)
	}
	return n, nil
}

// setRunPeriod turns a named or written period into moments; days are those of
// the observatory's zone.
func (s *Site) setRunPeriod(f *runFilter, v string) error {
	f.period = v
	day := s.today()
	var from, to time.Time
	switch v {
	case "":
		return nil
	case today:
		from = day
	case lastSeven:
		from = day.AddDate(0, 0, -6)
	case lastMonth:
		from = day.AddDate(0, 0, -29)
	default:
		p, err := khue.ParsePeriod(v)
		if err != nil {
			return khue.Errorf(khue.Invalid, "Không có kỳ %q; hãy viết năm, quý, tháng, tuần hoặc ngày, ví dụ 2026, 2026-Q3, 2026-11, 2026-W47, 2026-11-23.",
				"There is no period %q; write a year, quarter, month, week or day, such as 2026, 2026-Q3, 2026-11, 2026-W47 or 2026-11-23.", short(v))
		}
		f.period, from, to = p.String(), p.Start(), p.End()
	}
	f.query.From = s.midnight(from)
	if !to.IsZero() {
		f.query.To = s.midnight(to)
	}
	return nil
}

// midnight is when a calendar day begins in the observatory's zone.
func (s *Site) midnight(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, s.zone)
}

func (f runFilter) values(page int) url.Values {
	v := url.Values{}
	put(v, sourceName, f.query.Source)
	put(v, datasetName, f.query.Dataset)
	put(v, outcomeName, string(f.query.Outcome))
	put(v, periodName, f.period)
	if page > 1 {
		v.Set(pageName, strconv.Itoa(page))
	}
	return v
}

// put sets a filter that limits something.
func put(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

// runsView is the list of runs.
type runsView struct {
	frameView
	Finding                              string
	Sources, Datasets, Outcomes, Periods []choice
	Changed                              bool
	Runs                                 []runLine
	Paging                               pager
}

// runLine is one run in the list.
type runLine struct {
	Address, Batch                    string
	When, Stamp, Source, Dataset      string
	Status                            status
	Counts                            []count
	Duration, Cause                   string
	CauseLang                         khue.Lang
	SourceRuns, QuarantineOf, Rejects string
}

// count is one figure of a run with its name.
type count struct {
	Name, Label, Value string
	Zero               bool
}

func (s *Site) runsPage(c *gin.Context) {
	lang := langOf(c)
	f, err := s.parseRunFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	n, err := s.names(c.Request.Context(), lang)
	if err != nil {
		_ = c.Error(err)
		return
	}
	runs, total, err := s.findRuns(c, f.query)
	if err != nil {
		_ = c.Error(err)
		return
	}
	view := runsView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, runsPage, runsPath, f.values(f.page), text("Lần chạy", "Runs").In(lang)),
		Sources:   n.sourceChoices(f.query.Source), Datasets: n.datasetChoices(f.query.Dataset),
		Outcomes: outcomeChoices(lang, f.query.Outcome), Periods: s.runPeriods(lang, f.period),
		Changed: len(f.values(1)) > 0,
		Paging:  pagerOf(lang, runsPath, f.page, total, runsOnPage, f.values),
	}
	for _, r := range runs {
		view.Runs = append(view.Runs, s.runLineOf(n, r))
	}
	failing := f.query
	failing.Outcome, failing.Limit, failing.Offset = RunFailed, 0, 0
	failed := int64(0)
	if f.query.Outcome == "" {
		if _, failed, err = s.findRuns(c, failing); err != nil {
			_ = c.Error(err)
			return
		}
	}
	view.Finding = runsFinding(lang, f, total, failed)
	s.show(c, "runs.html", view)
}

func (s *Site) findRuns(c *gin.Context, q RunQuery) ([]Run, int64, error) {
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	runs, total, err := s.data.Runs(ctx, q)
	return runs, total, slow(err)
}

func runsFinding(lang khue.Lang, f runFilter, total, failed int64) string {
	n := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	all := textf("%s lần chạy", "%s "+plural(int(total), "run", "runs"), n(total)).In(lang)
	limited := len(f.values(1)) > 0
	switch {
	case total == 0 && limited:
		return text("Không có lần chạy nào như vậy", "There is no such run").In(lang)
	case total == 0:
		return text("Chưa có lần chạy nào", "There are no runs yet").In(lang)
	case f.query.Outcome != "":
		return all + ": " + outcomeStatus(lang, f.query.Outcome).Word
	case failed > 0:
		return all + ", " + textf("%s lần hỏng", "%s failed", n(failed)).In(lang)
	}
	return all + text(", không lần nào hỏng", ", none failed").In(lang)
}

func (s *Site) runLineOf(n names, r Run) runLine {
	lang := n.lang
	l := runLine{
		Address: runsPath + "/" + url.PathEscape(r.Batch), Batch: r.Batch, Source: n.source(r.Source), Dataset: n.dataset(r.Dataset),
		When: s.moment(lang, r.StartedAt), Stamp: stamp(r.StartedAt), Status: runStatus(lang, r), Cause: r.Cause.In(lang), CauseLang: r.Cause.Speaks(lang),
		Counts: runCounts(lang, r), SourceRuns: address(runsPath, url.Values{sourceName: {r.Source}}, ""),
	}
	switch {
	case r.Outcome == RunRunning:
		l.Duration = lasting(lang, s.now().Sub(r.StartedAt))
	default:
		l.Duration = lasting(lang, r.EndedAt.Sub(r.StartedAt))
	}
	if r.Rejected > 0 {
		l.Rejects = locale.Number(lang, float64(r.Rejected), 0)
		l.QuarantineOf = address(quarantinePath, url.Values{sourceName: {r.Source}, datasetName: {r.Dataset}}, "")
	}
	return l
}

func runCounts(lang khue.Lang, r Run) []count {
	var out []count
	add := func(name, vi, en string, v int64) {
		out = append(out, count{name, text(vi, en).In(lang), locale.Number(lang, float64(v), 0), v == 0})
	}
	add("read", "Đọc", "Read", r.Read)
	add("accepted", "Nhận", "Accepted", r.Accepted)
	add("rejected", "Giữ lại", "Rejected", r.Rejected)
	add("added", "Thêm", "Added", r.Added)
	add("corrected", "Sửa", "Corrected", r.Corrected)
	add("retracted", "Rút", "Retracted", r.Retracted)
	add("unchanged", "Như cũ", "Unchanged", r.Unchanged)
	return out
}

// status is a state in a word with its colour; the mark beside it has a shape of its own.
type status struct{ Tone, Word string }

// Said is the outcome as people are told it: a done run that
// refused rows, or could not read parts of its source, is faulty.
func (r Run) Said() RunOutcome {
	if r.Outcome == RunDone && (r.Rejected > 0 || r.Cause.EN != "") {
		return RunFaulty
	}
	return r.Outcome
}

func runStatus(lang khue.Lang, r Run) status { return outcomeStatus(lang, r.Said()) }

func outcomeStatus(lang khue.Lang, o RunOutcome) status {
	tones := map[RunOutcome]string{RunDone: "good", RunFaulty: "attention", RunFailed: "bad", RunRunning: "going"}
	tone, ok := tones[o]
	if !ok {
		tone = "unknown"
	}
	return status{tone, o.Text().In(lang)}
}

func outcomeChoices(lang khue.Lang, chosen RunOutcome) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), chosen == ""}}
	for _, o := range []RunOutcome{RunDone, RunFaulty, RunFailed, RunRunning} {
		out = append(out, choice{string(o), outcomeStatus(lang, o).Word, chosen == o})
	}
	return out
}

func (s *Site) runPeriods(lang khue.Lang, chosen string) []choice {
	out := []choice{
		{"", text("tất cả", "all").In(lang), chosen == ""},
		{today, text("hôm nay", "today").In(lang), chosen == today},
		{lastSeven, text("7 ngày qua", "last 7 days").In(lang), chosen == lastSeven},
		{lastMonth, text("30 ngày qua", "last 30 days").In(lang), chosen == lastMonth},
	}
	month := khue.PeriodOf(s.today(), khue.Month)
	listed := false
	for i := range 6 {
		p := month.Shift(-i)
		out = append(out, choice{p.String(), locale.PeriodName(lang, p), chosen == p.String()})
	}
	for _, o := range out {
		listed = listed || o.Chosen
	}
	if p, err := khue.ParsePeriod(chosen); !listed && err == nil {
		out = append(out, choice{chosen, locale.PeriodName(lang, p), true})
	}
	return out
}

// pager leads through a long list.
type pager struct {
	Lang               khue.Lang
	Now, Before, After string // After and Before are addresses; "" where the list ends
	Several            bool
}

func pagerOf(lang khue.Lang, path string, page int, total int64, size int, values func(int) url.Values) pager {
	pages := max(int((total+int64(size)-1)/int64(size)), 1)
	p := pager{Lang: lang, Several: pages > 1 || page > 1}
	n := func(v int) string { return locale.Number(lang, float64(v), 0) }
	p.Now = textf("Trang %[1]s trên %[2]s", "Page %[1]s of %[2]s", n(page), n(pages)).In(lang)
	if page > 1 {
		p.Before = address(path, values(min(page-1, pages)), "")
	}
	if page < pages && page < mostPaged {
		p.After = address(path, values(page+1), "")
	}
	return p
}
