package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// event is a row of su_kien.
type event struct {
	id            int64
	code, title   string
	series        null[string]
	edition       null[string]
	organiser     string
	venue         string
	area          string
	trades        string // short codes, main first
	start         null[time.Time]
	end           time.Time
	format        string
	ticketed      bool
	capacity      null[int64]
	international bool
	initiative    null[string]
	updated       time.Time
	deleted       bool
}

// The formats as the event database writes them.
const (
	onsite = "truc_tiep"
	online = "truc_tuyen"
	hybrid = "ket_hop"
)

// happening is an event as the simulation knows it: the versions of its record
// and what is needed to count who came.
type happening struct {
	versions []event
	form     *form
	day      day
	days     int
	crowd    float64 // beside an ordinary event of its form
	price    int64   // VND
	held     bool
}

// The size of the city at scale 1, set so that 2026 to October has about 2,300
// events, 1.2 million visitors and 40 billion VND of tickets.
const (
	eventsAYear = 2365 // ordinary events of 2024, before closures and Tết
	crowdN      = 0.6
	priceN      = 1.33
)

const (
	leadDays  = 62  // an event is announced at most so long before it starts
	tailDays  = 130 // and nothing of it changes so long after its first day
	idsPerDay = 1000
	idsPerRow = 1_000_000
)

// eventsOn visits every event that starts on a day.
func (m *model) eventsOn(on day, visit func(*happening)) {
	seq := 0
	next := func(h *happening) {
		visit(h)
		seq++
	}
	shut := closureOn(on)
	d := newDice(m.seed, eventStream, uint64(on+1000))
	// What a closure leaves open happens; a part of it moves online.
	mean := eventsAYear / 365.25 * growthOf(date(on).Year()).events * rhythm(on) * m.eventsN
	for range min(d.poisson(mean), idsPerDay/2) {
		s := m.spaceOn(d, on)
		next(m.ordinary(d, s, on, seq, shut))
		if d.chance(0.002) {
			next(m.junk(d, s, on, seq))
		}
	}
	if e, ok := editionOn(on); ok {
		d := newDice(m.seed, festivalStream, uint64(on+1000))
		for range d.poisson(e.events / float64(e.to-e.from+1) * m.eventsN) {
			next(m.festival(d, e, on, seq, shut))
		}
	}
	if date(on+1).Day() == 1 && shut.open > 0.2 {
		next(m.midnight(newDice(m.seed, nightStream, uint64(on+1000)), on, seq, shut))
	}
}

// idOf numbers the events of a day, days before 2019 included.
func idOf(on day, seq int) int64 { return int64(on+leadDays)*idsPerDay + int64(seq) + 1 }

func (m *model) ordinary(d dice, s *space, on day, seq int, shut closure) *happening {
	main := s.trades[d.pick([]float64{75, 18, 7}[:len(s.trades)])]
	if isSpringFestival(on) && d.chance(0.3) {
		main = tradeByCode[one(d, []string{"heritage", "performing_arts", "cultural_tourism", "crafts", "cuisine"})]
	}
	return m.hold(d, s, main, &forms[d.pick(trades[main].forms)], on, seq, shut)
}

func (m *model) festival(d dice, e edition, on day, seq int, shut closure) *happening {
	main := tradeByCode["design"]
	if d.chance(0.55) {
		main = d.pick(tradeWeights)
	}
	h := m.hold(d, m.spaceOn(d, on), main, &forms[d.pick(trades[main].forms)], on, seq, shut)
	if e.peak {
		h.crowd *= 1.9
	} else {
		h.crowd *= 1.2
	}
	abroad, over := d.chance(0.25), max(0, on+h.days-1-e.to) // nothing outlasts its edition
	h.days -= over
	for i := range h.versions {
		v := &h.versions[i]
		v.series, v.edition, v.end = some("festival-design"), some(e.year), v.end.AddDate(0, 0, -over)
		v.title = "Lễ hội Thiết kế " + e.year + ": " + v.title
		v.initiative, v.international = festivalInitiative(on), v.international || abroad
	}
	return h
}

// midnight is the night that ends a month, or a year.
func (m *model) midnight(d dice, on day, seq int, shut closure) *happening {
	f, series, name := &monthNight, "dem-cuoi-thang", date(on).Format("2006-01")
	if date(on).Month() == time.December {
		f, series, name = &countdown, "chao-nam-moi", date(on+1).Format("2006")
	}
	h := m.hold(d, m.spaceOn(d, on), tradeByCode[one(d, []string{"music", "performing_arts", "cultural_tourism"})], f, on, seq, shut)
	h.versions, h.held = h.versions[:1], true // this one is never called off
	v := &h.versions[0]
	v.series, v.edition, v.title = some(series), some(name), f.title+" "+name+" (mô phỏng)"
	if v.format == online {
		v.format, v.venue = hybrid, v.organiser
	}
	v.capacity = some(int64(float64(f.capacity.draw(d)) * m.rowsN))
	return h
}

