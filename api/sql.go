package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/dashboards"
	"khue/state"
)

// SQL runs statements of whoever a request's context says asks, on the views for
// analysts. What it refuses has a code that begins with sql_.
type SQL interface {
	Run(ctx context.Context, s Statement) (*StatementResult, error)
	Look(ctx context.Context, id string) (StatementRun, error) // one of their own
	Cancel(ctx context.Context, id string) error               // one of their own
	History(ctx context.Context) ([]StatementRun, error)       // their own, the newest first
	Views() []dashboards.SQLView
}

// Statement is a statement with the values of its parameters.
type Statement struct {
	Statement  string            `json:"statement" description:"One SELECT in ClickHouse's SQL, on the views that GET /api/v1/sql/views lists."`
	Parameters map[string]string `json:"parameters,omitempty" description:"Values of {name:Type} in the statement."`
	Format     string            `json:"format,omitempty" description:"Form of the result; json unless given."`
	ID         string            `json:"id,omitempty" description:"Names the run, so that it can be looked at and cancelled while it goes on: 8 to 64 letters, digits, - or _. Chosen for you when absent."`
	Rows       int               `json:"rows,omitempty" description:"Most rows of the result; more is an error, never a cut. 1,000,000 at most and unless given (100,000 in a workbook)."`

	Engine   string `json:"-"` // form of the result, as the engine names it
	Database string `json:"-"` // for names without one; "" is the schema of views
	Escaped  bool   `json:"-"` // Parameters are written as the engine reads them
	Patient  bool   `json:"-"` // waits for its turn instead of being refused

	Passed map[string]string `json:"-"` // settings that the caller may choose
}

// StatementResult is the result of a statement that ran to its end.
type StatementResult struct {
	ID       string
	Body     io.ReadCloser
	Header   http.Header // as the engine sent it
	Engine   string      // form of Body, as the engine names it
	Type     string      // its media type
	Rows     int64
	RowsRead int64
	Took     time.Duration
}

// StatementRun is a statement that runs or ran.
type StatementRun struct {
	ID         string    `json:"id"`
	Statement  string    `json:"statement"`
	Format     string    `json:"format"`
	StartedAt  time.Time `json:"started_at"`
	Outcome    string    `json:"outcome" description:"running, done, failed or cancelled."`
	Code       string    `json:"code,omitempty" description:"Of the fault."`
	Rows       int64     `json:"rows" description:"Of the result."`
	RowsRead   int64     `json:"rows_read"`
	RowsToRead int64     `json:"rows_to_read,omitempty" description:"The engine's guess, while it runs."`
	Memory     int64     `json:"memory_bytes,omitempty" description:"While it runs."`
	Took       int64     `json:"took_ms"`
}

const (
	sqlPath      = Prefix + "/sql"
	statementID  = "id"
	mostSQLBody  = 128 << 10
	sqlPatience  = 3 * time.Minute // 60 s for the statement, the rest for slow readers
	parameterKey = "param_"
)

var (
	statementName = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)
	parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
)

