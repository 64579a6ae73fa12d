package dashboards

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// lastActivities is how many activities the page of one member lists.
const lastActivities = 15

// profileView is the page of one member.
type profileView struct {
	frameView
	Name       string
	Gone       string // says that it is no member any more
	Mark       status
	Facts      []fact
	Life       []lifeStep
	Activity   *card
	Last       *table
	LastTitle  string
	Kinds      []kindShare
	KindsTitle string
	Fault      *boxFault
}

// lifeStep is one day on a member's way through the Network.
type lifeStep struct {
	Label, Day, After string // After says how long it took since the step before
	Done, Gone        bool
}

// kindShare is how many of a member's activities were of one kind.
type kindShare struct {
	Label, Count string
	Share        float64 // of the most frequent, in percent
}

// registerMembers adds the pages of single members, and their charts.
func (s *Site) registerMembers(pages *gin.RouterGroup) {
	get(pages, membersPath+"/*id", s.memberPage)
	get(pages, memberChartsPath+"*id", s.memberChart)
}

// memberChartsPath is where the charts of single members are.
const memberChartsPath = "/member-charts/"

func (s *Site) profileOf(c *gin.Context) (*visit, indicators.Profile, error) {
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		return nil, indicators.Profile{}, err
	}
	id := strings.TrimSuffix(strings.TrimPrefix(c.Param("id"), "/"), ".csv")
	v := s.visit(c.Request.Context(), defaultFilter)
	b := fill(c.Request.Context(), v, "member "+id, func(ctx context.Context) (indicators.Profile, error) {
		return s.service.MemberProfile(ctx, id, reach())
	})
	if !b.Ready || khue.KindOf(b.Err) == khue.NotFound {
		return v, indicators.Profile{}, b.Err
	}
	return v, b.Data, nil
}

func (s *Site) memberPage(c *gin.Context) {
	lang := langOf(c)
	v, p, err := s.profileOf(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	view := profileView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, membersName, memberAddress(p.ID), nil, p.Name), Name: p.Name, Mark: memberStatus(lang, p.Member), Facts: profileFacts(lang, p.Member), Life: lifeOf(lang, p.Member),
	}
	view.Charts, view.Known, view.Styles = true, v.knownUntil(lang), []string{"members.css"}
	if gone := !p.Left.IsZero() || p.Status == "left"; gone {
		view.Gone = text("Nơi này không còn là thành viên của Mạng lưới.", "This space is no longer a member of the Network.").In(lang)
		if !p.Left.IsZero() {
			view.Gone = textf("Nơi này đã rời Mạng lưới từ ngày %[1]s; trang ghi lại quá trình tham gia.", "This space left the Network on %[2]s; the page records its time as a member.",
				locale.Date(khue.Vietnamese, p.Left), locale.Date(khue.English, p.Left)).In(lang)
		}
	}
	activity := v.profileCard(lang, p)
	view.Activity = &activity
	view.fillActivities(lang, p, v.frame.today)
	s.show(c, "member.html", view)
}

