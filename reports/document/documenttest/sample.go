// Package documenttest holds one document with every kind of block and cell,
// for the tests of the writers.
package documenttest

import (
	"fmt"
	"time"

	"khue"
	"khue/reports/document"
)

// Formula is a name as a hostile source might send it.
const Formula = `=HYPERLINK("http://example.test","x")`

// Decomposed is "Lễ hội" with combining marks; writers bring it to NFC.
const Decomposed = "Le\u0302\u0303 ho\u0323\u0302i"

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// Sample is a small report in the language: official in Vietnamese, plain in English.
func Sample(lang khue.Lang) document.Document {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	zone := time.FixedZone("+07", 7*60*60)
	months := Months(lang)
	fields := &document.Table{
		ID: "fields", Sheet: say("Lĩnh vực", "Fields"), Title: say("Khách theo lĩnh vực", "Visits by discipline"),
		Columns: []document.Column{{Title: say("Lĩnh vực", "Discipline"), Width: 3}, {Title: say("Lượt", "Visits"), Kind: document.Number}, {Title: say("Tỷ trọng", "Share"), Kind: document.Percent}},
		Rows: []document.Row{
			{Cells: []document.Cell{document.W(say("Thủ công mỹ nghệ", "Crafts")), document.N(120_500, 0), document.P(0.5)}},
			{Cells: []document.Cell{document.W(Formula), document.N(80_000, 0), document.P(0.332)}},
			{Cells: []document.Cell{document.W(Decomposed), document.Missing(), document.Missing()}},
		},
		Source: say("Nguồn: E1.", "Source: E1."),
	}
	plans := &document.Table{
		ID: "plans", Sheet: say("Sáng kiến", "Initiatives"), Title: say("Sáng kiến", "Initiatives"), Annex: true,
		Columns: []document.Column{
			{Title: say("Sáng kiến", "Initiative"), Width: 2},
			{Title: say("Kế hoạch", "Planned"), Kind: document.Range, Width: 2},
			{Title: say("Hoàn thành", "Done"), Kind: document.Date},
			{Title: say("Lần kéo cuối", "Last pull"), Kind: document.Moment},
			{Title: say("Thay đổi", "Change"), Kind: document.Percent},
		},
		Rows: []document.Row{
			{Cells: []document.Cell{
				document.W("+SUM(1)"), document.Days(day(2025, 3, 1), day(2025, 11, 30)), document.D(day(2025, 12, 10)),
				document.M(time.Date(2026, 11, 23, 5, 45, 0, 0, zone)), document.Change(-0.024),
			}},
			{Cells: []document.Cell{document.W("-1"), document.Days(day(2025, 3, 1), time.Time{}), document.D(time.Time{}), document.M(time.Time{}), document.Change(0.142)}},
		},
	}
	d := document.Document{
		ID: "sample", Lang: lang, Layout: document.Official, Kind: say("BÁO CÁO", "REPORT"),
		Title:  say("Tiến độ thực hiện năm 2025", "Progress in 2025"),
		Period: khue.MustParsePeriod("2025"), AsOf: time.Date(2026, 11, 23, 6, 0, 0, 0, zone),
		AsOfNote:  say("(Số liệu biết đến 06:00 ngày 23/11/2026)", "(As known at 06:00 on 23 Nov 2026)"),
		Simulated: say("Dữ liệu mô phỏng: chỉ để dùng thử, không phải số liệu của thành phố.", "Simulated data: for trial only, not the city's figures."),
		Letterhead: document.Letterhead{
			Parent: "UBND THÀNH PHỐ HÀ NỘI", Issuer: "SỞ VĂN HÓA VÀ THỂ THAO", Number: "Số: …/BC-SVHTT",
			PlaceDate: "Hà Nội, ngày … tháng … năm …", SignerPost: "GIÁM ĐỐC", Recipients: []string{"UBND Thành phố", "Lưu: VT"},
		},
		Blocks: []document.Block{
			document.Heading{Level: 1, Text: say("Tóm tắt", "Summary"), Numbered: true},
			document.Bullets{Items: [][]document.Run{
				{{Text: say("Năm 2025 có ", "There were ")}, {Text: "1.264.000", Bold: true}, {Text: say(" lượt khách.", " visits."), Note: say("Căn cứ E1.", "Evidence E1.")}},
				{{Text: "<b>&\"'\x00"}},
			}},
			document.Callout{Runs: []document.Run{{Text: say("Kỳ chưa kết thúc.", "The period is not over."), Note: "N2"}}},
			document.Heading{Level: 2, Text: say("Theo tháng", "By month"), Numbered: true},
			document.Text("%s", say("Khách tăng từ tháng 3.", "Visits rise from March.")),
			months, &document.Chart{
				Title: say("Khách theo tháng", "Visits by month"), Alt: say("Cột theo tháng", "Bars by month"), Kind: document.Line, Table: months,
				Unit: say("lượt", "visits"), Note: say("cột nhạt: chưa đủ kỳ", "pale: not over"),
				Series: []document.Series{{Name: "2025", Column: 1, Tone: document.Now}, {Name: "2024", Column: 2, Tone: document.Before}},
			},
			fields, &document.Chart{
				Title: say("Khách theo lĩnh vực", "Visits by discipline"), Alt: "Bar", Kind: document.Bar, Horizontal: true, Table: fields,
				Unit: say("lượt", "visits"), Series: []document.Series{{Name: "2025", Column: 1, Tone: document.Now}},
			},
			plans,
		},
		Filters:    []document.Pair{{Name: say("Địa bàn", "Area"), Value: say("toàn thành phố", "the whole city")}},
		Terms:      []document.Pair{{Name: say("Khách", "Visits"), Value: say("lượt khách đếm được", "visits counted")}},
		EvidenceAt: say("Phụ lục: căn cứ số liệu", "Annex: evidence"),
		Evidence: []document.Evidence{{
			ID: "E1", SQL: "SELECT sum(sign * visitors)\nFROM attendance\nWHERE day >= {from:Date}", From: "journal attendance", DefinitionVersion: "abc123",
			Uses: []document.Use{{
				About: say("Khách năm 2025", "Visits in 2025"), Parameters: []document.Pair{{Name: "from", Value: "2025-01-01"}},
				AsOf: time.Date(2026, 11, 23, 6, 0, 0, 0, zone), DataUntil: day(2026, 11, 22), Batch: "b-17",
			}},
		}},
	}
	if lang == khue.English {
		d.Layout = document.Plain
	}
	return d
}

// Months is a table of twelve months whose last is not over.
func Months(lang khue.Lang) *document.Table {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	t := &document.Table{
		ID: "months", Sheet: say("Theo tháng", "By month"), Title: say("Khách theo tháng", "Visits by month"), Unit: say("lượt", "visits"),
		Columns: []document.Column{{Title: say("Tháng", "Month")}, {Title: "2025", Kind: document.Number}, {Title: "2024", Kind: document.Number}, {Title: say("Thay đổi", "Change"), Kind: document.Percent}},
	}
	for m := 1; m <= 12; m++ {
		now, before := float64(60_000+9_000*m), float64(58_000+8_000*m)
		row := document.Row{Cells: []document.Cell{document.W(fmt.Sprintf("Th %d", m)), document.N(now, 0), document.N(before, 0), document.Change(now/before - 1)}}
		if m == 12 {
			row.Partial, row.Cells[3] = true, document.Missing()
		}
		if m == 2 {
			row.Cells[2], row.Cells[3] = document.Missing(), document.Missing()
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, document.Row{Total: true, Cells: []document.Cell{document.W(say("Cộng", "Total")), document.N(1_422_000, 0), document.N(1_246_000, 0), document.Change(0.1412)}})
	return t
}
