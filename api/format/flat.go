package format

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"khue/indicators"
)

// batchRows is how many rows a record batch holds: readers may begin with the first
// before the last has come.
const batchRows = 4096

// flatColumn is a column of an answer as Arrow and Parquet have it.
type flatColumn struct {
	field  arrow.Field
	append func(array.Builder, indicators.Row)
}

// flat is an answer as columns of one type each: codes as texts, days as days,
// figures as numbers that may be null, and beside each figure why it is null.
func flat(s Sheet) []flatColumn {
	var out []flatColumn
	for i, c := range s.Answer.Columns[:s.keys()] {
		out = append(out, flatKey(c, i)...)
		if rows := s.Answer.Rows; len(rows) > 0 && !rows[0].Keys[i].Period.IsZero() {
			out = append(out, flatDay(c.Name+"_start", i))
		}
	}
	for i, c := range s.measures() {
		out = append(out, flatMeasure(c, i)...)
	}
	out = append(out, flatColumn{arrow.Field{Name: "partial", Type: arrow.FixedWidthTypes.Boolean}, func(b array.Builder, r indicators.Row) {
		b.(*array.BooleanBuilder).Append(r.Partial)
	}})
	for _, i := range Reported(s.Answer) {
		out = append(out, flatReports(s.measures()[i].Name, i)...)
	}
	return out
}

func flatKey(c indicators.Column, i int) []flatColumn {
	field := arrow.Field{Name: c.Name, Type: arrow.BinaryTypes.String, Metadata: arrow.MetadataFrom(map[string]string{"label_vi": c.Label.VI, "label_en": c.Label.EN})}
	return []flatColumn{{field, func(b array.Builder, r indicators.Row) { b.(*array.StringBuilder).Append(KeyCode(r.Keys[i])) }}}
}

// flatDay is the first day of a period.
func flatDay(name string, i int) flatColumn {
	return flatColumn{arrow.Field{Name: name, Type: arrow.FixedWidthTypes.Date32}, func(b array.Builder, r indicators.Row) {
		b.(*array.Date32Builder).Append(arrow.Date32FromTime(r.Keys[i].Period.Start()))
	}}
}

func flatMeasure(c indicators.Column, i int) []flatColumn {
	about := arrow.MetadataFrom(map[string]string{
		"label_vi": c.Label.VI, "label_en": c.Label.EN, "unit_vi": c.Unit.VI, "unit_en": c.Unit.EN, "decimals": strconv.Itoa(c.Decimals),
	})
	return []flatColumn{
		{arrow.Field{Name: c.Name, Type: arrow.PrimitiveTypes.Float64, Nullable: true, Metadata: about}, func(b array.Builder, r indicators.Row) {
			if v := r.Values[i]; StatusOf(v) == Known {
				b.(*array.Float64Builder).Append(v.Number)
				return
			}
			b.AppendNull()
		}},
		{arrow.Field{Name: c.Name + "_status", Type: arrow.BinaryTypes.String}, func(b array.Builder, r indicators.Row) {
			b.(*array.StringBuilder).Append(string(StatusOf(r.Values[i])))
		}},
	}
}

// flatReports are how many reports came, were due, and came unexpected; the first two
// are null where nobody knows who should have reported.
func flatReports(name string, i int) []flatColumn {
	count := func(name string, of func(indicators.Completeness) int, nullable bool) flatColumn {
		return flatColumn{arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64, Nullable: nullable}, func(b array.Builder, r indicators.Row) {
			if c := r.Completeness[i]; c.Known || !nullable {
				b.(*array.Int64Builder).Append(int64(of(c)))
				return
			}
			b.AppendNull()
		}}
	}
	return []flatColumn{
		count(name+"_reported", func(c indicators.Completeness) int { return c.Reported }, true),
		count(name+"_expected", func(c indicators.Completeness) int { return c.Expected }, true),
		count(name+"_unexpected", func(c indicators.Completeness) int { return c.Unexpected }, false),
	}
}

// about is what files say of themselves, beside their figures.
func about(s Sheet) arrow.Metadata {
	e := s.Answer.Evidence
	out := map[string]string{
		"khue.evidence": e.ID, "khue.evidence_link": s.EvidencePath(), "khue.known_at": s.KnownAt().Format(time.RFC3339Nano),
		"khue.data_until": day(e.DataUntil), "khue.definitions": e.DefinitionVersion, "khue.question": s.title(),
		"khue.simulated": strconv.FormatBool(s.Simulated),
	}
	var notes []string
	for _, n := range s.Answer.Notes {
		notes = append(notes, n.In(s.Lang))
	}
	if s.Simulated {
		notes = append(notes, SimulatedNotice.In(s.Lang))
	}
	out["khue.notes"] = strings.Join(notes, "\n")
	return arrow.MetadataFrom(out)
}

// eachBatch hands an answer on as record batches; one without rows is one without rows.
func eachBatch(s Sheet, open func(*arrow.Schema) (func(arrow.RecordBatch) error, error)) error {
	columns := flat(s)
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = c.field
	}
	meta := about(s)
	schema := arrow.NewSchema(fields, &meta)
	write, err := open(schema)
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for rows := s.Answer.Rows; len(rows) > 0; {
		n := min(batchRows, len(rows))
		for _, r := range rows[:n] {
			for i, c := range columns {
				c.append(b.Field(i), r)
			}
		}
		batch := b.NewRecordBatch()
		err := write(batch)
		batch.Release()
		if err != nil {
			return fmt.Errorf("writing rows: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}
