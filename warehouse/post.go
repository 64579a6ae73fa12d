package warehouse

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"golang.org/x/sync/errgroup"
)

// chunkRows is about how many journal rows one insert brings: few enough to be
// held in memory as a single block, many enough to be fast.
const chunkRows = 250_000

// Commit works out what the staged rows change, posts the difference to the
// journal and returns the counts. The same rows committed twice change nothing.
// The watermark is what the source wants to continue from next time.
func (b *Batch) Commit(ctx context.Context, watermark string, read int64) (Outcome, error) {
	defer b.release()
	defer b.w.forget(b.ID())
	out, err := b.commit(ctx, watermark, read)
	if err != nil {
		_ = b.Abort(ctx)
		return Outcome{}, fmt.Errorf("committing batch %s of %s/%s: %w", b.ID(), b.load.Source, b.load.Dataset, err)
	}
	return out, nil
}

func (b *Batch) commit(ctx context.Context, watermark string, read int64) (Outcome, error) {
	b.book.Watermark, b.book.Read = watermark, read
	if b.staged > 0 || (b.load.Replace && len(b.load.Scopes) > 0) {
		if err := b.makeDiff(ctx); err != nil {
			return Outcome{}, err
		}
		if err := b.closeQuarantine(ctx); err != nil {
			return Outcome{}, err
		}
	}
	moment, err := b.w.nextMoment(ctx, b.load.Source)
	if err != nil {
		return Outcome{}, err
	}
	b.book.RecordedAt, b.book.State = moment, statePosting
	if err := b.w.writeBook(ctx, b.book); err != nil {
		b.book.State = stateStaging
		return Outcome{}, err
	}
	if err := b.w.post(ctx, &b.book); err != nil {
		return Outcome{}, err
	}
	return b.book.outcome(), nil
}

// nextMoment is when the batch is recorded: now, but always after the source's
// last batch, so that a clock set back cannot put two versions in one moment.
func (w *Warehouse) nextMoment(ctx context.Context, source string) (time.Time, error) {
	var last time.Time
	if err := w.conn.QueryRow(ctx, "SELECT max(recorded_at) FROM batches WHERE source = $1", source).Scan(&last); err != nil {
		return time.Time{}, fmt.Errorf("reading the last moment of %s: %w", source, err)
	}
	now := w.now().UTC().Truncate(time.Millisecond)
	if !now.After(last) {
		now = last.Add(time.Millisecond)
	}
	return now, nil
}

// makeDiff fills the batch's diff tables: exactly the rows the journal is to get.
func (b *Batch) makeDiff(ctx context.Context) error {
	var distinct, kept uint64
	err := b.w.conn.QueryRow(ctx, "SELECT uniqExact(record_id), uniqExactIf(record_id, NOT deleted) FROM "+stageName(b.ID())).Scan(&distinct, &kept)
	if err != nil {
		return fmt.Errorf("counting staged rows: %w", err)
	}
	b.book.Accepted, b.book.Duplicates = b.staged, b.staged-int64(distinct)
	known, err := b.meetsKnown(ctx)
	if err != nil {
		return err
	}
	if err := b.w.conn.Exec(ctx, diffTable(b.ID(), b.layout)); err != nil {
		return fmt.Errorf("making the diff table: %w", err)
	}
	chunks := max(1, (2*b.staged+chunkRows-1)/chunkRows)
	if !known {
		// None of these records is here yet: all that is staged is new.
		chunks = max(1, (b.staged+chunkRows-1)/chunkRows)
		err = b.exec(ctx, "adding new records", fmt.Sprintf(
			"INSERT INTO %s (%s, row_hash, sign, chunk) SELECT %s, %s AS row_hash, 1, cityHash64(record_id) %% %d FROM (%s) WHERE NOT deleted",
			diffName(b.ID(), b.load.Dataset), b.valueNames(), b.valueNames(), b.layout.hash(), chunks, b.freshQuery()))
	} else {
		err = b.compare(ctx, chunks)
	}
	if err != nil {
		return err
	}
	if !known {
		b.book.Added = int64(kept)
	} else if err := b.countDiff(ctx, int64(kept)); err != nil {
		return err
	}
	return b.restateChildren(ctx)
}

