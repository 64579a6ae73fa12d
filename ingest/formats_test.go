package ingest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

// eventsOf is a folder of events.
func eventsOf(t *testing.T, dir string) Config {
	t.Helper()
	return configure(t, `
sources:
  f:
    kind: files
    folder: ${DIR}
    datasets:
      events:
        id: id
        fields:
          title: title
          disciplines: fields
          starts_at: begins
          ends_at: day
          format: {from: place.kind, values: {tại chỗ: onsite, trực tuyến: online}}
          capacity: seats
          international: foreign
`, map[string]string{"DIR": dir})
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

const eventLines = `{"id":1,"title":"Đêm nhạc","fields":["music","Âm nhạc dân tộc"],"begins":"2025-12-31T23:30:00+07:00","place":{"kind":"tại chỗ","owner":"x"},"seats":120,"foreign":false,"phone":"0912"}

{"id":"2","title":"Triển lãm","fields":["visual_arts","design"],"begins":"2026-01-01 00:30:00","day":"2026-01-31","place":{"kind":"TRỰC TUYẾN"},"seats":null,"foreign":true}
`

func TestJSONLinesAreReadPackedOrNotAndFaultsNameTheirLine(t *testing.T) {
	for name, content := range map[string]string{"a.jsonl": eventLines, "a.ndjson.gz": gzipped(t, eventLines)} {
		dir := t.TempDir()
		write(t, dir, name, content, noon)
		m := newMemory(t)
		pullAll(t, puller(t, eventsOf(t, dir), m, at(noon)))
		require.Equal(t, []string{"2"}, m.ids("events"))
		values := m.facts["events"]["2"].values
		require.Equal(t, "2025-12-31T17:30:00Z", values["starts_at"], "half past midnight in Hanoi")
		require.Equal(t, "2026-01-30T17:00:00Z", values["ends_at"])
		require.Equal(t, []string{"visual_arts", "design"}, values["disciplines"])
		require.Equal(t, "online", values["format"])
		require.Nil(t, values["capacity"])
		require.Len(t, m.rejected, 1)
		require.Equal(t, name+" › line 1", m.rejected[0].Place)
		require.Equal(t, "discipline", m.rejected[0].Reason)
		require.NotContains(t, m.rejected[0].Raw, "0912")
	}
}

func TestALineOfJSONThatIsCutOffFailsItsFileAndLeavesEarlierDataWhole(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.jsonl", eventLines, noon)
	m := newMemory(t)
	p := puller(t, eventsOf(t, dir), m, at(noon))
	pullAll(t, p)
	for _, tail := range []string{`{"id":3,"title":"Cụt`, `[1]`, `{"id":3} {"id":4}`, `<html>`} {
		write(t, dir, "a.jsonl", eventLines+tail, noon.Add(time.Hour))
		_, err := p.Pull(t.Context(), "f", PullOptions{})
		require.ErrorContains(t, err, "reading a.jsonl: line 4 is no whole JSON record; the file may be cut off", tail)
		require.Equal(t, []string{"2"}, m.ids("events"))
	}
}

type parquetEvent struct {
	ID     int64     `parquet:"id"`
	Title  string    `parquet:"title,dict"`
	Fields []string  `parquet:"fields,list"`
	Begins time.Time `parquet:"begins,timestamp(microsecond)"`
	Day    *int32    `parquet:"day,optional,date"`
	Place  struct {
		Kind string `parquet:"kind,enum"`
	} `parquet:"place"`
	Seats   *uint32 `parquet:"seats,optional"`
	Foreign *bool   `parquet:"foreign,optional"`
	Price   int64   `parquet:"price,decimal(3:12)"`
	Score   float64 `parquet:"score"`
	Code    string  `parquet:"code,uuid"`
}

func writeParquet[T any](t *testing.T, path string, rows []T) {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.MaxRowsPerRowGroup(700), parquet.PageBufferSize(2048), parquet.Compression(&parquet.Zstd))
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	write(t, filepath.Dir(path), filepath.Base(path), b.String(), noon)
}

