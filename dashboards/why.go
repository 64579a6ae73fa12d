package dashboards

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// evidencePath is where the ids of numbers open.
const evidencePath = "/evidence/"

// Lists of an evidence, a page at a time.
const (
	evidenceRows    = 20
	evidenceBatches = 10
	evidenceChanges = 50
)

// whyOf is where a number of an answer opens; "" when it has no id.
func whyOf(a indicators.Answer, row, measure int) string {
	id := a.CellID(row, measure)
	if id == "" {
		return ""
	}
	return evidencePath + id
}

// linked makes a number's cell lead to why it stands.
func (c cell) linked(why string) cell {
	if c.raw != "" {
		c.Why = why
	}
	return c
}

// whyView is the page of a number.
type whyView struct {
	frameView
	Words, Value string // what the number is, and the number; of an answer the words alone
	Partial      bool
	AsOf         string
	Same         string   // says that today's number is the same
	Today        string   // says what it is today when it differs
	Causes       []fact   // what each cause added
	Movements    []string // who entered and left
	Changed      *table   // records that changed since
	ChangedNote  string
	Definitions  []whyDefinition
	Facts        []fact
	Numbers      *table // of an answer
	Grounds      []whyGround
	SQL          string
	Parameters   []fact
}

// whyDefinition is how a measure was defined.
type whyDefinition struct {
	Name  string
	Facts []fact
	Since []string // what of it is otherwise today
}

// whyGround is what a number stands on in one dataset.
type whyGround struct {
	Title   string
	Batches []whyBatch
	Rows    *table
	Pages   pager // of the records
	More    pager // of the batches
}

// whyBatch is a batch behind a number.
type whyBatch struct {
	Link, When, Source, Counts string
	Raw                        []rawLine
}

func (s *Site) whyPage(c *gin.Context) {
	lang := langOf(c)
	q, err := readQuery(c.Request.URL.RawQuery, "rows", "batches")
	if err != nil {
		_ = c.Error(err)
		return
	}
	rows, err := pageNumber(q.Get("rows"))
	if err != nil {
		_ = c.Error(err)
		return
	}
	batches, err := pageNumber(q.Get("batches"))
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, 4*s.patience)
	defer cancel()
	e, err := s.service.Explain(ctx, c.Param("id"), indicators.Look{
		Scope: reach(), Changes: evidenceChanges,
		Rows: evidenceRows, RowsFrom: (rows - 1) * evidenceRows, Batches: evidenceBatches, BatchesFrom: (batches - 1) * evidenceBatches,
	})
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	s.show(c, "evidence.html", s.whyViewOf(s.reader(c.Request.Context()), lang, e, rows, batches))
}

// pageNumber reads the number of a page of a list; 1 when none is named.
func pageNumber(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostPaged {
		return 0, khue.Errorf(khue.Invalid, "Không có trang %q của danh sách.", "The list has no page %q.", short(text))
	}
	return n, nil
}

func (s *Site) whyViewOf(who reader, lang khue.Lang, e indicators.Explained, rows, batches int) whyView {
	path := evidencePath + e.ID
	v := whyView{
		frameView: s.frameView(who, lang, "", path, nil, text("Vì sao có số này", "Why this number").In(lang)+" "+e.AnswerID),
		Words:     e.Words.In(lang), AsOf: s.moment(lang, e.AsOf), SQL: e.Then.Evidence.SQL,
	}
	v.Data = true
	for _, d := range e.Defined {
		v.Definitions = append(v.Definitions, definitionView(lang, d))
	}
	v.Facts = s.whyFacts(lang, e)
	for _, name := range slices.Sorted(maps.Keys(e.Then.Evidence.Parameters)) {
		v.Parameters = append(v.Parameters, fact{name, fmt.Sprint(e.Then.Evidence.Parameters[name])})
	}
	if e.Cell == nil {
		v.Numbers = numbersTable(lang, e)
		return v
	}
	v.Value, v.Partial = amount(lang, e.Cell.Value, e.Cell.Measure), e.Cell.Partial
	s.whyDiffers(lang, e, &v)
	if e.Cell.Withheld {
		v.Same = strings.TrimSpace(v.Same + " " + text("Chỉ số này được giữ kín cho từng đơn vị nên không liệt kê bản ghi.",
			"This measure is confidential for each contributor, so no records are listed.").In(lang))
	}
	if e.Cell.Recast {
		v.Same = strings.TrimSpace(v.Same + " " + text("Số này gộp nhiều giá trị hoặc được đọc theo cách phân loại khác nên không liệt kê từng bản ghi.",
			"The number joins several values or is read through another classification, so single records are not listed.").In(lang))
	}
	for _, g := range e.Cell.Grounds {
		v.Grounds = append(v.Grounds, s.groundView(lang, path, g, rows, batches))
	}
	return v
}

