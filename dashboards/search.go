package dashboards

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// Where things are found by name: the page, and what the box proposes meanwhile.
const (
	searchName  = "search"
	searchPath  = "/search"
	suggestPath = searchPath + "/suggest"
)

// eventPath is where single events are.
const eventPath = "/events/"

const (
	mostFound    = 20 // of a group on the page
	mostProposed = 4  // of a group under the box
	mostSeekers  = 4  // searches of the warehouse at a time
)

// foundThing is one thing found.
type foundThing struct {
	Label   string `json:"label"`
	Detail  string `json:"detail,omitempty"`
	Address string `json:"address"`
}

// foundGroup is the things of one kind.
type foundGroup struct {
	Label string       `json:"label"`
	Hits  []foundThing `json:"hits"`
	More  bool         `json:"-"` // there are others
}

// findings is everything that was found.
type findings struct {
	groups []foundGroup
	fault  error // why members and events could not be looked for
}

// searchView is the page of what was found.
type searchView struct {
	frameView
	Finding string
	Groups  []foundGroup
	Fault   string
	Empty   bool // something was looked for and nothing was found
}

func (s *Site) registerSearch(r *gin.RouterGroup) {
	get(r, searchPath, s.searchPage)
	get(r, suggestPath, s.suggest)
}

// readSought reads what is looked for.
func readSought(rawQuery string) (string, error) {
	values, err := readQuery(rawQuery, textName)
	if err != nil {
		return "", err
	}
	sought := strings.TrimSpace(values.Get(textName))
	if utf8.RuneCountInString(sought) > longestSought {
		return "", khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to find is too long; at most %d characters.", longestSought)
	}
	return sought, nil
}

