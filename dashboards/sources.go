package dashboards

import (
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/charts"
	"khue/locale"
)

// sourcesView is the list of sources.
type sourcesView struct {
	frameView
	Finding string
	Sources []sourceCard
}

// sourceCard is one source.
type sourceCard struct {
	Name, Label, Kind    string
	Simulated            bool
	Status               status
	Why                  string // what is wrong, in words; empty when nothing is
	Facts                []fact
	Datasets             []fact // label and where its runs are
	Spark                charts.Spark
	SparkSays            string
	Quarantined          string
	RunsAt, QuarantineAt string
}

func (s *Site) sourcesPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	all, err := withTimeout(c.Request.Context(), s.patience, s.data.Sources)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	view := sourcesView{frameView: s.frameView(s.reader(c.Request.Context()), lang, sourcesPage, sourcesPath, nil, text("Nguồn", "Sources").In(lang))}
	failing, late := 0, 0
	for _, one := range all {
		card := s.sourceCard(lang, one)
		switch card.Status.Tone {
		case "bad":
			failing++
		case "attention":
			late++
		}
		view.Sources = append(view.Sources, card)
	}
	view.Finding = sourcesFinding(lang, len(all), failing, late)
	s.show(c, "sources.html", view)
}

func sourcesFinding(lang khue.Lang, all, failing, late int) string {
	switch {
	case all == 0:
		return text("Chưa khai báo nguồn nào trong khue.yaml", "No source is configured in khue.yaml yet").In(lang)
	case failing > 0 && late > 0:
		return textf("%[1]d trên %[3]d nguồn đang hỏng, %[2]d nguồn trễ hạn", "%[1]d of %[3]d sources failing, %[2]d late", failing, late, all).In(lang)
	case failing > 0:
		return textf("%[1]d trên %[2]d nguồn đang hỏng", "%[1]d of %[2]d sources failing", failing, all).In(lang)
	case late > 0:
		return textf("%[1]d trên %[2]d nguồn trễ hạn", "%[1]d of %[2]d sources late", late, all).In(lang)
	}
	if all == 1 {
		return text("Nguồn duy nhất kéo được và đúng hạn", "The only source can be pulled and is on time").In(lang)
	}
	return textf("Cả %[1]d nguồn đều kéo được, không nguồn nào trễ hạn", "All %[1]d sources can be pulled, none is late", all).In(lang)
}

// kinds name the kinds of source.
func kindName(lang khue.Lang, kind string) string {
	switch kind {
	case "rest":
		return text("Giao diện REST", "REST interface").In(lang)
	case "sql":
		return text("Cơ sở dữ liệu SQL", "SQL database").In(lang)
	case "files":
		return text("Thư mục tệp", "Folder of files").In(lang)
	}
	return kind
}

// sourceStatus says in a word and a sentence how a source stands.
func (s *Site) sourceStatus(lang khue.Lang, one Source) (status, string) {
	switch {
	case one.Failure.EN != "":
		return status{"bad", text("Hỏng", "Failing").In(lang)},
			textf("Lần kéo %[1]s hỏng: ", "The pull at %[2]s failed: ", s.moment(khue.Vietnamese, one.FailedAt), s.moment(khue.English, one.FailedAt)).In(lang) + one.Failure.In(lang)
	case !one.OverdueFrom.IsZero():
		return status{"attention", text("Trễ hạn", "Late").In(lang)},
			textf("Lẽ ra phải kéo lúc %[1]s.", "A pull was due at %[2]s.", s.moment(khue.Vietnamese, one.OverdueFrom), s.moment(khue.English, one.OverdueFrom)).In(lang)
	case one.Running:
		return status{"going", text("Đang kéo", "Pulling").In(lang)}, ""
	case one.LastSuccess.IsZero():
		return status{"unknown", text("Chưa kéo", "Not pulled yet").In(lang)}, ""
	}
	return status{"good", text("Tốt", "Fine").In(lang)}, ""
}

func (s *Site) sourceCard(lang khue.Lang, one Source) sourceCard {
	card := sourceCard{
		Name: one.Name, Label: one.Label.In(lang), Kind: kindName(lang, one.Kind), Simulated: one.Simulated,
		RunsAt: address(runsPath, url.Values{sourceName: {one.Name}}, ""),
	}
	if card.Label == "" {
		card.Label = one.Name
	}
	card.Status, card.Why = s.sourceStatus(lang, one)
	n := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	say := func(vi, en, value string) { card.Facts = append(card.Facts, fact{text(vi, en).In(lang), value}) }

	if one.LastSuccess.IsZero() {
		say("Kéo được lúc", "Last success", text("chưa có", "none yet").In(lang))
	} else {
		say("Kéo được lúc", "Last success", s.moment(lang, one.LastSuccess)+" · "+s.ago(lang, one.LastSuccess))
		say("Số dòng đọc được lần ấy", "Rows it read", n(one.RowsRead))
	}
	switch {
	case one.Schedule == "":
		say("Lần kéo tới", "Next pull", text("khi có người kéo", "when somebody pulls it").In(lang))
	case !one.NextDue.IsZero():
		say("Lần kéo tới", "Next pull", s.moment(lang, one.NextDue)+" · "+s.ahead(lang, one.NextDue))
	}
	if one.OverdueFrom.IsZero() {
		say("Độ trễ", "Lag", text("không", "none").In(lang))
	} else {
		say("Độ trễ", "Lag", lasting(lang, s.now().Sub(one.OverdueFrom)))
	}
	if one.Quarantined > 0 {
		card.Quarantined = textf("%[1]s dòng đang chờ sửa", "%[1]s "+plural(int(one.Quarantined), "row waits", "rows wait")+" to be mended", n(one.Quarantined)).In(lang)
		card.QuarantineAt = address(quarantinePath, url.Values{sourceName: {one.Name}}, "")
	}
	for _, d := range one.Datasets {
		label := d
		if known, ok := khue.DatasetOf(d); ok {
			label = known.Label.In(lang)
		}
		card.Datasets = append(card.Datasets, fact{label, address(runsPath, url.Values{sourceName: {one.Name}, datasetName: {d}}, "")})
	}
	card.Spark, card.SparkSays = durationSpark(lang, one.Durations)
	return card
}

// durationSpark draws how long something took, the newest at the right, and says
// it in words.
func durationSpark(lang khue.Lang, took []time.Duration) (charts.Spark, string) {
	if len(took) < 2 {
		return charts.Spark{}, ""
	}
	var points []charts.Point
	for _, d := range took {
		points = append(points, charts.Point{Value: d.Seconds(), Known: true})
	}
	least, most, last := slices.Min(took), slices.Max(took), took[len(took)-1]
	says := textf("%[1]d lần gần nhất: từ %[2]s đến %[3]s, lần cuối %[4]s", "Last %[1]d: from %[5]s to %[6]s, the newest %[7]s", len(took),
		lasting(khue.Vietnamese, least), lasting(khue.Vietnamese, most), lasting(khue.Vietnamese, last),
		lasting(khue.English, least), lasting(khue.English, most), lasting(khue.English, last))
	return charts.Sparkline(points, 320, 40), says.In(lang)
}
