package indicators

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// inWarehouse puts loads into a warehouse of the test's own, each at its moment.
func inWarehouse(t testing.TB, loads []load, now time.Time) *warehouse.Warehouse {
	t.Helper()
	clock := now
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	addLoads(t, w, &clock, loads)
	return w
}

// addLoads brings loads into a warehouse, each at its moment by the clock given,
// which is put back after them.
func addLoads(t testing.TB, w *warehouse.Warehouse, clock *time.Time, loads []load) {
	t.Helper()
	now := *clock
	for _, l := range loads {
		*clock = l.At
		contract, ok := khue.DatasetOf(l.Dataset)
		require.True(t, ok, l.Dataset)
		rows := warehouse.NewRows(contract, len(l.Rows))
		for _, row := range l.Rows {
			addRow(rows, l, row)
		}
		b, err := w.Begin(t.Context(), warehouse.Load{Source: l.Source, Dataset: l.Dataset})
		require.NoError(t, err)
		require.NoError(t, b.Append(t.Context(), rows))
		_, err = b.Commit(t.Context(), "", int64(rows.Len()))
		require.NoError(t, err)
	}
	*clock = now
}

func addRow(rows *warehouse.Rows, l load, row map[string]any) {
	values := record(l, row)
	rows.RecordID = append(rows.RecordID, row["id"].(string))
	rows.Scope = append(rows.Scope, "")
	rows.Deleted = append(rows.Deleted, row["deleted"] == true)
	for i, f := range rows.Dataset.Fields {
		c, v := &rows.Columns[i], values[f.Name]
		if c.Null != nil {
			c.Null = append(c.Null, v == nil)
		}
		switch f.Type {
		case khue.IntegerField:
			n, _ := v.(int64)
			c.Integers = append(c.Integers, n)
		case khue.DecimalField:
			n, _ := v.(float64)
			c.Decimals = append(c.Decimals, decimal.NewFromFloat(n))
		case khue.BooleanField:
			b, _ := v.(bool)
			c.Booleans = append(c.Booleans, b)
		case khue.DateField, khue.InstantField:
			d, ok := v.(time.Time)
			if !ok {
				d = time.Unix(0, 0).UTC()
			}
			c.Times = append(c.Times, d)
		case khue.DisciplinesList, khue.TextList:
			list, _ := v.([]string)
			c.Lists = append(c.Lists, list)
		default:
			s, _ := v.(string)
			c.Strings = append(c.Strings, s)
		}
	}
}

// testCase is a file of testdata/cases: what sources said, and what questions
// must be answered.
type testCase struct {
	About string    `yaml:"about"`
	Now   time.Time `yaml:"now"`
	Loads []load    `yaml:"loads"`
	// Definitions is a folder over ours.
	Definitions string `yaml:"definitions"`
	Asks        []struct {
		Why      string              `yaml:"why"`
		Measures []string            `yaml:"measures"`
		By       []string            `yaml:"by"`
		Where    map[string][]string `yaml:"where"`
		From     time.Time           `yaml:"from"`
		To       time.Time           `yaml:"to"`
		AsOf     time.Time           `yaml:"as_of"`
		Limit    int                 `yaml:"limit"`
		Areas    []string            `yaml:"areas"` // the caller's, when limited
		Compare  bool                `yaml:"compare"`
		AreaView AreaView            `yaml:"area_view"`
		Counting Counting            `yaml:"counting"`
		Editions map[string]string   `yaml:"editions"`
	} `yaml:"asks"`
}

// The expected answers stand beside a case in a .txt of the same name; -update
// writes them from the warehouse. Memory must give the same, so an answer is
// only ever accepted when two ways of working it out agree.
func TestTheWarehouseAndMemoryAnswerEveryCaseAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			var c testCase
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			decoder := yaml.NewDecoder(strings.NewReader(string(content)))
			decoder.KnownFields(true)
			require.NoError(t, decoder.Decode(&c))
			now := func() time.Time { return c.Now }
			fromWarehouse := c.answers(t, inWarehouse(t, c.Loads, c.Now))
			require.Equal(t, fromWarehouse, c.answers(t, &memory{loads: c.Loads, now: now}), "memory answers otherwise")
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(fromWarehouse), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), fromWarehouse)
		})
	}
}

func (c testCase) answers(t *testing.T, facts Facts) string {
	catalogue, err := Load(c.Definitions)
	require.NoError(t, err)
	s := NewService(catalogue, facts, Options{Now: func() time.Time { return c.Now }})
	var out strings.Builder
	for _, ask := range c.Asks {
		q := Question{
			Measures: ask.Measures, By: ask.By, Where: ask.Where, From: ask.From.UTC(), To: ask.To.UTC(),
			AsOf: ask.AsOf, Limit: ask.Limit, Scope: khue.Everything,
			AreaView: ask.AreaView, Counting: ask.Counting, Editions: ask.Editions,
		}
		if len(ask.Areas) > 0 {
			q.Scope = khue.Scope{Areas: ask.Areas, Confidential: true, Moments: true}
		}
		fmt.Fprintf(&out, "# %s\n", ask.Why)
		if !ask.Compare {
			a, err := s.Ask(t.Context(), q)
			out.WriteString(shown(t, a, err))
			continue
		}
		cmp, err := s.Compare(t.Context(), q)
		fmt.Fprintf(&out, "%s | %s\nnow:\n%sbefore:\n%s", cmp.Note.VI, cmp.Note.EN, shown(t, cmp.Now, err), shown(t, cmp.Before, err))
		for row := range cmp.Now.Rows {
			for m := range q.Measures {
				fmt.Fprintf(&out, "change of row %d, %s: %s\n", row+1, q.Measures[m], shownValue(cmp.Change(row, m), 4))
			}
		}
	}
	return out.String()
}

// shown writes an answer as lines: "~" marks a partial row, "?" an unknown.
func shown(t *testing.T, a Answer, err error) string {
	if err != nil {
		var coded *khue.Error
		require.True(t, errors.As(err, &coded), "%v", err)
		return fmt.Sprintf("%s: %s | %s\n", coded.Kind, coded.Message.VI, coded.Message.EN)
	}
	var out strings.Builder
	for _, row := range a.Rows {
		var cells []string
		for _, k := range row.Keys {
			cells = append(cells, fmt.Sprintf("%s %s/%s", k.Code, k.Name.VI, k.Name.EN))
		}
		for i, v := range row.Values {
			cells = append(cells, shownValue(v, a.Columns[len(row.Keys)+i].Decimals))
		}
		if row.Partial {
			cells = append(cells, "~")
		}
		cells = append(cells, reported(row.Completeness)...)
		out.WriteString("  " + strings.Join(cells, " | ") + "\n")
	}
	for _, note := range a.Notes {
		fmt.Fprintf(&out, "  ! %s\n  ! %s\n", note.VI, note.EN)
	}
	return out.String()
}

// reported writes completeness as "reported/expected", with strangers behind a plus.
func reported(all []Completeness) []string {
	var out []string
	for _, c := range all {
		if c.Unexpected > 0 {
			out = append(out, fmt.Sprintf("[%d/%d+%d]", c.Reported, c.Expected, c.Unexpected))
		} else if c.Known {
			out = append(out, fmt.Sprintf("[%d/%d]", c.Reported, c.Expected))
		}
	}
	return out
}

func shownValue(v Value, decimals int) string {
	if !v.Known {
		return "?"
	}
	return fmt.Sprintf("%.*f", decimals, v.Number)
}
