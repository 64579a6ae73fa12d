package dashboards

import (
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// staleAfter is how long after its last pull a dataset counts as old.
const staleAfter = 48 * time.Hour

// freshLine tells how far and how clean one dataset is.
type freshLine struct {
	Label, Until, Pulled, Rows, Quarantined string
	Status, Tone                            string
	HasFaults                               bool
}

type freshView struct {
	card
	Lines []freshLine
}

func (v *visit) freshView(lang khue.Lang, fresh []indicators.Freshness) freshView {
	view := freshView{card: card{
		ID: "freshness", Subtitle: text("Mỗi bộ dữ liệu: số liệu đến ngày nào, lần kéo gần nhất, số dòng, số dòng bị giữ lại",
			"Each dataset: how far it reaches, its last pull, its rows, and the rows held back").In(lang),
		Source: text("Nguồn: sổ lô dữ liệu và khu cách ly của Khuê", "Source: the batch book and the quarantine of Khuê").In(lang),
	}}
	old, empty := 0, 0
	var held int64
	for _, f := range fresh {
		line := v.freshLineOf(lang, f)
		switch line.Tone {
		case "attention":
			old++
		case "unknown":
			empty++
		}
		held += f.Quarantined
		view.Lines = append(view.Lines, line)
	}
	n := len(fresh)
	switch {
	case old > 0:
		view.Title = textf("%[1]d trên %[2]d bộ dữ liệu đã quá hai ngày chưa được kéo", "%[1]d of %[2]d datasets not pulled for two days", old, n).In(lang)
	case empty == n:
		view.Title = text("Chưa kéo bộ dữ liệu nào", "No dataset has been pulled yet").In(lang)
	case empty > 0:
		view.Title = textf("%[1]d trên %[2]d bộ dữ liệu chưa được kéo; số còn lại đều mới", "%[1]d of %[2]d datasets not pulled yet; the others are fresh", empty, n).In(lang)
	default:
		view.Title = text("Mọi bộ dữ liệu đều mới", "Every dataset is fresh").In(lang)
	}
	if held > 0 {
		view.Title += textf("; %s dòng đang chờ sửa", "; %s rows wait to be mended", locale.Number(lang, float64(held), 0)).In(lang)
	}
	return view
}

func (v *visit) freshLineOf(lang khue.Lang, f indicators.Freshness) freshLine {
	l := freshLine{
		Label: f.Label.In(lang), Until: "–", Pulled: text("chưa bao giờ", "never").In(lang), HasFaults: f.Quarantined > 0,
		Rows: locale.Number(lang, float64(f.Rows), 0), Quarantined: locale.Number(lang, float64(f.Quarantined), 0),
	}
	if !f.DataUntil.IsZero() {
		l.Until = locale.Date(lang, f.DataUntil)
	}
	if !f.LastPulled.IsZero() {
		l.Pulled = locale.Moment(lang, f.LastPulled.In(v.site.zone))
	}
	switch {
	case f.LastPulled.IsZero():
		l.Status, l.Tone = text("Chưa kéo", "Not pulled").In(lang), "unknown"
	case v.site.now().Sub(f.LastPulled) > staleAfter:
		l.Status, l.Tone = text("Cũ", "Old").In(lang), "attention"
	default:
		l.Status, l.Tone = text("Mới", "Fresh").In(lang), "good"
	}
	return l
}

// knownUntil is the newest pull of any dataset, as the page says it knows things.
func (v *visit) knownUntil(lang khue.Lang) string {
	var last time.Time
	for _, f := range v.fresh {
		if f.LastPulled.After(last) {
			last = f.LastPulled
		}
	}
	if last.IsZero() {
		return text("Chưa kéo số liệu lần nào", "No figures pulled yet").In(lang)
	}
	return text("Số liệu biết đến ", "Figures as known at ").In(lang) + locale.Moment(lang, last.In(v.site.zone))
}
