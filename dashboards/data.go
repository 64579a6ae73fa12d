package dashboards

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// Data answers what the pages on sources, runs and the quarantine show.
type Data interface {
	// Sources lists the sources that are configured, in their order.
	Sources(ctx context.Context) ([]Source, error)
	// Runs lists the runs asked for, the newest first, with the number of all that match.
	Runs(ctx context.Context, q RunQuery) ([]Run, int64, error)
	// Run gives one run with its proof; one that does not exist is a NotFound error.
	Run(ctx context.Context, batch string) (RunProof, error)
	// Quarantined lists open faults, the newest first.
	Quarantined(ctx context.Context, q QuarantineQuery) ([]Quarantined, error)
	// QuarantineCounts counts open faults by source, dataset and reason, the most first.
	QuarantineCounts(ctx context.Context, q QuarantineQuery) ([]QuarantineCount, error)
	// RunDays counts the runs that began in [since, until) by day, oldest first, and all
	// of them together; days without a run are left out.
	RunDays(ctx context.Context, since, until time.Time) ([]RunDay, RunDay, error)
	// QuarantineDays counts open faults by source and by the day they were last read with.
	QuarantineDays(ctx context.Context) ([]QuarantineDay, error)
	// Reasons says in words what each code of a refusal means.
	Reasons() map[string]khue.Text
}

// Retry runs quarantined rows through the mapping as it is now and gives the
// batches it made. An error after some time says that it goes on by itself.
type Retry func(ctx context.Context, q QuarantineQuery) (batches []string, err error)

// Source is a source system and how its pulls went.
type Source struct {
	Name      string
	Label     khue.Text
	Kind      string // rest, sql or files
	Datasets  []string
	Simulated bool
	Schedule  string // cron spec; "" for a source that is pulled by hand alone

	LastSuccess time.Time // when a pull last ended well; zero when none has
	NextDue     time.Time // zero without a schedule
	OverdueFrom time.Time // the earliest due time that no pull has met; zero when all are met
	Failure     khue.Text // why the newest pull failed; empty when it did not
	FailedAt    time.Time
	Running     bool

	RowsRead    int64 // by the newest pull that ended well
	Quarantined int64 // open faults
	Durations   []time.Duration
}

// RunOutcome is how a run ended.
type RunOutcome string

// The outcomes of a run; a faulty run is a done one that refused rows.
const (
	RunDone    RunOutcome = "done"
	RunFaulty  RunOutcome = "faulty"
	RunFailed  RunOutcome = "failed"
	RunRunning RunOutcome = "running"
)

// Text is the outcome in words.
func (o RunOutcome) Text() khue.Text {
	switch o {
	case RunDone:
		return text("Xong", "Done")
	case RunFaulty:
		return text("Xong, có lỗi", "Done, with faults")
	case RunFailed:
		return text("Hỏng", "Failed")
	case RunRunning:
		return text("Đang chạy", "Running")
	}
	return text(string(o), string(o))
}

// RunQuery limits a list of runs; empty values do not limit.
type RunQuery struct {
	Source, Dataset string
	Outcome         RunOutcome
	From, To        time.Time // began in [From, To)
	Limit, Offset   int
}

// Run is one batch: what was read of a dataset and what it changed.
type Run struct {
	Batch, Source, Dataset string
	Outcome                RunOutcome
	StartedAt, EndedAt     time.Time // EndedAt is zero while it runs
	RecordedAt             time.Time // zero when nothing was posted

	Read, Accepted, Rejected, Duplicates   int64
	Added, Corrected, Retracted, Unchanged int64
	Watermark                              string    // to go on from, as the source's kind writes it
	Cause                                  khue.Text // why it failed, for the operator
	// Reading says why the run read what it did: "" for a regular pull, backfill,
	// wide, keys, quarantine, ward or dry-run.
	Reading string
}

// RunProof is a run with what proves it.
type RunProof struct {
	Run
	Steps []string    // of the reckoning, in its order
	Lines []ProofLine // rows first, then numbers of the contract, then columns of the source
	Raw   []RawObject
}

// ProofLine is one measure at every step of the reckoning.
type ProofLine struct {
	Measure string            // "rows", a field of the contract, or a column of the source
	Column  bool              // it is a column of the source
	Amounts map[string]Amount // by step; a step that is missing is not known
}

// Amount is an exact number, as its digits and how many of them are decimals.
type Amount struct {
	Value    float64
	Decimals int
}

