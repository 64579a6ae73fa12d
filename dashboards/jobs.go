package dashboards

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/charts"
	"khue/locale"
	"khue/state"
)

// Jobs answers what the page on jobs shows and takes its orders.
type Jobs interface {
	// Jobs lists the jobs that are configured.
	Jobs(ctx context.Context) ([]state.Job, error)
	// JobRuns lists the newest rows of a job's ledger first.
	JobRuns(ctx context.Context, job string, limit int) ([]state.JobRun, error)
	// Label says in words what a job does; empty when it has no words.
	Label(job string) khue.Text
	// RunJob begins a run and does not wait for its end; a job that runs is a Conflict.
	RunJob(ctx context.Context, job string) error
	Pause(ctx context.Context, job, by string, now time.Time) error
	Resume(ctx context.Context, job string) error
}

// PausedInConfiguration is who paused a job that khue.yaml pauses.
const PausedInConfiguration = "khue.yaml"

const (
	jobField     = "job"
	runsLookedAt = 30 // rows of the ledger behind one job's line of durations
	runsListed   = 8
)

func (s *Site) registerJobs(pages *gin.RouterGroup) {
	get(pages, jobsPath, s.jobsPage)
	for name, do := range map[string]func(ctx context.Context, job string) error{
		"run":    s.jobs.RunJob,
		"pause":  func(ctx context.Context, job string) error { return s.jobs.Pause(ctx, job, pausedBy(ctx), s.now()) },
		"resume": s.jobs.Resume,
	} {
		pages.POST(jobsPath+"/"+name, s.order(s.actionDoor, access.RunJobs), s.jobOrder(name, do))
	}
}

// jobOrder does something with the job that the form names.
func (s *Site) jobOrder(what string, do func(ctx context.Context, job string) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		job := c.Request.PostForm.Get(jobField)
		ctx, cancel := contextWithin(c, s.patience)
		defer cancel()
		known, err := s.jobs.Jobs(ctx)
		if err != nil {
			_ = c.Error(slow(err))
			return
		}
		there := false
		for _, j := range known {
			there = there || j.Name == job
		}
		if !there {
			_ = c.Error(khue.Errorf(khue.NotFound, "Không có công việc %q.", "There is no job %q.", short(job)))
			return
		}
		if err := do(ctx, job); err != nil {
			_ = c.Error(slow(err))
			return
		}
		s.log.Info("an order on a job was given on the page", "order", what, "job", job)
		c.Redirect(http.StatusSeeOther, jobsPath)
	}
}

// jobsView is the list of jobs.
type jobsView struct {
	frameView
	Finding string
	Shut    string // why no orders are taken here; "" when they are
	Jobs    []jobCard
}

type jobCard struct {
	Name, Label string
	ID          string
	Status      status
	Why         string
	Facts       []fact
	Spark       charts.Spark
	SparkSays   string
	Runs        []jobRunLine
	Paused      bool
	Fixed       bool // paused where the page cannot resume it
	Running     bool
}

// jobRunLine is one due time and what became of it.
type jobRunLine struct {
	Due, Stamp, Trigger string
	Status              status
	Took, Reason, Cause string
}

// pausedBy is who pauses a job on the page.
func pausedBy(ctx context.Context) string {
	if who, known := access.Of(ctx); known {
		return who.Name
	}
	return "page"
}

func (s *Site) jobsPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	all, err := s.jobs.Jobs(ctx)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	view := jobsView{frameView: s.frameView(s.reader(c.Request.Context()), lang, jobsPage, jobsPath, nil, text("Công việc", "Jobs").In(lang))}
	if err := s.actionDoor.shut(c, access.RunJobs); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
	} else {
		view.Token = s.forms.token(c)
	}
	failing, paused := 0, 0
	for i, j := range all {
		runs, err := s.jobs.JobRuns(ctx, j.Name, runsLookedAt)
		if err != nil {
			_ = c.Error(slow(err))
			return
		}
		card := s.jobCard(lang, j, runs)
		card.ID = "job-" + strconv.Itoa(i)
		if card.Status.Tone == "bad" {
			failing++
		}
		if j.Paused() {
			paused++
		}
		view.Jobs = append(view.Jobs, card)
	}
	view.Finding = jobsFinding(lang, len(all), failing, paused)
	s.show(c, "jobs.html", view)
}

