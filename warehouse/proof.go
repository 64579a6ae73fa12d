package warehouse

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"khue"
)

// Steps of a batch's reckoning, in order. What is read is what the source gave;
// read = what the contract accepted + what it rejected; accepted = duplicates +
// unchanged + added + corrected; a correction takes back "corrected from".
const (
	StepTold          = "told" // what the source itself says of the rows
	StepRead          = "read"
	StepAccepted      = "accepted"
	StepRejected      = "rejected"
	StepDuplicates    = "duplicates"
	StepUnchanged     = "unchanged"
	StepAdded         = "added"
	StepCorrected     = "corrected"
	StepCorrectedFrom = "corrected_from"
	StepRetracted     = "retracted"
)

// ProofSteps lists the steps in the order of the reckoning.
func ProofSteps() []string {
	return []string{
		StepTold, StepRead, StepAccepted, StepRejected, StepDuplicates, StepUnchanged,
		StepAdded, StepCorrected, StepCorrectedFrom, StepRetracted,
	}
}

// ProofRows is the measure that counts rows.
const ProofRows = "rows"

// rawMeasure marks the measures that are raw columns of the source.
const rawMeasure = "column:"

// Sums are exact totals by name.
type Sums map[string]decimal.Decimal

// Add adds to one of them.
func (s Sums) Add(name string, v decimal.Decimal) { s[name] = s[name].Add(v) }

// Account is what the reader of a source knows of a batch and the warehouse does not.
type Account struct {
	Rows     int64 // raw rows of the batch
	Columns  Sums  // of the raw columns behind numbers, as far as they are numbers
	Rejected Sums  // by field of the contract, as far as they could be read
	// Told is what the source itself says of the whole reading, which may take
	// several batches; nil when it says nothing.
	Told *Told
	// Whole are the parts of the source that were read from beginning to end and end
	// in this batch: older faults of theirs are closed unless they were found again,
	// in this batch or in the Earlier ones of the same reading.
	Whole, Earlier []string
	// Seal, when set, is called with the moment the batch will be recorded, once
	// all that it changes is known and before anything of it is posted. What it
	// returns is registered as the batch's raw data; its error fails the batch.
	Seal func(recorded time.Time) ([]RawObject, error)
}

// Told is what a source says of the rows it gives.
type Told struct {
	Rows int64
	Sums Sums // by raw column; nil when it gives none
}

// ProofLine is one measure of a batch: "rows", a number of the contract, or a raw
// column of the source.
type ProofLine struct {
	Measure string
	Column  bool            // the measure is a raw column; only told and read are known of it
	Steps   map[string]Step // by the constants Step…
}

// Step is an amount that may not be known.
type Step struct {
	Amount decimal.Decimal
	Known  bool
}

// numbers lists the fields of a contract that can be added up.
func numbers(d khue.Dataset) []khue.Field {
	var out []khue.Field
	for _, f := range d.Fields {
		if f.Type == khue.IntegerField || f.Type == khue.DecimalField {
			out = append(out, f)
		}
	}
	return out
}

// addNumbers adds the rows that are not deletions to the sums, exactly.
func (s Sums) addNumbers(r *Rows) {
	for i, f := range r.Dataset.Fields {
		c := &r.Columns[i]
		switch f.Type {
		case khue.IntegerField:
			s.Add(f.Name, sumIntegers(c.Integers, c.Null, r.Deleted))
		case khue.DecimalField:
			total := decimal.Zero
			for n, v := range c.Decimals {
				if !r.Deleted[n] && (len(c.Null) == 0 || !c.Null[n]) {
					total = total.Add(v)
				}
			}
			s.Add(f.Name, total)
		}
	}
}

func sumIntegers(values []int64, null, deleted []bool) decimal.Decimal {
	total, part := decimal.Zero, int64(0)
	for i, v := range values {
		if deleted[i] || len(null) > 0 && null[i] {
			continue
		}
		if v > 0 && part > math.MaxInt64-v || v < 0 && part < math.MinInt64-v {
			total, part = total.Add(decimal.NewFromInt(part)), 0
		}
		part += v
	}
	return total.Add(decimal.NewFromInt(part))
}

// sumsOf selects the exact totals of a contract's numbers over rows that meet a
// condition, as texts: no driver type holds them all.
func sumsOf(d khue.Dataset, prefix, condition string) string {
	parts := []string{}
	for _, f := range numbers(d) {
		parts = append(parts, fmt.Sprintf("toString(sumIf(%s, %s))", wide(prefix+f.Name), condition))
	}
	return "[" + strings.Join(parts, ", ") + "]::Array(String)"
}

// wide turns a number into a type in which any total of it fits.
func wide(column string) string { return "toDecimal256(ifNull(" + column + ", 0), 6)" }

// readSums reads what sumsOf selected.
func readSums(d khue.Dataset, texts []string) (Sums, error) {
	s := Sums{}
	for i, f := range numbers(d) {
		v, err := decimal.NewFromString(texts[i])
		if err != nil {
			return nil, fmt.Errorf("reading the sum of %s: %w", f.Name, err)
		}
		s[f.Name] = v
	}
	return s, nil
}

func (s Sums) minus(t Sums) Sums {
	out := Sums{}
	for k, v := range s {
		out[k] = v.Sub(t[k])
	}
	return out
}