// memberChart answers with a member's chart, or under a name that ends in .csv with its table.
func (s *Site) memberChart(c *gin.Context) {
	lang := langOf(c)
	v, p, err := s.profileOf(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	card := v.profileCard(lang, p)
	d := drawn{card: card, option: func() (json.RawMessage, error) { return profileOption(lang, v.countsOf(p)) }}
	if strings.HasSuffix(c.Param("id"), "."+csvEnding) {
		err = s.sendFile(c, v, lang, d, csvEnding)
	} else {
		err = v.sendChart(c, lang, d)
	}
	if err != nil {
		_ = c.Error(err)
	}
}

func profileFacts(lang khue.Lang, m indicators.Member) []fact {
	var fields []string
	for i, code := range m.Disciplines {
		name := disciplineLabel(lang, code)
		if i == 0 && len(m.Disciplines) > 1 {
			name += text(" (chính)", " (main)").In(lang)
		}
		fields = append(fields, name)
	}
	area := areaLabel(lang, m.Area)
	if a, ok := khue.AreaOf(m.Area); ok && !a.To.IsZero() {
		area += textf(" (có đến hết %[1]s)", " (until %[2]s)", locale.Date(khue.Vietnamese, a.To.AddDate(0, 0, -1)), locale.Date(khue.English, a.To.AddDate(0, 0, -1))).In(lang)
	}
	return []fact{
		{text("Loại", "Kind").In(lang), kindLabel(lang, m.Kind)},
		{text("Loại hình", "Type").In(lang), typeLabel(lang, m.OrganisationType)},
		{text("Lĩnh vực", "Disciplines").In(lang), strings.Join(fields, " · ")},
		{text("Địa bàn", "Area").In(lang), area},
		{text("Mã trong sổ", "Id in the register").In(lang), m.ID},
	}
}

// lifeOf is the way through the Network: what came, in the order of the steps, and
// what has not come yet.
func lifeOf(lang khue.Lang, m indicators.Member) []lifeStep {
	steps := []struct {
		label khue.Text
		day   time.Time
	}{
		{text("Nộp hồ sơ", "Applied"), m.Applied}, {text("Được chấp thuận", "Accepted"), m.Accepted}, {text("Được cấp chứng nhận", "Certified"), m.Certified}, {text("Rời Mạng lưới", "Left the Network"), m.Left},
	}
	var out []lifeStep
	var before time.Time
	for i, step := range steps {
		leaving := i == len(steps)-1
		if leaving && step.day.IsZero() && m.Status != "left" {
			continue // who is still in has not begun to leave
		}
		one := lifeStep{Label: step.label.In(lang), Day: locale.Date(lang, step.day), Done: !step.day.IsZero(), Gone: leaving}
		if !one.Done {
			one.Day = text("chưa có ngày", "no day yet").In(lang)
			if leaving {
				one.Day, one.Done = text("chưa rõ ngày", "day not known").In(lang), true
			}
		} else {
			if !before.IsZero() && !step.day.Before(before) {
				days := int(step.day.Sub(before).Hours() / 24)
				one.After = textf("sau %[1]d ngày", "after %[1]d %[2]s", days, plural(days, "day", "days")).In(lang)
			}
			before = step.day
		}
		out = append(out, one)
	}
	return out
}

// profileCounts is a member's activities by month, or by quarter of a long time.
type profileCounts struct {
	grain   khue.Grain
	periods []khue.Period
	counts  []int
	partial []bool
	total   int
	before  []int // places of the periods that ended before it became a member
}

// countsOf counts from the first activity, or from acceptance, to today or to the
// quarter in which the member left.
func (v *visit) countsOf(p indicators.Profile) profileCounts {
	today := v.frame.today
	from, c := p.Joined(), profileCounts{grain: khue.Month}
	var past []indicators.MemberActivity
	for _, a := range p.Activities {
		if a.Starts.IsZero() || a.Starts.After(today) {
			continue
		}
		past = append(past, a)
		if from.IsZero() || a.Starts.Before(from) {
			from = a.Starts
		}
	}
	if from.IsZero() {
		return c
	}
	if from.AddDate(3, 0, 0).Before(today) {
		c.grain = khue.Quarter
	}
	until := v.reportedUntil()
	for _, period := range khue.Periods(c.grain, from, today.AddDate(0, 0, 1)) {
		n := 0
		for _, a := range past {
			n += within(period, a.Starts)
		}
		c.periods, c.counts, c.partial, c.total = append(c.periods, period), append(c.counts, n), append(c.partial, period.End().After(until)), c.total+n
		if joined := p.Joined(); joined.IsZero() || !period.End().After(joined) {
			c.before = append(c.before, len(c.periods)-1)
		}
	}
	return c
}

func (v *visit) profileCard(lang khue.Lang, p indicators.Profile) card {
	counts := v.countsOf(p)
	c := card{
		ID: "member-activity", Title: text("Hoạt động theo thời gian", "Activities over time").In(lang),
		Subtitle: text("Số hoạt động bắt đầu trong mỗi tháng", "Activities that began in each month").In(lang), Source: v.registerSource(lang, "members", "active_members"),
		Chart: memberChartsPath + strings.TrimPrefix(memberAddress(p.ID), membersPath+"/") + "?lang=" + string(lang),
		CSV:   memberChartsPath + strings.TrimPrefix(memberAddress(p.ID), membersPath+"/") + ".csv?lang=" + string(lang),
	}
	if counts.grain == khue.Quarter {
		c.Subtitle = text("Số hoạt động bắt đầu trong mỗi quý", "Activities that began in each quarter").In(lang)
	}
	if until := v.activitiesUntil(); !until.IsZero() {
		c.Source += " " + text("Số liệu đến ngày ", "Data until ").In(lang) + locale.Date(lang, until)
	}
	if counts.total == 0 {
		c.Chart, c.CSV, c.Empty = "", "", text("Chưa có hoạt động nào của nơi này được ghi nhận.", "No activity of this space is recorded yet.").In(lang)
		return c
	}
	since := counts.periods[0]
	c.Title = textf("%[1]s hoạt động kể từ %[2]s", "%[1]s %[4]s since %[3]s", locale.Number(lang, float64(counts.total), 0), locale.PeriodName(khue.Vietnamese, since), locale.PeriodName(khue.English, since),
		plural(counts.total, "activity", "activities")).In(lang)
	if joined := p.Joined(); !joined.IsZero() && since.Start().Before(khue.PeriodOf(joined, counts.grain).Start()) {
		c.Notes = append(c.Notes, textf("Cột nhạt là hoạt động trước ngày được chấp thuận, %[1]s.", "Faint columns are activities before acceptance on %[2]s.", locale.Date(khue.Vietnamese, joined), locale.Date(khue.English, joined)).In(lang))
	}
	if slices.Contains(counts.partial, true) {
		c.Notes = append(c.Notes, text("Kỳ chưa hết được gạch chéo.", "A period that is not over is hatched.").In(lang))
	}
	c.Table = &table{Caption: c.Subtitle, Head: []string{text("Kỳ", "Period").In(lang), text("Hoạt động", "Activities").In(lang)}}
	for i := len(counts.periods) - 1; i >= 0; i-- {
		r := tableRow{Cells: []cell{named(locale.PeriodLabel(lang, counts.periods[i])), whole(lang, int64(counts.counts[i]))}}
		if counts.partial[i] {
			r.Note = text("chưa hết kỳ hoặc chưa đủ số liệu", "not over or not fully reported").In(lang)
		}
		c.Table.Rows = append(c.Table.Rows, r)
	}
	c.Summary = text("Biểu đồ cột. ", "Column chart. ").In(lang) + c.Title + "."
	return c
}

func (v *visit) activitiesUntil() time.Time {
	for _, f := range v.fresh {
		if f.Dataset == "activities" {
			return f.DataUntil
		}
	}
	return time.Time{}
}

func profileOption(lang khue.Lang, counts profileCounts) (json.RawMessage, error) {
	o := charts.Columns{Lang: lang, FontFamily: screenFont, Labels: len(counts.periods) <= 18, Now: charts.Series{Name: text("Hoạt động", "Activities").In(lang), Tone: charts.Now}}
	for i, p := range counts.periods {
		o.Categories = append(o.Categories, locale.PeriodLabel(lang, p))
		o.Now.Points = append(o.Now.Points, charts.Point{Value: float64(counts.counts[i]), Known: true, Partial: counts.partial[i]})
	}
	o.Faint = counts.before
	return charts.ColumnBars(o)
}

// fillActivities lists the last activities, those announced for days to come
// first, and how many there were of each kind.
func (view *profileView) fillActivities(lang khue.Lang, p indicators.Profile, today time.Time) {
	if len(p.Activities) == 0 {
		return
	}
	view.LastTitle = text("Hoạt động gần đây nhất", "Latest activities").In(lang)
	view.Last = &table{Caption: text("Không có số người tham gia và kinh phí: đó là số liệu giữ kín của từng thành viên.", "Participants and funding are left out: they are confidential for each member.").In(lang), Head: []string{
		text("Bắt đầu", "Began").In(lang), text("Hoạt động", "Activity").In(lang), text("Lĩnh vực", "Discipline").In(lang), text("Địa bàn", "Area").In(lang), text("Đối tác quốc tế", "International partners").In(lang),
	}}
	for _, a := range p.Activities[:min(len(p.Activities), lastActivities)] {
		r := tableRow{Cells: []cell{
			named(dateOr(lang, a.Starts)), named(activityKind(a.Kind).In(lang)), named(disciplineLabel(lang, a.Discipline)), named(areaLabel(lang, a.Area)), {Text: "–", Number: true},
		}}
		if a.Partners != nil {
			r.Cells[4] = whole(lang, *a.Partners)
		}
		if a.Starts.After(today) {
			r.Note = text("đã công bố, chưa diễn ra", "announced, yet to come").In(lang)
		}
		view.Last.Rows = append(view.Last.Rows, r)
	}
	view.fillKinds(lang, p)
}

func (view *profileView) fillKinds(lang khue.Lang, p indicators.Profile) {
	byKind := map[string]int{}
	var kinds []string
	for _, a := range p.Activities {
		if byKind[a.Kind]++; byKind[a.Kind] == 1 {
			kinds = append(kinds, a.Kind)
		}
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if byKind[a] != byKind[b] {
			return byKind[b] - byKind[a]
		}
		return strings.Compare(a, b)
	})
	view.KindsTitle = textf("Nhiều nhất là %[1]s", "Most often: %[2]s", strings.ToLower(activityKind(kinds[0]).VI), strings.ToLower(activityKind(kinds[0]).EN)).In(lang)
	for _, k := range kinds {
		view.Kinds = append(view.Kinds, kindShare{activityKind(k).In(lang), locale.Number(lang, float64(byKind[k]), 0), round1(100 * float64(byKind[k]) / float64(byKind[kinds[0]]))})
	}
}

// activityKinds are the kinds of activity that the contract has.
var activityKinds = map[string]khue.Text{
	"workshop": text("Lớp thực hành", "Workshop"), "exhibition": text("Triển lãm", "Exhibition"), "performance": text("Biểu diễn", "Performance"), "talk": text("Tọa đàm", "Talk"),
	"residency": text("Lưu trú sáng tác", "Residency"), "training": text("Đào tạo", "Training"), "contest": text("Cuộc thi", "Contest"), "publication": text("Xuất bản phẩm", "Publication"),
	"cooperation": text("Hợp tác", "Cooperation"),
}

func activityKind(code string) khue.Text {
	if t, ok := activityKinds[code]; ok {
		return t
	}
	return khue.Text{VI: code, EN: code}
}

// dateOr is a day, or a dash for one that is not known.
func dateOr(lang khue.Lang, d time.Time) string {
	if d.IsZero() {
		return "–"
	}
	return locale.Date(lang, d)
}

// isoDay is a day as files have it; empty for one that is not known.
func isoDay(d time.Time) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}
