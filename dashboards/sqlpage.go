package dashboards

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"khue"
)

// The page on which analysts run SQL. Its editor is loaded there alone.
const (
	sqlPage = "sql"
	sqlPath = "/sql"

	sqlLibrary = "sqleditor.min.js"
)

// SQL is what the page shows of the views that statements read; statements go to the API.
type SQL interface {
	Views() []SQLView
	Off() error // why no statement is taken; nil when they are
}

// SQLView is a view that statements may read.
type SQLView struct {
	Name    string      `json:"name"`
	About   khue.Text   `json:"about"`
	Columns []SQLColumn `json:"columns"`
}

// SQLColumn is a column of a view.
type SQLColumn struct {
	Name  string    `json:"name"`
	Type  string    `json:"type" description:"As ClickHouse names it."`
	About khue.Text `json:"about"`
}

// SQLExample is a statement to begin with.
type SQLExample struct {
	Title khue.Text
	SQL   string
}

// SQLExamples are the statements that the page offers; a test runs each.
func SQLExamples() []SQLExample {
	return []SQLExample{
		{text("Lượt khách theo tháng", "Visits by month"), `SELECT toStartOfMonth(day) AS month, sum(visitors) AS visitors, uniqExact(source, event) AS events
FROM attendance
WHERE day >= toStartOfYear(today())
GROUP BY month
ORDER BY month`},
		{text("Doanh thu đã qua kiểm soát tiết lộ, theo quý", "Revenue by quarter, as it may be published"), `SELECT f.period, f.value, f.status, f.known_at
FROM figures AS f
WHERE f.measure = 'revenue' AND f.grain = 'quarter' AND f.discipline = '_T' AND f.area = '_T'
ORDER BY f.starts_on`},
		{text("Thành viên có hoạt động, theo lĩnh vực", "Active members by field"), `SELECT d.name_vi, uniqExact(a.member) AS active_members, count() AS activities
FROM activities AS a
INNER JOIN disciplines AS d USING (discipline)
WHERE a.starts_on >= {from:Date}
GROUP BY d.name_vi
ORDER BY active_members DESC`},
		{text("Thành viên được kết nạp mỗi năm", "Members accepted each year"), `SELECT toYear(accepted_on) AS year, kind, uniqExact(member) AS members
FROM members
WHERE accepted_on IS NOT NULL
GROUP BY year, kind
ORDER BY year, kind`},
		{text("Mười phường, xã có nhiều sự kiện nhất", "Ten wards with the most events"), `SELECT a.name_vi AS ward, count() AS events
FROM events AS e
INNER JOIN areas AS a ON a.area = e.area
WHERE a.tree = 'wards'
GROUP BY ward
ORDER BY events DESC, ward
LIMIT 10`},
		{text("Sự kiện bắt đầu vào giờ nào", "At what hour events begin"), `SELECT toHour(starts_at) AS hour, count() AS events
FROM events
GROUP BY hour
ORDER BY hour`},
		{text("Nguồn dữ liệu và độ mới", "Sources and how fresh they are"), `SELECT source, dataset, last_batch_at, accepted, rejected, simulated
FROM sources
ORDER BY source, dataset`},
	}
}

// sqlView is the page.
type sqlView struct {
	frameView
	Off      string // why no statement is taken
	Views    []SQLView
	Examples []SQLExample
	First    string
}

var sqlTitle = text("Truy vấn SQL", "SQL")

// registerSQL adds the page where there is something to run statements.
func (s *Site) registerSQL(pages gin.IRouter) {
	if s.sql == nil {
		return
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		pages.Handle(method, sqlPath, s.sqlPage)
	}
}

func (s *Site) sqlPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	view := sqlView{frameView: s.frameView(s.reader(c.Request.Context()), lang, sqlPage, sqlPath, nil, sqlTitle.In(lang)), Views: s.sql.Views(), Examples: SQLExamples()}
	view.Styles, view.Data, view.First = []string{"sql.css"}, true, view.Examples[0].SQL
	if err := s.sql.Off(); err != nil {
		view.Off = khue.MessageOf(err).In(lang)
	}
	s.show(c, "sql.html", view)
}
