package state

import "khue"

// OutcomeText is an outcome for people.
func OutcomeText(outcome string) khue.Text {
	return word(outcome, map[string]khue.Text{
		Due:     {VI: "đến hạn", EN: "due"},
		Running: {VI: "đang chạy", EN: "running"},
		Done:    {VI: "xong", EN: "done"},
		Failed:  {VI: "không thành công", EN: "failed"},
		Skipped: {VI: "bỏ qua", EN: "skipped"},
		Missed:  {VI: "lỡ", EN: "missed"},
	})
}

// TriggerText is what started a run, for people.
func TriggerText(trigger string) khue.Text {
	return word(trigger, map[string]khue.Text{
		BySchedule: {VI: "theo lịch", EN: "schedule"},
		ByCatchUp:  {VI: "chạy bù", EN: "catch-up"},
		ByChain:    {VI: "nối tiếp", EN: "chain"},
		ByStart:    {VI: "lần đầu", EN: "start"},
		ByCommand:  {VI: "bằng tay", EN: "by hand"},
	})
}

// ReasonText is a reason for people; the text of "" is empty.
func ReasonText(reason string) khue.Text {
	return word(reason, map[string]khue.Text{
		ReasonError:      {VI: "công việc báo lỗi", EN: "the work reported an error"},
		ReasonCutOff:     {VI: "tiến trình dừng giữa chừng", EN: "its process ended while it ran"},
		ReasonTimeLimit:  {VI: "chạy quá thời gian cho phép", EN: "it ran longer than it may"},
		ReasonPaused:     {VI: "đang tạm dừng", EN: "the job was paused"},
		ReasonStillGoing: {VI: "lần chạy khác thay chỗ hoặc chưa xong", EN: "another run took its place or was still going"},
		ReasonNobody:     {VI: "không có bộ lập lịch nào hoạt động", EN: "no scheduler was running"},
		ReasonWaiting:    {VI: "đang chờ công việc khác", EN: "it waits for another job"},
		ReasonNoData:     {VI: "chờ dữ liệu của công việc khác nhưng không có", EN: "it waited in vain for the data of another job"},
		ReasonRetired:    {VI: "không còn trong cấu hình", EN: "the job is no longer configured"},
	})
}

func word(code string, words map[string]khue.Text) khue.Text {
	if w, ok := words[code]; ok || code == "" {
		return w
	}
	return khue.Text{VI: code, EN: code}
}
