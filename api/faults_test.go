package api_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/api"
)

// Every fault has a status, a name, a place and a sentence in both languages.
func TestEachThingWrongWithAQuestionIsToldByNamePlaceAndSentence(t *testing.T) {
	c := newCity(t)
	for query, want := range map[string]struct{ code, path, vi, en string }{
		"":                                          {"no_measure", "measure", "ít nhất một chỉ số", "at least one measure"},
		"measure=visitor":                           {"unknown_measure", "measure/0", "có phải ý bạn là", "did you mean visitors"},
		"measure=visitors,visitors":                 {"repeated", "measure/1", "được hỏi hai lần", "asked for twice"},
		"measure=visitors&by=colour":                {"unknown_dimension", "by/0", "không có chiều", "there is no dimension"},
		"measure=visitors&by=month,week":            {"two_grains", "by/1", "một độ dài kỳ", "one grain"},
		"measure=visitors&by=area,area":             {"repeated", "by/1", "hai lần", "twice"},
		"measure=visitors&where=discipline":         {"bad_where", "where/0", "tên=giá_trị", "name=value"},
		"measure=visitors&where=colour=red":         {"unknown_dimension", "where/colour", "không có chiều", "there is no dimension"},
		"measure=visitors&where=/0=":                {"unknown_dimension", "where/~10", "không có chiều", "there is no dimension"},
		"measure=visitors&where=area/0=red":         {"unknown_dimension", "where/area~10", "không có chiều", "there is no dimension"},
		"measure=visitors&where=a~1b=red":           {"unknown_dimension", "where/a~01b", "không có chiều", "there is no dimension"},
		"measure=visitors&where=0=red":              {"unknown_dimension", "where/0", "không có chiều", "there is no dimension"},
		"measure=visitors&edition=x/0=1":            {"unknown_classification", "edition/x~10", "không có", "there is no"},
		"measure=visitors&discipline=desing":        {"unknown_value", "where/discipline/0", "có phải ý bạn là", "did you mean design"},
		"measure=visitors&month=2025-01":            {"time_as_filter", "where/month", "ngày đầu", "first and last day"},
		"measure=visitors&from=2025-13":             {"bad_period", "from", "không phải là kỳ", "is not a period"},
		"measure=visitors&to=soon":                  {"bad_period", "to", "không phải là kỳ", "is not a period"},
		"measure=visitors&from=2026&to=2025":        {"days_reversed", "to", "phải trước", "must come before"},
		"measure=visitors&as_of=yesterday":          {"bad_moment", "as_of", "không phải là thời điểm", "is no moment"},
		"measure=visitors&as_of=2999-01-01":         {"moment_in_future", "as_of", "tương lai", "future"},
		"measure=visitors&top=five":                 {"bad_top", "top", "số:chiều", "number:dimension"},
		"measure=visitors&top=5:discipline":         {"top_not_split", "top", "phải chia theo", "must be split"},
		"measure=visitors&by=area&top=5:area:x":     {"top_not_asked", "top", "không có chỉ số đó", "does not ask for"},
		"measure=visitors&by=month&derive=change":   {"unknown_derivation", "derive/0", "có phải ý bạn là", "did you mean change_"},
		"measure=visitors&derive=share":             {"derivation_not_possible", "derive/0", "tỷ trọng", "a share needs"},
		"measure=visitors&area_view=then":           {"unknown_area_view", "area_view", "không có cách xem", "no view of areas"},
		"measure=visitors&counting=twice":           {"unknown_counting", "counting", "không có cách tính", "no way of counting"},
		"measure=visitors&edition=uccn":             {"bad_edition", "edition/0", "tên=giá_trị", "name=value"},
		"measure=visitors&edition=colour=1":         {"unknown_classification", "edition/colour", "không có", "there is no"},
		"measure=visitors&limit=none":               {"bad_limit", "limit", "số nguyên", "whole number"},
		"measure=visitors&limit=1000000":            {"bad_limit", "limit", "từ 1 đến", "from 1 to"},
		"measure=visitors&page_size=-1":             {"bad_page_size", "page_size", "số nguyên", "whole number"},
		"measure=visitors&page_size=9&format=xlsx":  {"no_pages", "page_size", "tệp trọn vẹn", "one whole file"},
		"measure=visitors&page_size=9&cursor=x":     {"bad_cursor", "cursor", "không đọc được", "cannot be read"},
		"measure=visitors&format=pdf":               {"unknown_format", "format", "không có định dạng", "there is no format"},
		"measure=visitors&from=2025&from=2026":      {"repeated", "from", "một lần", "once"},
		"measure=visitors&mesure=1":                 {"unknown_parameter", "mesure", "có phải ý bạn là", "did you mean measure"},
		"measure=visitors&by=month&format=json&%zz": {"bad_address", "", "viết sai", "not well formed"},
	} {
		for lang, sentence := range map[string]string{"vi": want.vi, "en": want.en} {
			got := c.get("/api/v1/query?"+query, "Accept-Language", lang+",fr;q=0.5")
			require.Equal(t, 400, got.Code, query)
			require.Equal(t, "application/problem+json; charset=utf-8", got.Header().Get("Content-Type"))
			require.Equal(t, lang, got.Header().Get("Content-Language"))
			require.Equal(t, "no-store", got.Header().Get("Cache-Control"))
			p := problemIn(t, got.Body.Bytes())
			require.Equal(t, want.code, p.Code, "%s: %s", query, got.Body)
			require.Contains(t, p.Detail, sentence, query)
			if want.path != "" {
				require.Equal(t, []api.Fault{{Path: want.path, Code: want.code, Detail: p.Detail}}, p.Errors, query)
			}
		}
	}
}