func parquetEvents(n int) []parquetEvent {
	day := int32(20_089) // 2025-01-01
	seats, foreign := uint32(4_000_000_000), true
	rows := make([]parquetEvent, n)
	for i := range rows {
		e := &rows[i]
		e.ID, e.Title, e.Begins, e.Place.Kind = int64(i), fmt.Sprintf("Sự kiện %d", i%3), time.Date(2025, 6, 30, 17, 30, 0, 0, time.UTC), "tại chỗ"
		e.Code = "0190c2f0-0000-7000-8000-000000000001"
		for range i % 4 {
			e.Fields = append(e.Fields, []string{"music", "film", "design"}[len(e.Fields)])
		}
		if i%2 == 0 {
			e.Day, e.Seats, e.Foreign = &day, &seats, &foreign
		}
	}
	return rows
}

func TestParquetIsReadWithItsTypesOverPagesAndRowGroups(t *testing.T) {
	dir := t.TempDir()
	writeParquet(t, filepath.Join(dir, "a.parquet"), parquetEvents(2000))
	m := newMemory(t)
	pullAll(t, puller(t, eventsOf(t, dir), m, at(noon)))
	require.Len(t, m.facts["events"], 1500)
	require.Len(t, m.rejected, 500, "those without a discipline")
	for i := range 2000 {
		f, ok := m.facts["events"][fmt.Sprint(i)]
		require.Equal(t, i%4 != 0, ok, i)
		if !ok {
			continue
		}
		require.Equal(t, []string{"music", "film", "design"}[:i%4], f.values["disciplines"], i)
		require.Equal(t, "2025-06-30T17:30:00Z", f.values["starts_at"])
		require.Equal(t, fmt.Sprintf("Sự kiện %d", i%3), f.values["title"])
		if i%2 == 0 {
			require.Equal(t, []any{int64(4_000_000_000), true, "2024-12-31T17:00:00Z"}, []any{f.values["capacity"], f.values["international"], f.values["ends_at"]})
		} else {
			require.Equal(t, []any{nil, nil, nil}, []any{f.values["capacity"], f.values["international"], f.values["ends_at"]})
		}
	}
	require.Equal(t, "a.parquet › row 1, column fields", m.rejected[0].Place)
}

func TestNumbersOfParquetAreExact(t *testing.T) {
	type row struct {
		Key   string   `parquet:"key"`
		I32   int32    `parquet:"i32,decimal(2:9)"`
		I64   int64    `parquet:"i64,decimal(3:18)"`
		Fixed [16]byte `parquet:"fixed,decimal(4:38)"`
		F     float32  `parquet:"f"`
	}
	r := row{Key: "k", I32: -12345, I64: 1_234_567, F: 0.5}
	for i := range r.Fixed {
		r.Fixed[i] = 0xFF
	}
	r.Fixed[15] = 0xF6 // -10
	dir := t.TempDir()
	writeParquet(t, filepath.Join(dir, "a.parquet"), []row{r})
	for column, want := range map[string]string{"i32": "-123.45", "i64": "1234.567", "fixed": "-0.001", "f": "0.5"} {
		c := configure(t, `
sources:
  f:
    kind: files
    folder: ${DIR}
    datasets:
      claims: {id: key, fields: {subject: key, period: {constant: "2025"}, value: `+column+`, unit: {constant: x}, publisher: {constant: x}}}
`, map[string]string{"DIR": dir})
		m := newMemory(t)
		pullAll(t, puller(t, c, m, at(noon)))
		require.Equal(t, want, m.facts["claims"]["k"].values["value"], column)
	}
}

