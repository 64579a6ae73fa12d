package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue/api"
	"khue/indicators"
)

const asMonths = "/api/v1/query?measure=visitors,events&by=month,discipline&from=2025-12&to=2026-02"

// figure is one cell as a reader of a file finds it.
type figure struct {
	value   float64
	known   bool
	partial bool
}

// wanted are the figures of the same question in Go, by measure, month and discipline.
func (c *city) wanted() map[string]figure {
	a := c.ask(indicators.Question{
		Measures: []string{"visitors", "events"}, By: []string{"month", "discipline"},
		From: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	})
	out := map[string]figure{}
	for _, r := range a.Rows {
		for i, v := range r.Values {
			out[a.Columns[2+i].Name+"|"+r.Keys[0].Period.String()+"|"+r.Keys[1].Code] = figure{v.Number, v.Known, r.Partial}
		}
	}
	return out
}

func TestFiguresInEveryFormatAreThoseOfTheAnswerCellByCell(t *testing.T) {
	c := newCity(t, func(o *api.Options) { o.Simulated = true })
	want := c.wanted()
	require.Len(t, want, 18)
	for name, read := range map[string]func(*city, []byte) map[string]figure{
		"json": readJSON, "csv": readCSV, "csv-raw": readCSV, "csv-excel": readExcelCSV, "xlsx": readXLSX,
		"sdmx-csv": readSDMXCSV, "sdmx-json": readSDMXJSON, "parquet": readParquet, "arrow": readArrow,
	} {
		t.Run(name, func(t *testing.T) {
			c := *c
			c.t = t
			got := c.get(asMonths + "&lang=en&format=" + name)
			require.Equal(t, 200, got.Code, got.Body)
			require.NotEmpty(t, got.Header().Get("Khue-Evidence"))
			require.Equal(t, "true", got.Header().Get("Khue-Simulated"))
			require.Equal(t, want, read(&c, got.Body.Bytes()))
			require.Equal(t, got.Body.Bytes(), c.get(asMonths+"&lang=en&format="+name).Body.Bytes(), "the same answer is the same bytes")
		})
	}
}

func readJSON(c *city, body []byte) map[string]figure {
	out := map[string]figure{}
	a := answerIn(c.t, body)
	require.True(c.t, a.Simulated)
	for _, r := range a.Rows {
		for m, v := range r.Values {
			f := figure{known: v != nil, partial: r.Partial}
			if v != nil {
				f.value = *v
			}
			out[m+"|"+r.Keys["month"]+"|"+r.Keys["discipline"]] = f
		}
	}
	return out
}

func number(t *testing.T, text string) (float64, bool) {
	t.Helper()
	if text == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v, true
}

func table(t *testing.T, body []byte, comma rune) []map[string]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(body))
	r.Comma = comma
	lines, err := r.ReadAll()
	require.NoError(t, err)
	var out []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = l[i]
		}
		out = append(out, row)
	}
	return out
}

func readCSV(c *city, body []byte) map[string]figure {
	out := map[string]figure{}
	for _, row := range table(c.t, body, ',') {
		require.Equal(c.t, "true", row["simulated"])
		for _, m := range []string{"visitors", "events"} {
			v, known := number(c.t, row[m])
			out[m+"|"+row["month"]+"|"+row["discipline"]] = figure{v, known, row["partial"] == "true"}
			if status, stands := row[m+"_status"]; stands {
				require.Equal(c.t, map[bool]string{true: "known", false: "unknown"}[known], status)
			}
		}
	}
	return out
}

func readExcelCSV(c *city, body []byte) map[string]figure {
	text, marked := bytes.CutPrefix(body, []byte("\ufeff"))
	require.True(c.t, marked, "Excel is told that it is UTF-8")
	require.Contains(c.t, string(text), "\r\n")
	codes := map[string]string{"Design": "design", "Music": "music", "Crafts": "crafts"}
	out := map[string]figure{}
	for _, row := range table(c.t, text, ',') {
		require.Equal(c.t, "yes", row["Simulated data"])
		for m, name := range map[string]string{"visitors": "On-site visitors (visits)", "events": "Events (events)"} {
			require.Contains(c.t, row, name)
			v, known := number(c.t, row[name])
			out[m+"|"+row["Month"]+"|"+codes[row["Discipline"]]] = figure{v, known, row["Partial"] == "yes"}
		}
	}
	vietnamese := c.get(asMonths + "&derive=share:discipline&lang=vi&format=csv-excel").Body.Bytes()
	lines := table(c.t, bytes.TrimPrefix(vietnamese, []byte("\ufeff")), ';')
	require.Regexp(c.t, `^\d+,\d+$`, lines[0]["Khách tại chỗ, tỷ trọng (Lĩnh vực) (%)"], "decimals behind a comma, columns by semicolons")
	return out
}