// RawObject is a file or raw rows that are kept of a run.
type RawObject struct {
	Path, Kind, SHA256 string
	Bytes, Rows        int64
	KeptAt, PrunedAt   time.Time // PrunedAt is zero while it is there
}

// QuarantineQuery limits a list of refused rows; empty values do not limit.
type QuarantineQuery struct {
	Source, Dataset, Reason, Batch string
	Text                           string // found anywhere in the row, whatever its case and marks
	Limit, Offset                  int
}

// Quarantined is a row that was refused, with what is needed to mend it.
type Quarantined struct {
	Source, Dataset, RecordID, Field string
	Place                            khue.Text
	Value, Reason                    string    // Reason is a code
	Expected                         khue.Text // a sentence; old rows have no Vietnamese
	Raw                              string    // the record as read, JSON
	Batch                            string
	SeenAt                           time.Time
}

// QuarantineCount is how many open faults share a source, a dataset and a reason.
type QuarantineCount struct {
	Source, Dataset, Reason string
	Rows                    int64
}

// registerData adds the pages on data that this site has.
func (s *Site) registerData(pages *gin.RouterGroup) {
	if s.data != nil {
		get(pages, sourcesPath, s.sourcesPage)
		get(pages, runsPath, s.runsPage)
		get(pages, runsPath+"/:batch", s.runPage)
		get(pages, completenessPath, s.completenessPage)
		get(pages, quarantinePath, s.quarantinePage)
		get(pages, quarantinePath+".csv", s.quarantineFile)
		if s.retry != nil {
			pages.POST(quarantinePath+"/retry", s.order(s.actionDoor, access.RunJobs), s.retryQuarantined)
		}
	}
	if s.jobs != nil {
		s.registerJobs(pages)
	}
	if s.uploads != nil {
		s.registerUploads(pages)
	}
}

// get answers GET and HEAD alike.
func get(pages *gin.RouterGroup, path string, handlers ...gin.HandlerFunc) {
	pages.GET(path, handlers...)
	pages.HEAD(path, handlers...)
}

// names of sources and datasets as readers know them.
type names struct {
	lang    khue.Lang
	sources map[string]khue.Text
	order   []string
}

// names gathers the labels of the sources; a source that is configured no more
// keeps the name it is written under.
func (s *Site) names(ctx context.Context, lang khue.Lang) (names, error) {
	all, err := withTimeout(ctx, s.patience, s.data.Sources)
	if err != nil {
		return names{}, slow(err)
	}
	n := names{lang: lang, sources: map[string]khue.Text{}}
	for _, one := range all {
		n.sources[one.Name], n.order = one.Label, append(n.order, one.Name)
	}
	return n, nil
}

func (n names) source(name string) string {
	if label := n.sources[name].In(n.lang); label != "" {
		return label
	}
	return name
}

func (n names) dataset(name string) string {
	if d, ok := khue.DatasetOf(name); ok {
		return d.Label.In(n.lang)
	}
	return name
}

// sourceChoices and datasetChoices are the options of a filter.
func (n names) sourceChoices(chosen string) []choice {
	out := []choice{{"", text("tất cả", "all").In(n.lang), chosen == ""}}
	listed := chosen == ""
	for _, name := range n.order {
		out, listed = append(out, choice{name, n.source(name), chosen == name}), listed || chosen == name
	}
	if !listed {
		out = append(out, choice{chosen, chosen, true})
	}
	return out
}

func (n names) datasetChoices(chosen string) []choice {
	out := []choice{{"", text("tất cả", "all").In(n.lang), chosen == ""}}
	for _, d := range khue.Datasets() {
		out = append(out, choice{d.Name, d.Label.In(n.lang), chosen == d.Name})
	}
	return out
}

// dataset is what a filter may name.
func checkDataset(v string) error {
	if _, ok := khue.DatasetOf(v); v != "" && !ok {
		return khue.Errorf(khue.Invalid, "Không có bộ dữ liệu %q; hãy chọn một bộ trong danh sách.",
			"There is no dataset %q; choose one from the list.", short(v))
	}
	return nil
}

// checkName refuses what cannot be the name of a source or of a batch.
func checkName(v string) error {
	for _, r := range v {
		if r < ' ' || r == 0x7f {
			return khue.Errorf(khue.Invalid, "Tên %q không hợp lệ.", "The name %q is not valid.", short(v))
		}
	}
	if len(v) > 200 {
		return khue.Errorf(khue.Invalid, "Tên %q quá dài.", "The name %q is too long.", short(v))
	}
	return nil
}