func TestAParquetFileThatCannotBeReadSaysWhy(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.parquet")
	writeParquet(t, whole, parquetEvents(2000))
	content, err := os.ReadFile(whole)
	require.NoError(t, err)
	damaged := bytes.Clone(content)
	for i := 3000; i < len(damaged)-12_000; i += 40 {
		damaged[i] ^= 0x5A
	}
	for name, c := range map[string]struct{ content, says string }{
		"cut off":  {string(content[:len(content)/2]), "it is damaged or cut off"},
		"damaged":  {string(damaged), "it is damaged or cut off"},
		"no such":  {"PAR1 nothing PAR1", "it is damaged or cut off"},
		"empty":    {"", "the file is empty"},
		"only tag": {"PAR1", "it is damaged or cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeParquet(t, filepath.Join(dir, "a.parquet"), parquetEvents(10))
			m := newMemory(t)
			p := puller(t, eventsOf(t, dir), m, at(noon))
			pullAll(t, p)
			before := m.ids("events")
			write(t, dir, "a.parquet", c.content, noon.Add(time.Hour))
			_, err := p.Pull(t.Context(), "f", PullOptions{})
			require.ErrorContains(t, err, c.says)
			require.Equal(t, before, m.ids("events"))
		})
	}
	type other struct {
		ID    int64  `parquet:"id"`
		Title string `parquet:"title"`
	}
	dir = t.TempDir()
	writeParquet(t, filepath.Join(dir, "a.parquet"), []other{{1, "x"}})
	_, err = puller(t, eventsOf(t, dir), newMemory(t), at(noon)).Pull(t.Context(), "f", PullOptions{})
	require.ErrorContains(t, err, `these columns are missing: ["fields" "begins" "day" "place.kind" "seats" "foreign"]`)
}

func TestAFileOfAKindThatNobodyReadsIsToldSo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.pdf", "%PDF", noon)
	_, err := puller(t, eventsOf(t, dir), newMemory(t), at(noon)).Pull(t.Context(), "f", PullOptions{})
	require.ErrorContains(t, err, "expected a file .xlsx")
}

func TestAFileOfTwoGigabytesDoesNotFillTheMemory(t *testing.T) {
	dir := t.TempDir()
	const size = 2 << 30
	head := "Địa bàn,Lĩnh vực,Lao động\n"
	for name, begin := range map[string]string{"nothing.csv": head, "quote.csv": head + `001,"design`, "nothing.jsonl": `{"Địa bàn": "`} {
		write(t, dir, name, begin, noon)
		require.NoError(t, os.Truncate(filepath.Join(dir, name), size)) // the rest is a hole, read as zeros
		p := puller(t, statistics(t, t.TempDir(), ""), nil, at(noon))
		peak := peakHeap(t, func() {
			_, err := p.Try(t.Context(), "monthly", TryOptions{File: filepath.Join(dir, name)})
			require.ErrorContains(t, err, "longer than 16 MB", name)
		})
		require.Less(t, peak, uint64(200<<20), name)
	}
	c := statistics(t, dir, "")
	source := c["monthly"]
	source.MaxFile = 1 << 30
	c["monthly"] = source
	_, err := puller(t, c, newMemory(t), at(noon)).Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "larger than the limit of 1024 MB (max_file)")
}

func TestALargeFileIsReadInLittleMemory(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "a.csv"))
	require.NoError(t, err)
	_, err = f.WriteString(header)
	require.NoError(t, err)
	block := strings.Repeat("001,design,1,"+strings.Repeat("x", 200)+"\n", 5000)
	for range 100 { // half a million rows, 105 MB
		_, err = f.WriteString(block)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	p := puller(t, statistics(t, dir, ""), nil, at(noon))
	peak := peakHeap(t, func() {
		trial, err := p.Try(t.Context(), "monthly", TryOptions{})
		require.NoError(t, err)
		require.EqualValues(t, 500_000, trial.Read)
		require.EqualValues(t, 498_000, trial.Omitted)
	})
	require.Less(t, peak, uint64(64<<20))
}
