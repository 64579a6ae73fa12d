package dashboards

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// programmeName is the dictionary's filter by programme.
const programmeName = "programme"

// dictionaryView is the list of indicators by subject.
type dictionaryView struct {
	frameView
	Finding    string
	Text       string
	Programmes []choice
	Changed    bool
	Chapters   []chapterView
	Programme  *programmeView // the one filtered by
	Version    string
}

// chapterView is a subject with its indicators.
type chapterView struct {
	Code, Label string
	Entries     []entryLine
}

// entryLine is one indicator in the list.
type entryLine struct {
	Address, Label, Meaning string
	Facts                   string    // unit and frequency
	Serves                  []navLink // programmes
}

// registerDictionary adds the pages that say what figures mean.
func (s *Site) registerDictionary(pages *gin.RouterGroup) {
	get(pages, dictionaryPath, s.dictionaryPage)
	get(pages, dictionaryPath+"/:name", s.entryPage)
}

// dictionaryFilter is what a reader looks for.
type dictionaryFilter struct{ text, programme string }

func parseDictionaryFilter(rawQuery string) (dictionaryFilter, error) {
	values, err := readQuery(rawQuery, textName, programmeName)
	if err != nil {
		return dictionaryFilter{}, err
	}
	f := dictionaryFilter{strings.TrimSpace(values.Get(textName)), values.Get(programmeName)}
	if utf8.RuneCountInString(f.text) > longestSought {
		return f, khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to find is too long; at most %d characters.", longestSought)
	}
	return f, nil
}

func (f dictionaryFilter) values() url.Values {
	v := url.Values{}
	if f.text != "" {
		v.Set(textName, f.text)
	}
	if f.programme != "" {
		v.Set(programmeName, f.programme)
	}
	return v
}

func (s *Site) dictionaryPage(c *gin.Context) {
	lang := langOf(c)
	f, err := parseDictionaryFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	catalogue := s.service.Catalogue()
	chapters, err := catalogue.Dictionary(f.text, f.programme)
	if err != nil {
		_ = c.Error(unknownProgramme(f.programme))
		return
	}
	view := dictionaryView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, dictionaryName, dictionaryPath, f.values(), text("Từ điển chỉ số", "Indicator dictionary").In(lang)),
		Text:      f.text, Changed: f != dictionaryFilter{}, Version: catalogue.Version(),
		Programmes: []choice{{"", text("tất cả", "all").In(lang), f.programme == ""}},
	}
	for _, p := range catalogue.Programmes() {
		view.Programmes = append(view.Programmes, choice{p.ID, p.Title.In(lang), f.programme == p.ID})
	}
	found := 0
	for _, chapter := range chapters {
		view.Chapters = append(view.Chapters, chapterOf(lang, catalogue, chapter))
		found += len(chapter.Indicators)
	}
	view.Finding = dictionaryFinding(lang, found, len(chapters), view.Changed)
	if p, err := catalogue.Programme(f.programme); err == nil {
		view.Programme = s.programmeView(c.Request.Context(), lang, p)
	}
	s.show(c, "dictionary.html", view)
}

func unknownProgramme(id string) error {
	return khue.Errorf(khue.Invalid, "Không có chương trình %q; hãy chọn một chương trình trong danh sách.",
		"There is no programme %q; choose one from the list.", short(id))
}

func dictionaryFinding(lang khue.Lang, found, chapters int, narrowed bool) string {
	switch {
	case found == 0:
		return text("Không có chỉ số nào như vậy", "There is no such indicator").In(lang)
	case narrowed:
		return textf("Tìm thấy %[1]d chỉ số", "%[1]d %[2]s found", found, plural(found, "indicator", "indicators")).In(lang)
	}
	return textf("Từ điển chỉ số: %[1]d chỉ số trong %[2]d nhóm", "Indicator dictionary: %[1]d indicators in %[2]d groups", found, chapters).In(lang)
}

func chapterOf(lang khue.Lang, catalogue *indicators.Catalogue, chapter indicators.Chapter) chapterView {
	view := chapterView{Code: chapter.Topic.Code, Label: chapter.Topic.Label.In(lang)}
	for _, i := range chapter.Indicators {
		line := entryLine{
			Address: entryAddress(i.Name), Label: i.Label.In(lang), Meaning: i.Description.In(lang),
			Facts: i.Unit.In(lang) + " · " + strings.ToLower(i.Frequency.Label().In(lang)),
		}
		for _, serving := range catalogue.Serves(i.Name) {
			line.Serves = append(line.Serves, programmeLink(lang, serving.Programme))
		}
		view.Entries = append(view.Entries, line)
	}
	return view
}

func entryAddress(name string) string { return dictionaryPath + "/" + url.PathEscape(name) }

// programmeLink leads to what the dictionary holds of a programme.
func programmeLink(lang khue.Lang, p indicators.Programme) navLink {
	return navLink{Address: address(dictionaryPath, url.Values{programmeName: {p.ID}}, ""), Label: p.Title.In(lang)}
}

// programmeView is what is known of a programme itself.
type programmeView struct {
	Title, Kind, Description string
	Years, Citation, Reason  string // Reason says why it has no target
	Mark                     status
	Documents                []paperView
	Items                    *table
	Themes                   []fact // of a framework, with their targets of the 2030 Agenda
	Fault                    *boxFault
}

// paperView is a document with its groups of activities.
type paperView struct {
	Number, Title, Day, Citation, Note string
	Mark                               status
	Groups                             []fact
}

// markTones give a mark its colour; its words always stand beside it.
var markTones = map[string]string{"verified": "good", "general": "attention", "inferred": "attention", "unknown": "unknown"}

