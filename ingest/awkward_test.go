package ingest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// Each file in testdata/awkward is as some program wrote it; the README there
// says which. What becomes of it stands in golden/, and was read before it was kept.

func visitsWith(at, visitors, more string) string {
	return "attendance:\n  key: [event, occurred_at]\n" + indented(more) + "  fields:\n    event: Sự kiện\n    occurred_at: " + at + "\n    visitors: " + visitors + "\n"
}

func statisticsWith(value, more string) string {
	return "discipline_statistics:\n  key: [discipline, area, period]\n" + indented(more) +
		"  fields:\n    measure: {constant: workers}\n    unit: {constant: persons}\n    discipline: Lĩnh vực\n    area: Địa bàn\n    period: Kỳ\n    value: " + value + "\n"
}

func indented(lines string) string {
	if lines == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(lines, "\n", "\n  ") + "\n"
}

var (
	plainVisits = visitsWith("Thời điểm", "Lượt khách", "")
	daysGiven   = visitsWith("{from: Ngày, format: dd/mm/yyyy}", "Lượt khách", "")
	statistic   = statisticsWith("Lao động", "")
	monthly     = strings.Replace(statisticsWith("Lao động", "sheets: Tháng *"), "period: Kỳ", "period: {from: '@sheet', match: '(\\d+)$', values: {'1': 2025-01, '2': 2025-02, '3': 2025-03}}", 1)
	records     = `attendance:
  id: id
  fields: {event: noi.ten, occurred_at: luc, visitors: khach}
`
	concerts = `events:
  id: ma
  fields: {title: ten, disciplines: linh_vuc, starts_at: luc, ends_at: ngay, capacity: suc_chua, format: {constant: onsite}, international: quoc_te, venue: gia}
`
)

var awkwardFiles = []struct{ file, dataset string }{
	{"plain.csv", plainVisits},
	{"bom.csv", plainVisits},
	{"utf16le.csv", plainVisits},
	{"utf16be.csv", plainVisits},
	{"windows-1258.csv", visitsWith("Thời điểm", "Lượt khách", "encoding: windows-1258")},
	{"tcvn3.csv", visitsWith("Thời điểm", "Lượt khách", "encoding: tcvn3")},
	{"wrong-encoding.csv", plainVisits},
	{"decomposed.csv", plainVisits},
	{"semicolons-vi-numbers.csv", visitsWith("Thời điểm", "{from: Lượt khách, number: vi}", "")},
	{"en-numbers.csv", visitsWith("Thời điểm", "{from: Lượt khách, number: en}", "")},
	{"undeclared-numbers.csv", statistic},
	{"tabs.tsv", plainVisits},
	{"pipes.txt", plainVisits},
	{"blank-lines.csv", plainVisits},
	{"old-mac-quotes.csv", plainVisits},
	{"open-quote.csv", plainVisits},
	{"ragged.csv", plainVisits},
	{"titles-above.csv", plainVisits},
	{"two-row-header.csv", visitsWith("Thời điểm", "Khách › Trực tiếp\n    online_visitors: Khách › Trực tuyến", "")},
	{"totals-and-notes.csv", statisticsWith("Lao động", "skip_when: {Địa bàn: [Cộng*, Tổng cộng, '']}\nstop_when: [Ghi chú*]")},
	{"groups.csv", statisticsWith("Lao động", "fill_down: [Địa bàn]")},
	{"header-repeated.csv", plainVisits},
	{"columns-doubled.csv", plainVisits},
	{"column-missing.csv", plainVisits},
	{"only-a-header.csv", plainVisits},
	{"empty.csv", plainVisits},
	{"only-blank-lines.csv", plainVisits},
	{"dates-as-declared.csv", daysGiven},
	{"dates-not-declared.csv", visitsWith("Ngày", "Lượt khách", "")},
	{"periods-in-words.csv", statistic},
	{"night-and-period-ends.csv", plainVisits},
	{"areas-change-in-july-2025.csv", `activities:
  id: Mã
  fields: {member: Mã, kind: {constant: talk}, discipline: {constant: film}, area: Địa bàn, starts_on: {from: Ngày, format: dd/mm/yyyy}}
`},
	{"negative-visitors.csv", plainVisits},
	{"several-faults-a-row.csv", statistic},
	{"binary.csv", plainVisits},
	{"nul-bytes.csv", plainVisits},
	{"packed.csv.gz", plainVisits},
	{"packed-cut-off.csv.gz", plainVisits},
	{"not-packed.csv.gz", plainVisits},
	{"same-key-twice.csv", plainVisits},
	{"excel-separator-line.csv", plainVisits},
	{"half-the-values.csv", `members:
  id: Mã
  fields:
    name: Tên
    kind: {from: Loại hình, values: {Công lập: public, Tư nhân: private, Cộng đồng: community}}
    disciplines: {from: Lĩnh vực, split: ";"}
    status: {from: Tình trạng, values: {Đã công nhận: certified, Rời mạng lưới: left}}
`},
	{"wide.csv", `attendance:
  key: [event, occurred_at]
  skip_when: {Bảo tàng: [Tổng]}
  unpivot: {columns: [Tháng 1/2025, Tháng 2/2025, Tháng 3/2025], name: thang, value: khach}
  fields:
    event: Bảo tàng
    occurred_at: {from: thang, values: {Tháng 1/2025: 2025-01-01, Tháng 2/2025: 2025-02-01, Tháng 3/2025: 2025-03-01}}
    visitors: khach
`},
	{"filtered.csv", visitsWith("Thời điểm", `{expr: 'number(row["Vé người lớn"]) + (blank(row["Vé trẻ em"]) ? 0 : number(row["Vé trẻ em"]))'}`, `where: row["Tình trạng"] != "Hủy"`)},
	{"types-that-change.jsonl", records},
	{"windows-lines.ndjson.gz", records},
	{"cut-off.jsonl", records},
	{"an-array.jsonl", records},
	{"page-of-an-error.jsonl", records},
	{"clickhouse.parquet", concerts},
	{"cut-off.parquet", concerts},
	{"prefixed-names.xlsx", plainVisits},
	{"sheet-cut-off.xlsx", plainVisits},
	{"sheet-not-there.xlsx", plainVisits},
	{"zip-bomb.xlsx", plainVisits},
	{"titles-and-merged-header.xlsx", visitsWith("Thời điểm", "Khách › Trực tiếp\n    online_visitors: Khách › Trực tuyến", "skip_when: {Sự kiện: [Tổng cộng]}\nstop_when: [Nguồn*]")},
	{"merged-body.xlsx", statistic},
	{"dates-many-ways.xlsx", daysGiven},
	{"epoch-of-1904.xlsx", daysGiven},
	{"moments-by-night.xlsx", plainVisits},
	{"hidden-sheet-and-rows.xlsx", plainVisits},
	{"hidden-sheet-and-rows.xlsx skip", visitsWith("Thời điểm", "Lượt khách", "hidden_rows: skip")},
	{"hidden-sheet-and-rows.xlsx named", visitsWith("Thời điểm", "Lượt khách", "sheet: Nháp")},
	{"formulas-and-errors.xlsx", plainVisits},
	{"a-month-a-sheet.xlsx", monthly},
	{"all-sheets.xlsx", strings.Replace(statisticsWith("Lao động", "sheets: all"), "period: Kỳ", "period: {from: '@sheet', values: {Quý I: 2025-Q1, Quý II: 2025-Q2}}", 1)},
	{"all-sheets-one-without-header.xlsx", strings.Replace(statisticsWith("Lao động", "sheets: all"), "period: Kỳ", "period: {constant: 2025-Q1}", 1)},
	{"numbers-and-texts.xlsx", statistic},
	{"numbers-and-texts.xlsx vi", statisticsWith("{from: Lao động, number: vi}", "")},
	{"rich-text-and-links.xlsx", plainVisits},
	{"sparse-and-far.xlsx", plainVisits},
	{"no-such-sheet.xlsx", visitsWith("Thời điểm", "Lượt khách", "sheet: Biểu 1")},
	{"every-sheet-hidden.xlsx", plainVisits},
	{"header-below-row-40.xlsx", plainVisits},
	{"libreoffice.xlsx", visitsWith("Thời điểm", "Lượt khách", "skip_when: {Sự kiện: [Tổng*]}")},
	{"old-xls-renamed.xlsx", plainVisits},
	{"cut-off.xlsx", plainVisits},
	{"a-csv-renamed.xlsx", plainVisits},
	{"password.xlsx", plainVisits},
	{"streamed.xlsx", plainVisits},
}