// compare fills the diff table against the current state, in three statements:
// old values of what changed or went, new values of what changed or came, and
// what a replaced scope no longer says.
func (b *Batch) compare(ctx context.Context, chunks int64) error {
	fresh, diff, stage := freshName(b.ID()), diffName(b.ID(), b.load.Dataset), stageName(b.ID())
	steps := []struct{ doing, sql string }{
		{"hashing staged rows", fmt.Sprintf(
			"CREATE TABLE %s ENGINE = MergeTree ORDER BY record_id AS SELECT %s, deleted, %s AS row_hash FROM (%s)",
			fresh, b.valueNames(), b.layout.hash(), b.freshQuery())},
		{"taking back old values", fmt.Sprintf(
			`INSERT INTO %[1]s (%[2]s, row_hash, sign, chunk)
SELECT %[3]s, c.row_hash, -1, cityHash64(c.record_id) %% %[4]d
FROM (SELECT * FROM %[5]s FINAL WHERE source = {source:String} AND record_id IN (SELECT record_id FROM %[6]s)) AS c
INNER JOIN (SELECT record_id, row_hash, deleted FROM %[7]s) AS f ON f.record_id = c.record_id
WHERE f.deleted OR f.row_hash != c.row_hash`,
			diff, b.valueNames(), prefixed("c", b.values()), chunks, b.layout.current(), stage, fresh)},
		{"setting new values", fmt.Sprintf(
			`INSERT INTO %[1]s (%[2]s, row_hash, sign, chunk)
SELECT %[3]s, f.row_hash, 1, cityHash64(f.record_id) %% %[4]d
FROM %[7]s AS f
LEFT ANTI JOIN (SELECT record_id, row_hash FROM %[5]s FINAL WHERE source = {source:String} AND record_id IN (SELECT record_id FROM %[6]s)) AS c
ON f.record_id = c.record_id AND f.row_hash = c.row_hash
WHERE NOT f.deleted`,
			diff, b.valueNames(), prefixed("f", b.values()), chunks, b.layout.current(), stage, fresh)},
	}
	for _, s := range steps {
		if err := b.exec(ctx, s.doing, s.sql); err != nil {
			return err
		}
	}
	if !b.load.Replace {
		return nil
	}
	conditions := []string{"scope IN (SELECT scope FROM " + stage + ")"}
	parameters := clickhouse.Parameters{"source": b.load.Source}
	for i, scope := range b.load.Scopes {
		name := fmt.Sprintf("scope%d", i)
		conditions = append(conditions, "scope = {"+name+":String}")
		parameters[name] = scope
	}
	return b.execWith(ctx, "retracting what a replaced scope no longer says", parameters, fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, sign, chunk)
SELECT %s, row_hash, -1, cityHash64(record_id) %% %d FROM %s FINAL
WHERE source = {source:String} AND (%s) AND record_id NOT IN (SELECT record_id FROM %s)`,
		diff, b.valueNames(), b.valueNames(), chunks, b.layout.current(), strings.Join(conditions, " OR "), fresh))
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
	return fmt.Sprintf(`INSERT INTO %[1]s (%[2]s, row_hash, sign, chunk)
SELECT %[2]s, row_hash, -1, cityHash64(record_id) %% 16 FROM (SELECT %[3]s, c.row_hash AS row_hash FROM %[5]s WHERE %[6]s)
UNION ALL
SELECT %[2]s, %[7]s AS row_hash, 1, cityHash64(record_id) %% 16 FROM (SELECT %[4]s FROM %[5]s WHERE %[6]s)`,
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

// diffTable has the journal's columns and the number of the insert a row goes by.
func diffTable(id string, l layout) string {
	return fmt.Sprintf("CREATE TABLE %s ENGINE = MergeTree ORDER BY chunk AS SELECT * EXCEPT (recorded_at, batch_id), toUInt32(0) AS chunk FROM %s WHERE 0",
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

// countDiff tells what became of the distinct records that the batch keeps.
func (b *Batch) countDiff(ctx context.Context, kept int64) error {
	var added, corrected, retracted uint64
	err := b.w.conn.QueryRow(ctx, fmt.Sprintf(`SELECT countIf(came AND NOT went), countIf(came AND went), countIf(went AND NOT came)
FROM (SELECT record_id, max(sign > 0) AS came, max(sign < 0) AS went FROM %s GROUP BY record_id)`,
		diffName(b.ID(), b.load.Dataset))).Scan(&added, &corrected, &retracted)
	if err != nil {
		return fmt.Errorf("counting the difference: %w", err)
	}
	b.book.Added, b.book.Corrected, b.book.Retracted = int64(added), int64(corrected), int64(retracted)
	b.book.Unchanged = kept - b.book.Added - b.book.Corrected
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
	return b.execWith(ctx, doing, clickhouse.Parameters{"source": b.load.Source}, sql)
}

func (b *Batch) execWith(ctx context.Context, doing string, p clickhouse.Parameters, sql string) error {
	if err := b.w.conn.Exec(clickhouse.Context(ctx, clickhouse.WithParameters(p)), sql); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// post moves the diff tables into the journal and closes the batch. It may be
// repeated from the start at any point: each chunk is one block under one token.
func (w *Warehouse) post(ctx context.Context, e *bookEntry) error {
	tables, err := queryStrings(ctx, w.conn,
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, $1) ORDER BY name", "diff_"+e.BatchID+"_")
	if err != nil {
		return fmt.Errorf("listing the difference of batch %s: %w", e.BatchID, err)
	}
	for _, table := range tables {
		l, err := layoutOf(strings.TrimPrefix(table, "diff_"+e.BatchID+"_"))
		if err != nil {
			return err
		}
		if err := w.postTable(ctx, e, table, l); err != nil {
			return err
		}
	}
	e.State = stateComplete
	if err := w.writeBook(ctx, *e); err != nil {
		return err
	}
	return w.dropTables(ctx, e.BatchID)
}

func (w *Warehouse) postTable(ctx context.Context, e *bookEntry, table string, l layout) error {
	var chunks []uint32
	rows, err := w.conn.Query(ctx, "SELECT DISTINCT chunk FROM "+table+" ORDER BY chunk")
	if err != nil {
		return fmt.Errorf("listing the chunks of %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c uint32
		if err := rows.Scan(&c); err != nil {
			return fmt.Errorf("listing the chunks of %s: %w", table, err)
		}
		chunks = append(chunks, c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("listing the chunks of %s: %w", table, err)
	}
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.GOMAXPROCS(0), 4))
	for _, c := range chunks {
		group.Go(func() error { return w.postChunk(each, e, table, l, c) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return w.verifyPosted(ctx, e, table, l)
}

// postChunk inserts one chunk as one block, under a token of its own, so that
// chunks may go side by side and in any order.
func (w *Warehouse) postChunk(ctx context.Context, e *bookEntry, table string, l layout, chunk uint32) error {
	names := strings.Join(append([]string{"source", "record_id", "scope", "happened_on"}, l.columns()...), ", ")
	token := fmt.Sprintf("%s/%s/%d", e.BatchID, l.dataset.Name, chunk)
	ctx = clickhouse.Context(ctx, onceOnly(token), clickhouse.WithParameters(clickhouse.Parameters{
		"recorded_at": e.RecordedAt.UTC().Format("2006-01-02 15:04:05.000"), "batch_id": e.BatchID, "chunk": fmt.Sprint(chunk),
	}))
	err := w.conn.Exec(ctx, fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, sign, recorded_at, batch_id)
SELECT %s, row_hash, sign, {recorded_at:DateTime64(3, 'UTC')}, {batch_id:String} FROM %s WHERE chunk = {chunk:UInt32}`,
		l.journal(), names, names, table))
	if err != nil {
		return fmt.Errorf("posting chunk %d of batch %s: %w", chunk, e.BatchID, err)
	}
	return nil
}

// verifyPosted compares what arrived with what was to be posted: an insert that
// the engine took for a repeat, or took twice, must not pass in silence.
func (w *Warehouse) verifyPosted(ctx context.Context, e *bookEntry, table string, l layout) error {
	var want, got uint64
	err := w.conn.QueryRow(ctx, fmt.Sprintf("SELECT (SELECT count() FROM %s), (SELECT count() FROM %s WHERE batch_id = $1)", table, l.journal()), e.BatchID).
		Scan(&want, &got)
	if err != nil {
		return fmt.Errorf("counting what batch %s posted: %w", e.BatchID, err)
	}
	if want != got {
		return fmt.Errorf("batch %s should have posted %d rows to %s, the journal holds %d", e.BatchID, want, l.journal(), got)
	}
	return nil
}
