package indicators

import (
	"maps"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// Counting is how a fact with several disciplines counts: an event, its
// visitors, or a member.
type Counting string

// The rules of counting.
const (
	CountMain       Counting = "main"       // under its first discipline alone
	CountEach       Counting = "each"       // wholly under every one: parts exceed the total
	CountFractional Counting = "fractional" // one nth under each of n: parts add up to the total
)

// ParseCounting reads a rule; an empty text is main.
func ParseCounting(s string) (Counting, error) {
	switch c := Counting(s); c {
	case "":
		return CountMain, nil
	case CountMain, CountEach, CountFractional:
		return c, nil
	}
	return "", khue.Errorf(khue.Invalid,
		"không có cách tính %q; hãy dùng main (lĩnh vực chính), each (mọi lĩnh vực) hoặc fractional (chia đều)",
		"there is no way of counting %q; use main, each or fractional", s).Coded("unknown_counting", "counting")
}

// disciplineLens looks at disciplines through the crosswalks and the rule of
// counting that the question asks for.
func (s *Service) disciplineLens(a *inquiry, p *part) (lens, error) {
	l := lens{
		dim: "discipline", label: labelOf("discipline"), count: a.question.Counting, from: a.question.From,
		every: a.countsAll() && warehouse.HasLists(p.ask.Dataset),
	}
	if err := s.viewKeys(a, p, &l); err != nil {
		return lens{}, err
	}
	needed := l.every && len(l.views) > 0
	var plain []warehouse.Filter
	for _, f := range p.ask.Where {
		crosswalk := s.catalogue.isCrosswalk(f.Dim)
		if !crosswalk && (f.Dim != "discipline" || !l.every) {
			plain = append(plain, f)
			continue
		}
		i := slices.IndexFunc(l.views, func(v view) bool { return v.name == f.Dim })
		if i < 0 {
			v, err := s.disciplineView(a, f.Dim, -1)
			if err != nil {
				return lens{}, err
			}
			i, l.views = len(l.views), append(l.views, v)
		}
		l.views[i].only, l.views[i].not, needed = append([]string{}, f.Values...), f.Not, true
	}
	divided := 0
	for _, v := range l.views {
		needed = needed || v.read != nil
		if v.split {
			divided++
		}
	}
	if !needed {
		return lens{}, nil
	}
	if divided > 1 {
		return lens{}, khue.Errorf(khue.Invalid,
			"mỗi câu hỏi chỉ dùng được một bảng đối chiếu có tỷ trọng", "a question can use one crosswalk with weights, not two at once").Coded("two_weighted_crosswalks", "by")
	}
	p.ask.Where = plain
	if p.ask.Aggregates[0].Func != "stock" {
		l.breaks = s.editionBreaks(a, l.views)
	}
	return l, nil
}

// viewKeys adds a view for each key of the question that is drawn from disciplines.
func (s *Service) viewKeys(a *inquiry, p *part, l *lens) error {
	for i, name := range p.ask.By {
		if name != "discipline" && !s.catalogue.isCrosswalk(name) {
			continue
		}
		v, err := s.disciplineView(a, name, i)
		if err != nil {
			return err
		}
		l.views = append(l.views, v)
	}
	return nil
}

// disciplineView reads disciplines as they are or by a crosswalk, in the edition
// that the question names or else in the one in force on the day of the fact.
func (s *Service) disciplineView(a *inquiry, name string, at int) (view, error) {
	v := view{name: name, at: at}
	if name == "discipline" {
		return v, nil
	}
	walk, err := s.catalogue.Crosswalk(name)
	if err != nil {
		return view{}, err
	}
	v.rest = NoCounterpart
	for _, d := range khue.Disciplines() {
		v.known = append(v.known, d.Code)
	}
	v.read = func(day time.Time, code string) []Share { return walk.InForce(day).shares(code) }
	v.split = slices.ContainsFunc(walk.Editions, Edition.splits)
	if id := a.question.Editions[name]; id != "" {
		edition, err := walk.Edition(id)
		if err != nil {
			return view{}, err
		}
		v.read = func(_ time.Time, code string) []Share { return edition.shares(code) }
		v.split = edition.splits()
	}
	return v, nil
}

// editionBreaks are the days within the question on which an edition that it
// reads by gives way to the next.
func (s *Service) editionBreaks(a *inquiry, views []view) []time.Time {
	var out []time.Time
	for _, v := range views {
		walk, err := s.catalogue.Crosswalk(v.name)
		if err != nil || a.question.Editions[v.name] != "" {
			continue
		}
		for _, e := range walk.Editions[1:] {
			after := a.question.From.IsZero() || e.From.After(a.question.From)
			before := a.question.To.IsZero() || e.From.Before(a.question.To)
			if after && before {
				out = append(out, e.From)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// countsAll tells that all disciplines of a fact count, not its main one alone.
func (a *inquiry) countsAll() bool {
	return a.question.Counting == CountEach || a.question.Counting == CountFractional
}

// putLenses gives a part the lenses that it needs.
func (s *Service) putLenses(a *inquiry, p *part) error {
	for _, of := range []func(*inquiry, *part) (lens, error){s.disciplineLens, s.areaLens} {
		l, err := of(a, p)
		if err != nil {
			return err
		}
		if len(l.views) > 0 {
			p.lenses = append(p.lenses, l)
		}
	}
	return nil
}

// additive tells that the numbers of a part are flows that add up.
func (p *part) additive() bool {
	return p.ask.Aggregates[0].Func == "sum" || p.ask.Aggregates[0].Func == "count"
}

// lookUpViews holds what the question says of views, counting and editions
// against what there is.
func (s *Service) lookUpViews(a *inquiry) error {
	var err error
	if a.question.AreaView, err = ParseAreaView(string(a.question.AreaView)); err != nil {
		return err
	}
	if a.question.Counting, err = ParseCounting(string(a.question.Counting)); err != nil {
		return err
	}
	if a.question.AreaView == AreasAsWere {
		a.question.AreaView = "" // what says nothing new is the same question
	}
	if a.question.Counting == CountMain {
		a.question.Counting = ""
	}
	a.findCrosswalks(s.catalogue)
	for _, name := range slices.Sorted(maps.Keys(a.question.Editions)) {
		id := a.question.Editions[name]
		walk, err := s.catalogue.Crosswalk(name)
		if err != nil {
			return lies(err, "unknown_classification", "edition/"+step(name))
		}
		if _, err := walk.Edition(id); err != nil {
			return lies(err, "unknown_edition", "edition/"+step(name))
		}
	}
	return nil
}

// findCrosswalks notes every classification that the question rests on.
func (a *inquiry) findCrosswalks(c *Catalogue) {
	names := slices.Clone(a.question.By)
	names = slices.AppendSeq(names, maps.Keys(a.question.Where))
	for _, m := range a.measures {
		names = slices.AppendSeq(names, maps.Keys(m.Where))
	}
	for _, name := range names {
		if c.isCrosswalk(name) {
			a.crosswalks = append(a.crosswalks, name)
		}
	}
}

// byDiscipline tells that disciplines, in whatever classification, are keys of the answer.
func (a *inquiry) byDiscipline() bool {
	return slices.ContainsFunc(a.by, func(d Dimension) bool { return d.Name == "discipline" || slices.Contains(a.crosswalks, d.Name) })
}

// recasts tells that some part looks at disciplines or areas otherwise than the
// rows hold them.
func (a *inquiry) recasts() bool {
	return a.countsAll() || a.question.AreaView == AreasAsNow || len(a.crosswalks) > 0 || a.byArea() && a.crossesEras()
}

// finer gives the numbers of a measure decimals of their own, since facts are divided.
func (a *inquiry) finer(slot int) {
	if a.decimals == nil {
		a.decimals = make(map[int]int)
	}
	a.decimals[slot] = countDecimals
}

// decimalsOf is how many decimals a measure's numbers are shown with.
func (a *inquiry) decimalsOf(slot int) int {
	if d, ok := a.decimals[slot]; ok {
		return d
	}
	return a.measures[slot].Decimals
}
