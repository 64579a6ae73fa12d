package dashboards

import (
	"context"
	"time"

	"khue"
	"khue/locale"
)

const (
	qualityName  = "quality"
	qualityStyle = "quality.css"
)

var qualityTitle = text("Chất lượng dữ liệu", "Data quality")

// qualityPage sums up how fresh, complete, settled and clean the data are. Without
// books of sources and runs it shows what the facts themselves tell.
func qualityPage(books bool) page {
	p := page{
		name: qualityName, path: dataPath, title: qualityTitle, style: qualityStyle, unkept: true, finding: qualityFinding,
		parts: []part{
			partOf("quality-freshness", 12, text("Độ mới của dữ liệu", "How fresh the data are"), (*visit).gatherFreshness, (*visit).drawFreshness),
			partOf("quality-completeness", 12, text("Độ đầy đủ 12 tháng qua", "Completeness over the last 12 months"), (*visit).gatherReporting, (*visit).drawReporting),
			partOf("quality-corrections", 7, text("Dữ liệu đến muộn, được sửa, bị rút", "Data that came late, were corrected or retracted"), (*visit).gatherCorrections, (*visit).drawCorrections),
		},
	}
	if books {
		p.parts = append(p.parts,
			partOf("quality-held", 5, text("Dòng đang chờ sửa", "Rows that wait to be mended"), (*visit).gatherHeld, (*visit).drawHeld),
			partOf("quality-runs", 12, text("Các lần chạy 30 ngày qua", "Runs of the last 30 days"), (*visit).gatherRunDays, (*visit).drawRunDays))
	} else {
		p.parts[2].wide = 12
	}
	return p
}

// qualityFinding says until when the data are known and what is wrong with them.
func qualityFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	f, err := v.gatherFreshness(ctx)
	if err != nil {
		return finding{}, err
	}
	last := f.lastPulled()
	if last.IsZero() {
		return finding{Before: text("Chưa kéo dữ liệu lần nào.", "No data have been pulled yet.").In(lang)}, nil
	}
	out := finding{Before: text("Dữ liệu đến ", "Data as of ").In(lang) + v.hourOf(lang, last) + "; "}
	failing, late, held := f.tally()
	var faults []string
	say := func(n int, vi, one, several string) {
		if n > 0 {
			faults = append(faults, textf("%[1]s "+vi, "%[2]s "+plural(n, one, several), locale.Number(khue.Vietnamese, float64(n), 0), locale.Number(khue.English, float64(n), 0)).In(lang))
		}
	}
	if f.sources != nil {
		say(failing, "nguồn hỏng", "source failing", "sources failing")
		say(late, "nguồn chậm", "source late", "sources late")
	} else {
		say(late, "bộ dữ liệu cũ", "dataset out of date", "datasets out of date")
	}
	say(f.stalled(), "bộ dữ liệu không có số liệu mới", "dataset with nothing new", "datasets with nothing new")
	if len(faults) == 0 {
		out.Before += text("mọi nguồn đúng hạn", "all sources on time").In(lang)
		if f.sources == nil {
			out.Before = text("Dữ liệu đến ", "Data as of ").In(lang) + v.hourOf(lang, last) + text("; mọi bộ dữ liệu đều mới", "; every dataset is fresh").In(lang)
		}
		if held == 0 {
			out.After = text(", không có dòng nào chờ sửa.", ", no row waits to be mended.").In(lang)
			return out, nil
		}
		out.Before += ", "
	}
	say(held, "dòng đang chờ sửa", "row waits to be mended", "rows wait to be mended")
	for i, one := range faults {
		if i > 0 {
			out.Figure += ", "
		}
		out.Figure += one
	}
	out.After = "."
	return out, nil
}

// hourOf writes a moment as near as a reader needs it: "06:15 hôm nay", "06:15 ngày 21/11/2026".
func (v *visit) hourOf(lang khue.Lang, at time.Time) string {
	at = at.In(v.site.zone)
	y, m, d := at.Date()
	hour := at.Format("15:04")
	switch day := civil(y, m, d); {
	case day.Equal(v.frame.today):
		return textf("%s hôm nay", "%s today", hour).In(lang)
	case day.Equal(v.frame.today.AddDate(0, 0, -1)):
		return textf("%s hôm qua", "%s yesterday", hour).In(lang)
	}
	return textf("%[1]s ngày %[2]s", "%[1]s on %[3]s", hour, locale.Date(khue.Vietnamese, at), locale.Date(khue.English, at)).In(lang)
}

// qualitySource names where a card's figures come from.
func qualitySource(lang khue.Lang, vi, en string) string {
	return text("Nguồn: "+vi+" của Khuê", "Source: "+en+" of Khuê").In(lang)
}
