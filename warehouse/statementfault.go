package warehouse

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// longestStatement is the longest text of a statement, in bytes; the engine takes no more.
const longestStatement = 64 << 10

// Words that a statement may not have outside of texts. The embedded engine has a
// function file() that reads any file of its user, and no grant takes it away; it would
// give away the tables themselves. Everything else that reaches beyond the views is
// refused by grants.
var forbiddenWord = regexp.MustCompile(`(?i)(^|[^A-Za-z0-9_])file($|[^A-Za-z0-9_])`)

// identifierParameter is a parameter in the place of a name, which could be that word.
var identifierParameter = regexp.MustCompile(`\{\s*[A-Za-z0-9_]+\s*:\s*Identifier\s*\}`)

// canonicalText is a text in a statement that the engine has written.
var canonicalText = regexp.MustCompile(`'(?:[^'\\]|\\.|'')*'`)

// admit refuses what grants cannot. What the engine's own parser does not read is
// refused too, in the words of the parser.
func (a *Analyst) admit(ctx context.Context, s Statement) error {
	if strings.TrimSpace(s.SQL) == "" {
		return khue.Errorf(khue.Invalid, "chưa có câu lệnh", "there is no statement").Coded("sql_empty", "statement")
	}
	if len(s.SQL) > longestStatement {
		return khue.Errorf(khue.Invalid, "câu lệnh dài hơn %d byte", "the statement is longer than %d bytes", longestStatement).Coded("sql_too_long", "statement")
	}
	if strings.ContainsRune(s.SQL, 0) || !utf8.ValidString(s.SQL) {
		return khue.Errorf(khue.Invalid, "câu lệnh phải là UTF-8 và không có ký tự rỗng", "a statement is UTF-8 without null characters").Coded("sql_syntax", "statement")
	}
	text, err := a.canonical(ctx, s.SQL)
	var refused *clickhouse.Exception
	switch {
	case errors.As(err, &refused):
		return statementFault(strconv.Itoa(int(refused.Code)), refused.Message, s.SQL)
	case err != nil && ctx.Err() != nil:
		return cancelled(err)
	case err != nil:
		return unreachable(err)
	}
	text = canonicalText.ReplaceAllString(text, "''")
	if forbiddenWord.MatchString(text) {
		return khue.Errorf(khue.Forbidden, "câu lệnh không được dùng tên file: hàm này đọc tệp trên máy chủ", "a statement may not use the name file: that function reads files of the server").Coded("sql_refused", "statement")
	}
	if identifierParameter.MatchString(text) {
		return khue.Errorf(khue.Forbidden, "tham số không được thay cho tên (Identifier)", "parameters may not stand for names (Identifier)").Coded("sql_refused", "statement")
	}
	return nil
}

func cancelled(cause error) error {
	return khue.Errorf(khue.Conflict, "câu lệnh đã bị dừng", "the statement was cancelled").Coded("sql_cancelled", "").Because(cause)
}

