package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/dashboards"
	"khue/indicators/definitionfile"
)

// Data tells of sources and runs, as the pages show them. *dashboards.Data is one.
type Data interface {
	Sources(ctx context.Context) ([]dashboards.Source, error)
	Runs(ctx context.Context, q dashboards.RunQuery) ([]dashboards.Run, int64, error)
}

// Source is a source system and how its pulls went. Why a pull failed is told on the
// pages of those who run it: causes may speak of addresses and of records.
type Source struct {
	Name        string     `json:"name"`
	Label       khue.Text  `json:"label"`
	Kind        string     `json:"kind"`
	Datasets    []string   `json:"datasets"`
	Simulated   bool       `json:"simulated"`
	Schedule    string     `json:"schedule,omitempty"`
	LastSuccess *time.Time `json:"last_success,omitempty"`
	NextDue     *time.Time `json:"next_due,omitempty"`
	OverdueFrom *time.Time `json:"overdue_from,omitempty" description:"The earliest due time that no pull has met."`
	FailedAt    *time.Time `json:"failed_at,omitempty" description:"When the newest pull failed; absent when it did not."`
	Running     bool       `json:"running"`
	RowsRead    int64      `json:"rows_read" description:"By the newest pull that ended well."`
	Quarantined int64      `json:"quarantined" description:"Rows that were refused and are not settled."`
}

