package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
	"khue/warehouse/engine"
)

// Limits of one statement. The profile of the analyst's user holds the same ones, so
// that they hold whoever sends the statement.
const (
	MostStatementRows    = 1_000_000
	MostStatementSeconds = 60
)

// Statement is what an analyst asks the engine.
type Statement struct {
	ID         string // names it in the engine: no two that run may have the same
	SQL        string
	Parameters map[string]string // values of {name:Type}
	Format     string            // of the engine, where the statement names none
	Database   string            // for names without one; "" is the schema of views
	Escaped    bool              // Parameters are written as the engine reads them
	Passed     map[string]string // settings that the reader chose; the profile bounds them
	Rows       int               // most rows, more of them is an error; 0 is MostStatementRows
}

// Result is a statement that ran to its end: nothing is missing from Body.
type Result struct {
	Body      io.ReadCloser
	Header    http.Header // as the engine sent it
	Format    string      // of the engine
	Type      string      // media type
	Rows      int64
	RowsRead  int64
	BytesRead int64
	Elapsed   time.Duration
}

// Running is how far a statement has come.
type Running struct {
	Elapsed              time.Duration
	RowsRead, RowsToRead int64 // RowsToRead is the engine's guess; 0 when it has none
	Memory               int64 // bytes
}

// Analyst runs statements of other people as a user who may read the views of the
// public schema and nothing else.
type Analyst struct {
	w      *Warehouse
	client *http.Client
	at     func() (address *url.URL, user, password string, err error)
}

// Analyst is the way in for analysts. address is that of the HTTP interface of a server
// one runs oneself, with the user and password that it has for them; the embedded engine
// takes none.
func (w *Warehouse) Analyst(address string) (*Analyst, error) {
	a := &Analyst{w: w, client: &http.Client{Transport: &http.Transport{MaxIdleConns: 8, IdleConnTimeout: time.Minute, DisableCompression: true}}}
	if address == "" {
		if w.engine == nil {
			return nil, khue.Errorf(khue.Unavailable, "máy chủ ClickHouse riêng cần sql.url: địa chỉ HTTP và người dùng chỉ đọc cho phân tích",
				"a ClickHouse server of your own needs sql.url: its HTTP address and a reading user for analysts").Coded("sql_off", "")
		}
		a.at = w.embeddedAddress
		return a, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User == nil {
		return nil, khue.Errorf(khue.Invalid, "sql.url phải có dạng https://người_dùng:mật_khẩu@máy:8443", "sql.url has to look like https://user:password@host:8443") // never the text: it holds a password
	}
	password, _ := u.User.Password()
	user := u.User.Username()
	bare := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
	a.at = func() (*url.URL, string, string, error) { return bare, user, password, nil }
	return a, nil
}

func (w *Warehouse) embeddedAddress() (*url.URL, string, string, error) {
	at, err := w.engine.Address()
	if err != nil {
		return nil, "", "", err
	}
	return &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(at.HTTP), Path: "/"}, engine.AnalystUser, w.engine.Secrets().Analyst, nil
}

// Run runs a statement to its end and then hands out its result, so that an error is
// never a result cut short: the engine keeps the result, on its disk when it is large,
// until it is whole. When ctx ends the statement is ended in the engine.
func (a *Analyst) Run(ctx context.Context, s Statement) (*Result, error) {
	if err := a.admit(ctx, s); err != nil {
		return nil, err
	}
	response, err := a.send(ctx, s)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		defer func() { _ = response.Body.Close() }()
		said, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		if err != nil {
			return nil, fmt.Errorf("reading what the engine said of a statement: %w", err)
		}
		return nil, statementFault(response.Header.Get("X-ClickHouse-Exception-Code"), string(said), s.SQL)
	}
	out := &Result{
		Body: drained{response.Body}, Header: response.Header, Format: response.Header.Get("X-ClickHouse-Format"), Type: response.Header.Get("Content-Type"),
	}
	out.sum(response.Header.Get("X-ClickHouse-Summary"))
	return out, nil
}

