package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// write makes a file of the folder with a moment of change of its own.
func write(t *testing.T, dir, name, content string, changed time.Time) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	require.NoError(t, os.Chtimes(path, changed, changed))
}

// workbook makes a workbook whose sheets hold rows from A1 on.
func workbook(t *testing.T, path string, sheets map[string][][]any) *excelize.File {
	t.Helper()
	book := newBook(t, sheets)
	require.NoError(t, book.SaveAs(path))
	return book
}

func newBook(t testing.TB, sheets map[string][][]any) *excelize.File {
	t.Helper()
	book := excelize.NewFile()
	for name, rows := range sheets {
		_, err := book.NewSheet(name)
		require.NoError(t, err)
		for i, row := range rows {
			require.NoError(t, book.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row))
		}
	}
	require.NoError(t, book.DeleteSheet("Sheet1"))
	t.Cleanup(func() { _ = book.Close() })
	return book
}

func statistics(t *testing.T, dir, extra string) Config {
	t.Helper()
	return configure(t, `
sources:
  monthly:
    kind: files
    folder: ${DIR}
    datasets:
      discipline_statistics:
        key: [measure, discipline, area]
        scope: file
        replace: true
        skip_when: {Địa bàn: [Tổng cộng]}
        fields:
          measure: {constant: workers}
          unit: {constant: persons}
          discipline: Lĩnh vực
          area: Địa bàn
          period: {constant: 2025-03}
          value: {from: Lao động`+extra+`}
`, map[string]string{"DIR": dir})
}

const header = "Địa bàn,Lĩnh vực,Lao động\n"

func values(m *memory) map[string]any {
	out := make(map[string]any)
	for id, f := range m.facts["discipline_statistics"] {
		out[id] = f.values["value"]
	}
	return out
}

func TestAWorkbookWithTitlesAndTotalsIsReadAndFaultsNameTheirCell(t *testing.T) {
	dir := t.TempDir()
	workbook(t, filepath.Join(dir, "thang-3.xlsx"), map[string][][]any{"Biểu 1": {
		{"BÁO CÁO THÁNG 3"},
		{},
		{nil, "đơn vị: người"},
		{"Ghi chú", "Địa  bàn", "lĩnh vực", "Lao động"},
		{"", "Quận Ba Đình", "Thiết kế", 12},
		{"x", "Q. Ba Dinh", "Am nhac", 3.5},
		{"", "Quận Không Có", "Âm nhạc", 4},
		{},
		{"", "TỔNG CỘNG", "", 99},
	}})
	m := newMemory(t)
	pullAll(t, puller(t, statistics(t, dir, ""), m, at(noon)))
	require.Equal(t, map[string]any{"workers|design|001": "12", "workers|music|001": "3.5"}, values(m))
	require.Len(t, m.rejected, 1)
	r := m.rejected[0]
	require.Equal(t, []string{"", "thang-3.xlsx › Biểu 1!B7", "area", "Quận Không Có", "area"}, []string{r.RecordID, r.Place, r.Field, r.Value, r.Reason})
	require.Equal(t, "the official code of an area, or the name of one that existed on 2025-03-01", r.Expected)
	require.NotContains(t, r.Raw, "Ghi chú")
}

func TestOnlyChangedFilesAreReadAgainAndReplaceWhatTheySaid(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", header+"001,design,1\n002,design,2\n", noon)
	write(t, dir, "b.csv", header+"003,design,4\n", noon)
	write(t, dir, "~$a.xlsx", "lock", noon)
	m := newMemory(t)
	p := puller(t, statistics(t, dir, ""), m, at(noon))
	require.EqualValues(t, 3, pullAll(t, p)[0].Read)
	require.Zero(t, pullAll(t, p)[0].Read)

	write(t, dir, "b.csv", header+"003,design,4\n", noon.Add(time.Hour))
	require.Zero(t, pullAll(t, p)[0].Read, "touched, but the same")

	write(t, dir, "a.csv", header+"001,design,7\n", noon.Add(time.Hour))
	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{1, 1, 1}, []int64{r.Read, r.Corrected, r.Retracted})
	require.Equal(t, map[string]any{"workers|design|001": "7", "workers|design|003": "4"}, values(m))

	require.NoError(t, os.Remove(filepath.Join(dir, "b.csv")))
	pullAll(t, p)
	require.Len(t, values(m), 2, "a file that is gone takes nothing with it")
}