func (s *Site) searchPage(c *gin.Context) {
	lang := langOf(c)
	sought, err := readSought(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	query := url.Values{}
	if sought != "" {
		query.Set(textName, sought)
	}
	view := searchView{frameView: s.frameView(s.reader(c.Request.Context()), lang, searchName, searchPath, query, text("Tìm kiếm", "Search").In(lang))}
	view.Data, view.Sought = true, sought
	found := s.find(c.Request.Context(), lang, sought, mostFound)
	view.Groups = found.groups
	if found.fault != nil {
		view.Fault = sentence(khue.MessageOf(slow(found.fault)).In(lang))
	}
	view.Empty = sought != "" && len(found.groups) == 0
	view.Finding = searchFinding(lang, sought, found)
	s.show(c, "search.html", view)
}

func searchFinding(lang khue.Lang, sought string, found findings) string {
	count, more := 0, false
	for _, g := range found.groups {
		count, more = count+len(g.Hits), more || g.More
	}
	shown := short(sought)
	switch {
	case sought == "":
		return text("Tìm thành viên, sự kiện, chỉ số, địa bàn", "Find members, events, indicators and areas").In(lang)
	case count == 0 && found.fault != nil:
		return textf("Chưa tìm được “%s”", "“%s” could not be looked for", shown).In(lang)
	case count == 0:
		return textf("Không tìm thấy “%s”", "Nothing found for “%s”", shown).In(lang)
	case more:
		return textf("Hơn %[1]d kết quả cho “%[2]s”", "More than %[1]d results for “%[2]s”", count, shown).In(lang)
	}
	return textf("%[1]d kết quả cho “%[2]s”", "%[1]d %[3]s for “%[2]s”", count, shown, plural(count, "result", "results")).In(lang)
}

// suggest answers with what the box proposes while somebody types.
func (s *Site) suggest(c *gin.Context) {
	lang := langOf(c)
	sought, err := readSought(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	found := s.find(c.Request.Context(), lang, sought, mostProposed)
	body, err := json.Marshal(map[string]any{"groups": found.groups})
	if err != nil {
		_ = c.Error(err)
		return
	}
	send(c, http.StatusOK, "application/json; charset=utf-8", body)
}

// find looks for things of every kind, at most so many of each. Without a
// warehouse it still finds what is known here.
func (s *Site) find(ctx context.Context, lang khue.Lang, sought string, most int) findings {
	words := locale.Words(sought)
	if len(words) == 0 {
		return findings{}
	}
	var members, events foundGroup
	var faults [2]error
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() { members, faults[0] = s.findMembers(ctx, lang, sought, most) })
	wait.Go(func() { events, faults[1] = s.findEvents(ctx, lang, sought, most) })
	groups := []foundGroup{{}, {}, s.findIndicators(lang, words), s.findAreas(lang, words), s.findPages(s.reader(ctx), lang, words)}
	wait.Wait()
	groups[0], groups[1] = members, events
	out := findings{}
	for _, fault := range faults {
		if fault != nil {
			s.log.Warn("a search has no answer from the warehouse", "error", fault)
			out.fault = fault
		}
	}
	for _, g := range groups {
		if len(g.Hits) > most {
			g.Hits, g.More = g.Hits[:most], true
		}
		if len(g.Hits) > 0 {
			out.groups = append(out.groups, g)
		}
	}
	return out
}

// seek asks the warehouse when its turn has come.
func (s *Site) seek(ctx context.Context, ask func(context.Context, string, int) ([]indicators.Hit, error), sought string, most int) ([]indicators.Hit, error) {
	select {
	case s.seekers <- struct{}{}:
		defer func() { <-s.seekers }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return ask(ctx, sought, most+1)
}

func (s *Site) findMembers(ctx context.Context, lang khue.Lang, sought string, most int) (foundGroup, error) {
	g := foundGroup{Label: text("Thành viên", "Members").In(lang)}
	hits, err := s.seek(ctx, s.service.FindMembers, sought, most)
	for _, h := range hits {
		details := []string{disciplineWord(lang, h.Discipline), areaWord(lang, h.Area)}
		if h.Status == "left" {
			details = append(details, text("đã rời Mạng lưới", "has left the Network").In(lang))
		}
		g.Hits = append(g.Hits, foundThing{h.Name, dotted(details...), memberAddress(h.ID)})
	}
	return g, err
}

func (s *Site) findEvents(ctx context.Context, lang khue.Lang, sought string, most int) (foundGroup, error) {
	g := foundGroup{Label: text("Sự kiện", "Events").In(lang)}
	hits, err := s.seek(ctx, s.service.FindEvents, sought, most)
	for _, h := range hits {
		g.Hits = append(g.Hits, foundThing{h.Name, dotted(locale.Date(lang, h.Day), areaWord(lang, h.Area), disciplineWord(lang, h.Discipline)), eventPath + url.PathEscape(h.ID)})
	}
	return g, err
}

// findIndicators lists those whose names match, then those that are told of in
// such words.
func (s *Site) findIndicators(lang khue.Lang, words []string) foundGroup {
	g := foundGroup{Label: text("Chỉ số", "Indicators").In(lang)}
	chapters, err := s.service.Catalogue().Dictionary("", "")
	if err != nil {
		return g
	}
	var told []foundThing
	for _, chapter := range chapters {
		for _, i := range chapter.Indicators {
			thing := foundThing{i.Label.In(lang), dotted(chapter.Topic.Label.In(lang), i.Unit.In(lang)), entryAddress(i.Name)}
			switch {
			case locale.Begin(locale.Words(i.Label.VI), words), locale.Begin(locale.Words(i.Label.EN), words), locale.Begin(locale.Words(i.Name), words):
				g.Hits = append(g.Hits, thing)
			case locale.Begin(locale.Words(i.Description.In(lang)), words):
				told = append(told, thing)
			}
		}
	}
	g.Hits = append(g.Hits, told...)
	return g
}

// findAreas lists areas, those of today first, each group by Vietnamese collation.
func (s *Site) findAreas(lang khue.Lang, words []string) foundGroup {
	g := foundGroup{Label: text("Địa bàn", "Areas").In(lang)}
	var found []khue.Area
	for _, a := range khue.Areas() {
		if a.Kind != khue.City && (locale.Begin(locale.Words(a.Name.VI), words) || locale.Begin(locale.Words(a.Name.EN), words)) {
			found = append(found, a)
		}
	}
	collator := locale.Collator()
	slices.SortStableFunc(found, func(a, b khue.Area) int {
		if a.To.IsZero() != b.To.IsZero() {
			if a.To.IsZero() {
				return -1
			}
			return 1
		}
		return collator.CompareString(a.Name.In(lang), b.Name.In(lang))
	})
	for _, a := range found {
		g.Hits = append(g.Hits, foundThing{a.Name.In(lang), locale.Validity(lang, a.From, a.To), s.areaAddress(a)})
	}
	return g
}

// areaAddress shows an area; one that is no more in its last half-year.
func (s *Site) areaAddress(a khue.Area) string {
	path := overviewPath
	if slices.ContainsFunc(s.figurePages, func(p page) bool { return p.path == areasPath && slices.Contains(p.takes, areaName) }) {
		path = areasPath
	}
	q := url.Values{areaName: {a.Code}}
	if !a.To.IsZero() {
		q.Set(periodName, khue.PeriodOf(a.To.AddDate(0, 0, -1), khue.HalfYear).String())
	}
	return address(path, q, "")
}

func (s *Site) findPages(who reader, lang khue.Lang, words []string) foundGroup {
	g := foundGroup{Label: text("Trang", "Pages").In(lang)}
	links := append(s.figureLinks(who, lang, "", nil), s.dataLinks(who, lang, "")...)
	if who.opens(dictionaryPath) {
		links = append(links, navLink{Address: dictionaryPath, Label: text("Từ điển chỉ số", "Indicator dictionary").In(lang)})
	}
	for _, l := range links {
		if locale.Begin(locale.Words(l.Label), words) {
			g.Hits = append(g.Hits, foundThing{Label: l.Label, Address: l.Address})
		}
	}
	return g
}

func disciplineWord(lang khue.Lang, code string) string {
	d, _ := khue.DisciplineOf(code)
	return d.Name.In(lang)
}

func areaWord(lang khue.Lang, code string) string {
	a, _ := khue.AreaOf(code)
	return a.Name.In(lang)
}

// dotted joins what is known with middle dots.
func dotted(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " · ")
}