// send hands a statement to the engine and ends it there when ctx ends. The request
// itself lives on until the engine has answered: the embedded engine does not bear a
// connection that is reset.
func (a *Analyst) send(ctx context.Context, s Statement) (*http.Response, error) {
	at, user, password, err := a.at()
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"query_id": {s.ID}, "database": {s.Database}, "default_format": {s.Format}, "wait_end_of_query": {"1"},
		"max_result_rows": {strconv.Itoa(s.rows())}, "session_timezone": {a.w.zone.String()},
	}
	if s.Database == "" {
		query.Set("database", a.w.PublicSchema())
	}
	for name, value := range s.Passed {
		query.Set(name, value)
	}
	for name, value := range s.Parameters {
		if !s.Escaped {
			value = escaped(value)
		}
		query.Set("param_"+name, value)
	}
	address := *at
	address.RawQuery = query.Encode()
	life, end := context.WithTimeout(context.WithoutCancel(ctx), (MostStatementSeconds+30)*time.Second)
	request, err := http.NewRequestWithContext(life, http.MethodPost, address.String(), strings.NewReader(s.SQL))
	if err != nil {
		end()
		return nil, fmt.Errorf("asking the engine: %w", err)
	}
	request.Header.Set("X-ClickHouse-User", user)
	request.Header.Set("X-ClickHouse-Key", password)
	request.Header.Set("User-Agent", "khue")
	stop := context.AfterFunc(ctx, func() {
		_ = a.Cancel(context.WithoutCancel(ctx), s.ID)
		if a.w.engine == nil {
			end()
		}
	})
	response, err := a.client.Do(request)
	if err != nil {
		stop()
		end()
		if ctx.Err() != nil {
			return nil, cancelled(err)
		}
		return nil, unreachable(fmt.Errorf("asking as the analyst: %w", hideAddress(err)))
	}
	response.Body = ending{response.Body, func() { stop(); end() }}
	return response, nil
}

func (s Statement) rows() int {
	if s.Rows <= 0 || s.Rows > MostStatementRows {
		return MostStatementRows
	}
	return s.Rows
}

// hideAddress keeps the statement and its parameters, which stand in the address, out
// of errors.
func hideAddress(err error) error {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // it is what Do gives, unwrapped
		return e.Err
	}
	return err
}

type ending struct {
	io.ReadCloser
	end func()
}

func (e ending) Close() error {
	err := e.ReadCloser.Close()
	e.end()
	return err
}

// drained reads what is left before it closes, so that no connection is reset.
type drained struct{ io.ReadCloser }

func (d drained) Close() error {
	_, _ = io.Copy(io.Discard, d.ReadCloser)
	return d.ReadCloser.Close()
}

// sum reads the engine's own account of a statement.
func (r *Result) sum(text string) {
	var said struct {
		ReadRows   int64 `json:"read_rows,string"`
		ReadBytes  int64 `json:"read_bytes,string"`
		ResultRows int64 `json:"result_rows,string"`
		Elapsed    int64 `json:"elapsed_ns,string"`
	}
	if json.Unmarshal([]byte(text), &said) == nil {
		r.Rows, r.RowsRead, r.BytesRead, r.Elapsed = said.ResultRows, said.ReadRows, said.ReadBytes, time.Duration(said.Elapsed)
	}
}

// Cancel ends a statement that runs; one that does not is no fault.
func (a *Analyst) Cancel(ctx context.Context, id string) error {
	_, user, _, err := a.at()
	if err != nil {
		return err
	}
	if err := a.w.conn.Exec(ctx, "KILL QUERY WHERE query_id = $1 AND user = $2 ASYNC", id, user); err != nil {
		return fmt.Errorf("ending a statement: %w", err)
	}
	return nil
}

// Progress tells how far a statement is; known is false when it does not run.
func (a *Analyst) Progress(ctx context.Context, id string) (r Running, known bool, err error) {
	_, user, _, err := a.at()
	if err != nil {
		return r, false, err
	}
	rows, err := a.w.conn.Query(ctx, "SELECT elapsed, read_rows, total_rows_approx, memory_usage FROM system.processes WHERE query_id = $1 AND user = $2", id, user)
	if err != nil {
		return r, false, fmt.Errorf("asking how far a statement is: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var seconds float64
		var read, whole uint64
		if err := rows.Scan(&seconds, &read, &whole, &r.Memory); err != nil {
			return r, false, fmt.Errorf("asking how far a statement is: %w", err)
		}
		r.Elapsed, r.RowsRead, r.RowsToRead, known = time.Duration(seconds*float64(time.Second)), int64(read), int64(whole), true
	}
	return r, known, rows.Err()
}

// canonical is a statement as the engine itself would write it: without comments, and
// with every name decoded.
func (a *Analyst) canonical(ctx context.Context, sql string) (string, error) {
	var text string
	err := a.w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"q": escaped(sql)})), "SELECT formatQuerySingleLine({q:String})").Scan(&text)
	return text, err
}
