package dashboards

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/locale"
)

// runView is one run with all that proves it.
type runView struct {
	frameView
	Line    runLine
	Finding string
	Facts   []fact
	Counts  []count
	Mark    string
	Proof   *table
	Told    *status // whether the source's own count is the one read; nil when it says nothing
	Raw     []rawLine
}

// rawLine is something kept of a run.
type rawLine struct{ Path, Kind, Size, Rows, Sum, Kept string }

func (s *Site) runPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	batch := c.Param("batch")
	if err := checkName(batch); err != nil {
		_ = c.Error(noRun(batch))
		return
	}
	n, err := s.names(c.Request.Context(), lang)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	r, err := s.data.Run(ctx, batch)
	if err != nil {
		if khue.KindOf(err) == khue.NotFound {
			err = noRun(batch)
		}
		_ = c.Error(slow(err))
		return
	}
	s.show(c, "run.html", s.runViewOf(s.reader(c.Request.Context()), n, r))
}

func noRun(batch string) error {
	return khue.Errorf(khue.NotFound, "Không có lần chạy %q.", "There is no run %q.", short(batch))
}

func (s *Site) runViewOf(who reader, n names, p RunProof) runView {
	lang, r := n.lang, p.Run
	v := runView{
		frameView: s.frameView(who, lang, runsPage, runsPath+"/"+url.PathEscape(r.Batch), nil, text("Lần chạy", "Run").In(lang)+" "+short(r.Batch)),
		Line:      s.runLineOf(n, r), Counts: append(runCounts(lang, r), count{"duplicates", text("Trùng trong lô", "Twice in the batch").In(lang), locale.Number(lang, float64(r.Duplicates), 0), r.Duplicates == 0}), Mark: r.Watermark,
	}
	v.Finding = runFinding(n, r)
	say := func(vi, en, value string) {
		if value != "" && value != "–" {
			v.Facts = append(v.Facts, fact{text(vi, en).In(lang), value})
		}
	}
	say("Nguồn", "Source", n.source(r.Source))
	say("Bộ dữ liệu", "Dataset", n.dataset(r.Dataset))
	say("Bắt đầu", "Began", s.moment(lang, r.StartedAt))
	if r.Outcome != RunRunning {
		say("Kết thúc", "Ended", s.moment(lang, r.EndedAt))
	}
	say("Ghi sổ lúc", "Recorded", s.moment(lang, r.RecordedAt))
	say("Thời gian chạy", "Took", v.Line.Duration)
	say("Cách đọc", "Way of reading", ReadingText(r.Reading).In(lang))
	say("Mã lô", "Batch", r.Batch)
	v.Proof, v.Told = proofTable(lang, p, s.service.Catalogue().FieldsWithheld(r.Dataset, reach()))
	for _, o := range p.Raw {
		line := rawLine{Path: o.Path, Kind: rawKind(lang, o.Kind), Size: size(lang, o.Bytes), Sum: o.SHA256}
		if o.Rows > 0 {
			line.Rows = locale.Number(lang, float64(o.Rows), 0)
		}
		if !o.PrunedAt.IsZero() {
			line.Kept = textf("đã xóa theo hạn lưu lúc %[1]s", "removed at the end of its time, at %[2]s", s.moment(khue.Vietnamese, o.PrunedAt), s.moment(khue.English, o.PrunedAt)).In(lang)
		}
		v.Raw = append(v.Raw, line)
	}
	return v
}

func runFinding(n names, r Run) string {
	lang := n.lang
	num := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	what := n.source(r.Source) + " › " + n.dataset(r.Dataset) + ": "
	switch {
	case r.Outcome == RunRunning:
		return what + text("đang chạy", "running").In(lang)
	case r.Outcome == RunFailed:
		return what + text("lần chạy hỏng, số liệu cũ còn nguyên", "the run failed, earlier data are whole").In(lang)
	case r.Added+r.Corrected+r.Retracted == 0:
		return what + text("không có gì thay đổi", "nothing changed").In(lang)
	}
	return what + textf("thêm %[1]s, sửa %[2]s, rút %[3]s bản ghi", "%[1]s records added, %[2]s corrected, %[3]s retracted",
		num(r.Added), num(r.Corrected), num(r.Retracted)).In(lang)
}
