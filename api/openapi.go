package api

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/jsonschema-go"

	"khue"
	"khue/api/format"
)

// DocumentPath is where the API describes itself.
const DocumentPath = "/api/openapi.json"

// object is a part of the document.
type object = map[string]any

func (a *API) documentRoutes() []route {
	return []route{{
		method: http.MethodGet, path: DocumentPath, handler: a.document, tag: "document", name: "openapi", gives: object{},
		about: khue.Text{VI: "Tài liệu này, theo OpenAPI 3.1", EN: "This document, as OpenAPI 3.1"},
	}}
}

func (a *API) document(c *gin.Context) {
	lang, err := langOf(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	doc, err := a.OpenAPI(lang)
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.give(c, doc)
}

// OpenAPI describes every end point. It is written from the table that the router is
// filled from and from the structs that answers are, so that it cannot say otherwise.
func (a *API) OpenAPI(lang khue.Lang) (map[string]any, error) {
	d := &describing{lang: lang, schemas: object{}}
	paths := object{}
	for _, r := range a.routes {
		operation, err := d.operation(r)
		if err != nil {
			return nil, fmt.Errorf("describing %s %s: %w", r.method, r.path, err)
		}
		path := named.ReplaceAllString(r.path, "{$1}")
		at, _ := paths[path].(object)
		if at == nil {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(r.method)] = operation
	}
	if _, err := d.schema(Problem{}); err != nil {
		return nil, fmt.Errorf("describing faults: %w", err)
	}
	server := a.Site
	if server == "" {
		server = "/"
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": d.say(khue.Text{VI: "Khuê: API số liệu văn hóa", EN: "Khuê: figures of a creative city"}), "version": a.Version,
			"description": d.say(about), "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []object{{"url": server}},
		"security": []object{{}},
		"tags":     d.tags(a.routes),
		"paths":    paths,
		"components": object{
			"schemas": d.schemas, "responses": d.faults(), "headers": d.headers(),
		},
	}, nil
}

var named = regexp.MustCompile(`:([a-z]+)`)

var about = khue.Text{
	VI: "Mọi câu trả lời mang mã bằng chứng để mở lại con số, và phân biệt số bị giữ kín, số chưa biết và kỳ chưa trọn. Lỗi theo RFC 9457, có mã ổn định, nơi sai và một câu theo ngôn ngữ người hỏi.",
	EN: "Every answer carries an evidence id that opens its numbers again, and tells withheld, unknown and partial figures apart. Faults follow RFC 9457, with a stable code, the place of the fault and a sentence in the caller's language.",
}

var tagWords = []struct {
	name string
	text khue.Text
}{
	{"query", khue.Text{VI: "Hỏi số liệu", EN: "Ask for figures"}},
	{"catalogue", khue.Text{VI: "Những gì có thể hỏi", EN: "What can be asked"}},
	{"evidence", khue.Text{VI: "Con số dựa vào đâu", EN: "What numbers stand on"}},
	{"data", khue.Text{VI: "Nguồn và các lần nạp", EN: "Sources and runs"}},
	{"reports", khue.Text{VI: "Báo cáo đã ban hành", EN: "Issued reports"}},
	{"notes", khue.Text{VI: "Ghi chú của cơ quan", EN: "Notes by the office"}},
	{"sql", khue.Text{VI: "SQL trên các bảng nhìn công bố", EN: "SQL on published views"}},
	{"sdmx", khue.Text{VI: "Cấu trúc SDMX", EN: "SDMX structures"}},
	{"document", khue.Text{VI: "Tài liệu", EN: "The document"}},
}

// describing is a document in the making, in one language.
type describing struct {
	lang    khue.Lang
	schemas object
}

func (d *describing) say(t khue.Text) string { return t.In(d.lang) }

func (d *describing) tags(routes []route) []object {
	var out []object
	for _, t := range tagWords {
		if slices.ContainsFunc(routes, func(r route) bool { return r.tag == t.name }) {
			out = append(out, object{"name": t.name, "description": d.say(t.text)})
		}
	}
	return out
}

func (d *describing) operation(r route) (object, error) {
	out := object{"operationId": r.name, "summary": d.say(r.about), "tags": []string{r.tag}, "parameters": d.parameters(r)}
	if more := d.say(r.more); more != "" {
		out["description"] = more
	}
	if r.body != nil {
		schema, err := d.schema(r.body)
		if err != nil {
			return nil, err
		}
		example := object{"measure": []string{"visitors"}, "by": []string{"month"}, "from": "2025-01", "to": "2025-12"}
		if _, sql := r.body.(Statement); sql {
			example = object{"statement": "SELECT name FROM members WHERE discipline = {field:String}", "parameters": object{"field": "crafts"}, "format": "csv"}
		}
		out["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": schema, "example": example}}}
	}
	schema, err := d.schema(r.gives)
	if err != nil {
		return nil, err
	}
	content := object{"application/json": object{"schema": schema}}
	if r.media != "" {
		content = object{r.media: object{"schema": schema}}
	}
	if r.figures {
		for _, f := range format.All() {
			kind, _, _ := strings.Cut(f.MediaType, ";")
			if kind != "application/json" {
				content[kind] = object{"schema": object{"type": "string", "description": d.say(f.Label)}}
			}
		}
	}
	headers := object{"ETag": ref("headers/ETag")}
	if r.figures {
		for _, name := range []string{"Khue-Evidence", "Khue-Data-Until", "Khue-Simulated", "Khue-Next-Cursor", "Last-Modified", "Link"} {
			headers[name] = ref("headers/" + name)
		}
	}
	for _, name := range []string{"RateLimit", "RateLimit-Policy"} {
		headers[name] = ref("headers/" + name)
	}
	out["responses"] = object{
		"200": object{"description": d.say(r.about), "headers": headers, "content": content},
		"304": object{"description": d.say(khue.Text{VI: "Người hỏi đã có đúng câu trả lời này (If-None-Match).", EN: "The caller has this very answer (If-None-Match)."})},
		"400": ref("responses/Fault"), "403": ref("responses/Fault"), "404": ref("responses/Fault"), "409": ref("responses/Fault"),
		"429": ref("responses/TooMany"), "503": ref("responses/Later"),
	}
	return out, nil
}

