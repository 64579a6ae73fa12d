package dashboards

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
)

// Fields of the forms on reports beside those that other forms have too.
const (
	areaField         = "area"
	editionField      = "edition"
	languagesField    = "languages"
	confidentialField = "confidential"
	onceField         = "once" // a mark of the form, so that it does its work once
)

// reportOrderView is the form that drafts a report.
type reportOrderView struct {
	frameView
	Finding, Kind, KindID string
	About                 string // lengths of its periods, and formats
	Shut                  string
	Fault                 string
	Once, Person          string
	Periods               []choiceGroup
	Areas                 []choiceGroup // empty where it needs none
	NeedsEdition          bool
	Edition               string
	Languages             []choice
	MayConfidential       bool
	Confidential          bool
}

// orderForm is what the form brings.
type orderForm struct {
	kind, period, area, edition, person, once string
	languages                                 []string
	confidential                              bool
}

func orderFormOf(v url.Values) orderForm {
	return orderForm{
		kind: v.Get(definitionName), period: v.Get(periodName), area: v.Get(areaField), edition: strings.TrimSpace(v.Get(editionField)), person: v.Get(personName), once: v.Get(onceField),
		languages: v[languagesField], confidential: v.Get(confidentialField) != "",
	}
}

func (s *Site) newReportPage(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, definitionName, periodName, areaField, editionField)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f := orderFormOf(values)
	f.languages, f.person, f.once = []string{string(khue.Vietnamese), string(khue.English)}, s.personOf(c), rand.Text()
	view, ok := s.orderView(c, f)
	if ok {
		s.show(c, "reportorder.html", view)
	}
}

// orderView is the form as filled in.
func (s *Site) orderView(c *gin.Context, f orderForm) (reportOrderView, bool) {
	lang := langOf(c)
	all := s.reports.Kinds()
	i := slices.IndexFunc(all, func(k ReportKind) bool { return k.ID == f.kind })
	if i < 0 {
		_ = c.Error(khue.Errorf(khue.NotFound, "Không có loại báo cáo %q.", "There is no kind of report %q.", short(f.kind)))
		return reportOrderView{}, false
	}
	k := all[i]
	query := url.Values{definitionName: {k.ID}}
	put(query, periodName, f.period)
	put(query, areaField, f.area)
	put(query, editionField, f.edition)
	view := reportOrderView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, reportsName, newReportPath, query, text("Lập báo cáo", "Draft a report").In(lang)), Finding: text("Lập dự thảo: ", "Draft: ").In(lang) + k.Title.In(lang),
		Kind: k.Title.In(lang), KindID: k.ID, Once: f.once, Person: f.person, Periods: s.draftPeriods(lang, k, f.period), NeedsEdition: k.NeedsEdition, Edition: f.edition,
		MayConfidential: s.seesConfidential(c), Confidential: f.confidential,
	}
	view.Styles = []string{reportsStyle}
	if k.NeedsArea {
		view.Areas = areaChoices(lang, filter{area: f.area})
		view.Areas[0].Choices[0].Label = text("chọn một địa bàn", "choose an area").In(lang)
	}
	for _, one := range []struct {
		code  khue.Lang
		label khue.Text
	}{{khue.Vietnamese, text("Tiếng Việt", "Vietnamese")}, {khue.English, text("Tiếng Anh", "English")}} {
		view.Languages = append(view.Languages, choice{string(one.code), one.label.In(lang), slices.Contains(f.languages, string(one.code))})
	}
	if err := s.actionDoor.shut(c, access.Draft); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
	} else {
		view.Token, view.Named = s.forms.token(c), known(c)
	}
	return view, true
}

// Numbers of periods offered, the one under way among them.
var periodsOffered = map[khue.Grain]int{khue.Year: 7, khue.HalfYear: 6, khue.Quarter: 9, khue.Month: 19}

// draftPeriods are the newest periods that a report can be made for; the one that
// was over last is chosen when nobody chose.
func (s *Site) draftPeriods(lang khue.Lang, k ReportKind, chosen string) []choiceGroup {
	var out []choiceGroup
	today, listed := s.today(), false
	if chosen == "" {
		chosen = lastWhole(today, k.Grains)
	}
	for _, g := range k.Grains {
		group := choiceGroup{Label: capital(grainNames[g].In(lang))}
		now := khue.PeriodOf(today, g)
		for i := range periodsOffered[g] {
			p := now.Shift(-i)
			label := capital(locale.PeriodName(lang, p))
			if i == 0 {
				label += text(" (chưa hết kỳ)", " (not over)").In(lang)
			}
			group.Choices = append(group.Choices, choice{p.String(), label, p.String() == chosen})
			listed = listed || p.String() == chosen
		}
		out = append(out, group)
	}
	if p, err := khue.ParsePeriod(chosen); !listed && err == nil {
		out = append(out, choiceGroup{Label: text("Kỳ khác", "Other").In(lang), Choices: []choice{{p.String(), capital(locale.PeriodName(lang, p)), true}}})
	}
	return out
}

