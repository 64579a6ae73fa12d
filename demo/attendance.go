package demo

import "time"

// visit is a row of luot_khach: visitors counted at one event in one session or at one gate.
type visit struct {
	id       int64
	event    int64
	occurred null[time.Time]
	onsite   int64
	online   null[int64] // empty unless the event is streamed
	paid     null[int64] // empty unless the event sells tickets, and so is revenue
	revenue  null[int64] // VND
	updated  time.Time
	deleted  bool
}

// attendanceOf visits every count of an event, each as the versions of its
// record. The slice is reused between calls.
func (m *model) attendanceOf(h *happening, emit func([]visit)) {
	if !h.held {
		return
	}
	e := &h.versions[0]
	d := newDice(m.seed, attendanceStream, uint64(e.id))
	count := counter{m: m, dice: d, h: h, format: e.format, ticketed: e.ticketed, event: e.id, emit: emit}
	count.prepare(e)
	for n := range h.days {
		count.midnight = m.at(h.day+n, 0)
		count.share = weekdayShare(h, h.day+n)
		if h.form.marks != nil {
			for _, mark := range h.form.marks {
				for g := range d.whole(float64(h.form.gates) * m.rowsN) {
					count.at(mark + g%60*boolInt(g > 0))
				}
			}
			continue
		}
		opens := int(e.start.value.Sub(m.at(h.day, 0)) / time.Second)
		part := h.form.length * 60 / h.form.sessions
		for session := range h.form.sessions {
			for range d.whole(float64(h.form.gates) * m.rowsN) {
				count.at(opens + session*part + d.IntN(part/60)*60)
			}
		}
	}
}

// weekdayShare makes the days of a long event differ; an evening has its own crowd.
func weekdayShare(h *happening, on day) float64 {
	if h.days == 1 {
		return 1
	}
	return (0.5 + 0.5*weekdayFactor[date(on).Weekday()]) * (0.3 + 0.7*tetFactor(on))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// counter makes the counts of one event one after the other.
type counter struct {
	m        *model
	dice     dice
	h        *happening
	format   string
	ticketed bool
	event    int64
	mean     float64 // visitors on site a count
	far      float64 // visitors online a count
	payers   float64
	midnight time.Time
	share    float64
	seq      int64
	buffer   [3]visit
	emit     func([]visit)
}

func (c *counter) prepare(e *event) {
	f := c.h.form
	counts := float64(max(f.sessions, len(f.marks)) * f.gates)
	places := float64(f.capacity.lo+f.capacity.hi) / 2
	if e.capacity.valid {
		places = float64(e.capacity.value) / c.m.rowsN
	}
	c.mean = places * f.fill * c.h.crowd / counts
	c.far = c.mean * (0.4 + 1.6*c.dice.Float64())
	c.payers = 0.72 + 0.28*c.dice.Float64()
}

// at makes one count, given in seconds after the midnight of its day.
func (c *counter) at(second int) {
	d := c.dice
	v := visit{id: c.event*idsPerRow + c.seq, event: c.event, occurred: some(c.midnight.Add(time.Duration(second) * time.Second))}
	c.seq++
	people := d.around(c.mean*c.share, 0.35)
	if c.format != online {
		v.onsite = int64(people + 0.5)
	}
	if c.format != onsite {
		v.online = some(int64(d.around(c.far*c.share, 0.4) + 0.5))
	}
	if c.ticketed {
		c.sell(&v, people)
	}
	lag := lagHours(d, 1, 20)
	if d.chance(0.04) { // a late report
		lag = lagDays(d, 3, 25)
	}
	v.updated = v.occurred.value.Add(lag)
	c.emit(c.life(v))
}

// sell counts tickets and what they brought; some are sold at a discount.
func (c *counter) sell(v *visit, people float64) {
	v.paid = some(int64(people*c.payers + 0.5))
	if c.format != online {
		v.paid.value = min(v.paid.value, v.onsite)
	}
	discount := 0.86 + 0.14*c.dice.Float64()
	v.revenue = some(int64(float64(v.paid.value*c.h.price)*discount) / 1000 * 1000)
}

// life adds what becomes of the record: corrections weeks later and deletions.
func (c *counter) life(v visit) []visit {
	d := c.dice
	versions := append(c.buffer[:0], v)
	fate := d.Float64()
	switch {
	case fate < 0.002: // wrong from the first day, and never mended
		if d.chance(0.6) {
			versions[0].onsite = -versions[0].onsite - 1
		} else {
			versions[0].occurred = null[time.Time]{}
		}
		return versions
	case fate < 0.034:
		v.updated = v.updated.Add(lagDays(d, 2, 40))
		c.correct(&v, 0.7+0.6*d.Float64())
		versions = append(versions, v)
	}
	if d.chance(0.005) {
		v.updated = v.updated.Add(lagDays(d, 1, 20))
		v.deleted = true
		versions = append(versions, v)
	}
	return versions
}

// correct counts again, by another factor.
func (c *counter) correct(v *visit, factor float64) {
	scaled := func(n int64) int64 { return int64(float64(n)*factor + 0.5) }
	v.onsite = scaled(v.onsite)
	if v.online.valid {
		v.online.value = scaled(v.online.value)
	}
	if v.paid.valid {
		v.paid.value = scaled(v.paid.value)
		v.revenue.value = scaled(v.revenue.value/1000) * 1000
	}
}
