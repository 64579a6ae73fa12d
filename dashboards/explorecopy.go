package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// copyBlock is the question in another tool's words.
type copyBlock struct {
	ID, Label string
	About     string
	Code      string
}

// tokenVariable is where programs find the token: a secret is never written into code.
const tokenVariable = "KHUE_TOKEN"

// copies are the ways in which a view can be asked for elsewhere.
func (s *Site) copies(c *gin.Context, lang khue.Lang, x explored) (blocks []copyBlock, noSQL string) {
	if who, known := access.Of(c.Request.Context()); s.explore.Query == "" || known && !who.May(access.AskAPI) {
		return nil, ""
	}
	site := s.explore.Site
	if site == "" {
		site = origin(c)
	}
	address := site + s.explore.Query
	asked := pairsOf(x.asked)
	keys, figures := slices.Clone(x.q.By), slices.Clone(x.q.Measures)
	for _, column := range x.answer.Columns {
		if column.Derived != "" {
			figures = append(figures, column.Name)
		}
	}
	moving := ""
	if x.e.period != "" {
		moving = " " + text("Khoảng thời gian được ghi thành ngày hôm nay.", "The period is written as it is today.").In(lang)
	}
	blocks = []copyBlock{
		{"api", text("Lời gọi API", "API call").In(lang), text("GET, trả lời JSON; khóa ở dòng Authorization.", "GET, answered in JSON; the token goes into Authorization.").In(lang) + moving, exploreAddress(address, x.asked)},
		{"curl", "curl", text("Cần biến môi trường "+tokenVariable+".", "Needs the environment variable "+tokenVariable+".").In(lang) + moving, curlCode(address, asked)},
		{"python", "Python", text("requests và pandas; mã giữ nguyên là chữ.", "requests and pandas; codes stay text.").In(lang) + moving, pythonCode(address, asked, keys, figures)},
		{"r", "R", text("httr2; mã giữ nguyên là chữ.", "httr2; codes stay text.").In(lang) + moving, rCode(address, asked, keys)},
	}
	if s.explore.SQL == nil {
		return blocks, ""
	}
	statement, ok, reason := s.explore.SQL(x.q, lang)
	if !ok {
		return blocks, sentence(reason.In(lang))
	}
	return append(blocks, copyBlock{"sql", "SQL", text("Trên các khung nhìn đã công bố.", "Over the published views.").In(lang) + moving, statement}), ""
}

// pairsOf are parameters in an order that stays.
func pairsOf(v url.Values) [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// shellQuoted writes a word that a POSIX shell takes as it stands.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func curlCode(address string, asked [][2]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "curl --silent --show-error --fail-with-body --get %s \\\n  --header \"Authorization: Bearer $%s\"", shellQuoted(address), tokenVariable)
	for _, p := range asked {
		fmt.Fprintf(&b, " \\\n  --data-urlencode %s", shellQuoted(p[0]+"="+p[1]))
	}
	return b.String() + "\n"
}

// quoted writes a string as Python reads it; JSON's form is one of Python's.
func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

func pythonCode(address string, asked [][2]string, keys, figures []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "import io\nimport os\n\nimport pandas as pd\nimport requests\n\nanswer = requests.get(\n    %s,\n    params=[\n", quoted(address))
	for _, p := range append(slices.Clone(asked), [2]string{"format", "csv-raw"}) {
		fmt.Fprintf(&b, "        (%s, %s),\n", quoted(p[0]), quoted(p[1]))
	}
	fmt.Fprintf(&b, "    ],\n    headers={\"Authorization\": \"Bearer \" + os.environ[%q]},\n    timeout=60,\n)\nanswer.raise_for_status()\n", tokenVariable)
	var types, unknown []string
	for _, k := range keys {
		types = append(types, quoted(k)+": str")
	}
	for _, f := range figures {
		unknown = append(unknown, quoted(f)+`: [""]`)
	}
	fmt.Fprintf(&b, "table = pd.read_csv(\n    io.BytesIO(answer.content),\n    dtype={%s},\n    keep_default_na=False,\n    na_values={%s},\n)\nprint(table)\n", strings.Join(types, ", "), strings.Join(unknown, ", "))
	return b.String()
}

// rQuoted writes a string as R reads it.
func rQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

func rCode(address string, asked [][2]string, keys []string) string {
	var b strings.Builder
	b.WriteString("library(httr2)\n\nquery <- list(\n")
	for i, p := range append(slices.Clone(asked), [2]string{"format", "csv-raw"}) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "  `%s` = %s", p[0], rQuoted(p[1]))
	}
	// A name may stand several times, which req_url_query takes in newer versions alone.
	b.WriteString("\n)\nwritten <- paste0(names(query), \"=\", vapply(query, URLencode, \"\", reserved = TRUE, repeated = TRUE), collapse = \"&\")\n")
	fmt.Fprintf(&b, "answer <- request(paste0(%s, \"?\", written)) |>\n  req_auth_bearer_token(Sys.getenv(%q)) |>\n  req_perform()\n\n", rQuoted(address), tokenVariable)
	var classes []string
	for _, k := range keys {
		classes = append(classes, fmt.Sprintf("`%s` = \"character\"", k))
	}
	b.WriteString("table <- read.csv(\n  text = resp_body_string(answer),\n  check.names = FALSE, encoding = \"UTF-8\", na.strings = \"\"")
	if len(classes) > 0 {
		b.WriteString(",\n  colClasses = c(" + strings.Join(classes, ", ") + ")")
	}
	b.WriteString("\n)\nprint(table)\n")
	return b.String()
}