func TestAllFaultsOfAQuestionAreToldAtOnceWithTheirPlacesAsTheyWereWritten(t *testing.T) {
	c := newCity(t)
	got := c.get("/api/v1/query?measure=visitors,guests,events,revenu&by=month,colour,discipline&where=area=nowhere&from=2025-13&derive=sum&format=pdf&top=3:colour&limt=5&lang=vi")
	require.Equal(t, 400, got.Code)
	p := problemIn(t, got.Body.Bytes())
	require.Equal(t, "several", p.Code)
	var told []string
	for _, e := range p.Errors {
		told = append(told, e.Path+" "+e.Code)
		require.NotEmpty(t, e.Detail)
	}
	require.Equal(t, []string{
		"limt unknown_parameter", "from bad_period", "format unknown_format", "measure/1 unknown_measure", "measure/3 unknown_measure",
		"by/1 unknown_dimension", "where/area/0 unknown_value", "derive/0 unknown_derivation",
	}, told, "that a ranking goes by an unknown dimension follows from it")
}

func TestTheRestOfAQuestionIsLookedAtWhenNoMeasureOfItExists(t *testing.T) {
	c := newCity(t)
	p := problemIn(t, c.get("/api/v1/query?measure=guests&by=colour,member&area=nowhere").Body.Bytes())
	var told []string
	for _, e := range p.Errors {
		told = append(told, e.Path+" "+e.Code)
	}
	require.Equal(t, []string{"measure/0 unknown_measure", "by/0 unknown_dimension", "where/area/0 unknown_value"}, told)
}

func TestNamesThatLookLikePlacesAreToldAsNames(t *testing.T) {
	c := newCity(t)
	p := problemIn(t, c.get("/api/v1/query?measure=nothing&where=/0=&where=0=a&where=area/0=b&area=nowhere&edition=x/0=1").Body.Bytes())
	var told []string
	for _, e := range p.Errors {
		told = append(told, e.Path+" "+e.Code)
	}
	require.ElementsMatch(t, []string{
		"measure/0 unknown_measure", "where/~10 unknown_dimension", "where/0 unknown_dimension", "where/area~10 unknown_dimension",
		"where/area/0 unknown_value", "edition/x~10 unknown_classification",
	}, told)
}

func TestAQuestionInJSONIsReadStrictly(t *testing.T) {
	c := newCity(t)
	for body, want := range map[string]struct {
		status     int
		code, path string
	}{
		`{"measure":["visitors"],"colour":1}`:            {400, "unknown_parameter", "colour"},
		`{"measure":"visitors"}`:                         {400, "wrong_kind", "measure"},
		`{"measure":["visitors"],"limit":"9"}`:           {400, "wrong_kind", "limit"},
		`{"measure":["visitors"],"limit":0}`:             {400, "bad_limit", "limit"},
		`{"measure":["visitors"],"where":{"area":"01"}}`: {400, "wrong_kind", "where"},
		`{"measure":["visitors"],"where":{"area":[]}}`:   {400, "empty_filter", "where/area"},
		`{"measure":["visitors"],"measure":["events"]}`:  {400, "repeated", ""},
		`{"measure":["visitors"]`:                        {400, "bad_json", ""},
		`{"measure":["visitors"]} {}`:                    {400, "bad_json", ""},
		`[]`:                                             {400, "bad_json", ""},
		`null`:                                           {400, "bad_json", ""},
		``:                                               {400, "bad_json", ""},
		`{"measure":["` + strings.Repeat("v", 70_000) + `"]}`: {413, "too_large", ""},
	} {
		got := c.send(body, "Accept-Language", "vi")
		require.Equal(t, want.status, got.Code, body[:min(len(body), 80)])
		p := problemIn(t, got.Body.Bytes())
		require.Equal(t, want.code, p.Code, "%.80s: %s", body, got.Body)
		if want.path != "" {
			require.Equal(t, want.path, p.Errors[0].Path, body)
		}
	}
	require.Equal(t, 415, c.send(`{"measure":["visitors"]}`, "Content-Type", "text/plain").Code)
	require.Equal(t, 200, c.send(`{"measure":["visitors"]}`, "Content-Type", "application/json; charset=utf-8").Code)
}