func jobsFinding(lang khue.Lang, all, failing, paused int) string {
	var out string
	switch {
	case all == 0:
		return text("Chưa có công việc nào theo lịch", "No job is scheduled yet").In(lang)
	case failing > 0:
		out = textf("%[1]d trên %[2]d công việc hỏng ở lần chạy cuối", "%[1]d of %[2]d jobs failed at their last run", failing, all).In(lang)
	case all == 1:
		out = text("Công việc duy nhất đang chạy tốt", "The only job is doing well").In(lang)
	default:
		out = textf("Cả %d công việc đều chạy tốt", "All %d jobs are doing well", all).In(lang)
	}
	if paused > 0 {
		out += textf("; %d đang tạm dừng", "; %d paused", paused).In(lang)
	}
	return out
}

func (s *Site) jobStatus(lang khue.Lang, j state.Job) (status, string) {
	switch {
	case j.Running != nil:
		return status{"going", text("Đang chạy", "Running").In(lang)},
			textf("Đang chạy từ %[1]s.", "Running since %[2]s.", s.moment(khue.Vietnamese, j.Running.StartedAt), s.moment(khue.English, j.Running.StartedAt)).In(lang)
	case j.PausedBy == PausedInConfiguration:
		return status{"attention", text("Tạm dừng", "Paused").In(lang)},
			text("Tạm dừng trong khue.yaml; chỉ tiếp tục được ở đó.", "Paused in khue.yaml, and resumed only there.").In(lang)
	case j.Paused():
		return status{"attention", text("Tạm dừng", "Paused").In(lang)},
			textf("Tạm dừng từ %[1]s; các giờ đến hạn vẫn được ghi sổ và bỏ qua.", "Paused since %[2]s; due times are still noted, and left out.",
				s.moment(khue.Vietnamese, j.PausedAt), s.moment(khue.English, j.PausedAt)).In(lang)
	case j.Last == nil:
		return status{"unknown", text("Chưa chạy", "Not run yet").In(lang)}, ""
	case j.Last.Outcome == state.Failed:
		return status{"bad", text("Hỏng", "Failed").In(lang)}, j.Last.Cause.In(lang)
	case j.Behind > 0:
		return status{"attention", text("Chậm lịch", "Behind").In(lang)},
			textf("%d lần đến hạn sau lần chạy tốt cuối cùng chưa xong.", "%d due times since the last success have not been met.", j.Behind).In(lang)
	}
	return status{"good", text("Tốt", "Fine").In(lang)}, ""
}

func (s *Site) jobCard(lang khue.Lang, j state.Job, runs []state.JobRun) jobCard {
	card := jobCard{Name: j.Name, Label: s.jobs.Label(j.Name).In(lang), Paused: j.Paused(), Fixed: j.PausedBy == PausedInConfiguration, Running: j.Running != nil}
	if card.Label == "" {
		card.Label = j.Name
	}
	card.Status, card.Why = s.jobStatus(lang, j)
	say := func(vi, en, value string) { card.Facts = append(card.Facts, fact{text(vi, en).In(lang), value}) }
	if j.Schedule != "" {
		say("Lịch", "Schedule", inWords(lang, j.Schedule))
	}
	if len(j.Follows) > 0 {
		var before []string
		for _, name := range j.Follows {
			label := s.jobs.Label(name).In(lang)
			if label == "" {
				label = name
			}
			before = append(before, label)
		}
		say("Chạy sau", "Runs after", listed(lang, before))
	}
	if !j.NextDue.IsZero() && !j.Paused() {
		say("Lần tới", "Next due", s.moment(lang, j.NextDue)+" · "+s.ahead(lang, j.NextDue))
	}
	if j.LastSuccess != nil {
		say("Chạy tốt lần cuối", "Last success", s.moment(lang, j.LastSuccess.EndedAt)+" · "+s.ago(lang, j.LastSuccess.EndedAt))
		say("Thường mất", "Usually takes", lasting(lang, j.Typical))
	} else {
		say("Chạy tốt lần cuối", "Last success", text("chưa có", "none yet").In(lang))
	}
	say("Lỡ hạn", "Due times not met", locale.Number(lang, float64(j.Behind), 0))
	say("Khi lỡ hạn", "When due times were missed", catchUpName(lang, j.CatchUp))
	card.addDurations(lang, runs)
	for i, r := range runs {
		if i == runsListed {
			break
		}
		card.Runs = append(card.Runs, s.jobRunLine(lang, r))
	}
	return card
}

