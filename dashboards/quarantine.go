package dashboards

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
)

// Names of the filters of the quarantine.
const (
	reasonName = "reason"
	textName   = "q"
)

const (
	quarantinedOnPage = 50
	mostExported      = 100_000 // rows of a file; a filter reaches the rest
	exportedAtOnce    = 5_000
	longestSought     = 100 // characters of a text to look for
)

// quarantineFilter is what a reader chose of the quarantine.
type quarantineFilter struct {
	query QuarantineQuery
	page  int
}

func (s *Site) parseQuarantineFilter(rawQuery string) (quarantineFilter, error) {
	f := quarantineFilter{page: 1}
	values, err := readQuery(rawQuery, sourceName, datasetName, reasonName, textName, pageName)
	if err != nil {
		return f, err
	}
	f.query = QuarantineQuery{
		Source: values.Get(sourceName), Dataset: values.Get(datasetName), Reason: values.Get(reasonName), Text: strings.TrimSpace(values.Get(textName)),
	}
	if err := checkName(f.query.Source); err != nil {
		return f, err
	}
	if err := checkDataset(f.query.Dataset); err != nil {
		return f, err
	}
	if _, known := s.data.Reasons()[f.query.Reason]; f.query.Reason != "" && !known {
		return f, khue.Errorf(khue.Invalid, "Không có lý do %q; hãy chọn một lý do trong danh sách.",
			"There is no reason %q; choose one from the list.", short(f.query.Reason))
	}
	if utf8.RuneCountInString(f.query.Text) > longestSought {
		return f, khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.",
			"The text to look for is too long; at most %d characters.", longestSought)
	}
	f.page, err = pageOf(values)
	f.query.Limit, f.query.Offset = quarantinedOnPage, (f.page-1)*quarantinedOnPage
	return f, err
}

func (f quarantineFilter) values(page int) url.Values {
	v := url.Values{}
	put(v, sourceName, f.query.Source)
	put(v, datasetName, f.query.Dataset)
	put(v, reasonName, f.query.Reason)
	put(v, textName, f.query.Text)
	if page > 1 {
		v.Set(pageName, strconv.Itoa(page))
	}
	return v
}

// quarantineView is the list of refused rows.
type quarantineView struct {
	frameView
	Finding                    string
	Sources, Datasets, Reasons []choice
	Text                       string
	Changed                    bool
	Groups                     []quarantineGroup
	Rows                       []quarantineLine
	Paging                     pager
	CSV                        string
	Again                      []fact // the filter as hidden fields of the form that tries rows again
}

// quarantineGroup is how many rows of a source are refused, by reason.
type quarantineGroup struct {
	Label, Address, Rows string
	Reasons              []quarantineShare
	total                int64
}

type quarantineShare struct {
	Label, Address, Rows string
	Chosen               bool
	Width                float64 // of the bar, of a hundred
}

// quarantineLine is one refused row.
type quarantineLine struct {
	Source, Dataset, Place, Field, FieldName string
	Value, Reason, Expected                  string
	ExpectedLang                             string // where the words are not the page's
	Empty                                    bool   // nothing stood there
	Raw                                      []fact
	RawText                                  string // when it is not a record of fields
	Seen, Stamp, Run                         string
}

func (s *Site) quarantinePage(c *gin.Context) {
	lang := langOf(c)
	f, err := s.parseQuarantineFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	n, err := s.names(c.Request.Context(), lang)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	counts, err := s.data.QuarantineCounts(ctx, f.query)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	rows, err := s.data.Quarantined(ctx, f.query)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	var total int64
	for _, one := range counts {
		total += one.Rows
	}
	view := quarantineView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, quarantinePage, quarantinePath, f.values(f.page), text("Cách ly", "Quarantine").In(lang)),
		Sources:   n.sourceChoices(f.query.Source), Datasets: n.datasetChoices(f.query.Dataset), Reasons: s.reasonChoices(lang, f.query.Reason),
		Text: f.query.Text, Changed: len(f.values(1)) > 0, Groups: s.quarantineGroups(n, f, counts),
		Paging: pagerOf(lang, quarantinePath, f.page, total, quarantinedOnPage, f.values),
	}
	view.Finding = quarantineFinding(lang, f, total, view.Groups)
	for _, r := range rows {
		view.Rows = append(view.Rows, s.quarantineLineOf(n, r))
	}
	if total > 0 {
		view.CSV = address(quarantinePath+".csv", f.values(1), lang)
		if s.retry != nil && s.actionDoor.shut(c, access.RunJobs) == nil {
			view.Token = s.forms.token(c)
			for name, values := range f.values(1) {
				view.Again = append(view.Again, fact{name, values[0]})
			}
		}
	}
	s.show(c, "quarantine.html", view)
}