// hold makes an event and the life of its record.
func (m *model) hold(d dice, s *space, main int, f *form, on day, seq int, shut closure) *happening {
	h := &happening{form: f, day: on, days: f.days.draw(d), held: true}
	h.crowd = crowdN * d.around(1, 0.45) * growthOf(date(on).Year()).crowd * shut.crowd
	h.price = int64(float64(f.price.draw(d))*priceN/10+1) * 10_000
	place, venue := m.venue(d, s, on)
	opens := one(d, f.opens) * 60
	e := event{
		id: idOf(on, seq), code: fmt.Sprintf("HN-%s-%03d", date(on).Format("20060102"), seq+1),
		title:     fmt.Sprintf("%s “%s %s” (mô phỏng)", f.title, one(d, moods), strings.ToLower(one(d, trades[main].motifs))),
		organiser: s.name, venue: venue, area: place.areaOn(on), trades: m.tradesOf(d, s, main),
		start: some(m.at(on, opens)), end: m.at(on+h.days-1, opens+f.length*60), format: onsite,
		ticketed: d.chance(f.ticketed), international: d.chance(0.08),
	}
	switch x := d.Float64(); {
	case x < max(f.online, shut.online):
		e.format, e.venue = online, "Trực tuyến"
	case x < max(f.online, shut.online)+f.hybrid:
		e.format = hybrid
	}
	capacity := int64(float64(f.capacity.draw(d)) * m.rowsN)
	if e.format != online {
		e.capacity = some(capacity)
	}
	if d.chance(0.35) {
		e.initiative = m.initiativeOf(d, on)
	}
	lead := d.between(3, 40)
	if d.chance(0.1) {
		lead = d.between(41, leadDays-2)
	}
	e.updated = m.office(d, on-lead)
	m.eventLife(d, h, e, place, s)
	return h
}

// eventLife adds what becomes of the record after it was announced.
func (m *model) eventLife(d dice, h *happening, e event, place ward, s *space) {
	h.versions = append(h.versions, e)
	show := func(at time.Time) {
		e.updated = at
		h.versions = append(h.versions, e)
	}
	announced := e.updated
	before := func(share float64) time.Time {
		return announced.Add(time.Duration(share * float64(e.start.value.Sub(announced)))).Truncate(time.Second)
	}
	if e.capacity.valid && d.chance(0.1) {
		e.capacity.value += e.capacity.value / 5
		show(before(0.1 + 0.5*d.Float64()))
	}
	if d.chance(0.025) { // called off
		e.deleted = true
		show(before(0.7 + 0.29*d.Float64()))
		h.held = false
		return
	}
	if d.chance(0.03) { // its fields were wrong
		e.trades = m.tradesOf(d, s, m.otherTrades(d, []int{tradeByCode[DisciplineShortCodes()[e.trades[:2]]]})[0])
		show(m.office(d, h.day+d.between(3, 30)))
	}
	if d.chance(0.012) { // its area was wrong
		e.area = m.elsewhere(d, place, h.day)
		show(m.office(d, h.day+d.between(31, 60)))
	}
}

// elsewhere is another area of the same era.
func (m *model) elsewhere(d dice, from ward, on day) string {
	for {
		if code := one(d, m.wards).areaOn(on); code != from.areaOn(on) {
			return code
		}
	}
}

// venue is where a space holds an event: mostly at home, else at a public place anywhere.
func (m *model) venue(d dice, s *space, on day) (ward, string) {
	if d.chance(0.72) {
		return m.wards[s.ward], s.name
	}
	w := m.wards[d.pick(m.places)]
	for range 2 { // rather somewhere in its own part of the city
		if w.district == m.wards[s.ward].district {
			break
		}
		w = m.wards[d.pick(m.places)]
	}
	return w, one(d, []string{"Nhà văn hóa mô phỏng", "Sân chơi mô phỏng", "Phố đi bộ mô phỏng"}) + ", " + w.areaNameOn(on)
}

// tradesOf writes the short codes of an event's fields, the main one first.
func (m *model) tradesOf(d dice, s *space, main int) string {
	list := []int{main}
	for _, t := range s.trades {
		if !slices.Contains(list, t) && d.chance(0.35) {
			list = append(list, t)
		}
	}
	short := make([]string, len(list))
	for i, t := range list {
		short[i] = trades[t].short
	}
	return strings.Join(short, ";")
}

// junk is a record that no careful loader takes; nobody is counted at it.
func (m *model) junk(d dice, s *space, on day, seq int) *happening {
	h := m.hold(d, s, s.trades[0], &forms[3], on, seq, closure{open: 1, crowd: 1})
	h.versions, h.held = h.versions[:1], false
	if d.chance(0.5) {
		h.versions[0].trades = unknownTrade
	} else {
		h.versions[0].start = null[time.Time]{}
	}
	return h
}