// Run is one batch: what was read of a dataset and what it changed.
type Run struct {
	Batch      string     `json:"batch"`
	Source     string     `json:"source"`
	Dataset    string     `json:"dataset"`
	Outcome    string     `json:"outcome" enum:"done,faulty,failed,running"`
	StartedAt  time.Time  `json:"started_at"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	RecordedAt *time.Time `json:"recorded_at,omitempty"`
	Reading    string     `json:"reading,omitempty" description:"Why it read what it did; absent for a regular pull."`
	Read       int64      `json:"read"`
	Accepted   int64      `json:"accepted"`
	Rejected   int64      `json:"rejected"`
	Duplicates int64      `json:"duplicates"`
	Added      int64      `json:"added"`
	Corrected  int64      `json:"corrected"`
	Retracted  int64      `json:"retracted"`
	Unchanged  int64      `json:"unchanged"`
}

var outcomes = []string{string(dashboards.RunDone), string(dashboards.RunFaulty), string(dashboards.RunFailed), string(dashboards.RunRunning)}

func (a *API) dataRoutes() []route {
	if a.Data == nil {
		return nil
	}
	return []route{
		{method: http.MethodGet, path: Prefix + "/sources", handler: a.sources, tag: "data", name: "sources", about: khue.Text{VI: "Nguồn dữ liệu", EN: "Sources of data"}, takes: slices.Clone(pagingParameters), gives: Page[Source]{}},
		{
			method: http.MethodGet, path: Prefix + "/runs", handler: a.runs, tag: "data", name: "runs", about: khue.Text{VI: "Các lần nạp, mới nhất trước", EN: "Runs, the newest first"}, gives: Page[Run]{},
			takes: slices.Concat(pagingParameters, []parameter{
				{name: "source", about: khue.Text{VI: "Tên nguồn.", EN: "Name of a source."}},
				{name: "dataset", about: khue.Text{VI: "Tên bộ dữ liệu.", EN: "Name of a dataset."}},
				{name: "outcome", allowed: outcomes, about: khue.Text{VI: "Kết cục.", EN: "How it ended."}},
				{name: "from", about: khue.Text{VI: "Bắt đầu từ kỳ này.", EN: "Began in this period or later."}},
				{name: "to", about: khue.Text{VI: "Bắt đầu muộn nhất trong kỳ này.", EN: "Began in this period or earlier."}},
			}),
		},
	}
}

func (a *API) sources(c *gin.Context) {
	all, err := a.Data.Sources(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return
	}
	out := make([]Source, len(all))
	for i, s := range all {
		out[i] = Source{
			Name: s.Name, Label: s.Label, Kind: s.Kind, Datasets: append([]string{}, s.Datasets...), Simulated: s.Simulated, Schedule: s.Schedule,
			LastSuccess: moment(s.LastSuccess), NextDue: moment(s.NextDue), OverdueFrom: moment(s.OverdueFrom), FailedAt: moment(s.FailedAt),
			Running: s.Running, RowsRead: s.RowsRead, Quarantined: s.Quarantined,
		}
	}
	page, err := pageOf(c, out, "")
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.givePage(c, page, page.Next)
}

// runs lists those that had begun when the first page was asked for, so that pages
// fit together although new ones begin.
func (a *API) runs(c *gin.Context) {
	q, faults := a.runsAsked(c)
	limit, at, err := pageAsked(c, c.FullPath()+"?"+q.Source+"&"+q.Dataset+"&"+string(q.Outcome)+"&"+c.Query("from")+"&"+c.Query("to"))
	if err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		_ = c.Error(faults)
		return
	}
	if at.Until == 0 {
		at.Until = a.Now().UnixMilli()
	}
	if until := time.UnixMilli(at.Until + 1); q.To.IsZero() || q.To.After(until) {
		q.To = until
	}
	q.Limit, q.Offset = limit, at.Offset
	runs, total, err := a.Data.Runs(c.Request.Context(), q)
	if err != nil {
		_ = c.Error(err)
		return
	}
	page := Page[Run]{Items: []Run{}, Total: total}
	for _, r := range runs {
		page.Items = append(page.Items, runOf(r))
	}
	if end := at.Offset + len(runs); len(runs) > 0 && int64(end) < total {
		at.Offset = end
		page.Next = at.String()
	}
	a.givePage(c, page, page.Next)
}

func (a *API) runsAsked(c *gin.Context) (q dashboards.RunQuery, faults faultList) {
	q.Source, q.Dataset, q.Outcome = c.Query("source"), c.Query("dataset"), dashboards.RunOutcome(c.Query("outcome"))
	if q.Outcome != "" && !slices.Contains(outcomes, string(q.Outcome)) {
		faults = append(faults, khue.Errorf(khue.Invalid, "không có kết cục %[1]q; có: %[2]s", "there is no outcome %[1]q; there are: %[2]s", short(string(q.Outcome)), strings.Join(outcomes, ", ")).Coded("unknown_outcome", "outcome"))
	}
	if q.Dataset != "" {
		if _, known := khue.DatasetOf(q.Dataset); !known {
			hint := definitionfile.Suggestion(q.Dataset, datasetNames())
			faults = append(faults, khue.Errorf(khue.Invalid, "không có bộ dữ liệu %[1]q; %[2]s", "there is no dataset %[1]q; %[3]s", short(q.Dataset), hint.VI, hint.EN).Coded("unknown_dataset", "dataset"))
		}
	}
	for _, side := range []struct {
		name string
		into *time.Time
		of   func(khue.Period) time.Time
	}{{"from", &q.From, khue.Period.Start}, {"to", &q.To, khue.Period.End}} {
		text := c.Query(side.name)
		if text == "" {
			continue
		}
		p, err := khue.ParsePeriod(text)
		if err != nil {
			faults = append(faults, coded(err, "bad_period", side.name))
			continue
		}
		y, m, d := side.of(p).Date()
		*side.into = time.Date(y, m, d, 0, 0, 0, 0, a.Zone)
	}
	return q, faults
}

func datasetNames() []string {
	var out []string
	for _, d := range khue.Datasets() {
		out = append(out, d.Name)
	}
	return out
}

func runOf(r dashboards.Run) Run {
	return Run{
		Batch: r.Batch, Source: r.Source, Dataset: r.Dataset, Outcome: string(r.Said()), StartedAt: r.StartedAt, EndedAt: moment(r.EndedAt), RecordedAt: moment(r.RecordedAt),
		Reading: r.Reading, Read: r.Read, Accepted: r.Accepted, Rejected: r.Rejected, Duplicates: r.Duplicates,
		Added: r.Added, Corrected: r.Corrected, Retracted: r.Retracted, Unchanged: r.Unchanged,
	}
}
