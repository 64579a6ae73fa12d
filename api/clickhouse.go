package api

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
)

// ClickHousePath is where tools that speak ClickHouse's HTTP protocol ask: what they send
// as its password is a token for SQL. Behind it stands what stands behind /api/v1/sql,
// so that accounts, audit and limits hold for them too.
const ClickHousePath = "/clickhouse"

func (a *API) registerClickHouse(r gin.IRouter) {
	if a.SQL == nil {
		return
	}
	for _, path := range []string{ClickHousePath, ClickHousePath + "/"} {
		r.GET(path, a.clickHouseFunnel, a.limited, a.clickHouse)
		r.POST(path, a.clickHouseFunnel, a.limited, a.clickHouse)
	}
	r.GET(ClickHousePath+"/ping", func(c *gin.Context) { c.String(http.StatusOK, "Ok.\n") })
}

// clickHouseCodes are the numbers by which ClickHouse's own clients know faults.
var clickHouseCodes = map[string]int{
	"sql_syntax": 62, "sql_refused": 497, "sql_too_many_rows": 396, "sql_too_slow": 159, "sql_too_much_memory": 241, "sql_too_large": 243,
	"sql_busy": 202, "too_many_requests": 202, "sql_cancelled": 394, "sql_parameter_missing": 456, "sql_setting": 164,
}

// clickHouseFunnel writes faults as ClickHouse does.
func (a *API) clickHouseFunnel(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Next()
	last := c.Errors.Last()
	if last == nil || c.Writer.Written() {
		return
	}
	name, _ := khue.CodeOf(last.Err)
	code := clickHouseCodes[name]
	if code == 0 {
		code = 36 // BAD_ARGUMENTS
	}
	status := statusOf(last.Err, khue.KindOf(last.Err))
	if status >= http.StatusInternalServerError {
		a.Logger.Error("an answer could not be given", "path", c.Request.URL.Path, "status", status, "error", last.Err)
	}
	h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
	c.String(status, "Code: %d. DB::Exception: %s (%s)\n", code, khue.MessageOf(last.Err).EN, name)
}

// Settings that tools send: some are passed on, some ask for what happens anyhow or is
// not needed here. Any other would change what the engine does, and is refused as the
// engine would.
var (
	passedSettings  = []string{"max_result_rows", "max_execution_time", "client_protocol_version", "date_time_output_format", "join_use_nulls"}
	ignoredSettings = []string{
		"query", "query_id", "database", "default_format", "user", "session_id", "session_check", "session_timeout", "session_timezone", "wait_end_of_query", "buffer_size", "send_progress_in_http_headers", "http_headers_progress_interval_ms",
		"enable_http_compression", "compress", "decompress", "http_zlib_compression_level", "network_compression_method", "cancel_http_readonly_queries_on_client_close", "readonly", "result_overflow_mode", "add_http_cors_header", "client_info", "quota_key", "stacktrace",
	}
)

func (a *API) clickHouse(c *gin.Context) {
	s, err := clickHouseStatement(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if s.Statement == "" {
		c.String(http.StatusOK, "Ok.\n")
		return
	}
	a.patience(c)
	r, err := a.SQL.Run(c.Request.Context(), s)
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer func() { _ = r.Body.Close() }()
	h := c.Writer.Header()
	for _, name := range []string{"X-ClickHouse-Summary", "X-ClickHouse-Format", "X-ClickHouse-Timezone", "X-ClickHouse-Server-Display-Name"} {
		if v := r.Header.Get(name); v != "" {
			h.Set(name, v)
		}
	}
	h.Set("X-ClickHouse-Query-Id", r.ID)
	h.Set("Content-Type", r.Type)
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, r.Body); err != nil {
		panic(http.ErrAbortHandler) // the connection is cut, so that nobody takes a part for the whole
	}
}

// clickHouseStatement reads a statement as ClickHouse's HTTP interface does: from the
// address, and from the body after it.
func clickHouseStatement(c *gin.Context) (Statement, error) {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return Statement{}, khue.Errorf(khue.Invalid, "địa chỉ viết sai quy tắc", "the address is not well formed").Coded("bad_address", "").Because(err)
	}
	if values.Has("password") {
		return Statement{}, khue.Errorf(khue.Forbidden, "đừng gửi khóa trong địa chỉ: hãy dùng mật khẩu của Basic hoặc X-ClickHouse-Key", "do not send a token in the address: send it as the password of Basic or as X-ClickHouse-Key").Coded("token_in_address", "")
	}
	if c.GetHeader("Content-Encoding") != "" {
		return Statement{}, khue.Errorf(khue.Invalid, "hãy gửi câu lệnh không nén", "send the statement without compression").Coded("bad_encoding", "")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, mostSQLBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return Statement{}, khue.Errorf(khue.Invalid, "câu lệnh dài quá %d byte", "the statement is longer than %d bytes", mostSQLBody).Coded("too_large", "")
		}
		return Statement{}, khue.Errorf(khue.Invalid, "câu lệnh đến không trọn vẹn", "the statement did not arrive whole").Coded("bad_request", "").Because(err)
	}
	s := Statement{
		Statement: strings.TrimSpace(values.Get("query") + "\n" + string(body)), Format: "clickhouse", ID: values.Get("query_id"), Parameters: map[string]string{},
		Engine: first(values.Get("default_format"), c.GetHeader("X-ClickHouse-Format"), "TabSeparated"), Database: first(values.Get("database"), c.GetHeader("X-ClickHouse-Database")), Passed: map[string]string{}, Patient: true,
	}
	if s.Database == "default" {
		s.Database = ""
	}
	if !statementName.MatchString(s.ID) {
		s.ID = ""
	}
	return s, s.take(values)
}

// take takes parameters and settings out of an address.
func (s *Statement) take(values url.Values) error {
	for _, name := range sortedNames(values) {
		switch bare, isParameter := strings.CutPrefix(name, parameterKey); {
		case isParameter && parameterName.MatchString(bare):
			s.Parameters[bare] = values.Get(name)
			s.Escaped = true
		case slices.Contains(passedSettings, name):
			s.Passed[name] = values.Get(name)
		case !slices.Contains(ignoredSettings, name):
			return khue.Errorf(khue.Forbidden, "không được đổi thiết lập %q", "setting %q may not be changed", short(name)).Coded("sql_setting", "")
		}
	}
	if text, given := s.Passed["max_result_rows"]; given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return khue.Errorf(khue.Invalid, "max_result_rows phải là số nguyên", "max_result_rows has to be a whole number").Coded("bad_rows", "")
		}
		s.Rows = n
		delete(s.Passed, "max_result_rows")
	}
	return nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// ClickHouseToken is the token that a tool sends in the place of a password; "" when it
// sends none.
func ClickHouseToken(r *http.Request) string {
	if _, password, sent := r.BasicAuth(); sent {
		return password
	}
	return r.Header.Get("X-ClickHouse-Key")
}