// amount writes a number with its unit, in full.
func amount(lang khue.Lang, v indicators.Value, c indicators.Column) string {
	switch {
	case v.Suppressed:
		return text("được giữ kín", "withheld").In(lang)
	case !v.Known:
		return locale.Unknown(lang)
	}
	return exact(lang, v, c.Decimals) + " " + c.Unit.In(lang)
}

func definitionView(lang khue.Lang, d indicators.Defined) whyDefinition {
	out := whyDefinition{Name: d.Label.In(lang)}
	say := func(vi, en, value string) {
		if value != "" {
			out.Facts = append(out.Facts, fact{text(vi, en).In(lang), value})
		}
	}
	say("Nghĩa", "Meaning", d.Description.In(lang))
	say("Công thức", "Formula", d.Formula.In(lang))
	say("Cách tính", "Method", d.Method.In(lang))
	say("Nguồn", "Source", d.Source.In(lang))
	if d.Changed == nil {
		return out
	}
	if d.Changed.Removed {
		out.Since = []string{text("Chỉ số này hiện không còn được định nghĩa.", "This measure is no longer defined.").In(lang)}
	}
	for _, f := range d.Changed.Fields {
		out.Since = append(out.Since, f.Field+": "+plainValue(lang, f.Old)+" → "+plainValue(lang, f.New))
	}
	return out
}

func (s *Site) whyFacts(lang khue.Lang, e indicators.Explained) []fact {
	var out []fact
	say := func(vi, en, value string) {
		if value != "" && value != "–" {
			out = append(out, fact{text(vi, en).In(lang), value})
		}
	}
	a := e.Then.Evidence
	say("Mã", "Id", e.ID)
	say("Hỏi lần đầu", "First asked", s.moment(lang, e.FirstAskedAt))
	say("Phiên bản định nghĩa", "Version of the definitions", e.Definitions.Version)
	if e.Definitions.Assumed {
		say("Nội dung phiên bản đó", "Content of that version", text("không được giữ; dùng định nghĩa hiện nay", "was not kept; those of now are used").In(lang))
	}
	say("Có hiệu lực từ", "In force since", s.moment(lang, e.Definitions.Since))
	say("Tính lại từ", "Worked out again from", a.From)
	say("Số dòng đã đọc", "Rows read", locale.Number(lang, float64(a.RowsRead), 0))
	if e.Cell == nil {
		return out
	}
	for _, f := range e.Cell.Fresh {
		until := text("chưa có số liệu", "no data").In(lang)
		if !f.DataUntil.IsZero() {
			until = locale.Date(lang, f.DataUntil)
		}
		say("Số liệu đến: "+f.Label.VI, "Data until: "+f.Label.EN, until)
		say("Lần kéo gần nhất", "Last pull", s.moment(lang, f.LastPulled))
		if f.Quarantined > 0 {
			say("Đang chờ sửa", "To be mended", locale.Number(lang, float64(f.Quarantined), 0)+" "+text("dòng", "rows").In(lang))
		}
	}
	return out
}

