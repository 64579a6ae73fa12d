package dashboards

import (
	"fmt"
	"time"

	"khue"
	"khue/locale"
)

// dayFilter limits the list of events to those that begin on one day.
const dayFilter = "day"

// setDay limits the list to a day of the period.
func (f *eventListFilter) setDay(v string, today time.Time) error {
	if v == "" {
		return nil
	}
	day, err := time.Parse(time.DateOnly, v)
	if err != nil {
		return khue.Errorf(khue.Invalid, "Không có ngày %q; hãy viết như 2026-11-14.", "There is no day %q; write it as 2026-11-14.", short(v))
	}
	if from, to := f.span(today); day.Before(from) || !day.Before(to) {
		return &khue.Error{Kind: khue.Invalid, Message: khue.Text{
			VI: fmt.Sprintf("Ngày %s không nằm trong kỳ đã chọn; hãy bỏ ngày hoặc chọn kỳ có ngày ấy.", locale.Date(khue.Vietnamese, day)),
			EN: fmt.Sprintf("%s is not in the chosen period; drop the day, or choose a period that holds it.", locale.Date(khue.English, day)),
		}}
	}
	f.day = day
	return nil
}

// within are the days of the list, those of its period or one of them.
func (f eventListFilter) within(days span) span {
	if f.day.IsZero() {
		return days
	}
	return span{f.day, f.day.AddDate(0, 0, 1)}
}