func quarantineFinding(lang khue.Lang, f quarantineFilter, total int64, groups []quarantineGroup) string {
	switch {
	case total == 0 && len(f.values(1)) > 0:
		return text("Không có dòng nào như vậy đang chờ sửa", "No such row waits to be mended").In(lang)
	case total == 0:
		return text("Không có dòng nào bị giữ lại", "No row is held back").In(lang)
	}
	s := textf("%s dòng đang chờ sửa", "%s "+plural(int(total), "row waits", "rows wait")+" to be mended", locale.Number(lang, float64(total), 0)).In(lang)
	if len(groups) > 1 {
		s += text(", nhiều nhất ở nguồn ", ", most of them in ").In(lang) + groups[0].Label
	}
	return s
}

func (s *Site) reasonChoices(lang khue.Lang, chosen string) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), chosen == ""}}
	reasons := s.data.Reasons()
	codes := make([]string, 0, len(reasons))
	for code := range reasons {
		codes = append(codes, code)
	}
	sort.Strings(codes)
	for _, code := range codes {
		out = append(out, choice{code, reasons[code].In(lang), chosen == code})
	}
	return out
}

// quarantineGroups adds counts up by source, most first.
func (s *Site) quarantineGroups(n names, f quarantineFilter, counts []QuarantineCount) []quarantineGroup {
	reasons := s.data.Reasons()
	type key struct{ source, reason string }
	sums, bySource := map[key]int64{}, map[string]int64{}
	var order []key
	for _, c := range counts {
		k := key{c.Source, c.Reason}
		if _, seen := sums[k]; !seen {
			order = append(order, k)
		}
		sums[k] += c.Rows
		bySource[c.Source] += c.Rows
	}
	sort.SliceStable(order, func(i, j int) bool {
		a, b := order[i], order[j]
		if bySource[a.source] != bySource[b.source] {
			return bySource[a.source] > bySource[b.source]
		}
		if a.source != b.source {
			return a.source < b.source
		}
		return sums[a] > sums[b]
	})
	var out []quarantineGroup
	number := func(v int64) string { return locale.Number(n.lang, float64(v), 0) }
	for _, k := range order {
		if len(out) == 0 || out[len(out)-1].Address != f.limited(k.source, "") {
			out = append(out, quarantineGroup{Label: n.source(k.source), Address: f.limited(k.source, ""), Rows: number(bySource[k.source]), total: bySource[k.source]})
		}
		label := reasons[k.reason].In(n.lang)
		if label == "" {
			label = k.reason
		}
		g := &out[len(out)-1]
		g.Reasons = append(g.Reasons, quarantineShare{
			Label: label, Address: f.limited(k.source, k.reason), Rows: number(sums[k]), Chosen: f.query.Reason == k.reason,
			Width: 100 * float64(sums[k]) / float64(max(out[0].total, 1)),
		})
	}
	return out
}

// limited is the page with the filter narrowed to a source and, when named, a reason.
func (f quarantineFilter) limited(source, reason string) string {
	f.query.Source = source
	if reason != "" {
		f.query.Reason = reason
	}
	return address(quarantinePath, f.values(1), "")
}

func (s *Site) quarantineLineOf(n names, r Quarantined) quarantineLine {
	lang := n.lang
	l := quarantineLine{
		Source: n.source(r.Source), Dataset: n.dataset(r.Dataset), Place: r.Place.In(lang), Field: fieldName(lang, r.Field), FieldName: r.Field,
		Value: r.Value, Empty: strings.TrimSpace(r.Value) == "", Seen: s.moment(lang, r.SeenAt), Stamp: stamp(r.SeenAt),
		Reason: s.data.Reasons()[r.Reason].In(lang), Run: runsPath + "/" + url.PathEscape(r.Batch),
	}
	if l.Reason == "" {
		l.Reason = r.Reason
	}
	l.Expected, l.ExpectedLang = expectedOf(lang, r)
	l.Raw, l.RawText = rawFields(r.Raw)
	return l
}

