package dashboards

import (
	"time"

	"khue"
	"khue/locale"
)

// lasting writes how long something took: "0,4 giây", "3 phút 20 giây", "2 giờ 5 phút".
func lasting(lang khue.Lang, d time.Duration) string {
	n := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	switch {
	case d < 0:
		return lasting(lang, 0)
	case d < 10*time.Second:
		return locale.Number(lang, d.Seconds(), 1) + text(" giây", " s").In(lang)
	case d < time.Minute:
		return n(int64(d.Seconds())) + text(" giây", " s").In(lang)
	case d < time.Hour:
		s := n(int64(d/time.Minute)) + text(" phút", " min").In(lang)
		if rest := d % time.Minute / time.Second; rest > 0 && d < 10*time.Minute {
			s += " " + n(int64(rest)) + text(" giây", " s").In(lang)
		}
		return s
	case d < 48*time.Hour:
		s := n(int64(d/time.Hour)) + text(" giờ", " h").In(lang)
		if rest := d % time.Hour / time.Minute; rest > 0 {
			s += " " + n(int64(rest)) + text(" phút", " min").In(lang)
		}
		return s
	}
	days := int64(d / (24 * time.Hour))
	return n(days) + khue.Text{VI: " ngày", EN: " days"}.In(lang)
}

// ago says how long before now a moment was.
func (s *Site) ago(lang khue.Lang, at time.Time) string {
	d := s.now().Sub(at)
	if d < time.Minute {
		return text("vừa xong", "just now").In(lang)
	}
	if d > 10*time.Minute {
		d = d.Truncate(time.Minute)
	}
	return textf("%[1]s trước", "%[2]s ago", lasting(khue.Vietnamese, d), lasting(khue.English, d)).In(lang)
}

// ahead says how long after now a moment is.
func (s *Site) ahead(lang khue.Lang, at time.Time) string {
	d := at.Sub(s.now())
	if d < time.Minute {
		return text("trong một phút nữa", "within a minute").In(lang)
	}
	d = d.Truncate(time.Minute)
	return textf("sau %[1]s nữa", "in %[2]s", lasting(khue.Vietnamese, d), lasting(khue.English, d)).In(lang)
}

// moment writes an instant in the observatory's zone; a zero one is a dash.
func (s *Site) moment(lang khue.Lang, at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return locale.Moment(lang, at.In(s.zone))
}

// stamp is an instant for machines, as <time> takes it.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
