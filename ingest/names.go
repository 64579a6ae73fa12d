package ingest

import (
	"sort"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"khue"
)

// dictionaries know the ways people write areas and disciplines: official codes,
// names in Vietnamese and English, with or without diacritics, with the usual
// short prefixes. A name means the unit that bore it on the row's day.
type dictionaries struct {
	areas       []khue.Area
	areaByCode  map[string]bool
	areaByName  map[string][]int // key made by plain
	areaByBare  map[string][]int // key made by bare
	disciplines map[string]string
	changes     []time.Time // days on which the set of valid areas changed
}

// prefixes are what stands before a unit's name, without the mark of shortening.
var prefixes = map[khue.AreaKind]struct {
	vi []string
	en string
}{
	khue.UrbanDistrict: {[]string{"Quận", "Q"}, "District"},
	khue.RuralDistrict: {[]string{"Huyện", "H"}, "District"},
	khue.Town:          {[]string{"Thị xã", "TX", "T X"}, "Town"},
	khue.Ward:          {[]string{"Phường", "P"}, "Ward"},
	khue.Commune:       {[]string{"Xã", "X"}, "Commune"},
}

func newDictionaries(aliases Aliases) *dictionaries {
	d := &dictionaries{
		areas: khue.Areas(), areaByCode: make(map[string]bool), areaByName: make(map[string][]int),
		areaByBare: make(map[string][]int), disciplines: make(map[string]string),
	}
	days := make(map[time.Time]bool)
	for i, a := range d.areas {
		d.areaByCode[a.Code] = true
		for _, name := range namesOf(a) {
			addName(d.areaByName, plain(name), i)
			addName(d.areaByBare, bare(name), i)
		}
		days[a.From], days[a.To] = true, true
	}
	delete(days, time.Time{})
	for day := range days {
		d.changes = append(d.changes, day)
	}
	sort.Slice(d.changes, func(i, j int) bool { return d.changes[i].Before(d.changes[j]) })
	for _, c := range khue.Disciplines() {
		for _, name := range []string{c.Code, c.Name.VI, c.Name.EN} {
			d.disciplines[plain(name)], d.disciplines[bare(name)] = c.Code, c.Code
		}
	}
	d.take(aliases)
	return d
}

func addName(m map[string][]int, key string, area int) {
	for _, have := range m[key] {
		if have == area {
			return
		}
	}
	m[key] = append(m[key], area)
}

// namesOf lists the ways to write one unit.
func namesOf(a khue.Area) []string {
	if a.Kind == khue.City {
		return []string{a.Name.VI, a.Name.EN, "Hà Nội", "TP Hà Nội", "T.P. Hà Nội", "Thủ đô Hà Nội", "Hanoi City", "City of Hanoi", "Ha Noi City", "Toàn thành phố", "Citywide"}
	}
	p := prefixes[a.Kind]
	vi := strings.TrimPrefix(a.Name.VI, p.vi[0]+" ")
	en := strings.TrimSuffix(a.Name.EN, " "+p.en)
	names := []string{vi, en, en + " " + p.en}
	if p.en == "District" {
		names = append(names, en+" Dist.", en+" Dist")
	}
	for _, short := range p.vi {
		names = append(names, short+" "+vi, short+" "+en)
	}
	return names
}

// plain is a name in lower case with its diacritics, words parted by one space.
func plain(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFC.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
			continue
		}
		space = true
	}
	return b.String()
}

// bare is plain without diacritics, as old keyboards wrote Vietnamese.
func bare(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(plain(s)) {
		switch {
		case r == 'đ' || r == 'ð': // the Icelandic letter, which old keyboards gave instead
			b.WriteByte('d')
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// era numbers the stretch of days, between two changes of areas, that holds a day.
func (d *dictionaries) era(day time.Time) int {
	n := 0
	for n < len(d.changes) && !day.Before(d.changes[n]) {
		n++
	}
	return n
}

// area is the code of the unit called so on a day. A code always means its unit.
// more tells that several units are called so.
func (d *dictionaries) area(name string, day time.Time) (code string, more, ok bool) {
	if d.areaByCode[name] {
		return name, false, true
	}
	found := d.valid(d.areaByName[plain(name)], day)
	if len(found) == 0 {
		found = d.valid(d.areaByBare[bare(name)], day)
	}
	switch len(found) {
	case 0:
		if head, ok := d.within(name); ok {
			return d.area(head, day)
		}
		return "", false, false
	case 1:
		return d.areas[found[0]].Code, false, true
	}
	return "", true, false
}

// everArea tells whether any unit was ever called so.
func (d *dictionaries) everArea(name string) bool {
	if len(d.areaByBare[bare(name)]) > 0 {
		return true
	}
	head, ok := d.within(name)
	return ok && d.everArea(head)
}

func (d *dictionaries) valid(found []int, day time.Time) []int {
	var out []int
	for _, i := range found {
		if d.areas[i].ValidOn(day) {
			out = append(out, i)
		}
	}
	return out
}

// discipline is the code of the creative field called so.
func (d *dictionaries) discipline(name string) (string, bool) {
	if code, ok := d.disciplines[plain(name)]; ok {
		return code, true
	}
	code, ok := d.disciplines[bare(name)]
	return code, ok
}
