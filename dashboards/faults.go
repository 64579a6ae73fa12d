package dashboards

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
)

// retryAfter is when a reader may try again after a part of us did not answer.
const retryAfter = "10"

var statusOf = map[khue.Kind]int{
	khue.Invalid:     http.StatusBadRequest,
	khue.NotFound:    http.StatusNotFound,
	khue.Conflict:    http.StatusConflict,
	khue.Forbidden:   http.StatusForbidden,
	khue.Unavailable: http.StatusServiceUnavailable,
	khue.Internal:    http.StatusInternalServerError,
}

// faultTitles say in a few words what happened.
var faultTitles = map[khue.Kind]khue.Text{
	khue.Invalid:     {VI: "Bộ lọc chưa đúng", EN: "This filter cannot be used"},
	khue.NotFound:    {VI: "Không tìm thấy trang", EN: "Page not found"},
	khue.Conflict:    {VI: "Yêu cầu mâu thuẫn", EN: "The request contradicts itself"},
	khue.Forbidden:   {VI: "Không có quyền xem", EN: "You may not see this"},
	khue.Unavailable: {VI: "Kho dữ liệu tạm thời chưa trả lời", EN: "The data warehouse does not answer now"},
	khue.Internal:    {VI: "Hệ thống gặp lỗi", EN: "Something went wrong"},
}

// faultAdvice says what a reader can do about it.
var faultAdvice = map[khue.Kind]khue.Text{
	khue.Invalid: {
		VI: "Hãy chọn lại bộ lọc bên dưới, hoặc quay về trang tổng quan.",
		EN: "Choose the filters again below, or go back to the overview.",
	},
	khue.NotFound: {
		VI: "Hãy xem lại địa chỉ, hoặc quay về trang tổng quan.",
		EN: "Check the address, or go back to the overview.",
	},
	khue.Unavailable: {
		VI: "Số liệu vẫn còn nguyên. Hãy thử lại sau ít phút; nếu vẫn như vậy, hãy báo cho người quản trị.",
		EN: "No figures are lost. Try again in a few minutes; if it stays this way, tell the administrator.",
	},
}

// funnel answers for every handler that ended in an error, in one place.
func (s *Site) funnel(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause) // the server's own way to drop a connection
			}
			s.log.Error("a page panicked", "path", c.Request.URL.Path, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			s.answerFault(c, khue.Errorf(khue.Internal,
				"Hệ thống gặp lỗi ngoài dự kiến; nhật ký có chi tiết.", "Something unexpected went wrong; the log has the details."))
		}
	}()
	c.Next()
	if last := c.Errors.Last(); last != nil {
		s.answerFault(c, last.Err)
	}
}