func TestAFileThatCannotBeReadLeavesTheOthersAndItsEarlierFacts(t *testing.T) {
	bomb := strings.Repeat("\x00", 10)
	for name, c := range map[string]struct{ content, says string }{
		"no workbook":     {"not a zip", "the workbook cannot be read"},
		"a column less":   {"Địa bàn,Lĩnh vực\n001,design\n", `these columns are missing: ["Lao động"]`},
		"columns doubled": {"Địa bàn,Lĩnh vực,Lao động,Lao động\n", `two columns are called "Lao động"`},
		"only a header":   {header, "a header and no rows"},
		"empty":           {"", "the file is empty"},
		"binary":          {bomb, "no header was found"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := "a.csv"
			if name == "no workbook" {
				file = "a.xlsx"
			}
			write(t, dir, "b.csv", header+"003,design,4\n", noon)
			if file == "a.csv" {
				write(t, dir, file, header+"001,design,1\n", noon)
			}
			m := newMemory(t)
			p := puller(t, statistics(t, dir, ""), m, at(noon))
			pullAll(t, p)
			before := values(m)
			write(t, dir, file, c.content, noon.Add(time.Hour))
			results, err := p.Pull(t.Context(), "monthly", PullOptions{})
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "reading "+file)
			require.Len(t, results[0].Batches, 1)
			require.Equal(t, before, values(m))
			write(t, dir, file, c.content, noon.Add(2*time.Hour))
			_, err = p.Pull(t.Context(), "monthly", PullOptions{})
			require.Error(t, err, "it is tried again each time until it is mended")
		})
	}
}

func TestAFileThatBreaksHalfWayTakesOnlyItselfOut(t *testing.T) {
	dir := t.TempDir()
	var long strings.Builder
	long.WriteString(header)
	for i := range 3 * pageRows {
		fmt.Fprintf(&long, "001,design,%d\n", i)
	}
	write(t, dir, "a.csv", header+"002,design,2\n", noon)
	write(t, dir, "b.csv", long.String(), noon)
	write(t, dir, "c.csv", header+"003,design,3\n", noon)
	m := newMemory(t)
	p := puller(t, statistics(t, dir, ""), m, at(noon))
	p.options.Progress = func(r Result) {
		if r.Read == pageRows+1 { // somebody writes the file while it is being read
			write(t, dir, "b.csv", long.String()+"001,music,1\n", noon.Add(time.Minute))
		}
	}
	results, err := p.Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "b.csv: the file changed while it was being read")
	require.Equal(t, map[string]any{"workers|design|002": "2", "workers|design|003": "3"}, values(m))
	require.EqualValues(t, 2, results[0].Read)
	p.options.Progress = nil
	pullAll(t, p)
	require.Len(t, values(m), 4)
}

func TestAWorkbookBehindAPasswordIsSaidSo(t *testing.T) {
	dir := t.TempDir()
	book := excelize.NewFile()
	require.NoError(t, book.SaveAs(filepath.Join(dir, "a.xlsx"), excelize.Options{Password: "hush"}))
	require.NoError(t, book.Close())
	_, err := puller(t, statistics(t, dir, ""), newMemory(t), at(noon)).Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "protected by a password")
}

func TestEncodingsOfOfficeProgramsAreRead(t *testing.T) {
	plainText := "Địa bàn;Lĩnh vực;Lao động\nQuận Hoàn Kiếm;Thủ công mỹ nghệ;5\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plainText)
	require.NoError(t, err)
	// Windows-1258 writes a letter and then its tone.
	old, err := charmap.Windows1258.NewEncoder().String("Đi\u0323a ba\u0300n;Li\u0303nh vư\u0323c;Lao đô\u0323ng\nQuâ\u0323n Hoa\u0300n Kiê\u0301m;Thu\u0309 công my\u0303 nghê\u0323;5\n")
	require.NoError(t, err)
	for name, c := range map[string]struct{ content, encoding string }{
		"UTF-8": {plainText, ""}, "UTF-8 with a mark": {"\uFEFF" + plainText, ""}, "UTF-16": {utf16, ""},
		"Windows-1258": {old, "windows-1258"}, "tabs": {strings.ReplaceAll(plainText, ";", "\t"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a.csv", c.content, noon)
			config := statistics(t, dir, "")
			set := config["monthly"].Datasets["discipline_statistics"]
			set.Encoding = c.encoding
			config["monthly"].Datasets["discipline_statistics"] = set
			m := newMemory(t)
			pullAll(t, puller(t, config, m, at(noon)))
			require.Equal(t, map[string]any{"workers|crafts|002": "5"}, values(m), "%v", m.rejected)
		})
	}
}

