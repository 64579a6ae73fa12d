package dashboards

import (
	"slices"

	"khue"
	"khue/locale"
)

// Steps of a run's reckoning that the page compares.
const (
	stepTold = "told"
	stepRead = "read"
)

// stepNames say what each step of the reckoning counts.
var stepNames = map[string]khue.Text{
	stepTold:         {VI: "Nguồn báo", EN: "Told by the source"},
	stepRead:         {VI: "Đọc", EN: "Read"},
	"accepted":       {VI: "Nhận", EN: "Accepted"},
	"rejected":       {VI: "Giữ lại", EN: "Rejected"},
	"duplicates":     {VI: "Trùng", EN: "Twice"},
	"unchanged":      {VI: "Như cũ", EN: "Unchanged"},
	"added":          {VI: "Thêm", EN: "Added"},
	"corrected":      {VI: "Sửa thành", EN: "Corrected to"},
	"corrected_from": {VI: "Sửa từ", EN: "Corrected from"},
	"retracted":      {VI: "Rút", EN: "Retracted"},
}

func stepName(lang khue.Lang, step string) string {
	if words, ok := stepNames[step]; ok {
		return words.In(lang)
	}
	return step
}

// proofTable lays the reckoning out, a measure a line, and says whether the source
// agrees with what was read of it. Sums of the fields withheld are not told: of a
// run with one correction they are what one contributor reported. Nor are those
// of a source's columns where there are such fields, since columns have the
// source's own names.
func proofTable(lang khue.Lang, p RunProof, withheld []string) (*table, *status) {
	if len(p.Lines) == 0 {
		return nil, nil
	}
	t := &table{
		Caption: text("Số dòng và tổng của từng con số, ở từng bước", "Rows, and the sum of every number, at each step").In(lang),
		Head:    []string{text("Đại lượng", "Measure").In(lang)},
	}
	for _, step := range p.Steps {
		t.Head = append(t.Head, stepName(lang, step))
	}
	var told *status
	for _, l := range p.Lines {
		row := tableRow{Cells: []cell{named(measureName(lang, l))}}
		hidden := slices.Contains(withheld, l.Measure) || (l.Column && len(withheld) > 0)
		if hidden {
			row.Note = locale.WithheldNote(lang)
		}
		for _, step := range p.Steps {
			c := cell{Text: "–", Number: true}
			if a, known := l.Amounts[step]; known && hidden {
				c.Text = locale.WithheldSign
			} else if known {
				c.Text = locale.Number(lang, a.Value, a.Decimals)
			}
			row.Cells = append(row.Cells, c)
		}
		t.Rows = append(t.Rows, row)
		said, has := l.Amounts[stepTold]
		read, was := l.Amounts[stepRead]
		if !has || !was {
			continue
		}
		if told == nil {
			told = &status{"good", text("Khớp với con số của nguồn", "Agrees with the source's own figures").In(lang)}
		}
		if said != read {
			told = &status{"bad", text("Không khớp với con số của nguồn", "Does not agree with the source's own figures").In(lang)}
		}
	}
	return t, told
}

func measureName(lang khue.Lang, l ProofLine) string {
	switch {
	case l.Column:
		return text("cột ", "column ").In(lang) + l.Measure
	case l.Measure == "rows":
		return text("số dòng", "rows").In(lang)
	}
	return text("tổng ", "sum of ").In(lang) + fieldName(lang, l.Measure)
}

// ReadingText says why a run read what it did, by Run.Reading.
func ReadingText(reading string) khue.Text {
	switch reading {
	case "":
		return text("kéo thường", "regular pull")
	case "backfill":
		return text("kéo lại một khoảng thời gian", "a stretch of time read again")
	case "wide":
		return text("rà rộng, tìm dòng đến muộn", "wide sweep for what came late")
	case "keys":
		return text("rà mã, tìm bản ghi đã bị xóa ở nguồn", "key sweep for records the source deleted")
	case "quarantine":
		return text("chạy lại các dòng bị giữ", "quarantined rows tried again")
	case "ward":
		return text("tệp do phường, xã nộp", "a file that a ward handed in")
	case "dry-run":
		return text("chạy thử, không ghi sổ", "rehearsal, nothing posted")
	}
	return text(reading, reading)
}

func rawKind(lang khue.Lang, kind string) string {
	switch kind {
	case "rows":
		return text("dòng thô như đã đọc", "raw rows as read").In(lang)
	case "file":
		return text("tệp gốc", "original file").In(lang)
	case "keys":
		return text("mã bản ghi cần rút", "ids to retract").In(lang)
	}
	return kind
}