func TestOtherEndPointsRefuseWhatTheyDoNotHaveAndUnknownAddressesAreProblemsToo(t *testing.T) {
	c := newCity(t)
	for address, want := range map[string]struct {
		status     int
		code, path string
	}{
		"/api/v1/measures?by=month":                                     {400, "unknown_parameter", "by"},
		"/api/v1/measures?lang=fr":                                      {400, "unknown_language", "lang"},
		"/api/v1/measures?limit=0":                                      {400, "bad_limit", "limit"},
		"/api/v1/measures?cursor=abc":                                   {400, "bad_cursor", "cursor"},
		"/api/v1/evidence/x":                                            {404, "not_found", ""},
		"/api/v1/structure/datastructure/KHUE/KHUE-COLOUR/1.0":          {404, "unknown_structure", ""},
		"/api/v1/structure/datastructure/KHUE/KHUE-TIME-DISCIPLINE/1.0": {404, "unknown_structure", ""},
		"/api/v1/nothing":                                               {404, "unknown_address", ""},
		"/api/v2/query":                                                 {404, "unknown_address", ""},
	} {
		got := c.get(address)
		require.Equal(t, want.status, got.Code, address)
		p := problemIn(t, got.Body.Bytes())
		require.Equal(t, want.code, p.Code, address)
		if want.path != "" {
			require.Equal(t, want.path, p.Errors[0].Path, address)
		}
	}
}

// What a caller writes is bound to statements or looked up, never printed into them.
func TestNoParameterReachesTheStatement(t *testing.T) {
	c := newCity(t)
	before := c.get("/api/v1/query?measure=visitors,events").Body.String()
	for _, evil := range []string{
		"' OR 1=1 --", "'; DROP TABLE events; --", `\' UNION SELECT 1 --`, "x') UNION ALL SELECT * FROM system.tables --", "{a:String}", "$(id)", "\x00", "%27", "visitors) FROM system.one --", "`", "?", "\"",
	} {
		for _, parameter := range []string{"measure", "by", "where", "from", "to", "as_of", "top", "derive", "area_view", "counting", "edition", "limit", "page_size", "cursor", "format", "lang", "discipline", "area", "nothing"} {
			values := url.Values{"measure": {"visitors"}, "by": {"discipline"}}
			values.Set(parameter, evil)
			got := c.get("/api/v1/query?" + values.Encode())
			require.Equal(t, 400, got.Code, "%s=%s: %s", parameter, evil, got.Body)
			require.NotContains(t, strings.ToLower(got.Body.String()), "clickhouse", "%s=%s", parameter, evil)
		}
		for _, open := range []string{"member", "organiser", "series", "venue"} { // lists that anything may be in
			values := url.Values{"measure": {"visitors"}, "where": {open + "=" + evil}}
			got := c.get("/api/v1/query?" + values.Encode())
			require.Less(t, got.Code, 500, "%s=%s: %s", open, evil, got.Body)
			if got.Code == 200 {
				a := answerIn(t, got.Body.Bytes())
				require.Nil(t, a.Rows[0].Values["visitors"], "%s=%s finds nothing", open, evil)
				require.NotContains(t, a.Evidence.SQL, evil+"'")
			}
		}
		body, err := json.Marshal(map[string]any{"measure": []string{"visitors"}, "where": map[string][]string{"organiser": {evil}, evil: {"x"}}})
		require.NoError(t, err)
		require.Equal(t, 400, c.send(string(body)).Code)
	}
	require.Equal(t, before, c.get("/api/v1/query?measure=visitors,events").Body.String(), "nothing was changed")
}
