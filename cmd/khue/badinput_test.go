package main

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// refused runs a command that must fail with one clear sentence and exit code 1.
func refused(t *testing.T, o *observatory, args ...string) string {
	t.Helper()
	_, stderr, code := o.khue(args...)
	require.Equal(t, 1, code, stderr)
	require.NotContains(t, stderr, "goroutine", "a stack trace is not a sentence")
	require.NotContains(t, stderr, "Usage:")
	return stderr
}

func TestEveryFaultOfTheConfigurationIsToldAtOnceWithItsLine(t *testing.T) {
	o := newObservatory(t, []byte(`data: ./data
adress: 127.0.0.1:80
log: {level: loud}
zone: Asia/Hanoi
sources:
  registry:
    kind: rest
    url: ${KHUE_NOT_SET_ANYWHERE}
    shedule: "@every 5m"
    datasets:
      members: {path: /v1/members, id: id, fields: {nam: name}}
  monthly:
    kind: files
    folder: /reports
    schedule: every five minutes
    datasets:
      attendance: {id: id, fields: {event: a, occurred_at: b, visitors: c}}
`), nil)
	said := refused(t, o, "check")
	for _, want := range []string{
		"khue.yaml:2: field adress not found",
		"khue.yaml:8:", "KHUE_NOT_SET_ANYWHERE",
		"khue.yaml:9:", "shedule",
	} {
		require.Contains(t, said, want)
	}
}

func TestFaultsOfValuesAreToldTogether(t *testing.T) {
	o := newObservatory(t, []byte("log: {level: loud}\nzone: Asia/Hanoi\naddr: here\n"), nil)
	said := refused(t, o, "check")
	for _, want := range []string{"khue.yaml:1: log.level", `khue.yaml:2: zone: "Asia/Hanoi" is not a time zone`, `khue.yaml:3: addr: "here" is not host:port`} {
		require.Contains(t, said, want)
	}
}

func TestAWrongBoundariesFileIsToldWithItsFeature(t *testing.T) {
	path := filepath.Join(t.TempDir(), "areas.geojson")
	require.NoError(t, os.WriteFile(path, []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"4"},"geometry":null}]}`), 0o600))
	o := newObservatory(t, []byte("map: {boundaries: "+path+"}\n"), nil)
	require.Contains(t, refused(t, o, "check"), `areas.geojson: feature 1: there is no area with the code "4"`)
	o = newObservatory(t, []byte("map: {boundaries: "+path+".none}\n"), nil)
	require.Contains(t, refused(t, o, "check"), "areas.geojson.none")
}

func TestFaultsOfDefinitionsAreToldWithFileAndLine(t *testing.T) {
	o := newObservatory(t, nil, nil)
	folder := filepath.Join(o.data, "definitions")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "mine.yaml"), []byte("measures:\n  - name: visitors\n    colour: red\n"), 0o600))
	o.variables = append(o.variables, "KHUE_DEFINITIONS="+folder)
	said := refused(t, o, "check")
	require.Contains(t, said, "mine.yaml:3")
	require.Contains(t, said, "colour")
}

func TestABadWarehouseAddressIsToldWithoutItsPassword(t *testing.T) {
	o := newObservatory(t, nil, nil)
	for _, dsn := range []string{"postgres://khue:s3cret@host/db", "clickhouse://khue:s3cret@host:port/db", "nothing"} {
		o.dsn = dsn
		said := refused(t, o, "migrate")
		require.Contains(t, said, "the warehouse address is not valid")
		require.NotContains(t, said, "s3cret")
	}
	o.dsn = "clickhouse://khue:s3cret@127.0.0.1:1/khue"
	said := refused(t, o, "migrate")
	require.Contains(t, said, "cannot be reached")
	require.NotContains(t, said, "s3cret")
}

func TestAMissingLibraryIsOneSentence(t *testing.T) {
	o := newObservatory(t, nil, map[string]string{"KHUE_ENGINE_LIBRARY": "/nowhere/libchdb.so"})
	o.dsn = "embedded://" + o.data + "/w"
	require.Contains(t, refused(t, o, "migrate"), "/nowhere/libchdb.so is missing")
}

func TestAPortInUseIsToldBeforeAnythingLongBegins(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	o := newObservatory(t, nil, nil)
	said := refused(t, o, "up", "--addr", taken.Addr().String())
	require.Contains(t, said, "the port may be in use")
	require.NoDirExists(t, filepath.Join(o.data, "warehouse"))
}

func TestServeRefusesAnOldSchema(t *testing.T) {
	o := newObservatory(t, nil, nil)
	require.Contains(t, refused(t, o, "serve", "--addr", "127.0.0.1:0"), "run `khue migrate`")
}

func TestQuestionsThatCannotBeAnsweredSayWhy(t *testing.T) {
	o := newObservatory(t, nil, nil)
	o.must("migrate")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown measure":   {[]string{"query", "--measure", "visitor"}, "visitors"},
		"unknown dimension": {[]string{"query", "--measure", "visitors", "--by", "colour"}, "colour"},
		"bad period":        {[]string{"query", "--measure", "visitors", "--from", "2025-13"}, "is not a period"},
		"bad moment":        {[]string{"query", "--measure", "visitors", "--as-of", "yesterday"}, "--as-of must be"},
		"bad format":        {[]string{"query", "--measure", "visitors", "--format", "pdf"}, "table, csv, json"},
		"no measure":        {[]string{"query"}, "at least one --measure"},
		"bad derivation":    {[]string{"query", "--measure", "visitors", "--derive", "change"}, "did you mean change_"},
		"bad top":           {[]string{"query", "--measure", "visitors", "--top", "discipline"}, "number:dimension"},
		"top of no split":   {[]string{"query", "--measure", "visitors", "--top", "3:discipline"}, "must be split by it"},
		"unknown report":    {[]string{"report", "generate", "weather", "--period", "2025"}, "weather"},
		"unknown job":       {[]string{"jobs", "run", "nothing"}, "there is no job"},
		"unknown source":    {[]string{"pull", "nowhere"}, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			said := refused(t, o, c.args...)
			require.Contains(t, said, c.want)
			require.LessOrEqual(t, strings.Count(strings.TrimSpace(said), "\n"), 1)
		})
	}
}

func TestRejectedRowsAreInQuarantineWithTheirReason(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "visits.csv"),
		[]byte("id,event,at,n\n1,E1,2025-03-01,10\n2,E1,2025-03-02,-4\n3,E1,soon,5\n4,,2025-03-04,6\n"), 0o600))
	o := newObservatory(t, []byte(`sources:
  counts:
    kind: files
    folder: "${FOLDER}"
    pattern: "*.csv"
    datasets:
      attendance: {id: id, fields: {event: event, occurred_at: at, visitors: n}}
