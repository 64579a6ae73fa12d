package api

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"khue"
)

// mostBody is the longest question, in bytes.
const mostBody = 64 << 10

// fromBody reads a question from JSON. Keys that are unknown or given twice, and
// values of a wrong kind, are faults.
func fromBody(c *gin.Context) (Question, faultList, error) {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		return Question{}, nil, khue.Errorf(khue.Invalid, "câu hỏi phải là JSON (Content-Type: application/json)", "a question must be JSON (Content-Type: application/json)").Coded("not_json", "")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, mostBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return Question{}, nil, khue.Errorf(khue.Invalid, "câu hỏi dài quá %d byte", "the question is longer than %d bytes", mostBody).Coded("too_large", "")
	}
	if err != nil {
		return Question{}, nil, khue.Errorf(khue.Invalid, "câu hỏi đến không trọn vẹn", "the question did not arrive whole").Coded("bad_json", "").Because(err)
	}
	return questionOf(body)
}

func questionOf(body []byte) (Question, faultList, error) {
	var q Question
	var given map[string]jsontext.Value
	if err := json.Unmarshal(body, &given); err != nil || given == nil {
		return q, nil, badJSON(err)
	}
	fields := map[string]any{
		"measure": &q.Measure, "by": &q.By, "where": &q.Where, "from": &q.From, "to": &q.To, "as_of": &q.AsOf, "top": &q.Top, "derive": &q.Derive,
		"area_view": &q.AreaView, "counting": &q.Counting, "edition": &q.Edition, "limit": &q.Limit, "page_size": &q.PageSize, "cursor": &q.Cursor,
		"format": &q.Format, "lang": &q.Lang,
	}
	var faults faultList
	for _, name := range slices.Sorted(maps.Keys(given)) {
		into, known := fields[name]
		if !known {
			faults = append(faults, unknownParameter(name, questionNames()))
			continue
		}
		if err := json.Unmarshal(given[name], into); err != nil {
			faults = append(faults, wrongKind(name, into))
			empty(into)
			continue
		}
		if n, counts := into.(*int); counts && *n < 1 {
			faults = append(faults, khue.Errorf(khue.Invalid, "%s phải là số nguyên từ 1", "%s must be a whole number from 1 on", name).Coded("bad_"+name, name))
			*n = 0
		}
	}
	return q, faults, nil
}

// empty takes away what was read of a value before it proved to be of a wrong kind.
func empty(into any) {
	v := reflect.ValueOf(into).Elem()
	v.SetZero()
}

func badJSON(err error) error {
	at := int64(0)
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return khue.Errorf(khue.Invalid, "một khóa được nêu hai lần (byte thứ %d)", "a key is given twice (byte %d)", at).Coded("repeated", "").Because(err)
	}
	return khue.Errorf(khue.Invalid, "câu hỏi không phải là một đối tượng JSON hợp lệ (byte thứ %d)", "the question is no JSON object (byte %d)", at).Coded("bad_json", "").Because(err)
}

func wrongKind(name string, into any) error {
	vi, en := "một chuỗi ký tự", "a text"
	switch into.(type) {
	case *[]string:
		vi, en = "một danh sách chuỗi ký tự", "a list of texts"
	case *map[string][]string:
		vi, en = "một đối tượng, mỗi chiều một danh sách giá trị", "an object with a list of values for each dimension"
	case *map[string]string:
		vi, en = "một đối tượng gồm các chuỗi ký tự", "an object of texts"
	case *int:
		vi, en = "một số nguyên", "a whole number"
	}
	return khue.Errorf(khue.Invalid, "%[1]s phải là %[2]s", "%[1]s must be %[3]s", name, vi, en).Coded("wrong_kind", name)
}