// rawFields unfolds a record kept as JSON; what is not one is given as it is.
func rawFields(raw string) ([]fact, string) {
	var fields map[string]any
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, raw
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		if name != "@page" { // how to read the row again; nothing of the row itself
			names = append(names, name)
		}
	}
	collator := locale.Collator()
	sort.Slice(names, func(i, j int) bool { return collator.CompareString(names[i], names[j]) < 0 })
	var out []fact
	for _, name := range names {
		value := "–"
		switch v := fields[name].(type) {
		case nil:
		case string:
			value = v
		case map[string]any: // a value with its type: {"$exact": "1.50"}
			for tag, inner := range v {
				if s, ok := inner.(string); ok && strings.HasPrefix(tag, "$") {
					value = s
				}
			}
		default:
			b, err := json.Marshal(v)
			if err != nil {
				continue
			}
			value = string(b)
		}
		out = append(out, fact{name, value})
	}
	return out, ""
}

// quarantineFile is the list as a file for spreadsheets, all pages of it.
func (s *Site) quarantineFile(c *gin.Context) {
	lang := langOf(c)
	f, err := s.parseQuarantineFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	n, err := s.names(c.Request.Context(), lang)
	if err != nil {
		_ = c.Error(err)
		return
	}
	var b bytes.Buffer
	sheet := newSheet(&b)
	sheet.line(text("Nguồn", "Source").In(lang), text("Bộ dữ liệu", "Dataset").In(lang), text("Vị trí", "Place").In(lang), text("Trường", "Field").In(lang),
		text("Giá trị đọc được", "Value read").In(lang), text("Lý do", "Reason").In(lang), text("Cần có", "Expected").In(lang),
		text("Mã bản ghi", "Record id").In(lang), text("Đọc lúc", "Read at").In(lang), text("Lô", "Batch").In(lang), text("Bản ghi gốc", "Raw record").In(lang))
	q := f.query
	for q.Offset, q.Limit = 0, exportedAtOnce; q.Offset < mostExported; q.Offset += exportedAtOnce {
		ctx, cancel := contextWithin(c, 4*s.patience)
		rows, err := s.data.Quarantined(ctx, q)
		cancel()
		if err != nil {
			_ = c.Error(slow(err))
			return
		}
		for _, r := range rows {
			l := s.quarantineLineOf(n, r)
			sheet.line(l.Source, l.Dataset, l.Place, r.Field, r.Value, l.Reason, l.Expected, r.RecordID, r.SeenAt.In(s.zone).Format("2006-01-02 15:04:05"), r.Batch, r.Raw)
		}
		if len(rows) < exportedAtOnce {
			break
		}
	}
	if err := sheet.end(); err != nil {
		_ = c.Error(fmt.Errorf("writing the quarantine as a file: %w", err))
		return
	}
	name := text("khue-cach-ly-", "khue-quarantine-").In(lang) + s.today().Format("2006-01-02") + ".csv"
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	send(c, http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

// retryQuarantined tries the rows of the form's filter again and shows the run.
func (s *Site) retryQuarantined(c *gin.Context) {
	form := url.Values{}
	for _, name := range []string{sourceName, datasetName, reasonName, textName} {
		put(form, name, c.Request.PostForm.Get(name))
	}
	f, err := s.parseQuarantineFilter(form.Encode())
	if err != nil {
		_ = c.Error(err)
		return
	}
	f.query.Limit, f.query.Offset = 0, 0
	batches, err := s.retry(c.Request.Context(), f.query)
	if err != nil && khue.KindOf(err) != khue.Unavailable {
		_ = c.Error(err)
		return
	}
	s.log.Info("quarantined rows were tried again from the page", "source", f.query.Source, "dataset", f.query.Dataset, "batches", len(batches))
	to := address(quarantinePath, form, "")
	if len(batches) == 1 {
		to = runsPath + "/" + url.PathEscape(batches[0])
	}
	c.Redirect(http.StatusSeeOther, to)
}

// sheet writes lines for spreadsheets: UTF-8 with a mark, and no cell that a
// spreadsheet would take for a formula.
type sheet struct{ w *csv.Writer }

func newSheet(b *bytes.Buffer) sheet {
	b.WriteString("\uFEFF")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	return sheet{w}
}

func (s sheet) line(cells ...string) {
	for i, text := range cells {
		cells[i] = inert(named(text))
	}
	_ = s.w.Write(cells) // end tells of an error
}

func (s sheet) end() error {
	s.w.Flush()
	return s.w.Error()
}