`), map[string]string{"FOLDER": folder})
	o.must("migrate")
	out := o.must("pull")
	require.Regexp(t, `counts\s+│\s+attendance\s+│\s+4\s+│\s+1\s+│\s+3\s+│\s+1`, out)
	require.Equal(t, map[string]int64{"": 10}, o.ask("visitors", ""))
	list := o.must("quarantine")
	for _, want := range []string{"visits.csv", "-4", "soon", "event"} {
		require.Contains(t, list, want)
	}
}

func TestErrorsAreToldInTheLanguageOfTheConfiguration(t *testing.T) {
	for lang, want := range map[string]string{"vi": "không có nguồn", "en": "there is no source"} {
		o := newObservatory(t, []byte("language: "+lang+"\n"), nil)
		o.must("migrate")
		cmd, _, errs := o.command(t.Context(), "pull", "nowhere")
		cmd.Args = slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "--lang" || a == "en" })
		require.Error(t, cmd.Run())
		require.Contains(t, errs.String(), want)
	}
}

func TestEveryFileThatCannotBeReadIsNamedInTheReadersLanguage(t *testing.T) {
	folder := t.TempDir()
	for name, body := range map[string]string{
		"tot.csv": "id,event,at,n\n1,E1,2025-03-01,10\n", "thieu-cot.csv": "id,event,at\n1,E1,2025-03-01\n", "khong-phai-so-tinh.xlsx": "id,event,at,n\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600))
	}
	o := newObservatory(t, []byte(`sources:
  counts:
    kind: files
    folder: "${FOLDER}"
    datasets:
      attendance: {id: id, fields: {event: event, occurred_at: at, visitors: n}}
  desk:
    kind: rest
    url: http://127.0.0.1:1
    retry: {max: -1}
    datasets:
      attendance: {path: visits, id: id, fields: {event: event, occurred_at: at, visitors: n}}
`), map[string]string{"FOLDER": folder})
	o.must("migrate")
	for lang, want := range map[string][]string{
		"vi": {"kéo attendance từ counts", "đọc thieu-cot.csv: không tìm thấy dòng tiêu đề", "đọc khong-phai-so-tinh.xlsx: không đọc được sổ tính", "kéo attendance từ desk"},
		"en": {"pulling attendance of counts", "reading thieu-cot.csv: no header was found", "reading khong-phai-so-tinh.xlsx: the workbook cannot be read", "pulling attendance of desk"},
	} {
		cmd, _, errs := o.command(t.Context(), "pull")
		cmd.Args = append(cmd.Args, "--lang", lang) // the last one counts
		require.Error(t, cmd.Run())
		_, said, told := strings.Cut(errs.String(), "khue: ")
		require.True(t, told)
		for _, w := range want {
			require.Contains(t, said, w)
		}
	}
	require.Equal(t, map[string]int64{"": 10}, o.ask("visitors", ""))

	runs := o.must("runs")
	require.Regexp(t, `desk +│ attendance +│ regular pull +│ Failed`, runs, "a source that was never reached has failed all the same")
	require.Regexp(t, `counts +│ attendance +│ regular pull +│ Done, with faults`, runs, "a pull that left files out was not simply done")
	require.Contains(t, o.must("runs", "--source", "counts", "--format", "json"), "reading thieu-cot.csv: no header was found")
}