func readXLSX(c *city, body []byte) map[string]figure {
	f, err := excelize.OpenReader(bytes.NewReader(body))
	require.NoError(c.t, err)
	defer func() { _ = f.Close() }()
	require.Equal(c.t, []string{"Figures", "Chart", "About"}, f.GetSheetList())
	panes, err := f.GetPanes("Figures")
	require.NoError(c.t, err)
	require.True(c.t, panes.Freeze)
	rows, err := f.GetRows("Figures", excelize.Options{RawCellValue: true})
	require.NoError(c.t, err)
	require.Contains(c.t, strings.Join(rows[2], ""), "Simulated data")
	months := map[string]string{"12/2025": "2025-12", "01/2026": "2026-01", "1/2026": "2026-01", "02/2026": "2026-02", "2/2026": "2026-02", "Dec 2025": "2025-12", "Jan 2026": "2026-01", "Feb 2026": "2026-02"}
	codes := map[string]string{"Design": "design", "Music": "music", "Crafts": "crafts"}
	out := map[string]figure{}
	for i, row := range rows[5:] {
		require.Contains(c.t, months, row[0])
		for at, m := range []string{"visitors", "events"} {
			cell, err := excelize.CoordinatesToCellName(3+at, 6+i)
			require.NoError(c.t, err)
			kind, err := f.GetCellType("Figures", cell)
			require.NoError(c.t, err)
			found := figure{partial: len(row) > 4 && row[4] == "partial"}
			if kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber { // a true number has no type of its own
				found.value, found.known = number(c.t, row[2+at])
			}
			out[m+"|"+months[row[0]]+"|"+codes[row[1]]] = found
		}
	}
	about, err := f.GetRows("About")
	require.NoError(c.t, err)
	var facts []string
	for _, row := range about {
		facts = append(facts, strings.Join(row, ": "))
	}
	said := strings.Join(facts, "\n")
	for _, want := range []string{"Definition: On-site visitors", "As known at", "Evidence id", "Simulated data", "From: "} {
		require.Contains(c.t, said, want)
	}
	return out
}

func readSDMXCSV(c *city, body []byte) map[string]figure {
	require.True(c.t, bytes.HasPrefix(body, []byte("STRUCTURE,STRUCTURE_ID,ACTION,INDICATOR,DISCIPLINE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,CONF_STATUS,")))
	out := map[string]figure{}
	for _, row := range table(c.t, body, ',') {
		require.Equal(c.t, []string{"datastructure", "KHUE:KHUE-DISCIPLINE-TIME(1.0)", "I", "true"}, []string{row["STRUCTURE"], row["STRUCTURE_ID"], row["ACTION"], row["SIMULATED"]})
		v, known := number(c.t, row["OBS_VALUE"])
		require.Equal(c.t, !known, row["OBS_STATUS"] == "O")
		partial := row["TIME_PERIOD"] == "2026-02" // what is missing has no second status beside that
		if known {
			partial = row["OBS_STATUS"] == "P"
		}
		out[strings.ToLower(row["INDICATOR"])+"|"+row["TIME_PERIOD"]+"|"+row["DISCIPLINE"]] = figure{v, known, partial}
	}
	return out
}

