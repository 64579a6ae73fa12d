package dashboards

import (
	"bytes"
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
	"khue/state"
)

const (
	auditOnPage = 100
	auditInFile = 100_000

	actorField   = "actor"
	actField     = "act"
	outcomeField = "outcome"
	fromField    = "from"
	toField      = "to"
	beforeField  = "before"
)

var auditFields = []string{actorField, actField, outcomeField, fromField, toField, beforeField}

// auditView is what people did.
type auditView struct {
	frameView
	Finding         string
	Proof           status
	ProofSays       string
	Actor, From, To string
	Acts, Outcomes  []choice
	Changed         bool
	Lines           []auditLine
	Older           string // address of the entries before these
	CSV             string
}

type auditLine struct {
	Seq                                 string
	When, Stamp, Who, Act, Code, Object string
	Status                              status
	Address, Detail                     string
}

var auditOutcomes = map[string]status{
	state.AuditDone: {"good", "xong"}, state.AuditRefused: {"attention", "bị từ chối"}, state.AuditFailed: {"bad", "không thành"},
}

func auditStatus(lang khue.Lang, outcome string) status {
	st := auditOutcomes[outcome]
	if lang == khue.English {
		st.Word = outcome
	}
	return st
}

// auditFilterOf reads the filters of an address; days are those of the observatory's zone.
func (s *Site) auditFilterOf(values url.Values) (state.AuditFilter, error) {
	f := state.AuditFilter{Actor: strings.TrimSpace(values.Get(actorField)), Act: values.Get(actField), Outcome: values.Get(outcomeField)}
	if f.Act != "" && !slices.Contains(access.Acts(), f.Act) {
		return f, khue.Errorf(khue.Invalid, "Không có loại việc %q.", "There is no act %q.", short(f.Act))
	}
	if _, known := auditOutcomes[f.Outcome]; f.Outcome != "" && !known {
		return f, khue.Errorf(khue.Invalid, "Không có kết quả %q.", "There is no outcome %q.", short(f.Outcome))
	}
	for name, to := range map[string]*time.Time{fromField: &f.From, toField: &f.To} {
		if values.Get(name) == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, values.Get(name), s.zone)
		if err != nil {
			return f, khue.Errorf(khue.Invalid, "Ngày %q phải có dạng 2026-11-30.", "The day %q has to look like 2026-11-30.", short(values.Get(name)))
		}
		*to = day
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	if v := values.Get(beforeField); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 1 {
			return f, khue.Errorf(khue.Invalid, "Số thứ tự %q không hợp lệ.", "%q is no number of an entry.", short(v))
		}
		f.Before = n
	}
	return f, nil
}

func (s *Site) auditPage(c *gin.Context) {
	lang := langOf(c)
	values, err := readQuery(c.Request.URL.RawQuery, auditFields...)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := s.auditFilterOf(values)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f.Most = auditOnPage + 1
	entries, err := s.people.Audit(c.Request.Context(), f)
	if err != nil {
		_ = c.Error(err)
		return
	}
	look, err := s.people.LookAtAudit(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return
	}
	query := keep(values, auditFields...)
	view := auditView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, accountPage, auditPath, query, text("Nhật ký kiểm toán", "Audit").In(lang)), Finding: text("Nhật ký kiểm toán: ai đã làm gì", "Audit: who did what").In(lang),
		Actor: f.Actor, From: values.Get(fromField), To: values.Get(toField), Changed: len(query) > 0,
	}
	view.Styles, view.Data = []string{reportsStyle, peopleStyle}, true
	view.prove(look, func(at time.Time) khue.Text {
		return khue.Text{VI: s.moment(khue.Vietnamese, at), EN: s.moment(khue.English, at)}
	})
	view.choose(f)
	if len(entries) > auditOnPage {
		entries = entries[:auditOnPage]
		older := keep(values, auditFields...)
		older.Set(beforeField, strconv.FormatInt(entries[auditOnPage-1].Seq, 10))
		view.Older = address(auditPath, older, "")
	}
	all := keep(values, auditFields...)
	all.Del(beforeField)
	view.CSV = address(auditPath+".csv", all, "")
	for _, e := range entries {
		view.Lines = append(view.Lines, s.auditLineOf(lang, e))
	}
	s.show(c, "audit.html", view)
}