// Kinds of refusal by the engine, by its codes (ErrorCodes.cpp).
var statementKinds = map[int]struct {
	kind khue.Kind
	code string
	said khue.Text
}{
	62:  {khue.Invalid, "sql_syntax", about("câu lệnh sai cú pháp", "the statement has a syntax error")},
	452: {khue.Forbidden, "sql_refused", about("không được đổi giới hạn này", "this limit may not be changed")},
	164: {khue.Forbidden, "sql_refused", about("tài khoản phân tích chỉ được đọc", "analysts may only read")},
	291: {khue.Forbidden, "sql_refused", about("không có quyền", "access is denied")},
	497: {khue.Forbidden, "sql_refused", about("câu lệnh cần quyền mà tài khoản phân tích không có", "the statement takes rights that analysts do not have")},
	344: {khue.Forbidden, "sql_refused", about("tính năng này không được bật", "this feature is not enabled")},
	446: {khue.Forbidden, "sql_refused", about("hàm này không được phép", "this function is not allowed")},
	358: {khue.Forbidden, "sql_refused", about("không được ghi kết quả ra tệp của máy chủ", "results may not be written to files of the server")},
	158: {khue.Invalid, "sql_too_many_rows", about("kết quả có quá nhiều dòng", "the result has too many rows")},
	396: {khue.Invalid, "sql_too_many_rows", about("kết quả có quá nhiều dòng hoặc quá lớn", "the result has too many rows or is too large")},
	159: {khue.Invalid, "sql_too_slow", about("câu lệnh chạy quá lâu", "the statement takes too long")},
	160: {khue.Invalid, "sql_too_slow", about("câu lệnh chạy quá lâu", "the statement takes too long")},
	241: {khue.Invalid, "sql_too_much_memory", about("câu lệnh cần quá nhiều bộ nhớ", "the statement takes too much memory")},
	243: {khue.Invalid, "sql_too_large", about("kết quả tạm quá lớn", "temporary results are too large")},
	202: {khue.Unavailable, "sql_busy", about("đang có quá nhiều câu lệnh chạy", "too many statements run at the moment")},
	394: {khue.Conflict, "sql_cancelled", about("câu lệnh đã bị dừng", "the statement was cancelled")},
	456: {khue.Invalid, "sql_parameter_missing", about("thiếu giá trị của một tham số", "a parameter has no value")},
	516: {khue.Unavailable, "sql_off", about("người dùng phân tích không đăng nhập được vào kho dữ liệu", "the analyst's user cannot sign in to the warehouse")},
}

var (
	saidFront    = regexp.MustCompile(`^Code: (\d+)\. DB::(?:NetException|Exception|ParsingException): `)
	saidVersion  = regexp.MustCompile(`\s*\(version [^)]*\)\s*$`)
	saidWhere    = regexp.MustCompile(`(?s): In scope SELECT formatQuerySingleLine\(.*$`) // our own question to the parser
	saidPosition = regexp.MustCompile(`failed at position (\d+)`)
)

// statementFault turns the engine's refusal of a statement into ours: a name that stays,
// a sentence in both languages with the engine's own words, and the place in the
// statement (statement:LINE:COLUMN) where it tells one.
func statementFault(code, said, sql string) error {
	said = strings.TrimSpace(strings.ReplaceAll(said, "\r", ""))
	if front := saidFront.FindStringSubmatch(said); front != nil {
		code, said = front[1], said[len(front[0]):]
	}
	said = saidVersion.ReplaceAllString(said, "")
	said = saidWhere.ReplaceAllString(said, "")
	if at := strings.Index(said, "Expected one of: "); at >= 0 {
		said = said[:at] + clip(said[at:], 160)
	}
	said = clip(said, 1500)
	n, _ := strconv.Atoi(code)
	if n == 0 || n == 1000 { // not one of the engine's own refusals: its words may tell of the machine
		return khue.Errorf(khue.Invalid, "kho dữ liệu không chạy được câu lệnh này", "the warehouse could not run this statement").Coded("sql_failed", "statement").Because(fmt.Errorf("engine code %s: %s", code, said))
	}
	kind, known := statementKinds[n]
	if !known {
		kind.kind, kind.code, kind.said = khue.Invalid, "sql_invalid", about("câu lệnh không chạy được", "the statement cannot be run")
	}
	place := "statement"
	if at := saidPosition.FindStringSubmatch(said); at != nil {
		if position, err := strconv.Atoi(at[1]); err == nil {
			place = placeIn(sql, position)
		}
	}
	return khue.Errorf(kind.kind, "%[1]s: %[3]s", "%[2]s: %[3]s", kind.said.VI, kind.said.EN, said).Coded(kind.code, place)
}

// placeIn is a position in a text, in bytes from 1, as line and column from 1, the
// latter in letters.
func placeIn(sql string, position int) string {
	before := sql[:min(max(position-1, 0), len(sql))]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("statement:%d:%d", line, column)
}

// clip shortens a long text at a letter.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