// addDurations draws how long runs took, the newest at the right.
func (card *jobCard) addDurations(lang khue.Lang, runs []state.JobRun) {
	var took []time.Duration
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Outcome == state.Done || runs[i].Outcome == state.Failed {
			took = append(took, runs[i].Duration())
		}
	}
	card.Spark, card.SparkSays = durationSpark(lang, took)
}

func (s *Site) jobRunLine(lang khue.Lang, r state.JobRun) jobRunLine {
	l := jobRunLine{
		Due: s.moment(lang, r.DueAt), Stamp: stamp(r.DueAt), Trigger: state.TriggerText(r.Trigger).In(lang), Status: ledgerStatus(lang, r.Outcome),
		Reason: state.ReasonText(r.Reason).In(lang), Took: "–",
	}
	if r.Reason == state.ReasonError {
		l.Cause = r.Cause.In(lang) // of the others the reason says it all, in the reader's language
	}
	if r.Duration() > 0 {
		l.Took = lasting(lang, r.Duration())
	}
	return l
}

func ledgerStatus(lang khue.Lang, outcome string) status {
	tones := map[string]string{state.Done: "good", state.Failed: "bad", state.Running: "going", state.Missed: "attention"}
	tone := tones[outcome]
	if tone == "" {
		tone = "unknown"
	}
	return status{tone, capital(state.OutcomeText(outcome).In(lang))}
}

func catchUpName(lang khue.Lang, rule string) string {
	switch rule {
	case "none":
		return text("không chạy bù", "they are not made up for").In(lang)
	case "latest":
		return text("chạy bù lần mới nhất", "the newest one runs").In(lang)
	case "all":
		return text("chạy bù tất cả", "they all run").In(lang)
	}
	return rule
}

// inWords says a schedule in words, followed by how it is configured; a schedule
// for which there are none stands as it is.
func inWords(lang khue.Lang, spec string) string {
	words := ""
	if every, ok := strings.CutPrefix(spec, "@every "); ok {
		if d, err := time.ParseDuration(every); err == nil {
			words = textf("cứ %[1]s một lần", "every %[2]s", lasting(khue.Vietnamese, d), lasting(khue.English, d)).In(lang)
		}
	} else {
		words = cronInWords(lang, spec)
	}
	if words == "" {
		return spec
	}
	return words + " (" + spec + ")"
}

func cronInWords(lang khue.Lang, spec string) string {
	switch spec {
	case "@hourly":
		spec = "0 * * * *"
	case "@daily", "@midnight":
		spec = "0 0 * * *"
	case "@weekly":
		spec = "0 0 * * 0"
	case "@monthly":
		spec = "0 0 1 * *"
	}
	f := strings.Fields(spec)
	if len(f) != 5 || f[3] != "*" {
		return ""
	}
	if step, ok := strings.CutPrefix(f[0], "*/"); ok && f[1] == "*" && f[2] == "*" && f[4] == "*" {
		return textf("cứ %s phút một lần", "every %s minutes", step).In(lang)
	}
	minute, err := strconv.Atoi(f[0])
	if err != nil {
		return ""
	}
	if f[1] == "*" && f[2] == "*" && f[4] == "*" {
		return textf("mỗi giờ, vào phút %d", "every hour, at minute %d", minute).In(lang)
	}
	hour, err := strconv.Atoi(f[1])
	if err != nil {
		return ""
	}
	at := time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04")
	day, dayErr := strconv.Atoi(f[2])
	weekday, weekdayErr := strconv.Atoi(f[4])
	switch {
	case f[2] == "*" && f[4] == "*":
		return textf("hằng ngày lúc %s", "every day at %s", at).In(lang)
	case f[2] == "*" && weekdayErr == nil && weekday >= 0 && weekday <= 7:
		return textf("%[1]s hằng tuần lúc %[3]s", "every %[2]s at %[3]s", weekdays[weekday%7].VI, weekdays[weekday%7].EN, at).In(lang)
	case f[4] == "*" && dayErr == nil:
		return textf("ngày %[1]d hằng tháng lúc %[2]s", "on day %[1]d of every month at %[2]s", day, at).In(lang)
	}
	return ""
}

var weekdays = []khue.Text{
	{VI: "chủ nhật", EN: "Sunday"},
	{VI: "thứ hai", EN: "Monday"},
	{VI: "thứ ba", EN: "Tuesday"},
	{VI: "thứ tư", EN: "Wednesday"},
	{VI: "thứ năm", EN: "Thursday"},
	{VI: "thứ sáu", EN: "Friday"},
	{VI: "thứ bảy", EN: "Saturday"},
}