// numbersTable lists the numbers of an answer, each leading to its own evidence.
func numbersTable(lang khue.Lang, e indicators.Explained) *table {
	t := &table{Caption: e.Words.In(lang)}
	for _, c := range e.Then.Columns {
		t.Head = append(t.Head, c.Label.In(lang))
	}
	for i, row := range e.Then.Rows {
		var r tableRow
		for _, k := range row.Keys {
			r.Cells = append(r.Cells, named(k.Name.In(lang)))
		}
		if len(row.Keys) == 0 {
			t.Head = append([]string{""}, t.Head...)
			r.Cells = append(r.Cells, named(text("Tất cả", "All").In(lang)))
		}
		for j, v := range row.Values {
			r.Cells = append(r.Cells, counted(lang, v, e.Then.Columns[len(row.Keys)+j].Decimals).linked(whyOf(e.Then, i, j)))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// whyDiffers says whether today's number is another one, and why.
func (s *Site) whyDiffers(lang khue.Lang, e indicators.Explained, v *whyView) {
	c := e.Cell
	if !c.Differs {
		v.Same = text("Hỏi hôm nay vẫn được đúng con số này.", "Asked today, the number is the same.").In(lang)
		return
	}
	now := amount(lang, c.Now, c.Measure)
	v.Today = textf("Hỏi hôm nay con số là %[1]s.", "Asked today, the number is %[1]s.", now).In(lang)
	if !c.Now.Suppressed && !c.Value.Suppressed {
		moved := locale.SignedNumber(lang, c.Now.Number-c.Value.Number, c.Measure.Decimals)
		v.Today = textf("Hỏi hôm nay con số là %[1]s (%[2]s).", "Asked today, the number is %[1]s (%[2]s).", now, moved).In(lang)
	}
	if c.Restated != nil {
		for _, cell := range c.Restated.Cells {
			for _, cause := range cell.Causes {
				what := locale.SignedNumber(lang, cause.Effect, c.Measure.Decimals)
				if cause.Records > 0 {
					what += " (" + locale.Number(lang, float64(cause.Records), 0) + " " + text("bản ghi", plural(int(cause.Records), "record", "records")).In(lang) + ")"
				}
				v.Causes = append(v.Causes, fact{indicators.CauseText(cause.Cause).In(lang), what})
			}
			for _, m := range cell.Movements {
				v.Movements = append(v.Movements, movementLine(lang, m))
			}
		}
	}
	if len(c.Changed) == 0 {
		return
	}
	v.Changed = &table{
		Caption: text("Bản ghi đã thay đổi từ đó đến nay", "Records that changed since").In(lang),
		Head:    []string{text("Bản ghi", "Record").In(lang), text("Nguyên nhân", "Cause").In(lang), text("Thay đổi", "Change").In(lang), text("Ghi sổ lúc", "Recorded").In(lang)},
	}
	for _, r := range c.Changed {
		var fields []string
		for _, f := range r.Fields {
			fields = append(fields, fieldName(lang, f.Field)+": "+s.fieldValue(lang, f.Field, f.Old)+" → "+s.fieldValue(lang, f.Field, f.New))
		}
		v.Changed.Rows = append(v.Changed.Rows, tableRow{Cells: []cell{
			named(r.Source + " › " + r.RecordID), named(indicators.CauseText(r.Cause).In(lang)), named(strings.Join(fields, "; ")), named(s.moment(lang, r.RecordedAt)),
		}})
	}
	if int64(len(c.Changed)) < c.ChangedOf {
		v.ChangedNote = textf("Hiện %[1]s trên %[2]s bản ghi; khue diff liệt kê tất cả.", "%[1]s of %[2]s records are shown; khue diff lists them all.",
			locale.Number(lang, float64(len(c.Changed)), 0), locale.Number(lang, float64(c.ChangedOf), 0)).In(lang)
	}
}

func movementLine(lang khue.Lang, m indicators.Movement) string {
	var names []string
	for _, c := range m.Causes {
		names = append(names, indicators.CauseText(c).In(lang))
	}
	way := text("Không còn được tính: ", "No longer counted: ")
	if m.Enters {
		way = text("Được tính thêm: ", "Newly counted: ")
	}
	return way.In(lang) + m.Name.In(lang) + " (" + strings.Join(names, ", ") + ")"
}

func (s *Site) groundView(lang khue.Lang, path string, g indicators.Grounds, rows, batches int) whyGround {
	n := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	out := whyGround{Title: textf("%[1]s: %[2]s bản ghi từ %[3]s lô", "%[4]s: %[2]s "+plural(int(g.RecordsOf), "record", "records")+" from %[3]s "+plural(int(g.BatchesOf), "batch", "batches"),
		g.Label.VI, n(g.RecordsOf), n(g.BatchesOf), g.Label.EN).In(lang)}
	for _, b := range g.Batches {
		line := whyBatch{When: s.moment(lang, b.RecordedAt), Source: b.Source, Counts: textf("%[1]s bản ghi của con số này; cả lô đọc %[2]s, thêm %[3]s, sửa %[4]s, rút %[5]s",
			"%[1]s records of this number; the batch read %[2]s, added %[3]s, corrected %[4]s, retracted %[5]s",
			n(b.Records), n(b.Read), n(b.Added), n(b.Corrected), n(b.Retracted)).In(lang)}
		if s.data != nil {
			line.Link = runsPath + "/" + url.PathEscape(b.ID)
		}
		for _, o := range b.Raw {
			raw := rawLine{Path: o.Path, Kind: rawKind(lang, o.Kind), Sum: o.SHA256, Size: size(lang, o.Bytes), Kept: text("còn giữ", "still kept").In(lang)}
			if !o.PrunedAt.IsZero() {
				raw.Kept = textf("đã xóa theo hạn lưu lúc %[1]s", "removed at the end of its time, at %[2]s", s.moment(khue.Vietnamese, o.PrunedAt), s.moment(khue.English, o.PrunedAt)).In(lang)
			}
			line.Raw = append(line.Raw, raw)
		}
		out.Batches = append(out.Batches, line)
	}
	out.Rows = s.groundTable(lang, g)
	turn := func(rows, batches int) url.Values {
		v := url.Values{languageName: {string(lang)}}
		if rows > 1 {
			v.Set("rows", strconv.Itoa(rows))
		}
		if batches > 1 {
			v.Set("batches", strconv.Itoa(batches))
		}
		return v
	}
	out.Pages = pagerOf(lang, path, rows, g.RecordsOf, evidenceRows, func(p int) url.Values { return turn(p, batches) })
	out.More = pagerOf(lang, path, batches, g.BatchesOf, evidenceBatches, func(p int) url.Values { return turn(rows, p) })
	return out
}