func knownAs(lang khue.Lang, mark string) status {
	return status{markTones[mark], indicators.MarkLabel(mark).In(lang)}
}

func (s *Site) programmeView(ctx context.Context, lang khue.Lang, p indicators.Programme) *programmeView {
	view := &programmeView{
		Title: p.Title.In(lang), Kind: p.KindLabel().In(lang), Description: p.Description.In(lang),
		Years: yearsOf(lang, p), Citation: p.Citation, Reason: p.NoTargets.In(lang), Mark: knownAs(lang, p.Mark),
	}
	for _, d := range p.Documents {
		view.Documents = append(view.Documents, paperOf(lang, p, d))
	}
	for _, theme := range p.Themes {
		view.Themes = append(view.Themes, fact{theme.Title.In(lang), strings.Join(theme.SDGTargets, " · ")})
	}
	if len(p.Items) > 0 {
		s.fillItems(ctx, lang, p, view)
	}
	return view
}

func yearsOf(lang khue.Lang, p indicators.Programme) string {
	switch {
	case p.Begins == 0:
		return ""
	case p.Ends == 0:
		return textf("từ năm %[1]d", "since %[1]d", p.Begins).In(lang)
	}
	return textf("%[1]d–%[2]d", "%[1]d–%[2]d", p.Begins, p.Ends).In(lang)
}

func paperOf(lang khue.Lang, p indicators.Programme, d indicators.Document) paperView {
	view := paperView{Number: d.Number, Title: d.Title.In(lang), Citation: d.Citation, Note: d.Note.In(lang), Mark: knownAs(lang, d.Mark)}
	switch {
	case !d.Dated.IsZero():
		view.Day = textf("ngày %[1]s", "dated %[2]s", locale.Date(khue.Vietnamese, d.Dated), locale.Date(khue.English, d.Dated)).In(lang)
	case !d.Reported.IsZero():
		view.Day = textf("báo chí đưa tin ngày %[1]s", "reported by the press on %[2]s", locale.Date(khue.Vietnamese, d.Reported), locale.Date(khue.English, d.Reported)).In(lang)
	default:
		view.Day = text("chưa rõ ngày", "day not known").In(lang)
	}
	for _, g := range p.Groups {
		if g.Document == d.ID {
			view.Groups = append(view.Groups, fact{g.Title.In(lang), g.Contents.In(lang)})
		}
	}
	return view
}

// fillItems sets a framework's indicators beside what is published of them and
// beside those of ours that come near.
func (s *Site) fillItems(ctx context.Context, lang khue.Lang, p indicators.Programme, view *programmeView) {
	v := s.visit(ctx, defaultFilter)
	published := fill(ctx, v, "items "+p.ID, func(ctx context.Context) (map[string][]indicators.Claim, error) {
		return recall(ctx, s.memory, v.state, "items "+p.ID, func(ctx context.Context) (map[string][]indicators.Claim, error) {
			out := map[string][]indicators.Claim{}
			for _, item := range p.Items {
				claims, err := s.service.ClaimsOf(ctx, item.Subject, time.Time{})
				if err != nil {
					return nil, err
				}
				out[item.ID] = claims
			}
			return out, nil
		})
	})
	view.Fault = published.fault(lang, s.zone)
	t := &table{
		Caption: text("Các chỉ số của khung, số đã công bố và chỉ số gần đúng của hệ thống này", "The framework's indicators, what is published of them, and those of this system that come near").In(lang),
		Head: []string{
			text("Chỉ số", "Indicator").In(lang), text("Chiều", "Dimension").In(lang), text("Số đã công bố", "Published").In(lang), text("Chỉ số gần đúng", "Near to it").In(lang),
		},
	}
	for _, item := range p.Items {
		t.Rows = append(t.Rows, tableRow{
			Cells: []cell{
				named(textf("%[1]d. %[2]s", "%[1]d. %[3]s", item.Number, item.Title.VI, item.Title.EN).In(lang)), named(themeName(lang, p, item.Theme)),
				named(newestClaim(lang, published.Data[item.ID])), named(s.labelsOf(lang, item.FedBy)),
			},
			Note: item.Note.In(lang),
		})
	}
	view.Items = t
}

func themeName(lang khue.Lang, p indicators.Programme, id string) string {
	for _, theme := range p.Themes {
		if theme.ID == id {
			return theme.Title.In(lang)
		}
	}
	return id
}

// newestClaim is the last figure published as actual, or that there is none. Where
// several of its period contradict each other, none is chosen.
func newestClaim(lang khue.Lang, claims []indicators.Claim) string {
	said, newest := locale.Unknown(lang), indicators.Claim{}
	different := map[float64]bool{}
	for _, c := range claims { // by period, the newest last
		if c.Kind != "actual" {
			continue
		}
		if c.Period != newest.Period {
			clear(different)
		}
		newest, different[c.Value] = c, true
		said = withUnit(lang, c.Value, claimDecimals(c.Value), c.Unit) + " (" + c.Period + ", " + c.Publisher + ")"
	}
	if len(different) > 1 {
		return textf("%d số đã công bố mâu thuẫn nhau", "%d published figures contradict each other", len(different)).In(lang) + " (" + newest.Period + ")"
	}
	return said
}

func (s *Site) labelsOf(lang khue.Lang, names []string) string {
	var labels []string
	for _, name := range names {
		if i, err := s.service.Catalogue().Indicator(name); err == nil {
			labels = append(labels, i.Label.In(lang))
		}
	}
	if len(labels) == 0 {
		return "–"
	}
	return strings.Join(labels, "; ")
}