// lastWhole is the period over last of those lengths, the longest of several.
func lastWhole(today time.Time, grains []khue.Grain) string {
	var last khue.Period
	for _, g := range grains {
		if p := khue.PeriodOf(today, g).Shift(-1); last.IsZero() || p.End().After(last.End()) {
			last = p
		}
	}
	return last.String()
}

// order reads what the form orders.
func (f orderForm) order() (ReportOrder, error) {
	o := ReportOrder{Definition: f.kind, Area: f.area, Edition: f.edition, Confidential: f.confidential}
	var err error
	if o.Period, err = khue.ParsePeriod(f.period); err != nil {
		return o, khue.Errorf(khue.Invalid, "không đọc được kỳ %q", "the period %q cannot be read", short(f.period))
	}
	for _, code := range f.languages {
		lang, err := khue.ParseLang(short(code))
		if err != nil {
			return o, err
		}
		o.Languages = append(o.Languages, lang)
	}
	if len(o.Languages) == 0 {
		return o, khue.Errorf(khue.Invalid, "hãy chọn ít nhất một ngôn ngữ", "choose at least one language")
	}
	return o, nil
}

// orderWords name what is ordered.
func (s *Site) orderWords(lang khue.Lang, o ReportOrder) string {
	words := s.kindOf(o.Definition).Title.In(lang)
	if a, known := khue.AreaOf(o.Area); known {
		words += ", " + a.Name.In(lang)
	}
	if o.Edition != "" {
		words += ", " + short(o.Edition)
	}
	return words + ", " + locale.PeriodName(lang, o.Period)
}

// draftReport makes a report: at once where it is quick, else while the list says so.
func (s *Site) draftReport(c *gin.Context) {
	f := orderFormOf(c.Request.PostForm)
	if len(f.once) > longestKey || f.once == "" {
		_ = c.Error(staleForm())
		return
	}
	person, err := s.personIn(c, f.person)
	if err != nil {
		s.refuseOrder(c, f, err)
		return
	}
	rememberPerson(c, person)
	order, err := f.order()
	if err == nil && order.Confidential && !s.seesConfidential(c) {
		err = khue.Errorf(khue.Forbidden, "trang này không lập báo cáo dùng nội bộ", "this page drafts no reports for the office's own use")
	}
	if err != nil {
		s.refuseOrder(c, f, err)
		return
	}
	about := khue.Text{VI: "Lập dự thảo: " + s.orderWords(khue.Vietnamese, order), EN: "Drafting: " + s.orderWords(khue.English, order)}
	key := strings.Join([]string{"draft", order.Definition, order.Period.String(), order.Area, order.Edition, strconv.FormatBool(order.Confidential)}, "\n")
	t, err := s.underway.begin(task{once: f.once, key: key, about: about, person: person}, func(ctx context.Context) (int64, error) {
		r, err := s.reports.Draft(ctx, order, person)
		return r.ID, err
	})
	switch {
	case err != nil:
		s.refuseOrder(c, f, err)
	case !s.underway.wait(c.Request.Context(), t, s.patience):
		c.Redirect(http.StatusSeeOther, reportsPath)
	case t.err != nil:
		s.refuseOrder(c, f, t.err)
	default:
		s.log.Info("a report was drafted on the page", "report", t.report, "definition", order.Definition, "period", order.Period.String())
		c.Redirect(http.StatusSeeOther, reportAddress(t.report))
	}
}

// refuseOrder shows the form again and says why nothing was drafted.
func (s *Site) refuseOrder(c *gin.Context, f orderForm, err error) {
	if khue.KindOf(err) == khue.Internal {
		_ = c.Error(err)
		return
	}
	f.once = rand.Text()
	view, ok := s.orderView(c, f)
	if !ok {
		return
	}
	view.Fault = sentence(khue.MessageOf(err).In(langOf(c)))
	s.showFault(c, "reportorder.html", view, err)
}

// showFault shows a form again with what is wrong, under the status that says so.
func (s *Site) showFault(c *gin.Context, name string, view any, err error) {
	code := statusOf[khue.KindOf(err)]
	if code == http.StatusBadRequest {
		code = http.StatusUnprocessableEntity
	}
	body, err := s.draw(name, view)
	if err != nil {
		_ = c.Error(err)
		return
	}
	send(c, code, "text/html; charset=utf-8", body)
}
