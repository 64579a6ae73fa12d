package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// makeDiff fills the batch's diff tables: exactly the rows the journal is to get.
func (b *Batch) makeDiff(ctx context.Context) error {
	distinct, kept, err := b.countStaged(ctx)
	if err != nil {
		return err
	}
	known, err := b.meetsKnown(ctx)
	if err != nil {
		return err
	}
	if err := b.w.conn.Exec(ctx, diffTable(b.ID(), b.layout)); err != nil {
		return fmt.Errorf("making the diff table: %w", err)
	}
	if !known {
		// None of these records is here yet: all that is staged is new.
		err = b.exec(ctx, "adding new records", fmt.Sprintf(
			"INSERT INTO %s (%s, row_hash, sign) SELECT %s, %s AS row_hash, 1 FROM (%s) WHERE NOT deleted",
			diffName(b.ID(), b.load.Dataset), b.valueNames(), b.valueNames(), b.layout.hash(), b.freshQuery()))
		if err == nil {
			err = b.requireRows(ctx, diffName(b.ID(), b.load.Dataset), kept)
		}
	} else {
		err = b.compare(ctx, distinct)
	}
	if err != nil {
		return err
	}
	if !known {
		b.book.Added = int64(kept)
		b.proof.sums[StepAdded] = b.proof.kept()
	} else if err := b.countDiff(ctx, int64(kept)); err != nil {
		return err
	}
	if err := b.restateChildren(ctx); err != nil {
		return err
	}
	return b.staysWithin(ctx)
}

// countStaged counts the staged records and proves that what is staged adds up to
// what was handed over.
func (b *Batch) countStaged(ctx context.Context) (distinct, kept uint64, err error) {
	var staged uint64
	var texts []string
	stage, d := stageName(b.ID()), b.layout.dataset
	const counts = "SELECT count(), uniqExact(record_id), uniqExactIf(record_id, NOT deleted), %s FROM %s"
	if err := b.w.conn.QueryRow(ctx, fmt.Sprintf(counts, sumsOf(d, "", "NOT deleted"), stage)).Scan(&staged, &distinct, &kept, &texts); err != nil {
		return 0, 0, fmt.Errorf("counting staged rows: %w", err)
	}
	if int64(staged) != b.staged {
		return 0, 0, rowsGone(staged, uint64(b.staged))
	}
	sums, err := readSums(d, texts)
	if err != nil {
		return 0, 0, err
	}
	if differs := b.proof.sums[StepAccepted].differs(sums); differs != "" {
		return 0, 0, fmt.Errorf("the staged rows do not add up to those that were handed over: %s", differs)
	}
	b.book.Accepted, b.book.Duplicates = b.staged, b.staged-int64(distinct)
	if b.book.Duplicates == 0 {
		return distinct, kept, nil
	}
	// Of several rows of a record the last one counts, and it may be a deletion.
	last := "(SELECT * FROM " + stage + " ORDER BY seq DESC LIMIT 1 BY record_id)"
	if err := b.w.conn.QueryRow(ctx, fmt.Sprintf(counts, sumsOf(d, "", "NOT deleted"), last)).Scan(&staged, &distinct, &kept, &texts); err != nil {
		return 0, 0, fmt.Errorf("counting staged records: %w", err)
	}
	if sums, err = readSums(d, texts); err != nil {
		return 0, 0, err
	}
	b.proof.sums[StepDuplicates] = b.proof.sums[StepAccepted].minus(sums)
	return distinct, kept, nil
}

// requireRows refuses a table that holds fewer rows than it was filled with. The
// staging table is in memory: an engine that restarts under a batch empties it,
// and the statement after that must not take nothing for an answer.
func (b *Batch) requireRows(ctx context.Context, table string, want uint64) error {
	var got uint64
	if err := b.w.conn.QueryRow(ctx, "SELECT count() FROM "+table).Scan(&got); err != nil {
		return fmt.Errorf("counting %s: %w", table, err)
	}
	if got != want {
		return rowsGone(got, want)
	}
	return nil
}

