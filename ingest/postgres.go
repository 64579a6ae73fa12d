package ingest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"
)

// postgresDatabase reads PostgreSQL. It takes cells straight from the wire's binary
// form: going through any or database/sql would cost most of the time of a pull.
type postgresDatabase struct {
	conn  *pgx.Conn
	zone  *time.Location // of timestamps without zone
	texts texts
	cells []Value
	local map[string]bool // columns that hold wall clocks of zone
}

func openPostgres(ctx context.Context, dsn string, timeout time.Duration, zone *time.Location) (*postgresDatabase, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the DSN cannot be read; write postgres://user:password@host:5432/database")
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 15 * time.Second
	}
	c.DialFunc = patientDialer(c.DialFunc, patience(timeout))
	c.RuntimeParams["application_name"] = "khue"
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	return &postgresDatabase{conn: conn, zone: zone, local: make(map[string]bool)}, nil
}

func (d *postgresDatabase) query(ctx context.Context, text string, args []any, row func([]Value) error) error {
	rows, err := d.conn.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	fields := rows.FieldDescriptions()
	readers := make([]func(raw []byte) (Value, error), len(fields))
	for i, f := range fields {
		readers[i] = d.reader(f)
		d.local[f.Name] = f.DataTypeOID == pgtype.TimestampOID
	}
	if len(d.cells) < len(fields) {
		d.cells = make([]Value, len(fields))
	}
	cells := d.cells[:len(fields)]
	for rows.Next() {
		for i, raw := range rows.RawValues() {
			if raw == nil {
				cells[i] = Value{}
				continue
			}
			if cells[i], err = readers[i](raw); err != nil {
				return fmt.Errorf("reading column %s: %w", fields[i].Name, err)
			}
		}
		if err := row(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// The wire counts microseconds and days from 2000.
var (
	postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	dayMicros     = int64(24 * time.Hour / time.Microsecond)
)

// reader picks how to read a column; types that are rare go through pgx's own codecs.
func (d *postgresDatabase) reader(f pgconn.FieldDescription) func([]byte) (Value, error) {
	if f.Format != pgx.BinaryFormatCode {
		return d.byCodec(f)
	}
	switch f.DataTypeOID {
	case pgtype.Int8OID:
		return func(b []byte) (Value, error) { return integer(int64(binary.BigEndian.Uint64(b))), nil } //nolint:gosec // two's complement
	case pgtype.Int4OID:
		return func(b []byte) (Value, error) { return integer(int64(int32(binary.BigEndian.Uint32(b)))), nil } //nolint:gosec // two's complement
	case pgtype.Int2OID:
		return func(b []byte) (Value, error) { return integer(int64(int16(binary.BigEndian.Uint16(b)))), nil } //nolint:gosec // two's complement
	case pgtype.BoolOID:
		return func(b []byte) (Value, error) { return boolean(b[0] == 1), nil }
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID:
		return func(b []byte) (Value, error) { return text(d.texts.keep(b)), nil }
	case pgtype.TimestamptzOID:
		return func(b []byte) (Value, error) { return wireTime(b) }
	case pgtype.TimestampOID:
		return func(b []byte) (Value, error) {
			v, err := wireTime(b)
			if err != nil || v.Kind == Null || d.zone == time.UTC {
				return v, err
			}
			t := v.time()
			return instant(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), d.zone)), nil
		}
	case pgtype.DateOID:
		return func(b []byte) (Value, error) {
			days := int64(int32(binary.BigEndian.Uint32(b))) //nolint:gosec // two's complement
			return Value{Kind: Day, N: postgresEpoch + days*dayMicros}, nil
		}
	case pgtype.Float8OID:
		return func(b []byte) (Value, error) {
			return Value{Kind: Float, Ref: math.Float64frombits(binary.BigEndian.Uint64(b))}, nil
		}
	}
	return d.byCodec(f)
}

func wireTime(b []byte) (Value, error) {
	n := int64(binary.BigEndian.Uint64(b)) //nolint:gosec // two's complement
	if n == math.MaxInt64 || n == math.MinInt64 {
		return text("infinity"), nil // no moment; the checks say so
	}
	return Value{Kind: Instant, N: postgresEpoch + n}, nil
}

func (d *postgresDatabase) byCodec(f pgconn.FieldDescription) func([]byte) (Value, error) {
	types := d.conn.TypeMap()
	kind, known := types.TypeForOID(f.DataTypeOID)
	return func(b []byte) (Value, error) {
		if !known {
			return text(string(b)), nil
		}
		v, err := kind.Codec.DecodeValue(types, f.DataTypeOID, f.Format, b)
		if err != nil {
			return Value{}, err
		}
		return valueOfPostgres(v), nil
	}
}

func valueOfPostgres(v any) Value {
	switch x := v.(type) {
	case pgtype.Numeric:
		switch {
		case !x.Valid:
			return Value{}
		case x.NaN || x.InfinityModifier != pgtype.Finite:
			return text("NaN")
		}
		return Value{Kind: Exact, Ref: decimal.NewFromBigInt(x.Int, x.Exp)}
	case [16]byte:
		return text(fmt.Sprintf("%x-%x-%x-%x-%x", x[:4], x[4:6], x[6:8], x[8:10], x[10:]))
	case []any:
		list := make([]string, 0, len(x))
		for _, e := range x {
			if e != nil {
				list = append(list, fmt.Sprint(e))
			}
		}
		return Value{Kind: List, Ref: list}
	case int32:
		return integer(int64(x))
	case float32:
		return Value{Kind: Float, Ref: float64(x)}
	}
	return valueOf(v)
}

func (d *postgresDatabase) quote(name string) string { return quoteParts(name, `"`) }

func (d *postgresDatabase) placeholder(n int) string { return "$" + strconv.Itoa(n) }

func (d *postgresDatabase) rowValues() bool { return true }

// argument: a time that is bound to a column without zone loses its own, so it
// must have the wall clock of the source's.
func (d *postgresDatabase) argument(column string, v Value) any {
	switch v.Kind {
	case Integer:
		return v.N
	case Float, Exact:
		return (&mapping{}).textOf(&v)
	case Day:
		return v.time()
	case Instant:
		if d.local[column] {
			return v.time().In(d.zone)
		}
		return v.time()
	}
	return v.S
}

func (d *postgresDatabase) begin(ctx context.Context) error {
	_, err := d.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	return err
}

func (d *postgresDatabase) end(ctx context.Context) error {
	_, err := d.conn.Exec(ctx, "COMMIT")
	return err
}

func (d *postgresDatabase) now(ctx context.Context) (t time.Time, err error) {
	err = d.conn.QueryRow(ctx, "SELECT now()").Scan(&t)
	return t, err
}

// retryable: the connection broke, the server shuts down or is short of means.
func (d *postgresDatabase) retryable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		class := refused.Code[:2]
		return class == "08" || class == "53" || class == "57" && refused.Code != "57014" || strings.HasPrefix(refused.Code, "40")
	}
	return d.conn.IsClosed() || pgconn.SafeToRetry(err)
}

func (d *postgresDatabase) why(err error) reason {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return reasonOther
	}
	switch refused.Code {
	case "42703", "42P01", "3F000": // undefined column, table, schema
		return reasonColumn
	case "42501":
		return reasonDenied
	case "57014": // cancelled: by statement_timeout, since nobody else may
		return reasonSlow
	case "57P01", "57P02", "57P03":
		return reasonStopping
	}
	return reasonOther
}

func (d *postgresDatabase) close(ctx context.Context) error { return d.conn.Close(ctx) }

// postgresRefusedForGood: wrong credentials, no such database.
func postgresRefusedForGood(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (strings.HasPrefix(refused.Code, "28") || strings.HasPrefix(refused.Code, "3D"))
}