func ref(to string) object { return object{"$ref": "#/components/" + to} }

func (d *describing) parameters(r route) []object {
	out := []object{}
	for _, p := range r.takes {
		schema := object{"type": "string"}
		if p.number {
			schema = object{"type": "integer", "minimum": 0}
		}
		if len(p.allowed) > 0 {
			schema["enum"] = p.allowed
		}
		one := object{"name": p.name, "in": "query", "description": d.say(p.about), "schema": schema}
		if p.many {
			one["schema"], one["style"], one["explode"] = object{"type": "array", "items": schema}, "form", p.name == "where" || p.name == "edition"
		}
		if p.inPath {
			one["in"], one["required"] = "path", true
		}
		if p.name == "measure" {
			one["required"] = true
		}
		if p.example != "" {
			one["example"] = p.example
			if p.many {
				one["example"] = strings.Split(p.example, ",")
				if p.name == "where" {
					one["example"] = []string{p.example}
				}
			}
		}
		out = append(out, one)
	}
	return out
}

// schema describes a struct; those inside it stand under their own names.
func (d *describing) schema(of any) (object, error) {
	if _, free := of.(object); free {
		return object{"type": "object"}, nil
	}
	reflector := jsonschema.Reflector{}
	s, err := reflector.Reflect(of,
		jsonschema.DefinitionsPrefix("#/components/schemas/"), jsonschema.RootRef,
		jsonschema.InterceptDefName(func(t reflect.Type, _ string) string { return schemaName(t) }),
		jsonschema.InterceptProp(func(p jsonschema.InterceptPropParams) error {
			if p.Processed && !strings.Contains(p.Field.Tag.Get("json"), ",omit") {
				p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
			}
			return nil
		}),
		jsonschema.CollectDefinitions(func(name string, s jsonschema.Schema) { d.schemas[name] = tidied(s) }),
	)
	if err != nil {
		return nil, err
	}
	return tidied(s), nil
}