func rowsGone(got, want uint64) error {
	return khue.Errorf(khue.Unavailable,
		"kho dữ liệu khởi động lại giữa chừng: còn %d trên %d dòng; hãy kéo lại",
		"the warehouse restarted in the middle: %d of %d rows are left; pull again", got, want)
}

// compare fills the diff table against the current state, in three statements:
// old values of what changed or went, new values of what changed or came, and
// what a replaced scope no longer says.
func (b *Batch) compare(ctx context.Context, distinct uint64) error {
	fresh, diff := freshName(b.ID()), diffName(b.ID(), b.load.Dataset)
	err := b.exec(ctx, "hashing staged rows", fmt.Sprintf(
		"CREATE TABLE %s ENGINE = MergeTree ORDER BY record_id AS SELECT %s, deleted, %s AS row_hash FROM (%s)",
		fresh, b.valueNames(), b.layout.hash(), b.freshQuery()))
	if err == nil {
		err = b.requireRows(ctx, fresh, distinct)
	}
	if err != nil {
		return err
	}
	// What is there of these records is looked up once: that is the dear part.
	seen := seenName(b.ID())
	err = b.exec(ctx, "looking up what is there", fmt.Sprintf(
		"CREATE TABLE %s ENGINE = MergeTree ORDER BY record_id AS SELECT %s, row_hash FROM %s FINAL WHERE source = {source:String} AND record_id IN (SELECT record_id FROM %s)",
		seen, b.valueNames(), b.layout.current(), fresh))
	if err != nil {
		return err
	}
	err = b.exec(ctx, "taking back old values", fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, sign)
SELECT %s, c.row_hash, -1
FROM %s AS c
INNER JOIN (SELECT record_id, row_hash, deleted FROM %s) AS f ON f.record_id = c.record_id
WHERE f.deleted OR f.row_hash != c.row_hash`,
		diff, b.valueNames(), prefixed("c", b.values()), seen, fresh))
	if err != nil {
		return err
	}
	err = b.exec(ctx, "setting new values", fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, sign)
SELECT %s, f.row_hash, 1
FROM %s AS f
LEFT ANTI JOIN (SELECT record_id, row_hash FROM %s) AS c
ON f.record_id = c.record_id AND f.row_hash = c.row_hash
WHERE NOT f.deleted`,
		diff, b.valueNames(), prefixed("f", b.values()), fresh, seen))
	if err != nil {
		return err
	}
	if !b.load.Replace {
		return nil
	}
	spared := ""
	if b.spares {
		spared = " AND record_id NOT IN (SELECT record_id FROM " + sparedName(b.ID()) + ")"
	}
	conditions := []string{"scope IN (SELECT scope FROM " + fresh + ")"}
	parameters := clickhouse.Parameters{"source": escaped(b.load.Source)}
	for i, scope := range b.load.Scopes {
		name := fmt.Sprintf("scope%d", i)
		conditions = append(conditions, "scope = {"+name+":String}")
		parameters[name] = escaped(scope)
	}
	return b.execWith(ctx, "retracting what a replaced scope no longer says", parameters, fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, sign)
