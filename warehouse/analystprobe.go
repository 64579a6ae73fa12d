package warehouse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"khue"
)

// Liberty is something that the analyst's user can do and should not.
type Liberty struct {
	Statement string
	About     khue.Text
}

// liberties are statements that the analyst's user must not be able to run. They change
// nothing where they do run, but for the last, whose table nobody else sees.
func (a *Analyst) liberties() []Liberty {
	db := quoted(a.w.name)
	return []Liberty{
		{"SELECT count() FROM " + db + ".batches", about("đọc bảng của kho dữ liệu, ngoài các bảng nhìn", "read tables of the warehouse beyond the views")},
		{"SELECT count() FROM system.processes", about("xem câu lệnh của người khác", "see other people's statements")},
		{"SELECT count() FROM system.query_log", about("xem nhật ký câu lệnh của người khác", "see the log of other people's statements")},
		{"SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')", about("mở địa chỉ mạng bằng url()", "open addresses by url()")},
		{"SELECT * FROM remote('127.0.0.1:9', system.one)", about("gọi máy chủ khác bằng remote()", "ask other servers by remote()")},
		{"SELECT * FROM s3('http://127.0.0.1:9/bucket/key', 'CSV', 'a String')", about("đọc kho đối tượng bằng s3()", "read object stores by s3()")},
		{"SELECT * FROM postgresql('127.0.0.1:9', 'd', 't', 'u', 'p')", about("gọi cơ sở dữ liệu khác bằng postgresql()", "ask other databases by postgresql()")},
		{"SELECT * FROM mysql('127.0.0.1:9', 'd', 't', 'u', 'p')", about("gọi cơ sở dữ liệu khác bằng mysql()", "ask other databases by mysql()")},
		{"SELECT * FROM file('khue-probe', 'LineAsString', 'line String')", about("đọc tệp của máy chủ bằng file()", "read files of the server by file()")},
		{"SELECT * FROM executable('true', 'LineAsString', 'line String')", about("chạy chương trình của máy chủ", "run programs of the server")},
		{"SELECT 1 SETTINGS max_memory_usage = 0", about("bỏ giới hạn bộ nhớ", "lift the limit of memory")},
		{"SELECT 1 SETTINGS max_execution_time = 0", about("bỏ giới hạn thời gian", "lift the limit of time")},
		{"SELECT number FROM numbers(1000001) FORMAT Null", about("lấy quá số dòng cho phép", "take more rows than allowed")},
		{"CREATE TEMPORARY TABLE khue_probe (n UInt8) ENGINE = Memory", about("tạo bảng", "make tables")},
	}
}

// refusals are the codes by which the engine says that somebody may not: no right, only
// reading, a limit that holds, and tables or functions that this server does not have.
var refusals = []string{"497", "164", "452", "396", "60", "46", "81"}

// Liberties tries what the analyst's user must not be able to do and tells what it can;
// none is as it should be. The words of the fault are the engine's own when it does not
// let the user in, or when views are missing.
func (a *Analyst) Liberties(ctx context.Context) ([]Liberty, error) {
	if code, said, err := a.try(ctx, "SELECT count() FROM members"); err != nil || code != "" {
		if err != nil {
			return nil, err
		}
		return nil, statementFault(code, said, "")
	}
	var out []Liberty
	for _, one := range a.liberties() {
		code, err := a.tryBriefly(ctx, one.Statement)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(refusals, code) {
			out = append(out, one)
		}
	}
	return out, nil
}

// probePatience is how long a statement is tried: what is refused is refused at once, and
// what goes looking for another machine is let do so no longer.
const probePatience = 3 * time.Second

// tryBriefly is try with an end to it; a statement that goes on was not refused.
func (a *Analyst) tryBriefly(ctx context.Context, sql string) (code string, err error) {
	brief, end := context.WithTimeout(ctx, probePatience)
	defer end()
	code, _, err = a.try(brief, sql)
	if err != nil && brief.Err() != nil && ctx.Err() == nil {
		return "", nil
	}
	return code, err
}

// try sends a statement and tells the engine's code of its refusal, "" when it ran. It
// passes by what Run refuses itself: the engine is what is tried.
func (a *Analyst) try(ctx context.Context, sql string) (code, said string, err error) {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // crypto/rand never fails; it ends the process instead
	response, err := a.send(ctx, Statement{ID: "probe/" + hex.EncodeToString(b), SQL: sql, Format: "TSV"})
	if err != nil {
		return "", "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", "", fmt.Errorf("trying what analysts may do: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return "", "", nil
	}
	if code = response.Header.Get("X-ClickHouse-Exception-Code"); code == "" {
		code = "0"
	}
	return code, strings.TrimSpace(string(text)), nil
}