func readSDMXJSON(c *city, body []byte) map[string]figure {
	type component struct {
		ID     string `json:"id"`
		Values []struct{ ID, Value string }
	}
	var m struct {
		Meta struct{ Test bool }
		Data struct {
			Structures []struct {
				Dimensions struct{ Series, Observation []component }
				Attributes struct{ Observation []component }
			}
			DataSets []struct {
				Series map[string]struct{ Observations map[string][]any }
			}
		}
	}
	require.NoError(c.t, json.Unmarshal(body, &m))
	require.True(c.t, m.Meta.Test, "simulated data are a test")
	s := m.Data.Structures[0]
	at := func(of component, place string) string {
		i, err := strconv.Atoi(place)
		require.NoError(c.t, err)
		return of.Values[i].ID
	}
	out := map[string]figure{}
	for key, series := range m.Data.DataSets[0].Series {
		places := strings.Split(key, ":")
		for when, cell := range series.Observations {
			month := at(s.Dimensions.Observation[0], when)
			status := at(s.Attributes.Observation[0], strconv.Itoa(int(cell[1].(float64))))
			v, known := cell[0].(float64)
			require.Equal(c.t, !known, status == "O")
			partial := month == "2026-02"
			if known {
				partial = status == "P"
			}
			out[strings.ToLower(at(s.Dimensions.Series[0], places[0]))+"|"+month+"|"+at(s.Dimensions.Series[1], places[1])] = figure{v, known, partial}
		}
	}
	return out
}

// readParquet reads with another library than the one that writes, and by ClickHouse.
func readParquet(c *city, body []byte) map[string]figure {
	type line struct {
		Month      string   `parquet:"month"`
		Start      int32    `parquet:"month_start,date"`
		Discipline string   `parquet:"discipline"`
		Visitors   *float64 `parquet:"visitors"`
		Events     *float64 `parquet:"events"`
		Partial    bool     `parquet:"partial"`
	}
	file, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)))
	require.NoError(c.t, err)
	id, found := file.Lookup("khue.evidence")
	require.True(c.t, found)
	require.Len(c.t, id, 12)
	simulated, _ := file.Lookup("khue.simulated")
	require.Equal(c.t, "true", simulated)
	lines, err := parquet.Read[line](bytes.NewReader(body), int64(len(body)))
	require.NoError(c.t, err)
	out := map[string]figure{}
	for _, l := range lines {
		require.Equal(c.t, l.Month, time.Unix(int64(l.Start)*86_400, 0).UTC().Format("2006-01"))
		for m, v := range map[string]*float64{"visitors": l.Visitors, "events": l.Events} {
			f := figure{known: v != nil, partial: l.Partial}
			if v != nil {
				f.value = *v
			}
			out[m+"|"+l.Month+"|"+l.Discipline] = f
		}
	}
	require.Equal(c.t, out, c.byClickHouse("Parquet", body))
	return out
}

func readArrow(c *city, body []byte) map[string]figure {
	r, err := ipc.NewReader(bytes.NewReader(body))
	require.NoError(c.t, err)
	defer r.Release()
	about := r.Schema().Metadata()
	simulated, _ := about.GetValue("khue.simulated")
	require.Equal(c.t, "true", simulated)
	out := map[string]figure{}
	for r.Next() {
		b := r.RecordBatch()
		column := func(name string) int { return r.Schema().FieldIndices(name)[0] }
		months, fields, partial := b.Column(column("month")).(*array.String), b.Column(column("discipline")).(*array.String), b.Column(column("partial")).(*array.Boolean)
		for _, m := range []string{"visitors", "events"} {
			values := b.Column(column(m)).(*array.Float64)
			for i := range int(b.NumRows()) {
				f := figure{known: values.IsValid(i), partial: partial.Value(i)}
				if f.known {
					f.value = values.Value(i)
				}
				out[m+"|"+months.Value(i)+"|"+fields.Value(i)] = f
			}
		}
	}
	require.NoError(c.t, r.Err())
	require.Equal(c.t, out, c.byClickHouse("ArrowStream", body))
	return out
}

// byClickHouse reads a file as the engine itself understands its form.
func (c *city) byClickHouse(form string, body []byte) map[string]figure {
	c.t.Helper()
	rows, err := c.warehouse.Conn().Query(c.t.Context(), "SELECT month, discipline, visitors, events, partial FROM format("+form+", unhex('"+hex.EncodeToString(body)+"'))")
	require.NoError(c.t, err)
	defer func() { _ = rows.Close() }()
	out := map[string]figure{}
	for rows.Next() {
		var month, discipline string
		var visitors, events *float64
		var partial bool
		require.NoError(c.t, rows.Scan(&month, &discipline, &visitors, &events, &partial))
		for m, v := range map[string]*float64{"visitors": visitors, "events": events} {
			f := figure{known: v != nil, partial: partial}
			if v != nil {
				f.value = *v
			}
			out[m+"|"+month+"|"+discipline] = f
		}
	}
	require.NoError(c.t, rows.Err())
	return out
}