// prove says whether the chain holds, and what of it was worked out when.
func (view *auditView) prove(l access.AuditLook, moment func(time.Time) khue.Text) {
	whole := moment(l.Whole)
	if l.Broken > 0 {
		view.Proof = status{"bad", text("Nhật ký đã bị sửa", "The audit was tampered with").In(view.Lang)}
		view.ProofSays = textf("Dòng đầu tiên không khớp là dòng số %[1]d. Toàn bộ được kiểm lúc %[2]s.", "The first entry that does not hold is number %[1]d. All of it was verified at %[3]s.", l.Broken, whole.VI, whole.EN).In(view.Lang)
		return
	}
	number := func(lang khue.Lang, n int64) string { return locale.Number(lang, float64(n), 0) }
	view.Proof = status{"good", text("Nhật ký nguyên vẹn", "The audit is whole").In(view.Lang)}
	view.ProofSays = textf("%[1]s dòng, mỗi dòng được niêm phong cùng dòng trước; niêm phong cuối: %[3]s. Toàn bộ %[4]s dòng được kiểm lúc %[6]s, các dòng mới hơn được kiểm lúc mở trang này.",
		"%[2]s entries, each sealed with the one before it; the last seal: %[3]s. All of the %[5]s entries of then were verified at %[7]s, those since as this page was opened.",
		number(khue.Vietnamese, l.Entries), number(khue.English, l.Entries), l.Head, number(khue.Vietnamese, l.Then), number(khue.English, l.Then), whole.VI, whole.EN).In(view.Lang)
}

func (view *auditView) choose(f state.AuditFilter) {
	lang := view.Lang
	view.Acts = []choice{{"", text("mọi việc", "everything").In(lang), f.Act == ""}}
	for _, act := range access.Acts() {
		view.Acts = append(view.Acts, choice{act, access.ActText(act).In(lang), f.Act == act})
	}
	view.Outcomes = []choice{{"", text("mọi kết quả", "all outcomes").In(lang), f.Outcome == ""}}
	for _, o := range []string{state.AuditDone, state.AuditRefused, state.AuditFailed} {
		view.Outcomes = append(view.Outcomes, choice{o, auditStatus(lang, o).Word, f.Outcome == o})
	}
}

func (s *Site) auditLineOf(lang khue.Lang, e state.AuditEntry) auditLine {
	who := e.Actor
	if who == "" {
		who = text("khách", "guest").In(lang)
	}
	return auditLine{
		Seq: strconv.FormatInt(e.Seq, 10), When: s.moment(lang, e.At), Stamp: stamp(e.At), Who: who, Act: access.ActText(e.Act).In(lang), Code: e.Act, Object: e.Object,
		Status: auditStatus(lang, e.Outcome), Address: e.Address, Detail: e.Detail,
	}
}

// auditFile is the whole list as a file, with the seals.
func (s *Site) auditFile(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, auditFields...)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := s.auditFilterOf(values)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f.Most = auditInFile
	entries, err := s.people.Audit(c.Request.Context(), f)
	if err != nil {
		_ = c.Error(err)
		return
	}
	var b bytes.Buffer
	w := newSheet(&b)
	w.line("seq", "at", "actor", "act", "object", "outcome", "address", "detail", "previous", "hash")
	for _, e := range entries {
		w.line(strconv.FormatInt(e.Seq, 10), e.At.UTC().Format("2006-01-02T15:04:05.000Z"), e.Actor, e.Act, e.Object, e.Outcome, e.Address, e.Detail, e.Previous, e.Hash)
	}
	if err := w.end(); err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="khue_audit_`+s.today().Format(time.DateOnly)+`.csv"`)
	send(c, http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}
