package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/dashboards"
	"khue/state"
)

// Reports are those that can be made and those that were. *dashboards.Reports is one.
type Reports interface {
	Kinds() []dashboards.ReportKind
	Lines(ctx context.Context) ([]state.ReportLine, error)
	Report(ctx context.Context, id int64) (state.Report, error)
	Confidential(r state.Report) bool
}

// Report is an issued report with its files.
type Report struct {
	ID         int64          `json:"id"`
	Definition string         `json:"definition"`
	Title      khue.Text      `json:"title"`
	Period     string         `json:"period"`
	Parameters map[string]any `json:"parameters"`
	Number     string         `json:"number" description:"As the office's clerk gave it."`
	Version    int            `json:"version" description:"From 1 on, of the same report."`
	IssuedAt   time.Time      `json:"issued_at"`
	AsOf       time.Time      `json:"as_of" description:"The moment whose knowledge its figures hold."`
	Page       string         `json:"page"`
	Files      []ReportFile   `json:"files"`
}

// ReportFile is a file of an issued report; its bytes never change.
type ReportFile struct {
	Language  string `json:"language"`
	Format    string `json:"format"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
	Size      int64  `json:"size"`
	Link      string `json:"link"`
}

func (a *API) reportRoutes() []route {
	if a.Reports == nil {
		return nil
	}
	return []route{{
		method: http.MethodGet, path: Prefix + "/reports", handler: a.reports, tag: "reports", name: "reports",
		about: khue.Text{VI: "Báo cáo đã ban hành, mới nhất trước, kèm tệp", EN: "Issued reports with their files, the newest first"},
		takes: slices.Concat(pagingParameters, []parameter{
			{name: "definition", about: khue.Text{VI: "Loại báo cáo.", EN: "Kind of report."}},
			{name: "period", about: khue.Text{VI: "Kỳ của báo cáo.", EN: "Period of the report."}},
		}),
		gives: Page[Report]{},
	}}
}

func (a *API) reports(c *gin.Context) {
	period := c.Query("period")
	if period != "" {
		if _, err := khue.ParsePeriod(period); err != nil {
			_ = c.Error(coded(err, "bad_period", "period"))
			return
		}
	}
	lines, err := a.Reports.Lines(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return
	}
	issued := []state.ReportLine{}
	for _, l := range lines {
		hidden := !a.ConfidentialReports(c) && a.Reports.Confidential(state.Report{ID: l.ID, Definition: l.Definition, Parameters: l.Parameters})
		if l.Version == 0 || hidden || (period != "" && l.Period != period) || (c.Query("definition") != "" && l.Definition != c.Query("definition")) {
			continue
		}
		issued = append(issued, l)
	}
	found, err := pageOf(c, issued, "")
	if err != nil {
		_ = c.Error(err)
		return
	}
	page := Page[Report]{Items: []Report{}, Total: found.Total, Next: found.Next}
	for _, l := range found.Items {
		r, err := a.Reports.Report(c.Request.Context(), l.ID)
		if err != nil {
			_ = c.Error(err)
			return
		}
		page.Items = append(page.Items, a.report(r))
	}
	a.givePage(c, page, page.Next)
}

func (a *API) report(r state.Report) Report {
	at := a.Site + "/reports/" + strconv.FormatInt(r.ID, 10)
	out := Report{ID: r.ID, Definition: r.Definition, Title: khue.Text{VI: r.Definition}, Period: r.Period, Parameters: map[string]any{}, AsOf: r.Build.AsOf.In(a.Zone), Page: at, Files: []ReportFile{}}
	for _, k := range a.Reports.Kinds() {
		if k.ID == r.Definition {
			out.Title = k.Title
		}
	}
	_ = json.Unmarshal([]byte(r.Parameters), &out.Parameters) // canonical JSON of our own
	if r.Issue != nil {
		out.Number, out.Version, out.IssuedAt = r.Issue.Number, r.Issue.Version, r.Issue.IssuedAt.In(a.Zone)
	}
	for _, f := range r.Build.Files {
		out.Files = append(out.Files, ReportFile{
			Language: f.Language, Format: f.Format, Name: f.Name, MediaType: f.MediaType, SHA256: f.SHA256, Size: f.Size, Link: at + "/files/" + f.Language + "/" + f.Format,
		})
	}
	return out
}
