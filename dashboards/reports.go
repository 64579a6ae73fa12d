package dashboards

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
	"khue/reports/edited"
	"khue/state"
)

// Reports are those that can be made and those that were, with their life.
type Reports interface {
	// Kinds are the reports that can be made, in the order of their ids.
	Kinds() []ReportKind
	// Lines lists all that were made, the newest first.
	Lines(ctx context.Context) ([]state.ReportLine, error)
	Report(ctx context.Context, id int64) (state.Report, error)
	// File is a kept file; one that was altered since is an error.
	File(ctx context.Context, f state.ReportFile) ([]byte, error)
	// Draft makes a report by what is known now. It takes seconds.
	Draft(ctx context.Context, o ReportOrder, by string) (state.Report, error)
	// Act does an act to a report for somebody who has seen it up to a step; remark is
	// the number of one that is issued. It may take seconds.
	Act(ctx context.Context, act string, id int64, seen int, by, remark string) (state.Report, error)
	// Edit takes back a Word file that people edited, from somebody who has seen the
	// report up to a step.
	Edit(ctx context.Context, id int64, seen int, content []byte, by, remark string) (state.Report, error)
	// Edits tells what people changed in the Word files of a report.
	Edits(ctx context.Context, r state.Report) ([]edited.Report, error)
	// Replaced tells that a file does not go out, since people edited the Word file of
	// its language.
	Replaced(r state.Report, f state.ReportFile) bool
	// Compare tells what two reports of one kind say otherwise, by language.
	Compare(ctx context.Context, was, is state.Report) ([]ReportComparison, error)

	// About is what a report is of beside its kind and its period, in words.
	About(r state.Report, lang khue.Lang) ([]string, error)
	// Confidential tells that a report has figures that a published one withholds.
	Confidential(r state.Report) bool
	Lacks(r state.Report) ([]khue.Text, error)
	StatusText(status string) khue.Text
	ActText(act string) khue.Text
	// Person is a name as it is kept; Invalid when it is none.
	Person(name string) (string, error)

	Downloaded(ctx context.Context, d state.ReportDownload) error
	// Downloads lists the newest first and counts all.
	Downloads(ctx context.Context, id int64, most int) ([]state.ReportDownload, int, error)
	// Deliveries lists to whom an issued report went or is to go, the newest first.
	Deliveries(ctx context.Context, id int64, most int) ([]state.Delivery, error)
}

// ReportKind is a report that can be made.
type ReportKind struct {
	ID           string
	Title        khue.Text
	Grains       []khue.Grain // lengths of the periods that it is made for
	Formats      []string
	NeedsArea    bool
	NeedsEdition bool
}

// ReportOrder says which report is wanted.
type ReportOrder struct {
	Definition    string
	Period        khue.Period
	Languages     []khue.Lang
	Confidential  bool
	Area, Edition string // "" where the kind needs none
}

// ReportComparison is what differs between two reports in one language.
type ReportComparison struct {
	Language string
	Changes  []ReportChange
	Evidence int // values that differ in the annex of evidence
	Values   int // values that differ in all, also in form alone
}

// ReportChange is one difference as readers of the papers find it.
type ReportChange struct {
	Section, Table, Row, Column string // "" where it is in none
	Was, Is                     string // "" where one side has no such thing
	By                          string // how much a number changed
}

// Where the reports are.
const (
	reportsName    = "reports"
	reportsPath    = "/reports"
	newReportPath  = reportsPath + "/new"
	comparePath    = reportsPath + "/compare"
	reportNamePath = reportsPath + "/name"
	reportsStyle   = "reports.css"
)

// The acts as archive and state name them, by the address that does them.
var reportActs = map[string]string{"draft": "redrafted", "submit": "submitted", "approve": "approved", "return": "returned", "issue": "issued", editName: "edited"}

// Formats of kept files that the pages do something with.
const (
	htmlFormat  = "html"
	pdfFormat   = "pdf"
	modelFormat = "model"
)