func (a *API) sqlRoutes() []route {
	if a.SQL == nil {
		return nil
	}
	about := khue.Text{VI: "Chạy một câu lệnh SQL", EN: "Run SQL"}
	more := khue.Text{
		VI: "Một câu SELECT trên các bảng nhìn của lược đồ pub, chạy bằng người dùng chỉ đọc được các bảng ấy. Kết quả đến trọn vẹn hoặc là lỗi có mã sql_…; không bao giờ bị cắt ngầm. Quá 60 giây, 2 GB bộ nhớ hay 1.000.000 dòng là lỗi. Người gọi bỏ đi thì câu lệnh dừng.",
		EN: "One SELECT on the views of schema pub, run as a user who may read these alone. A result comes whole or is a fault with a code sql_…; it is never cut in silence. More than 60 s, 2 GB of memory or 1,000,000 rows is a fault. When the caller goes away the statement ends.",
	}
	id := parameter{name: statementID, inPath: true, about: khue.Text{VI: "Mã của câu lệnh.", EN: "Name of the statement."}}
	return []route{
		{method: http.MethodGet, path: sqlPath, handler: a.sqlByAddress, tag: "sql", name: "sql", about: about, more: more, dimensions: true, gives: object{}, takes: []parameter{
			{name: "query", about: khue.Text{VI: "Câu lệnh. Tham số {tên:Kiểu} của câu lệnh nhận giá trị từ param_tên.", EN: "The statement. Its parameters {name:Type} take their values from param_name."}, example: "SELECT discipline, uniqExact(member) AS members FROM members GROUP BY discipline"},
			{name: "format", about: khue.Text{VI: "Định dạng; mặc định json.", EN: "Form of the result; json by default."}, allowed: SQLFormatNames()},
			{name: statementID, about: khue.Text{VI: "Mã của lần chạy, 8 đến 64 chữ, số, - hoặc _.", EN: "Name of the run: 8 to 64 letters, digits, - or _."}},
			{name: "rows", number: true, about: khue.Text{VI: "Nhiều dòng nhất; nhiều hơn là lỗi.", EN: "Most rows; more is an error."}},
		}},
		{method: http.MethodPost, path: sqlPath, handler: a.sqlByBody, tag: "sql", name: "sqlBody", about: khue.Text{VI: "Chạy một câu lệnh SQL gửi bằng JSON", EN: "Run SQL sent as JSON"}, more: more, body: Statement{}, gives: object{}},
		{method: http.MethodGet, path: sqlPath + "/views", handler: a.sqlViews, tag: "sql", name: "sqlViews", about: khue.Text{VI: "Các bảng nhìn và cột mà SQL đọc được", EN: "Views and columns that SQL may read"}, gives: []dashboards.SQLView{}},
		{method: http.MethodGet, path: sqlPath + "/history", handler: a.sqlHistory, tag: "sql", name: "sqlHistory", about: khue.Text{VI: "Câu lệnh của chính người gọi, mới nhất trước: 200 câu, 90 ngày", EN: "The caller's own statements, the newest first: 200 of them, 90 days"}, gives: []StatementRun{}},
		{method: http.MethodGet, path: sqlPath + "/:" + statementID, handler: a.sqlLook, tag: "sql", name: "sqlRun", about: khue.Text{VI: "Một câu lệnh của chính người gọi: đã đến đâu, kết thúc ra sao", EN: "One of the caller's own statements: how far it is, how it ended"}, takes: []parameter{id}, gives: StatementRun{}},
		{method: http.MethodDelete, path: sqlPath + "/:" + statementID, handler: a.sqlCancel, tag: "sql", name: "sqlCancel", about: khue.Text{VI: "Dừng một câu lệnh của chính người gọi", EN: "Cancel one of the caller's own statements"}, takes: []parameter{id}, gives: StatementRun{}},
	}
}

func (a *API) sqlByAddress(c *gin.Context) {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(khue.Errorf(khue.Invalid, "địa chỉ viết sai quy tắc", "the address is not well formed").Coded("bad_address", "").Because(err))
		return
	}
	s := Statement{Statement: values.Get("query"), Format: values.Get("format"), ID: values.Get(statementID), Parameters: map[string]string{}}
	var faults faultList
	for _, name := range sortedNames(values) {
		switch bare, isParameter := strings.CutPrefix(name, parameterKey); {
		case isParameter:
			s.Parameters[bare] = values.Get(name)
		case !slices.Contains([]string{"query", "format", statementID, "rows", "lang"}, name):
			faults = append(faults, unknownParameter(name, []string{"query", "format", statementID, "rows", "lang", "param_…"}))
		}
	}
	if text := values.Get("rows"); text != "" {
		if s.Rows, err = strconv.Atoi(text); err != nil || s.Rows < 1 {
			faults = append(faults, khue.Errorf(khue.Invalid, "rows phải là số nguyên từ 1", "rows must be a whole number from 1 on").Coded("bad_rows", "rows"))
		}
	}
	a.runSQL(c, s, faults)
}

func (a *API) sqlByBody(c *gin.Context) {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		_ = c.Error(khue.Errorf(khue.Invalid, "câu lệnh phải gửi bằng JSON (Content-Type: application/json)", "a statement is sent as JSON (Content-Type: application/json)").Coded("not_json", ""))
		return
	}
	read := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, mostSQLBody))
	read.DisallowUnknownFields()
	var s Statement
	if err := read.Decode(&s); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			_ = c.Error(khue.Errorf(khue.Invalid, "câu lệnh dài quá %d byte", "the statement is longer than %d bytes", mostSQLBody).Coded("too_large", ""))
			return
		}
		_ = c.Error(khue.Errorf(khue.Invalid, "JSON không đọc được: cần statement, và tùy ý parameters (tên: văn bản), format, id, rows",
			"the JSON cannot be read: it takes statement, and may have parameters (name: text), format, id and rows").Coded("bad_json", "").Because(err))
		return
	}
	var faults faultList
	if s.Rows < 0 {
		faults = append(faults, khue.Errorf(khue.Invalid, "rows phải là số nguyên từ 1", "rows must be a whole number from 1 on").Coded("bad_rows", "rows"))
	}
	a.runSQL(c, s, faults)
}