SELECT %s, row_hash, -1 FROM %s FINAL
WHERE source = {source:String} AND (%s) AND record_id NOT IN (SELECT record_id FROM %s)%s`,
		diff, b.valueNames(), b.valueNames(), b.layout.current(), strings.Join(conditions, " OR "), fresh, spared))
}

// freshQuery selects the staged rows, the last of each record, with the derived columns.
func (b *Batch) freshQuery() string {
	selected := []string{"{source:String} AS source", "s.record_id AS record_id", "s.scope AS scope", "s.happened_on AS happened_on", "s.deleted AS deleted"}
	for _, f := range b.layout.fields() {
		selected = append(selected, "s."+f+" AS "+f)
	}
	for _, d := range b.layout.derived {
		selected = append(selected, d.sql+" AS "+d.name)
	}
	from := stageName(b.ID())
	if b.book.Duplicates > 0 {
		from = "(SELECT * FROM " + from + " ORDER BY seq DESC LIMIT 1 BY record_id)"
	}
	q := "SELECT " + strings.Join(selected, ", ") + " FROM " + from + " AS s"
	if b.layout.parent != "" {
		parent, _ := layoutOf(b.layout.parent)
		q += fmt.Sprintf(" LEFT JOIN (SELECT * FROM %s FINAL WHERE source = {source:String}) AS e ON e.record_id = s.%s",
			parent.current(), b.layout.parentField)
	}
	return q
}

// restateChildren adds to the batch the rows that follow from a changed parent:
// when an event moves to another discipline, its attendance moves with it.
func (b *Batch) restateChildren(ctx context.Context) error {
	for name, child := range layouts {
		if child.parent != b.load.Dataset {
			continue
		}
		child, err := layoutOf(name)
		if err != nil {
			return err
		}
		known, err := b.w.holds(ctx, child.current(), b.load.Source)
		if err != nil || !known {
			return err
		}
		if err := b.w.conn.Exec(ctx, diffTable(b.ID(), child)); err != nil {
			return fmt.Errorf("making the diff table of %s: %w", name, err)
		}
		if err := b.exec(ctx, "restating "+name, b.restatement(child)); err != nil {
			return err
		}
	}
	return nil
}

func (b *Batch) restatement(child layout) string {
	values := append([]string{"source", "record_id", "scope", "happened_on"}, child.columns()...)
	diff := diffName(b.ID(), b.load.Dataset)
	var next []string
	isDerived := map[string]string{}
	for _, d := range child.derived {
		isDerived[d.name] = d.sql
	}
	var changed []string
	for _, v := range values {
		if sql, ok := isDerived[v]; ok {
			next = append(next, sql+" AS "+v)
			changed = append(changed, fmt.Sprintf("c.%s != %s", v, sql))
			continue
		}
		next = append(next, "c."+v+" AS "+v)
	}
	affected := fmt.Sprintf(
		`(SELECT * FROM %[1]s FINAL WHERE source = {source:String} AND record_id IN (
    SELECT record_id FROM %[1]s WHERE source = {source:String} AND %[2]s IN (SELECT record_id FROM %[3]s))) AS c
LEFT JOIN (SELECT * FROM %[3]s WHERE sign > 0) AS e ON e.record_id = c.%[2]s`,
		child.current(), child.parentField, diff)
	touched := fmt.Sprintf("c.%s IN (SELECT record_id FROM %s) AND (%s)", child.parentField, diff, strings.Join(changed, " OR "))
	names := strings.Join(values, ", ")
	return fmt.Sprintf(`INSERT INTO %[1]s (%[2]s, row_hash, sign)
