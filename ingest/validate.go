package ingest

import (
	"net/mail"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"khue"
)

// belongs says which keys only one kind of source understands.
var belongs = map[string]string{
	"url": kindREST, "auth": kindREST, "max_body": kindREST, "ca_file": kindREST, "rate_limit": kindREST,
	"driver": kindSQL, "dsn": kindSQL, "dsn_file": kindSQL,
	"folder": kindFiles, "file": kindFiles, "pattern": kindFiles, "settle": kindFiles,
	"s3": kindFiles, "max_file": kindFiles,
}

var datasetBelongs = map[string]string{
	"path": kindREST, "parameters": kindREST, "records": kindREST, "paging": kindREST, "incremental": kindREST,
	"method": kindREST, "body": kindREST, "shape": kindREST, "lines": kindREST, "conditional": kindREST,
	"table": kindSQL, "query": kindSQL, "cursor": kindSQL, "cursor_format": kindSQL, "lag": kindSQL, "look_back": kindSQL, "page_size": kindSQL,
	"null_cursor": kindSQL,
	"pattern":     kindFiles, "sheet": kindFiles, "header_row": kindFiles, "delimiter": kindFiles, "encoding": kindFiles,
	"sheets": kindFiles, "header_rows": kindFiles, "fill_down": kindFiles, "stop_when": kindFiles, "hidden_rows": kindFiles,
}

// validate looks for everything that would go wrong only at night.
func (c Config) validate(d *decoder) {
	dict := newDictionaries(Aliases{})
	for _, name := range names(c) {
		s := c[name]
		v := validator{d: d, at: name}
		switch s.Kind {
		case kindREST:
			v.rest(&s)
		case kindSQL:
			v.sql(&s)
		case kindFiles:
			v.files(&s)
		default:
			v.fault("kind", "kind is rest, sql or files, not %q", s.Kind)
			continue
		}
		v.foreign(belongs, s.Kind)
		if s.Zone != "" {
			if _, err := time.LoadLocation(s.Zone); err != nil {
				v.fault("zone", "%q is not a time zone such as %s", s.Zone, khue.DefaultZone)
			}
		}
		if s.Timeout < 0 || s.MaxTime < 0 || s.Settle < 0 || s.Retry.Wait < 0 || s.Retry.MaxWait < 0 {
			v.fault("", "a duration cannot be negative")
		}
		switch s.Keep {
		case "", keepRows, keepNone:
		case keepWhole:
			if s.Kind != kindFiles {
				v.fault("keep", "keep: whole is for sources of kind files")
			}
		default:
			v.fault("keep", "keep is whole, rows or none, not %q", s.Keep)
		}
		v.schedule(&s)
		if len(s.Datasets) == 0 {
			v.fault("", "the source feeds no dataset")
		}
		for _, dataset := range names(s.Datasets) {
			ds := s.Datasets[dataset]
			v := validator{d: d, at: name + "/datasets/" + dataset}
			v.dataset(dataset, &s, &ds, dict)
		}
	}
}

// schedule checks all but the cron text, which the scheduler reads.
func (v *validator) schedule(s *SourceConfig) {
	c := s.Schedule
	if v.has("schedule") && !c.Set() {
		v.fault("schedule", "a schedule needs cron, or after: what it follows")
	}
	if !slices.Contains([]string{"", "none", "latest", "all"}, c.CatchUp) {
		v.fault("schedule/catch_up", "catch_up is none, latest or all, not %q", c.CatchUp)
	}
	if !slices.Contains([]string{"", "again", "leave"}, c.CutOff) {
		v.fault("schedule/cut_off", "cut_off is again or leave, not %q", c.CutOff)
	}
	if c.Cap < 0 || c.Cap > 0 && c.CatchUp != "all" {
		v.fault("schedule/cap", "cap is a number of due times, for catch_up all")
	}
	if c.Wait != 0 && len(c.After) == 0 {
		v.fault("schedule/wait", "wait means nothing without after")
	}
	for key, d := range map[string]time.Duration{
		"schedule/jitter": c.Jitter, "schedule/wait": c.Wait, "schedule/time_limit": c.TimeLimit, "stale_after": s.StaleAfter,
	} {
		if d < 0 {
			v.fault(key, "a duration cannot be negative")
		}
	}
	if s.Owner != "" {
		if a, err := mail.ParseAddress(s.Owner); err != nil || a.Address != s.Owner {
			v.fault("owner", "%q is not an e-mail address", s.Owner)
		}
	}
}

type validator struct {
	d  *decoder
	at string
}

func (v *validator) fault(key, format string, args ...any) {
	v.d.fault(strings.TrimSuffix(v.at+"/"+key, "/"), format, args...)
}

func (v *validator) has(key string) bool {
	_, ok := v.d.lines[v.at+"/"+key]
	return ok
}

// foreign finds keys that this kind of source does not read.
func (v *validator) foreign(table map[string]string, kind string) {
	for _, key := range names(table) {
		if table[key] != kind && v.has(key) {
			v.fault(key, "the key %s is for sources of kind %s; this one is of kind %s", key, table[key], kind)
		}
	}
}

func (v *validator) sql(s *SourceConfig) {
	if (s.DSN == "") == (s.DSNFile == "") {
		v.fault("dsn", "a SQL source needs either dsn or dsn_file")
	}
	switch s.Driver {
	case "", driverSQLite, driverPostgres, driverMySQL:
	default:
		v.fault("driver", "driver is sqlite, postgres or mysql, not %q", s.Driver)
	}
}