func (s *Site) answerFault(c *gin.Context, err error) {
	kind := khue.KindOf(err)
	status := statusOf[kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	var own *statusError
	if errors.As(err, &own) {
		status = own.status
	}
	if cut := new(net.OpError); errors.As(err, &cut) && c.Writer.Written() {
		s.log.Debug("a reader did not take the whole answer", "path", c.Request.URL.Path, "cause", err)
		return
	}
	if status >= http.StatusInternalServerError {
		s.log.Error("a page could not be given", "path", c.Request.URL.Path, "status", status, "error", err)
	}
	c.Abort()
	if c.Writer.Written() {
		return
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	if kind == khue.Unavailable {
		h.Set("Retry-After", retryAfter)
	}
	lang := preferred(c)
	if set, ok := c.Get(languageName); ok {
		lang, _ = set.(khue.Lang)
	}
	title, message := faultTitles[kind].In(lang), sentence(khue.MessageOf(err).In(lang))
	if strings.HasPrefix(c.Request.URL.Path, chartsPath) {
		body, _ := json.Marshal(map[string]any{"title": title, "detail": message, "status": status})
		c.Data(status, "application/problem+json; charset=utf-8", body)
		return
	}
	if own != nil && own.title.VI != "" {
		title = own.title.In(lang)
	}
	who := s.reader(c.Request.Context())
	view := faultView{
		frameView: s.frameView(who, lang, "", "/", nil, ""), Status: strconv.Itoa(status), Title: title, Message: message,
		Advice: faultAdvice[kind].In(lang),
	}
	switch back := s.backOf(who, c.Request.URL.Path); {
	case back.Address != "":
		view.frameView = s.frameView(who, lang, back.page, back.Address, nil, "")
		view.Back, view.BackLabel, view.Advice = back.Address, back.label.In(lang), ""
	case kind == khue.Invalid:
		view.Filters = s.filterView(lang, defaultFilter, s.today(), overviewPath, overviewFilters)
	}
	body, err := s.draw("fault.html", view)
	if err != nil {
		s.log.Error("the error page could not be drawn", "error", err)
		c.String(status, "%s\n%s\n", title, message)
		return
	}
	send(c, status, "text/html; charset=utf-8", body)
}

// faultView is what the error page shows.
type faultView struct {
	frameView
	Status, Title, Message, Advice string
	Back, BackLabel                string // the page to go back to, when it is not the overview
	Filters                        *filterView
}

// statusError answers with a status that no kind of error has.
type statusError struct {
	status int
	title  khue.Text
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// withStatus gives an error a status and a title of its own.
func withStatus(status int, title khue.Text, err error) error {
	return &statusError{status, title, err}
}

// back is the page that an error leads back to, when it is not the overview.
type back struct {
	page, Address string
	label         khue.Text
}

func (s *Site) backOf(who reader, path string) back {
	if who.opens(dictionaryPath) && (path == dictionaryPath || strings.HasPrefix(path, dictionaryPath+"/")) {
		return back{dictionaryName, dictionaryPath, text("Về Từ điển chỉ số", "Back to the indicator dictionary")}
	}
	if s.reports != nil && who.opens(reportsPath) && (path == reportsPath || strings.HasPrefix(path, reportsPath+"/")) {
		return back{reportsName, reportsPath, text("Về trang Báo cáo", "Back to Reports")}
	}
	for _, b := range []back{
		{sourcesPage, sourcesPath, text("Về trang Nguồn", "Back to Sources")},
		{completenessPage, completenessPath, text("Về trang Độ đầy đủ", "Back to Completeness")},
		{runsPage, runsPath, text("Về trang Lần chạy", "Back to Runs")},
		{jobsPage, jobsPath, text("Về trang Công việc", "Back to Jobs")},
		{quarantinePage, quarantinePath, text("Về trang Cách ly", "Back to Quarantine")},
		{uploadPage, uploadPath, text("Về trang Tải lên", "Back to Upload")},
		{qualityName, dataPath, text("Về trang Chất lượng dữ liệu", "Back to Data quality")},
		{notesPage, notesPath, text("Về trang Ghi chú", "Back to Notes")},
		{textsPage, textsPath, text("Về trang Lời văn báo cáo", "Back to Texts of reports")},
	} {
		for _, link := range s.dataLinks(who, khue.Vietnamese, "") {
			if link.Address == b.Address && strings.HasPrefix(path, b.Address) {
				return b
			}
		}
	}
	return back{}
}

// notFound answers for addresses that no page has, and for methods that a page does not take.
func notFound(c *gin.Context) {
	if c.Writer.Status() == http.StatusMethodNotAllowed {
		_ = c.Error(withStatus(http.StatusMethodNotAllowed, text("Trang này không nhận lệnh như vậy", "This page takes no such order"), khue.Errorf(khue.Invalid,
			"Trang %q không nhận phương thức %s.", "The page %q does not take the method %s.", short(c.Request.URL.Path), short(c.Request.Method))))
		return
	}
	_ = c.Error(khue.Errorf(khue.NotFound, "Không có trang %q.", "There is no page %q.", short(c.Request.URL.Path)))
}