// differs names the first total in which two reckonings differ; "" when none does.
func (s Sums) differs(t Sums) string {
	keys := make([]string, 0, len(s))
	for k := range s {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if !s[k].Equal(t[k]) {
			return fmt.Sprintf("%s: %s and %s", k, s[k], t[k])
		}
	}
	return ""
}

// proof gathers a batch's reckoning while it is committed.
type proof struct {
	account Account
	sums    map[string]Sums // by step, of the contract's numbers
}

// kept are the sums of the records that count: the last row of each.
func (p *proof) kept() Sums { return p.sums[StepAccepted].minus(p.sums[StepDuplicates]) }

// Prove hands over what the reader knows of the batch; before Commit.
func (b *Batch) Prove(a Account) { b.proof.account = a }

// writeProof keeps the reckoning, before anything of the batch is posted.
func (b *Batch) writeProof(ctx context.Context) error {
	insert, err := b.w.conn.PrepareBatch(ctx, "INSERT INTO batch_proofs (batch_id, step, measure, amount)")
	if err != nil {
		return fmt.Errorf("writing the proof of batch %s: %w", b.ID(), err)
	}
	defer func() { _ = insert.Close() }()
	add := func(step, measure string, amount decimal.Decimal) {
		if err == nil {
			err = insert.Append(b.ID(), step, measure, amount)
		}
	}
	a := b.proof.account
	raw := map[string]Sums{StepRead: a.Columns}
	if a.Told != nil {
		add(StepTold, ProofRows, decimal.NewFromInt(a.Told.Rows))
		raw[StepTold] = a.Told.Sums
	}
	add(StepRead, ProofRows, decimal.NewFromInt(a.Rows))
	for step, sums := range raw {
		for name, v := range sums {
			add(step, rawMeasure+name, v)
		}
	}
	for step, sums := range b.proof.sums {
		for name, v := range sums {
			if !v.IsZero() {
				add(step, name, v)
			}
		}
	}
	for name, v := range a.Rejected {
		add(StepRejected, name, v)
	}
	if err == nil {
		err = insert.Send()
	}
	if err != nil {
		return fmt.Errorf("writing the proof of batch %s: %w", b.ID(), err)
	}
	return nil
}

// proofOf reads a run's reckoning: rows first, then the contract's numbers, then raw columns.
func (w *Warehouse) proofOf(ctx context.Context, r Run) ([]ProofLine, error) {
	rows, err := w.conn.Query(ctx, "SELECT step, measure, toString(amount) FROM batch_proofs FINAL WHERE batch_id = $1", r.BatchID)
	if err != nil {
		return nil, fmt.Errorf("reading the proof of batch %s: %w", r.BatchID, err)
	}
	defer func() { _ = rows.Close() }()
	lines := map[string]ProofLine{}
	set := func(measure, step string, v decimal.Decimal) {
		line, ok := lines[measure]
		if !ok {
			name, column := strings.CutPrefix(measure, rawMeasure)
			line = ProofLine{Measure: name, Column: column, Steps: map[string]Step{}}
			lines[measure] = line
		}
		line.Steps[step] = Step{v, true}
	}
	for rows.Next() {
		var step, measure, amount string
		if err := rows.Scan(&step, &measure, &amount); err != nil {
			return nil, fmt.Errorf("reading the proof of batch %s: %w", r.BatchID, err)
		}
		v, err := decimal.NewFromString(amount)
		if err != nil {
			return nil, fmt.Errorf("reading the proof of batch %s: %w", r.BatchID, err)
		}
		set(measure, step, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the proof of batch %s: %w", r.BatchID, err)
	}
	proven := len(lines) > 0
	for step, n := range map[string]int64{
		StepAccepted: r.Accepted, StepRejected: r.Rejected, StepDuplicates: r.Duplicates, StepUnchanged: r.Unchanged,
		StepAdded: r.Added, StepCorrected: r.Corrected, StepRetracted: r.Retracted,
	} {
		set(ProofRows, step, decimal.NewFromInt(n))
	}
	set(ProofRows, StepCorrectedFrom, decimal.NewFromInt(r.Corrected))
	if !proven {
		set(ProofRows, StepRead, decimal.NewFromInt(r.Read))
	}
	return w.sortProof(r.Dataset, lines, proven), nil
}

// sortProof orders the lines and fills in the steps whose sum was nought.
func (w *Warehouse) sortProof(dataset string, lines map[string]ProofLine, proven bool) []ProofLine {
	out := []ProofLine{lines[ProofRows]}
	d, _ := khue.DatasetOf(dataset)
	for _, f := range numbers(d) {
		line, ok := lines[f.Name]
		if !ok || !proven {
			continue
		}
		for _, step := range ProofSteps()[2:] {
			if _, known := line.Steps[step]; !known {
				line.Steps[step] = Step{Known: true}
			}
		}
		out = append(out, line)
	}
	var raw []ProofLine
	for _, line := range lines {
		if line.Column {
			raw = append(raw, line)
		}
	}
	slices.SortFunc(raw, func(a, b ProofLine) int { return strings.Compare(a.Measure, b.Measure) })
	return append(out, raw...)
}