func (v *validator) files(s *SourceConfig) {
	if (s.Folder == "") == (s.File == "") {
		v.fault("folder", "a source of files needs either folder or file")
	}
	v.pattern(s.Pattern)
	if s.MaxFile < 0 {
		v.fault("max_file", "max_file is a number of bytes")
	}
	if !strings.HasPrefix(s.Folder, s3Scheme) {
		if v.has("s3") {
			v.fault("s3", "s3 is for folders named s3://bucket/prefix")
		}
		return
	}
	if _, _, ok := bucketOf(s.Folder); !ok {
		v.fault("folder", "a folder in a bucket is named s3://bucket/prefix")
	}
	if u, err := url.Parse(s.S3.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		v.fault("s3", "a bucket needs s3/endpoint, the address of the service with http or https and no path")
	}
	access, secret := s.S3.AccessKey != "" || s.S3.AccessKeyFile != "", s.S3.SecretKey != "" || s.S3.SecretKeyFile != ""
	if access != secret {
		v.fault("s3", "access_key and secret_key go together; a public bucket needs neither")
	}
}

func (v *validator) pattern(p string) {
	if _, err := filepath.Match(p, "x"); err != nil {
		v.fault("pattern", "%q is not a pattern of file names such as bao-cao-*.xlsx", p)
	}
}

func (v *validator) dataset(name string, s *SourceConfig, c *DatasetConfig, dict *dictionaries) {
	contract, ok := khue.DatasetOf(name)
	if !ok {
		var known []string
		for _, d := range khue.Datasets() {
			known = append(known, d.Name)
		}
		v.fault("", "there is no dataset %q; there are %s", name, strings.Join(known, ", "))
		return
	}
	v.foreign(datasetBelongs, s.Kind)
	switch s.Kind {
	case kindREST:
		v.restDataset(c)
	case kindSQL:
		v.sqlDataset(c)
	case kindFiles:
		v.filesDataset(c)
	}
	if c.Lag < 0 || c.LookBack < 0 || c.Incremental.Lag < 0 || c.Incremental.LookBack < 0 {
		v.fault("", "a duration cannot be negative")
	}
	if s.Kind != kindSQL && len(c.Reconcile.Sum) > 0 {
		v.fault("reconcile", "sum is for sources of kind sql, which can be asked for it")
	}
	if how := c.Reconcile.OnMismatch; how != "" && how != mismatchFails && how != mismatchWarns {
		v.fault("reconcile", "on_mismatch is fail or warn, not %q", how)
	}
	if s.Keep == keepWhole && c.hides() {
		v.fault("hash", "a file that is kept whole shows what is hashed; set the source's keep to rows")
	}
	if l := c.Sweep.Limit; l != nil && (*l < 0 || *l > 100) {
		v.fault("sweep/limit", "limit is a share of records in a hundred")
	}
	if (c.Sweep.WideAt != "") != (c.Sweep.Wide != 0) {
		v.fault("sweep", "a wide sweep needs both: wide says how far back, wide_at when")
	}
	compile(contract, c, time.UTC, dict, time.Time{}, v.fault)
}

func (v *validator) sqlDataset(c *DatasetConfig) {
	if (c.Table == "") == (c.Query == "") {
		v.fault("table", "a SQL dataset needs either table or query")
	}
	if c.ID == "" {
		v.fault("id", "a SQL dataset needs id, a column without doubles: pages are cut by it")
	}
	if c.CursorFormat != "" {
		if _, err := layoutOf(c.CursorFormat, true); err != nil {
			v.fault("cursor_format", "%v", err)
		}
	}
	if c.Cursor == "" && (c.Lag != 0 || c.LookBack != 0 || c.CursorFormat != "") {
		v.fault("cursor", "lag, look_back and cursor_format mean nothing without cursor")
	}
	if c.NullCursor != "" && (c.Cursor == "" || c.NullCursor != nullCursorRead && c.NullCursor != nullCursorRefuse) {
		v.fault("null_cursor", "null_cursor is read or refuse, and stands beside cursor")
	}
	if v.has("reconcile") && len(c.Reconcile.Sum) == 0 && c.Reconcile.OnMismatch == "" {
		v.fault("reconcile", "reconcile needs sum: a list of columns")
	}
	if c.PageSize < 0 {
		v.fault("page_size", "page_size is a number of rows")
	}
}

func (v *validator) filesDataset(c *DatasetConfig) {
	v.pattern(c.Pattern)
	if utf8.RuneCountInString(c.Delimiter) > 1 && c.Delimiter != `\t` {
		v.fault("delimiter", "delimiter is one character")
	}
	if c.Encoding != "" {
		if _, err := encodingOf(c.Encoding); err != nil {
			v.fault("encoding", "%v", err)
		}
	}
	if c.HeaderRow < 0 {
		v.fault("header_row", "header_row counts from 1")
	}
	if c.HeaderRows < 0 || c.HeaderRows > 5 {
		v.fault("header_rows", "a header has 1 to 5 rows")
	}
	if c.Sheet != "" && c.Sheets != "" {
		v.fault("sheets", "name one sheet (sheet), or several (sheets), not both")
	}
	if _, err := filepath.Match(c.Sheets, "x"); err != nil {
		v.fault("sheets", "sheets is all or a pattern of names such as Tháng *, not %q", c.Sheets)
	}
	if c.HiddenRows != "" && c.HiddenRows != "read" && c.HiddenRows != "skip" {
		v.fault("hidden_rows", "hidden_rows is read or skip, not %q", c.HiddenRows)
	}
}
