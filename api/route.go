package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators/definitionfile"
)

// route is one end point: what answers, and all that is said of it. The document at
// /api/openapi.json is written from the same table that the router is filled from.
type route struct {
	method, path string
	handler      gin.HandlerFunc
	tag          string
	name         string // operationId
	about        khue.Text
	more         khue.Text // what else one must know; may be empty
	takes        []parameter
	dimensions   bool // a dimension's name is a parameter too: discipline=design
	body         any  // the struct that a JSON body is read into; nil takes none
	gives        any  // the struct that the answer is; nil is what figures or media say
	figures      bool // the answer comes in the forms of package format
	media        string
}

// parameter is what a request may say in its address.
type parameter struct {
	name    string
	about   khue.Text
	inPath  bool
	number  bool
	many    bool // may be given several times, or with commas
	allowed []string
	example string
}

var langParameter = parameter{name: "lang", about: khue.Text{
	VI: "Ngôn ngữ của tên gọi và câu báo lỗi; không nêu thì theo Accept-Language, rồi tiếng Anh.",
	EN: "Language of names and of what is said of faults; without it Accept-Language decides, then English.",
}, allowed: []string{string(khue.Vietnamese), string(khue.English)}}

// table is every end point.
func (a *API) table() []route {
	out := slices.Concat(a.queryRoutes(), a.catalogueRoutes(), a.dataRoutes(), a.reportRoutes(), a.evidenceRoutes(), a.noteRoutes(), a.structureRoutes(), a.sqlRoutes(), a.documentRoutes())
	for i := range out {
		if out[i].method == http.MethodGet {
			out[i].takes = append(out[i].takes, langParameter)
		}
	}
	return out
}

// names are the parameters that an address may have behind its question mark.
func (r route) names() []string {
	var out []string
	for _, p := range r.takes {
		if !p.inPath {
			out = append(out, p.name)
		}
	}
	return out
}

// known refuses parameters that an end point does not have: one that is misspelt
// would otherwise be left out without a word.
func (r route) known(c *gin.Context) {
	if r.dimensions {
		return // the question tells, which knows the dimensions
	}
	var faults faultList
	for _, name := range sortedNames(c.Request.URL.Query()) {
		if !slices.Contains(r.names(), name) {
			faults = append(faults, unknownParameter(name, r.names()))
		}
	}
	if _, err := langOf(c); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		_ = c.Error(faults)
		c.Abort()
	}
}

func unknownParameter(name string, known []string) error {
	if len(known) == 0 {
		return khue.Errorf(khue.Invalid, "không có tham số %q ở đây", "there is no parameter %q here", short(name)).Coded("unknown_parameter", short(name))
	}
	hint := definitionfile.Suggestion(name, known)
	return khue.Errorf(khue.Invalid, "không có tham số %[1]q; %[2]s", "there is no parameter %[1]q; %[3]s", short(name), hint.VI, hint.EN).Coded("unknown_parameter", short(name))
}

// short keeps what a caller sent from filling an answer.
func short(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func underAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }
