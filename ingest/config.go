package ingest

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"khue"
)

// Config is the part "sources" of khue.yaml: source systems by name.
type Config map[string]SourceConfig

// The kinds of source.
const (
	kindREST  = "rest"
	kindSQL   = "sql"
	kindFiles = "files"
)

// SourceConfig is one source system: how to reach it and which datasets it feeds.
type SourceConfig struct {
	Kind      string    `yaml:"kind"`
	Label     khue.Text `yaml:"label"`     // for people
	Simulated bool      `yaml:"simulated"` // every page and report says so
	Schedule  Schedule  `yaml:"schedule"`  // when it is pulled, read by the scheduler
	Keep      string    `yaml:"keep"`      // what is kept of what was read: whole, rows or none
	Zone      string    `yaml:"zone"`      // zone of times written without one; the observatory's by default

	Owner      string        `yaml:"owner"`       // e-mail address of who is told when it fails or its data are stale
	StaleAfter time.Duration `yaml:"stale_after"` // age of the last success that counts as stale

	URL     string        `yaml:"url"`      // rest
	Auth    Auth          `yaml:"auth"`     // rest
	Timeout time.Duration `yaml:"timeout"`  // rest: of one request; sql: of one query
	MaxBody int64         `yaml:"max_body"` // rest: bytes of one answer
	Retry   Retry         `yaml:"retry"`    // rest, sql
	MaxTime time.Duration `yaml:"max_time"` // of one reading; 12h by default

	CAFile    string `yaml:"ca_file"`    // rest: authorities to trust beside the system's, in PEM form
	RateLimit string `yaml:"rate_limit"` // rest: requests of all readings together, as 5/s, 100/m or 1000/h

	Driver  string `yaml:"driver"` // sql: sqlite, postgres or mysql; told from the DSN by default
	DSN     Secret `yaml:"dsn"`
	DSNFile string `yaml:"dsn_file"`

	Folder  string        `yaml:"folder"`   // files: of this machine, or s3://bucket/prefix
	S3      S3            `yaml:"s3"`       // files: how the bucket is reached
	MaxFile int64         `yaml:"max_file"` // files: bytes, unpacked; 4 GiB when 0
	File    string        `yaml:"file"`     // files: instead of a folder
	Pattern string        `yaml:"pattern"`  // files: names in the folder, as "bao-cao-*.xlsx"
	Settle  time.Duration `yaml:"settle"`   // files: how long a file must have been left alone

	Datasets map[string]DatasetConfig `yaml:"datasets"`
}

// Schedule is when a source is pulled. The short form is the cron text alone.
type Schedule struct {
	Cron      string        `yaml:"cron"`       // five fields or "@every 5m", in the observatory's zone
	CatchUp   string        `yaml:"catch_up"`   // none, latest or all, of due times that passed while nothing ran; latest by default
	Cap       int           `yaml:"cap"`        // most due times that catch_up all makes up for
	Jitter    time.Duration `yaml:"jitter"`     // each start is up to that much later
	After     []string      `yaml:"after"`      // sources (or jobs) that must have been pulled well first
	Wait      time.Duration `yaml:"wait"`       // how long it waits for those
	Paused    bool          `yaml:"paused"`     // its due times are noted and left out
	TimeLimit time.Duration `yaml:"time_limit"` // of one pull
	CutOff    string        `yaml:"cut_off"`    // again or leave: what becomes of a pull whose process died; again by default
}

// Set tells whether the source is pulled by itself.
func (s Schedule) Set() bool { return s.Cron != "" || len(s.After) > 0 }

// UnmarshalYAML takes the cron text alone or the long form.
func (s *Schedule) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Cron = n.Value
		return nil
	}
	type long Schedule
	return n.Decode((*long)(s))
}

// Auth is how a REST source knows us; at most one way.
type Auth struct {
	Bearer       Secret `yaml:"bearer"`
	BearerFile   string `yaml:"bearer_file"`
	Username     string `yaml:"username"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	Header       string `yaml:"header"` // name of the header that carries an API key
	Key          Secret `yaml:"key"`
	KeyFile      string `yaml:"key_file"`
	OAuth2       OAuth2 `yaml:"oauth2"`
}

// Retry bounds how often and how patiently a source is asked again.
type Retry struct {
	Max     int           `yaml:"max"`      // 5 when 0; -1 for never
	Wait    time.Duration `yaml:"wait"`     // first pause, doubled each time; 500ms when 0
	MaxWait time.Duration `yaml:"max_wait"` // longest pause; 30s when 0
}

// DatasetConfig is how one dataset is read from a source and mapped.
type DatasetConfig struct {
	Path        string            `yaml:"path"`        // rest
	Method      string            `yaml:"method"`      // rest: GET (default), or POST: parameters then go into the body
	Body        map[string]any    `yaml:"body"`        // rest: of a POST, as JSON
	Parameters  map[string]string `yaml:"parameters"`  // rest: sent with every request
	Records     string            `yaml:"records"`     // rest: where the list is, as "data.items"
	Shape       string            `yaml:"shape"`       // rest: what the records are in: list (default), map, or object for a single one
	Lines       bool              `yaml:"lines"`       // rest: a record a line; told from the content type as well
	Conditional *bool             `yaml:"conditional"` // rest: false to read a whole list again though the source says it did not change
	Paging      Paging            `yaml:"paging"`      // rest
	Incremental Incremental       `yaml:"incremental"` // rest

	Table        string        `yaml:"table"` // sql
	Query        string        `yaml:"query"` // sql: instead of a table
	Cursor       string        `yaml:"cursor"`
	CursorFormat string        `yaml:"cursor_format"` // sql: form of a cursor kept as text
	Lag          time.Duration `yaml:"lag"`
	LookBack     time.Duration `yaml:"look_back"`
	PageSize     int           `yaml:"page_size"`
	NullCursor   string        `yaml:"null_cursor"` // sql: what is done about rows without a cursor: read (default) or refuse

	Reconcile Reconcile `yaml:"reconcile"`

	Pattern    string   `yaml:"pattern"` // files
	Sheet      string   `yaml:"sheet"`
	Sheets     string   `yaml:"sheets"`      // files: all, or a pattern of names
	HeaderRow  int      `yaml:"header_row"`  // files: found by its columns when 0
	HeaderRows int      `yaml:"header_rows"` // files: rows that the header is made of; told from the names of columns when 0
	FillDown   []string `yaml:"fill_down"`   // files: columns whose empty cells take what stands above
	StopWhen   []string `yaml:"stop_when"`   // files: texts that begin what stands below the table
	HiddenRows string   `yaml:"hidden_rows"` // files: read (the default) or skip
	Delimiter  string   `yaml:"delimiter"`   // files: of CSV; told from the first lines when empty
	Encoding   string   `yaml:"encoding"`    // files: of CSV; UTF-8, or UTF-16 by its mark, when empty

	SkipWhen map[string][]string    `yaml:"skip_when"` // rows whose column holds one of these are no data
	Where    string                 `yaml:"where"`     // expression: only rows for which it holds are data
	Unpivot  *Unpivot               `yaml:"unpivot"`
	ID       string                 `yaml:"id"`  // column that holds the record id
	Key      []string               `yaml:"key"` // else the fields that make it
	Deleted  string                 `yaml:"deleted"`
	Scope    Scope                  `yaml:"scope"`
	Replace  bool                   `yaml:"replace"` // a scope read again replaces what it said before
	Fields   map[string]FieldConfig `yaml:"fields"`

	Hash  map[string]string `yaml:"hash"` // column: keyed, for columns that no field has, such as the id
	Sweep Sweep             `yaml:"sweep"`
}

// Sweep is how often a source is looked through beyond its regular pulls.
type Sweep struct {
	Keys   string `yaml:"keys"`    // cron spec: all ids are read, records that are gone are retracted
	Wide   Days   `yaml:"wide"`    // how far back the wide sweep reads again
	WideAt string `yaml:"wide_at"` // cron spec of the wide sweep
	Limit  *int   `yaml:"limit"`   // most records in a hundred that a key sweep may retract; 20 by default
}

// Days is a duration that may be written in days: "30d".
type Days time.Duration

// ParseDays reads "30d" or what time.ParseDuration reads.
func ParseDays(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.Atoi(n)
		if err != nil || days < 0 {
			return 0, fmt.Errorf("%q is no number of days such as 30d", s)
		}
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is neither days such as 30d nor a duration such as 36h", s)
	}
	return d, nil
}

// UnmarshalText reads the written form.
func (d *Days) UnmarshalText(b []byte) error {
	v, err := ParseDays(string(b))
	*d = Days(v)
	return err
}

// UnmarshalYAML reads the written form and tells the line of a fault.
func (d *Days) UnmarshalYAML(n *yaml.Node) error {
	if err := d.UnmarshalText([]byte(n.Value)); err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %v", n.Line, err)}}
	}
	return nil
}

// Paging is how a REST source gives a long list.
type Paging struct {
	Kind          string `yaml:"kind"`      // cursor, page, offset, link; none when empty
	Parameter     string `yaml:"parameter"` // takes the cursor, page number or offset
	Next          string `yaml:"next"`      // cursor: where the next one is in the answer
	SizeParameter string `yaml:"size_parameter"`
	Size          int    `yaml:"size"`
	First         *int   `yaml:"first"`        // page: number of the first page, 1 by default
	MaxPages      int    `yaml:"max_pages"`    // 1,000,000 by default
	Total         string `yaml:"total"`        // where the answer says how long the whole list is
	TotalHeader   string `yaml:"total_header"` // or which header does
}

// Incremental is how a REST source is asked for changes only.
type Incremental struct {
	Parameter      string        `yaml:"parameter"`       // takes the moment to read from
	UntilParameter string        `yaml:"until_parameter"` // takes the moment to read to, if there is one
	Field          string        `yaml:"field"`           // the moment of change in a record
	Lag            time.Duration `yaml:"lag"`
	LookBack       time.Duration `yaml:"look_back"`
}

// Unpivot makes a row of each of several columns.
type Unpivot struct {
	Columns []string `yaml:"columns"`
	Name    string   `yaml:"name"`  // fields take the column's heading by this name
	Value   string   `yaml:"value"` // and its cell by this one
}

// Scope is "file", or the fields whose values make the scope.
type Scope []string

// UnmarshalYAML takes a word or a list.
func (s *Scope) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*s = Scope{n.Value}
		return nil
	}
	return n.Decode((*[]string)(s))
}

// FieldConfig is where one field of the contract comes from.
type FieldConfig struct {
	From       string            `yaml:"from"`
	Constant   *string           `yaml:"constant"`
	Expr       string            `yaml:"expr"`        // instead of a column: worked out of several, as number(row["A"]) + number(row["B"])
	Values     map[string]string `yaml:"values"`      // what the source writes: what the contract says
	ValuesFile string            `yaml:"values_file"` // more of them, in a file beside the configuration
	Match      string            `yaml:"match"`       // regular expression; its first group is the value
	Split      string            `yaml:"split"`       // separator of a list kept in one text
	Format     string            `yaml:"format"`      // of a date or time, as "dd/mm/yyyy"
	Number     string            `yaml:"number"`      // vi: 1.234,5; en: 1,234.5
	Grain      khue.Grain        `yaml:"grain"`       // period of this length that holds a date
	Min        *int64            `yaml:"min"`         // least number, where the contract sets none
	Hash       string            `yaml:"hash"`        // keyed: only a keyed hash of the column ever gets in
}

// UnmarshalYAML takes the short form "field: column" or the long one.
func (f *FieldConfig) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		f.From = n.Value
		return nil
	}
	type long FieldConfig
	return n.Decode((*long)(f))
}

// Secret is a text that is never printed.
type Secret string

const redacted = "(secret)"

// String hides the secret from every way of printing.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString hides it from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides it from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides it from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// reveal is the secret itself, from the file when one is named; files are read
// each time, so that a secret can be changed without a restart.
func (s Secret) reveal(file string) (string, error) {
	if file == "" {
		return string(s), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
