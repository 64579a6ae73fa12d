package indicators

import (
	"time"

	"khue"
)

// ParseMoment reads an instant, or a day, which stands for its end in the zone.
func ParseMoment(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	d, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, khue.Errorf(khue.Invalid,
			"%q không phải là thời điểm; hãy viết một ngày như 2026-03-01 hoặc một thời điểm như 2026-03-01T08:00:00+07:00",
			"%q is no moment; write a day such as 2026-03-01 or an instant such as 2026-03-01T08:00:00+07:00", text).Coded("bad_moment", "as_of")
	}
	return d.AddDate(0, 0, 1).Add(-time.Millisecond), nil
}