func TestLettersThatAreNotUTF8AreRejectedNotReplaced(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", header+"001,design,1\n001,thi\xbft k\xbf,2\n", noon)
	m := newMemory(t)
	pullAll(t, puller(t, statistics(t, dir, ""), m, at(noon)))
	require.Len(t, m.rejected, 1)
	require.Equal(t, "a.csv › B3", m.rejected[0].Place)
	require.Equal(t, "text in UTF-8; some letters could not be read", m.rejected[0].Expected)
}

func TestNumbersOfAWorkbookAreNotTakenForTexts(t *testing.T) {
	dir := t.TempDir()
	workbook(t, filepath.Join(dir, "a.xlsx"), map[string][][]any{"S": {
		{"Địa bàn", "Lĩnh vực", "Lao động"},
		{"001", "design", 1.234},
		{"002", "design", "1.234"},
		{"003", "design", "1.234,5"},
		{"004", "design", "1.5"},
		{"005", "design", 7},
	}})
	m := newMemory(t)
	pullAll(t, puller(t, statistics(t, dir, ", number: vi"), m, at(noon)))
	require.Equal(t, map[string]any{"workers|design|001": "1.234", "workers|design|002": "1234", "workers|design|003": "1234.5", "workers|design|005": "7"}, values(m))
	require.Len(t, m.rejected, 1)
	require.Equal(t, "a number such as 1.234,5", m.rejected[0].Expected)
}

func TestDatesOfAWorkbookAreReadHoweverTheyAreKept(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC)
	workbook(t, filepath.Join(dir, "a.xlsx"), map[string][][]any{"S": {
		{"id", "start"}, {"serial", day}, {"text", "31/3/2025"}, {"typed", "31/03/2025"}, {"wrong", "2025"}, {"far", "31/03/20225"}, {"none", "30/02/2025"},
	}})
	c := configure(t, `
sources:
  f:
    kind: files
    folder: ${DIR}
    datasets:
      activities:
        id: id
        fields: {member: id, kind: {constant: talk}, discipline: {constant: film}, starts_on: {from: start, format: dd/mm/yyyy}}
`, map[string]string{"DIR": dir})
	m := newMemory(t)
	pullAll(t, puller(t, c, m, at(noon)))
	require.Equal(t, []string{"serial", "text", "typed"}, m.ids("activities"))
	for _, id := range m.ids("activities") {
		require.Equal(t, "2025-03-31", m.facts["activities"][id].values["starts_on"], id)
	}
	require.Len(t, m.rejected, 3)
	require.Equal(t, "a.xlsx › S!B5", m.rejected[0].Place)
	require.Equal(t, "a date from 1970 to 2148", m.rejected[0].Expected, "day number 2025 is a day of 1905")
	require.Equal(t, "a date or time written dd/mm/yyyy", m.rejected[1].Expected)
}

func TestALongFileThatIsCutGoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	var long strings.Builder
	long.WriteString("id,s,p\n")
	const rows = 5*pageRows + 10
	for i := range rows {
		fmt.Fprintf(&long, "%d,subject,2025\n", i)
	}
	write(t, dir, "a.csv", long.String(), noon)
	c := configure(t, `
sources:
  f:
    kind: files
    folder: ${DIR}
    datasets:
      claims: {id: id, fields: {subject: s, period: p, value: id, unit: {constant: count}, publisher: {constant: x}}}
`, map[string]string{"DIR": dir})
	m := newMemory(t)
	p := puller(t, c, m, at(noon))
	p.limits.batch, p.limits.append = 2*pageRows, pageRows
	pullAll(t, p)
	require.Len(t, m.facts["claims"], rows)
	require.Len(t, m.commits, 3)
	m.watermarks["f/claims"] = m.commits[0]
	require.EqualValues(t, rows-2*pageRows, pullAll(t, p)[0].Read)
}