func TestAwkwardFiles(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	used := make(map[string]bool)
	for _, c := range awkwardFiles {
		t.Run(c.file, func(t *testing.T) {
			name, _, _ := strings.Cut(c.file, " ")
			used[name] = true
			golden := filepath.Join("testdata", "awkward", "golden", strings.ReplaceAll(c.file, " ", "-")+".txt")
			got := outcomeOf(t, filepath.Join("testdata", "awkward", name), c.dataset)
			if update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
	files, err := os.ReadDir(filepath.Join("testdata", "awkward"))
	require.NoError(t, err)
	for _, f := range files {
		if !f.IsDir() && f.Name() != "README.md" {
			require.True(t, used[f.Name()], "no test reads %s", f.Name())
		}
	}
	require.GreaterOrEqual(t, len(used), 60)
}

// outcomeOf pulls one file and writes what became of every row.
func outcomeOf(t *testing.T, path, dataset string) string {
	t.Helper()
	c := configure(t, "sources:\n  f:\n    kind: files\n    file: "+path+"\n    datasets:\n      "+strings.ReplaceAll(strings.TrimSpace(dataset), "\n", "\n      ")+"\n", nil)
	m := newMemory(t)
	p, err := New(c, m, Options{Now: at(noon), Zone: hanoi(t), Aliases: Aliases{Areas: map[string]Codes{"Khu phố cổ": {"002", "00070"}}}})
	require.NoError(t, err)
	results, err := p.Pull(t.Context(), "f", PullOptions{})
	var b strings.Builder
	r := results[0]
	fmt.Fprintf(&b, "read %d, accepted %d, rejected %d\n", r.Read, r.Accepted, r.Rejected)
	for _, id := range m.ids(r.Dataset) {
		fmt.Fprintf(&b, "+ %s:", id)
		values := m.facts[r.Dataset][id].values
		for _, field := range names(values) {
			if values[field] != nil {
				fmt.Fprintf(&b, " %s=%v", field, values[field])
			}
		}
		b.WriteString("\n")
	}
	for _, r := range m.rejected {
		fmt.Fprintf(&b, "- %s | %s | %q | %s | %s\n", r.Place, r.Field, r.Value, r.Reason, r.Expected)
	}
	if err != nil {
		fmt.Fprintf(&b, "! %s\n! %s\n", err, khue.CauseOf(err).VI)
	}
	return b.String()
}