// runSQL runs a statement and sends its result on as it comes. The result is whole
// before its first byte leaves, so that a fault is always answered as one.
func (a *API) runSQL(c *gin.Context, s Statement, faults faultList) {
	form, err := sqlFormatOf(s.Format)
	if err != nil {
		faults = append(faults, err)
	}
	if s.ID != "" && !statementName.MatchString(s.ID) {
		faults = append(faults, khue.Errorf(khue.Invalid, "id cần 8 đến 64 chữ, số, - hoặc _", "id takes 8 to 64 letters, digits, - or _").Coded("bad_id", statementID))
	}
	for _, name := range slices.Sorted(keysOf(s.Parameters)) {
		if !parameterName.MatchString(name) {
			faults = append(faults, khue.Errorf(khue.Invalid, "tên tham số %q không hợp lệ", "%q is no name of a parameter", short(name)).Coded("bad_parameter", "parameters"))
		}
	}
	lang, err := langOf(c)
	if err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		_ = c.Error(faults)
		return
	}
	s.Format, s.Engine = form.Name, form.engine
	if form.most > 0 && (s.Rows == 0 || s.Rows > form.most) {
		s.Rows = form.most
	}
	a.patience(c)
	r, err := a.SQL.Run(c.Request.Context(), s)
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer func() { _ = r.Body.Close() }()
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Khue-Query-Id", r.ID)
	h.Set("Khue-Rows", strconv.FormatInt(r.Rows, 10))
	h.Set("Khue-Rows-Read", strconv.FormatInt(r.RowsRead, 10))
	h.Set("Khue-Took-Ms", strconv.FormatInt(r.Took.Milliseconds(), 10))
	if a.Simulated {
		h.Set("Khue-Simulated", "true")
	}
	if err := form.send(c, r, a.sheetOf(lang, s)); err != nil {
		// The first bytes may be gone already: the connection is cut, so that nobody takes
		// a part for the whole. A reader that had enough has cut it already.
		if c.Request.Context().Err() == nil {
			a.Logger.Warn("a result of SQL could not be sent whole", "query", r.ID, "cause", err)
		}
		if !c.Writer.Written() {
			_ = c.Error(fmt.Errorf("sending the result of a statement: %w", err))
			return
		}
		panic(http.ErrAbortHandler)
	}
}

// patience gives a statement and its reader the time that pages do not get.
func (a *API) patience(c *gin.Context) {
	out := http.NewResponseController(c.Writer)
	_ = out.SetReadDeadline(time.Time{}) // or the end of its time would look as if the reader left
	_ = out.SetWriteDeadline(time.Now().Add(sqlPatience))
}

func (a *API) sqlViews(c *gin.Context) { a.give(c, a.SQL.Views()) }

func (a *API) sqlHistory(c *gin.Context) {
	list, err := a.SQL.History(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return
	}
	if list == nil {
		list = []StatementRun{}
	}
	a.give(c, list)
}

func (a *API) sqlLook(c *gin.Context) {
	run, err := a.SQL.Look(c.Request.Context(), c.Param(statementID))
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.give(c, run)
}

func (a *API) sqlCancel(c *gin.Context) {
	id := c.Param(statementID)
	if err := a.SQL.Cancel(c.Request.Context(), id); err != nil {
		_ = c.Error(err)
		return
	}
	a.sqlLook(c)
}

// RunOf is a kept statement as answers have it.
func RunOf(r state.SQLRun) StatementRun {
	return StatementRun{ID: r.ID, Statement: r.Statement, Format: r.Format, StartedAt: r.StartedAt, Outcome: r.Outcome, Code: r.Code, Rows: r.Rows, RowsRead: r.RowsRead, Took: r.Took.Milliseconds()}
}
