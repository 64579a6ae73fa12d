package alerts

import (
	"fmt"
	"strings"
	"time"

	"khue"
	"khue/state"
)

// What is told of, and whether it begins or is over.
const (
	kindFailing    = "failing"
	kindStale      = "stale"
	eventRaised    = "raised"
	eventRecovered = "recovered"
)

// notice is what a message says, kept until it is sent.
type notice struct {
	Event       string        `json:"event"` // raised or recovered
	Kind        string        `json:"kind"`  // failing or stale
	Job         string        `json:"job"`
	Name        khue.Text     `json:"name"`
	At          time.Time     `json:"at"`    // when it was noticed
	Since       time.Time     `json:"since"` // since when it is wrong; of stale data the last success
	LastSuccess time.Time     `json:"last_success"`
	StaleAfter  time.Duration `json:"stale_after"`
	Reason      string        `json:"reason"`
	Cause       khue.Text     `json:"cause"`
	Paused      bool          `json:"paused"`
}

// title is one line for people.
func (n notice) title() khue.Text {
	what := map[string]khue.Text{
		kindFailing + eventRaised:    {VI: "chạy không thành công", EN: "it fails"},
		kindFailing + eventRecovered: {VI: "đã chạy thành công trở lại", EN: "it works again"},
		kindStale + eventRaised:      {VI: "dữ liệu đã cũ", EN: "its data are stale"},
		kindStale + eventRecovered:   {VI: "dữ liệu đã được cập nhật trở lại", EN: "its data are up to date again"},
	}[n.Kind+n.Event]
	return khue.Text{VI: n.Name.VI + ": " + what.VI, EN: n.Name.In(khue.English) + ": " + what.EN}
}

// text says in plain words what happened, since when, why, and what to do.
func (n notice) text(zone *time.Location) khue.Text {
	var vi, en []string
	say := func(v, e string, args ...any) {
		vi, en = append(vi, fmt.Sprintf(v, args...)), append(en, fmt.Sprintf(e, args...))
	}
	title := n.title()
	vi, en = append(vi, title.VI+"."), append(en, title.EN+".")
	at := func(t time.Time) string { return t.In(zone).Format("15:04 02/01/2006 (-07:00)") }
	if n.Event == eventRaised && n.Kind == kindFailing {
		say("Bắt đầu từ: %s", "Since: %s", at(n.Since))
		if why := state.ReasonText(n.Reason); why.VI != "" {
			vi, en = append(vi, "Lý do: "+why.VI), append(en, "Reason: "+why.EN)
		}
		if n.Cause.VI != "" {
			vi, en = append(vi, "Chi tiết: "+n.Cause.VI), append(en, "Detail: "+n.Cause.EN)
		}
	}
	if n.Event == eventRaised && n.Kind == kindStale {
		age := span(n.StaleAfter)
		vi, en = append(vi, "Lần cập nhật thành công gần nhất đã quá "+age.VI+"."), append(en, "The last success is more than "+age.EN+" ago.")
		if n.Paused {
			say("Công việc này đang được tạm dừng.", "The job is paused.")
		}
	}
	if n.LastSuccess.IsZero() {
		say("Chưa lần nào thành công.", "It has never ended well.")
	} else {
		say("Lần thành công gần nhất: %s", "Last success: %s", at(n.LastSuccess))
	}
	if n.Event == eventRaised {
		say("Dữ liệu đã có vẫn còn nguyên. Xem các lần chạy: khue jobs history %q", "Earlier data are whole. To see the runs: khue jobs history %q", n.Job)
		say("Sẽ có một thư nữa khi mọi việc trở lại bình thường.", "One more message follows when all is well again.")
	}
	return khue.Text{VI: strings.Join(vi, "\n"), EN: strings.Join(en, "\n")}
}

// span writes a duration in its largest whole unit.
func span(d time.Duration) khue.Text {
	for _, u := range []struct {
		unit   time.Duration
		vi, en string
	}{{24 * time.Hour, "ngày", "days"}, {time.Hour, "giờ", "hours"}, {time.Minute, "phút", "minutes"}} {
		if d >= 2*u.unit && d%u.unit == 0 || u.unit == time.Minute && d >= u.unit {
			n := int64(d / u.unit)
			return khue.Text{VI: fmt.Sprintf("%d %s", n, u.vi), EN: fmt.Sprintf("%d %s", n, u.en)}
		}
	}
	return khue.Text{VI: fmt.Sprintf("%d giây", int64(d/time.Second)), EN: fmt.Sprintf("%d seconds", int64(d/time.Second))}
}