// registerReports adds the library of reports, where the site has one.
func (s *Site) registerReports(pages *gin.RouterGroup) {
	if s.reports == nil {
		return
	}
	get(pages, reportsPath, s.reportsPage)
	get(pages, newReportPath, s.newReportPage)
	get(pages, comparePath, s.reportComparePage)
	get(pages, reportsPath+"/:id", s.reportPage)
	get(pages, reportsPath+"/:id/files/:lang/:format", s.reportFile)
	get(pages, reportsPath+"/:id/preview/:lang", s.reportPreview)
	door := s.order(s.actionDoor, access.Draft)
	pages.POST(newReportPath, door, s.draftReport)
	pages.POST(reportsPath+"/:id/"+editName, s.takeEdited)
	for name, act := range reportActs {
		if name == editName {
			continue // it brings a file
		}
		pages.POST(reportsPath+"/:id/"+name, s.order(s.actionDoor, actRights[name]), s.actOnReport(name, act))
	}
	pages.POST(reportNamePath, s.order(DoorOpen, access.ReadReports), s.namePerson)
}

// actRights are what the acts on a report need.
var actRights = map[string]access.Right{
	"draft": access.Draft, "submit": access.Draft, "approve": access.Approve, "return": access.Approve, "issue": access.Issue, editName: access.Draft,
}

// mayAct tells whether the caller may do an act to reports that allow it.
func mayAct(c *gin.Context, name string) bool {
	who, known := access.Of(c.Request.Context())
	return !known || who.May(actRights[name])
}

// seesConfidential tells whether reports for the office's own use are shown to the
// caller.
func (s *Site) seesConfidential(c *gin.Context) bool {
	who, known := access.Of(c.Request.Context())
	return who.May(access.Confidential) || !known && s.confidentialReports
}

func reportAddress(id int64) string { return reportsPath + "/" + strconv.FormatInt(id, 10) }

// reportOf finds the report that an address names. One for the office's own use is
// shown to those who may see what is not published.
func (s *Site) reportOf(c *gin.Context, named string) (state.Report, bool) {
	id, err := strconv.ParseInt(named, 10, 64)
	if err != nil || id < 1 {
		_ = c.Error(khue.Errorf(khue.NotFound, "Không có báo cáo %q.", "There is no report %q.", short(named)))
		return state.Report{}, false
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	r, err := s.reports.Report(ctx, id)
	if err != nil {
		_ = c.Error(slow(err))
		return state.Report{}, false
	}
	if s.reports.Confidential(r) && !s.seesConfidential(c) {
		_ = c.Error(withStatus(http.StatusForbidden, text("Báo cáo dùng nội bộ", "For the office's own use"), khue.Errorf(khue.Forbidden,
			"Báo cáo số %[1]d dùng nội bộ, có số liệu không công bố, nên chỉ mở cho người có quyền xem số liệu ấy. Trên máy chủ, dùng khue report files %[1]d.",
			"Report %[1]d is for the office's own use and has figures that are not published, so it is shown to those alone who may see them. On the server, use khue report files %[1]d.", id)))
		return state.Report{}, false
	}
	return r, true
}

// kindOf finds what a report is of; one whose definition is gone has its id for a title.
func (s *Site) kindOf(id string) ReportKind {
	all := s.reports.Kinds()
	if i := slices.IndexFunc(all, func(k ReportKind) bool { return k.ID == id }); i >= 0 {
		return all[i]
	}
	return ReportKind{ID: id, Title: khue.Text{VI: id, EN: id}}
}

// periodWords is a kept period in words.
func periodWords(lang khue.Lang, period string) string {
	p, err := khue.ParsePeriod(period)
	if err != nil {
		return period
	}
	return locale.PeriodName(lang, p)
}

// reportStatus is where a report stands, for its badge.
func (s *Site) reportStatus(lang khue.Lang, stands string, lacking bool) status {
	tone := map[string]string{
		state.ReportDraft: "unknown", state.ReportInReview: "going", state.ReportApproved: "going", state.ReportIssued: "good", state.ReportSuperseded: "unknown",
	}[stands]
	if stands == state.ReportDraft && lacking {
		tone = "attention"
	}
	return status{tone, capital(s.reports.StatusText(stands).In(lang))}
}

// reportTitle is a report's name: its kind, what it is of, and its period.
func (s *Site) reportTitle(lang khue.Lang, r state.Report) string {
	title := s.kindOf(r.Definition).Title.In(lang)
	if about, err := s.reports.About(r, lang); err == nil {
		for _, word := range about {
			title += ", " + word
		}
	}
	return title + ", " + periodWords(lang, r.Period)
}

// lineReport is a line of the list as far as words are made from it.
func lineReport(l state.ReportLine) state.Report {
	return state.Report{ID: l.ID, Definition: l.Definition, Period: l.Period, Parameters: l.Parameters, Build: state.ReportBuild{Lacks: l.Lacks}}
}