SELECT %[2]s, row_hash, -1 FROM (SELECT %[3]s, c.row_hash AS row_hash FROM %[5]s WHERE %[6]s)
UNION ALL
SELECT %[2]s, %[7]s AS row_hash, 1 FROM (SELECT %[4]s FROM %[5]s WHERE %[6]s)`,
		diffName(b.ID(), child.dataset.Name), names, prefixedAs("c", values), strings.Join(next, ", "), affected, touched, child.hash())
}

// values names the columns a journal row holds before its hash and sign.
func (b *Batch) values() []string {
	return append([]string{"source", "record_id", "scope", "happened_on"}, b.layout.columns()...)
}

func (b *Batch) valueNames() string { return strings.Join(b.values(), ", ") }

func prefixed(alias string, names []string) string {
	return alias + "." + strings.Join(names, ", "+alias+".")
}

func prefixedAs(alias string, names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = alias + "." + n + " AS " + n
	}
	return strings.Join(out, ", ")
}

// diffTable has the journal's columns but for what all rows of a batch share.
func diffTable(id string, l layout) string {
	return fmt.Sprintf("CREATE TABLE %s ENGINE = MergeTree ORDER BY tuple() AS SELECT * EXCEPT (recorded_at, batch_id) FROM %s WHERE 0",
		diffName(id, l.dataset.Name), l.journal())
}

// meetsKnown tells whether the batch has to be compared with the current state:
// when it replaces scopes, or brings any record that was seen before. Looking for
// one such record is much cheaper than the comparison, which first loads and
// batches of new records thus never pay for.
func (b *Batch) meetsKnown(ctx context.Context) (bool, error) {
	held, err := b.w.holds(ctx, b.layout.current(), b.load.Source)
	if err != nil || !held || b.load.Replace {
		return held, err
	}
	var n uint64
	err = b.w.conn.QueryRow(ctx, fmt.Sprintf(
		"SELECT count() FROM (SELECT 1 FROM %s WHERE source = $1 AND record_id IN (SELECT record_id FROM %s) LIMIT 1)",
		b.layout.current(), stageName(b.ID())), b.load.Source).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("looking for records seen before: %w", err)
	}
	return n > 0, nil
}

// countDiff tells what became of the distinct records that the batch keeps, in
// records and in sums of each number.
func (b *Batch) countDiff(ctx context.Context, kept int64) error {
	var added, corrected, retracted uint64
	var came, to, from, went []string
	d := b.layout.dataset
	perRecord := []string{"max(sign > 0) AS came", "max(sign < 0) AS went"}
	for _, f := range numbers(d) {
		perRecord = append(perRecord,
			fmt.Sprintf("sumIf(%s, sign > 0) AS new_%s", wide(f.Name), f.Name), fmt.Sprintf("sumIf(%s, sign < 0) AS old_%s", wide(f.Name), f.Name))
	}
	err := b.w.conn.QueryRow(ctx, fmt.Sprintf(`SELECT countIf(came AND NOT went), countIf(came AND went), countIf(went AND NOT came), %s, %s, %s, %s
FROM (SELECT record_id, %s FROM %s GROUP BY record_id)`,
		sumsOf(d, "new_", "came AND NOT went"), sumsOf(d, "new_", "came AND went"),
		sumsOf(d, "old_", "came AND went"), sumsOf(d, "old_", "went AND NOT came"),
		strings.Join(perRecord, ", "), diffName(b.ID(), b.load.Dataset))).Scan(&added, &corrected, &retracted, &came, &to, &from, &went)
	if err != nil {
		return fmt.Errorf("counting the difference: %w", err)
	}
	b.book.Added, b.book.Corrected, b.book.Retracted = int64(added), int64(corrected), int64(retracted)
	b.book.Unchanged = kept - b.book.Added - b.book.Corrected
	for step, texts := range map[string][]string{StepAdded: came, StepCorrected: to, StepCorrectedFrom: from, StepRetracted: went} {
		if b.proof.sums[step], err = readSums(d, texts); err != nil {
			return err
		}
	}
	b.proof.sums[StepUnchanged] = b.proof.kept().minus(b.proof.sums[StepAdded]).minus(b.proof.sums[StepCorrected])
	return nil
}

// holds tells whether a table has any row of the source.
func (w *Warehouse) holds(ctx context.Context, table, source string) (bool, error) {
	var n uint64
	err := w.conn.QueryRow(ctx, "SELECT count() FROM (SELECT 1 FROM "+table+" WHERE source = $1 LIMIT 1)", source).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("looking for rows of %s: %w", source, err)
	}
	return n > 0, nil
}

func (b *Batch) exec(ctx context.Context, doing, sql string) error {
	return b.execWith(ctx, doing, clickhouse.Parameters{"source": escaped(b.load.Source)}, sql)
}

func (b *Batch) execWith(ctx context.Context, doing string, p clickhouse.Parameters, sql string) error {
	if err := b.w.conn.Exec(clickhouse.Context(ctx, clickhouse.WithParameters(p)), sql); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
