package dashboards

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/state"
)

// Fields of the forms that act on a report.
const (
	seenField   = "seen"   // the last step that who acts has seen
	remarkField = "remark" // or the number of the paper
)

func actKey(id int64) string { return "act " + strconv.FormatInt(id, 10) }

// actOnReport does an act to the report of the address: at once where it is quick,
// else while its page says so.
func (s *Site) actOnReport(name, act string) gin.HandlerFunc {
	return func(c *gin.Context) {
		r, ok := s.reportOf(c, c.Param("id"))
		if !ok {
			return
		}
		v := c.Request.PostForm
		seen, err := strconv.Atoi(v.Get(seenField))
		once := v.Get(onceField)
		if err != nil || seen < 1 || once == "" || len(once) > longestKey {
			_ = c.Error(staleForm())
			return
		}
		person, err := s.personIn(c, v.Get(personName))
		if err != nil {
			s.refuseAct(c, r.ID, name, err)
			return
		}
		rememberPerson(c, person)
		remark := strings.TrimSpace(v.Get(remarkField))
		s.doAct(c, r, name, act, task{once: once, person: person}, func(ctx context.Context) (state.Report, error) {
			return s.reports.Act(ctx, act, r.ID, seen, person, remark)
		})
	}
}

// doAct does the work of a form on a report, once, and leads to what came of it.
func (s *Site) doAct(c *gin.Context, r state.Report, name, act string, t task, work func(ctx context.Context) (state.Report, error)) {
	t.key, t.about = actKey(r.ID), s.actWords(act, r)
	begun, err := s.underway.begin(t, func(ctx context.Context) (int64, error) {
		done, err := work(ctx)
		return done.ID, err
	})
	switch {
	case err != nil:
		s.refuseAct(c, r.ID, name, err)
	case !s.underway.wait(c.Request.Context(), begun, s.patience):
		c.Redirect(http.StatusSeeOther, reportAddress(r.ID))
	case begun.err != nil:
		s.refuseAct(c, r.ID, name, begun.err)
	default:
		s.log.Info("a report was acted on on the page", "act", act, "report", r.ID)
		c.Redirect(http.StatusSeeOther, reportAddress(begun.report))
	}
}

// actWords name an act on a report, for whoever waits for it.
func (s *Site) actWords(act string, r state.Report) khue.Text {
	t := s.reports.ActText(act)
	return khue.Text{VI: capital(t.VI) + ": " + s.reportTitle(khue.Vietnamese, r), EN: capital(t.EN) + ": " + s.reportTitle(khue.English, r)}
}

// refuseAct shows the report as it stands now, and at its form why nothing was done.
func (s *Site) refuseAct(c *gin.Context, id int64, name string, err error) {
	if khue.KindOf(err) == khue.Internal {
		_ = c.Error(err)
		return
	}
	r, ok := s.reportOf(c, strconv.FormatInt(id, 10))
	if !ok {
		return
	}
	view, fault := s.reportViewOf(c, r, "")
	if fault != nil {
		_ = c.Error(slow(fault))
		return
	}
	v := c.Request.PostForm
	view.Fault, view.Person = sentence(khue.MessageOf(err).In(langOf(c))), v.Get(personName)
	for i := range view.Acts {
		view.Acts[i].Open = view.Acts[i].Name == name || view.Acts[i].Open && !offers(view.Acts, name)
		if view.Acts[i].Name == name {
			view.Acts[i].Value = v.Get(remarkField)
		}
	}
	c.Header("Content-Security-Policy", framingPolicy)
	s.showFault(c, "report.html", view, err)
}

// offers tells whether an act is among those that can be done.
func offers(acts []actForm, name string) bool {
	for _, a := range acts {
		if a.Name == name {
			return true
		}
	}
	return false
}