// tidied is a schema as plain objects, with each name required once.
func tidied(s jsonschema.Schema) object {
	if len(s.Required) > 0 {
		slices.Sort(s.Required)
		s.Required = slices.Compact(s.Required)
	}
	simple, err := s.ToSchemaOrBool().ToSimpleMap()
	if err != nil {
		panic(err) // it came from JSON structs
	}
	delete(simple, "definitions")
	return simple
}

var generic = regexp.MustCompile(`^Page\[.*\.([A-Za-z]+)\]$`)

// schemaName is the name of a struct in the document: Page[Measure] is MeasurePage.
func schemaName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if m := generic.FindStringSubmatch(t.Name()); m != nil {
		return m[1] + "Page"
	}
	if strings.HasSuffix(t.PkgPath(), "api/format") {
		switch t.Name() { // both packages have one
		case "Evidence", "Completeness", "Reach", "Row", "Column":
			return "Answer" + t.Name()
		}
	}
	return t.Name()
}

func (d *describing) faults() object {
	problem := object{"application/problem+json": object{"schema": ref("schemas/Problem")}}
	waiting := object{"Retry-After": ref("headers/Retry-After")}
	return object{
		"Fault":   object{"description": d.say(khue.Text{VI: "Có lỗi; mã và nơi sai nằm trong câu trả lời.", EN: "A fault; its code and place stand in the answer."}), "content": problem},
		"TooMany": object{"description": d.say(khue.Text{VI: "Hỏi quá nhiều trong thời gian ngắn.", EN: "Too much was asked in a short time."}), "headers": waiting, "content": problem},
		"Later":   object{"description": d.say(khue.Text{VI: "Lúc này chưa trả lời được.", EN: "It cannot be answered now."}), "headers": waiting, "content": problem},
	}
}

func (d *describing) headers() object {
	out := object{}
	for name, text := range headerWords {
		out[name] = object{"description": d.say(text), "schema": object{"type": "string"}}
	}
	return out
}

var headerWords = map[string]khue.Text{
	"ETag":             {VI: "Dấu của câu trả lời; gửi lại bằng If-None-Match.", EN: "Tag of the answer, to be sent back as If-None-Match."},
	"Khue-Evidence":    {VI: "Mã bằng chứng, mở lại ở /api/v1/evidence/{id}.", EN: "Evidence id, to be opened at /api/v1/evidence/{id}."},
	"Khue-Data-Until":  {VI: "Ngày mà số liệu vươn tới.", EN: "The day that the facts reach."},
	"Khue-Simulated":   {VI: "true khi số liệu là của thành phố mô phỏng.", EN: "true where the figures are those of a simulated city."},
	"Khue-Next-Cursor": {VI: "Con trỏ của trang sau.", EN: "Cursor of the next page."},
	"Last-Modified":    {VI: "Lúc lô dữ liệu mới nhất trong câu trả lời được ghi.", EN: "When the newest batch that the answer holds was recorded."},
	"Link":             {VI: "Bằng chứng (describedby) và trang sau (next).", EN: "The evidence (describedby) and the next page (next)."},
	"RateLimit":        {VI: "Số lượt còn lại (r) và số giây đến khi đủ lại (t).", EN: "Requests left (r) and seconds until all are there again (t)."},
	"RateLimit-Policy": {VI: "Số lượt (q) trong số giây (w).", EN: "Requests (q) in so many seconds (w)."},
	"Retry-After":      {VI: "Số giây nên đợi.", EN: "Seconds to wait."},
}

// Routes are the method and path of every end point, as gin writes them.
func (a *API) Routes() []string {
	out := map[string]bool{}
	for _, r := range a.routes {
		out[r.method+" "+r.path] = true
	}
	return slices.Sorted(maps.Keys(out))
}
