package api

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"khue"
)

// Problem is an error as RFC 9457 has it, with a name that stays the same and every
// fault that was found.
type Problem struct {
	Type     string  `json:"type" description:"Always about:blank: the code tells what it is."`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Code     string  `json:"code" description:"A name for programs; it stays when the sentence is put better."`
	Detail   string  `json:"detail" description:"A sentence in the caller's language."`
	Instance string  `json:"instance"`
	Errors   []Fault `json:"errors,omitempty" description:"Each thing wrong with what was asked."`
}

// Fault is one thing wrong with what was asked.
type Fault struct {
	Path   string `json:"path" description:"The part at fault: by/1 is the second dimension."`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// faultList are several faults at once, at least one.
type faultList []error

func (f faultList) Error() string   { return errors.Join(f...).Error() }
func (f faultList) Unwrap() []error { return f }

const problemType = "application/problem+json; charset=utf-8"

// funnel answers for every handler that ended in an error.
func (a *API) funnel(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Add("Vary", "Accept-Language")
	switch {
	case c.FullPath() == "" && c.Writer.Status() == http.StatusMethodNotAllowed:
		_ = c.Error(khue.Errorf(khue.Invalid, "địa chỉ này không nhận phương thức %s; nó nhận %s", "this address does not take the method %s; it takes %s", short(c.Request.Method), h.Get("Allow")).Coded("method_not_allowed", ""))
	case c.FullPath() == "":
		_ = c.Error(khue.Errorf(khue.NotFound, "không có địa chỉ %q; /api/openapi.json kể hết", "there is no address %q; /api/openapi.json lists them all", short(c.Request.URL.Path)).Coded("unknown_address", ""))
	default:
		c.Next()
	}
	last := c.Errors.Last()
	if last == nil || c.Writer.Written() {
		return
	}
	lang, _ := langOf(c)
	p := problemOf(last.Err, lang, c.Request.URL.Path)
	if p.Status >= http.StatusInternalServerError {
		a.Logger.Error("an answer could not be given", "path", c.Request.URL.Path, "status", p.Status, "error", last.Err)
	}
	if p.Status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "5")
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", string(lang))
	body, err := json.Marshal(p)
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(p.Status, problemType, body)
}

// Refuse answers a program that is not let in, in the form of all faults.
func Refuse(c *gin.Context, status int, code string, detail khue.Text) {
	lang, _ := langOf(c)
	body, _ := json.Marshal(Problem{ // texts and a number always encode
		Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail.In(lang), Instance: c.Request.URL.Path,
	})
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Language", string(lang))
	h.Add("Vary", "Accept-Language")
	c.Data(status, problemType, body)
	c.Abort()
}

func problemOf(err error, lang khue.Lang, path string) Problem {
	kind := khue.KindOf(err)
	code, place := khue.CodeOf(err)
	p := Problem{Type: "about:blank", Status: statusOf(err, kind), Code: code, Detail: khue.MessageOf(err).In(lang), Instance: path}
	p.Title = http.StatusText(p.Status)
	var several faultList
	if errors.As(err, &several) {
		for _, one := range several {
			code, place := khue.CodeOf(one)
			p.Errors = append(p.Errors, Fault{Path: place, Code: code, Detail: khue.MessageOf(one).In(lang)})
		}
		if more := len(several) - 1; more > 0 {
			p.Code = "several"
			p.Detail += " " + khue.Errorf(kind, "(và %d lỗi khác)", "(and %d more)", more).Message.In(lang)
		}
	} else if place != "" {
		p.Errors = []Fault{{Path: place, Code: code, Detail: p.Detail}}
	}
	return p
}

// statusOf is the status of a failure. What a question names and nobody knows is a
// fault of the question, not an address that does not exist.
func statusOf(err error, kind khue.Kind) int {
	code, place := khue.CodeOf(err)
	switch {
	case code == "too_many_requests" || code == "sql_busy":
		return http.StatusTooManyRequests
	case code == "too_large":
		return http.StatusRequestEntityTooLarge
	case code == "method_not_allowed":
		return http.StatusMethodNotAllowed
	case code == "not_json":
		return http.StatusUnsupportedMediaType
	case kind == khue.NotFound && place != "":
		return http.StatusBadRequest
	}
	if status, known := statuses[kind]; known {
		return status
	}
	return http.StatusInternalServerError
}

var statuses = map[khue.Kind]int{
	khue.Invalid: http.StatusBadRequest, khue.NotFound: http.StatusNotFound, khue.Conflict: http.StatusConflict,
	khue.Forbidden: http.StatusForbidden, khue.Unavailable: http.StatusServiceUnavailable, khue.Internal: http.StatusInternalServerError,
}

var spoken = language.NewMatcher([]language.Tag{language.English, language.Vietnamese})

// langOf is the language that the caller reads: the parameter, else what the caller
// prefers, else English, which programs that say nothing have been answered in from
// the beginning. With a parameter that names none it is the caller's all the same.
func langOf(c *gin.Context) (khue.Lang, error) {
	asked, given := c.GetQuery("lang")
	if !given {
		return preferred(c), nil
	}
	lang, err := khue.ParseLang(asked)
	if err != nil {
		return preferred(c), coded(err, "unknown_language", "lang")
	}
	return lang, nil
}

func preferred(c *gin.Context) khue.Lang {
	wanted, _, err := language.ParseAcceptLanguage(c.GetHeader("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return khue.English // a header that cannot be read says nothing
	}
	if _, at, _ := spoken.Match(wanted...); at == 1 {
		return khue.Vietnamese
	}
	return khue.English
}

// coded names a fault that has no name of its own.
func coded(err error, code, path string) error {
	var e *khue.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	if named.Code == "" {
		named.Code = code
	}
	named.Path = path
	return &named
}

func sortedNames(values map[string][]string) []string { return slices.Sorted(maps.Keys(values)) }

// splitList reads what is given several times, with commas, or both; nothing is nothing.
func splitList(values []string) []string {
	var out []string
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				out = append(out, one)
			}
		}
	}
	return out
}

func sorted(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(values)))
}
