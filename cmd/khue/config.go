package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"khue"
	"khue/ingest"
)

// Secret is a setting that is never printed.
type Secret string

// String hides the secret.
func (Secret) String() string { return "***" }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Config is what khue.yaml says; every key is also a variable KHUE_….
type Config struct {
	Data        string `yaml:"data" env:"DATA"`               // folder of state, and of the warehouse when it is embedded
	Addr        string `yaml:"addr" env:"ADDR"`               // host:port the server listens on
	DSN         Secret `yaml:"dsn" env:"DSN"`                 // warehouse; embedded in the data folder when empty
	DSNFile     string `yaml:"dsn_file" env:"DSN_FILE"`       // file that holds the DSN
	Zone        string `yaml:"zone" env:"ZONE"`               // IANA name
	Language    string `yaml:"language" env:"LANGUAGE"`       // vi or en: of messages on the command line
	Definitions string `yaml:"definitions" env:"DEFINITIONS"` // folder over the embedded definitions
	// Whether guests may look at pages of figures and download what is published.
	Public bool `yaml:"public" env:"PUBLIC"`
	// Addresses of proxies whose word is taken for where a request comes from.
	TrustedProxies []string `yaml:"trusted_proxies" env:"TRUSTED_PROXIES"`
	// host:port on which /metrics and /debug/pprof/ are answered, to whoever reaches it;
	// "" answers them nowhere.
	PrivateAddr string `yaml:"private_addr" env:"PRIVATE_ADDR"`
	// Settings of the time before there were accounts: see retiredSettings.
	Uploads             *bool `yaml:"uploads" env:"UPLOADS"`
	Actions             *bool `yaml:"actions" env:"ACTIONS"`
	ConfidentialReports *bool `yaml:"confidential_reports" env:"CONFIDENTIAL_REPORTS"`
	// Where readers reach the pages, as https://khue.example.vn: issued reports carry
	// the address of their page. "" prints none.
	PublicURL string `yaml:"public_url" env:"PUBLIC_URL"`

	State  State  `yaml:"state" envPrefix:"STATE_"`
	Alerts Alerts `yaml:"alerts" envPrefix:"ALERTS_"`
	Log    Log    `yaml:"log" envPrefix:"LOG_"`
	Engine Engine `yaml:"engine" envPrefix:"ENGINE_"`
	Map    Map    `yaml:"map" envPrefix:"MAP_"`
	API    API    `yaml:"api" envPrefix:"API_"`
	SQL    SQL    `yaml:"sql" envPrefix:"SQL_"`
	OIDC   OIDC   `yaml:"oidc" envPrefix:"OIDC_"`

	Raw     Raw     `yaml:"raw" envPrefix:"RAW_"`
	Privacy Privacy `yaml:"privacy" envPrefix:"PRIVACY_"`

	ReportPlans map[string]ReportPlan `yaml:"report_plans" env:"-"` // reports that are drafted by themselves
	Delivery    Delivery              `yaml:"delivery" envPrefix:"DELIVERY_"`

	Aliases yaml.Node `yaml:"aliases" env:"-"` // names of the city's own for areas and disciplines
	aliases ingest.Aliases

	Sources yaml.Node     `yaml:"sources" env:"-"`
	sources ingest.Config // decoded
	file    string
	root    yaml.Node // the whole file, to find the lines of faults
}

// State is where the small transactional things are kept.
type State struct {
	DSN     Secret `yaml:"dsn" env:"DSN"`           // postgres://…; a file in the data folder when empty
	DSNFile string `yaml:"dsn_file" env:"DSN_FILE"` // file that holds the DSN
}

// Log is how the program speaks to its operator.
type Log struct {
	Level  string `yaml:"level" env:"LEVEL"`   // debug, info, warn, error
	Format string `yaml:"format" env:"FORMAT"` // text, json
}

// Engine is about the embedded ClickHouse.
type Engine struct {
	Library string `yaml:"library" env:"LIBRARY"` // path of libchdb
}

// Raw is about the archive of what was read.
type Raw struct {
	Dir     string      `yaml:"dir" env:"DIR"`           // folder; raw in the data folder when empty
	KeepFor ingest.Days `yaml:"keep_for" env:"KEEP_FOR"` // as 400d; for ever when empty
}

// Privacy is about what must be linked and not known.
type Privacy struct {
	KeyFile string `yaml:"key_file" env:"KEY_FILE"` // of keyed hashes; privacy.key in the data folder when empty
}

// Map is about the maps of areas.
type Map struct {
	Boundaries string `yaml:"boundaries" env:"BOUNDARIES"` // GeoJSON of areas, WGS 84; maps are made of tiles when empty
	Residents  string `yaml:"residents" env:"RESIDENTS"`   // CSV of the residents of areas; nothing is said per resident when empty
}

func defaults() Config {
	return Config{
		Data: "./data", Addr: "127.0.0.1:8080", Zone: khue.DefaultZone, Language: string(khue.Vietnamese),
		Log: Log{Level: "info", Format: "text"},
	}
}

// defaultConfig is read when no file is named and it is there.
const defaultConfig = "khue.yaml"

// LoadConfig reads the file (the default one may be absent) and the environment
// over it. Faults of the whole file come at once, each with its line.
func LoadConfig(path string, lookup func(string) (string, bool)) (Config, error) {
	c := defaults()
	named := path != ""
	if !named {
		if v, ok := lookup("KHUE_CONFIG"); ok && v != "" {
			path, named = v, true
		} else {
			path = defaultConfig
		}
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !named:
		path = ""
	case err != nil:
		return Config{}, khue.Errorf(khue.NotFound,
			"không đọc được tệp cấu hình %s", "the configuration file %s cannot be read", path).Because(err)
	}
	return parseConfig(c, path, text, lookup)
}

func parseConfig(c Config, path string, text []byte, lookup func(string) (string, bool)) (Config, error) {
	c.file = path
	var faults khue.Faults
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && len(strings.TrimSpace(string(text))) > 0 && err.Error() != "EOF" {
		faults = append(faults, yamlFaults(path, err)...)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err == nil && len(document.Content) > 0 {
		c.root = *document.Content[0]
	}
	environment := map[string]string{}
	for _, line := range os.Environ() {
		if name, _, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "KHUE_") {
			if v, ok := lookup(name); ok {
				environment[name] = v
			}
		}
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: "KHUE_", Environment: environment}); err != nil {
		faults.Add("environment", 0, "%v", err)
	}
	for _, secret := range []struct {
		value *Secret
		file  string
		key   []string
	}{
		{&c.DSN, c.DSNFile, []string{"dsn_file"}},
		{&c.State.DSN, c.State.DSNFile, []string{"state", "dsn_file"}},
		{&c.SQL.URL, c.SQL.URLFile, []string{"sql", "url_file"}},
		{&c.Alerts.Email.Password, c.Alerts.Email.PasswordFile, []string{"alerts", "email", "password_file"}},
		{&c.OIDC.ClientSecret, c.OIDC.ClientSecretFile, []string{"oidc", "client_secret_file"}},
		{&c.Alerts.Webhook.URL, "", nil},
		{&c.Alerts.Webhook.Secret, c.Alerts.Webhook.SecretFile, []string{"alerts", "webhook", "secret_file"}},
	} {
		secretFrom(secret.value, secret.file, lookup, func(format string, args ...any) {
			faults.Add(path, lineOf(&c.root, secret.key...), strings.Join(secret.key, ".")+": "+format, args...)
		})
	}
	c.revealRecipients(lookup, &faults)
	sources, more := ingest.Decode(path, &c.Sources, lookup)
	c.sources = sources
	faults = append(faults, more...)
	c.scheduleFaults(&c.Sources, &faults)
	c.sweepFaults(&c.Sources, &faults)
	aliases, more := ingest.DecodeAliases(path, &c.Aliases)
	c.aliases = aliases
	faults = append(faults, more...)
	return c, faults.Err()
}

var typeInMessage = regexp.MustCompile(` in type main\.\w+`)

var lineInMessage = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlFaults turns the decoder's error, which gathers all it found, into faults with lines.
func yamlFaults(path string, err error) khue.Faults {
	var faults khue.Faults
	messages := []string{err.Error()}
	var types *yaml.TypeError
	if errors.As(err, &types) {
		messages = types.Errors
	}
	for _, m := range messages {
		line := 0
		if parts := lineInMessage.FindStringSubmatch(m); parts != nil {
			line, _ = strconv.Atoi(parts[1])
			m = parts[2]
		}
		m = typeInMessage.ReplaceAllString(m, "; see docs for the keys")
		faults.Add(path, line, "%s", m)
	}
	return faults
}

// expand puts variables into a text: ${NAME}. A variable that is not set gives nothing.
func expand(s string, lookup func(string) (string, bool)) string {
	return os.Expand(s, func(name string) string {
		v, _ := lookup(name)
		return v
	})
}

// Validate checks what the file, the environment and the flags say together.
func (c Config) Validate() error {
	var faults khue.Faults
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		faults.Add(c.file, lineOf(&c.root, "zone"), "zone: %q is not a time zone; write a name such as Asia/Ho_Chi_Minh", c.Zone)
	}
	if _, err := khue.ParseLang(c.Language); err != nil {
		faults.Add(c.file, lineOf(&c.root, "language"), "language: %v", err)
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		faults.Add(c.file, lineOf(&c.root, "addr"), "addr: %q is not host:port", c.Addr)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		faults.Add(c.file, lineOf(&c.root, "log", "level"), "log.level: %q is none of debug, info, warn, error", c.Log.Level)
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		faults.Add(c.file, lineOf(&c.root, "log", "format"), "log.format: %q is neither text nor json", c.Log.Format)
	}
	if c.Raw.KeepFor < 0 {
		faults.Add(c.file, lineOf(&c.root, "raw", "keep_for"), "raw.keep_for: a time cannot be negative")
	}
	if c.Data == "" {
		faults.Add(c.file, lineOf(&c.root, "data"), "data: a folder is needed")
	}
	if c.PublicURL != "" && !isWebAddress(c.PublicURL) {
		faults.Add(c.file, lineOf(&c.root, "public_url"), "public_url: %q is no address such as https://khue.example.vn", c.PublicURL)
	}
	if err := c.API.fault(); err != nil {
		faults.Add(c.file, lineOf(&c.root, "api", "burst"), "%v", err)
	}
	c.validateAccess(&faults)
	c.validateOIDC(&faults)
	c.validateAlerts(&faults)
	c.validateReports(&faults)
	return faults.Err()
}

// isWebAddress tells that a text is the beginning of addresses on the web.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// reportPage is the address of a report's page as readers reach it; "" where that is
// not configured.
func (c Config) reportPage(id int64) string {
	if c.PublicURL == "" {
		return ""
	}
	return fmt.Sprintf("%s/reports/%d", strings.TrimRight(c.PublicURL, "/"), id)
}

// RawDir is the archive's folder.
func (c Config) RawDir() string {
	if c.Raw.Dir != "" {
		return c.Raw.Dir
	}
	return filepath.Join(c.Data, "raw")
}

// PrivacyKeyFile is where the key of keyed hashes lies.
func (c Config) PrivacyKeyFile() string {
	if c.Privacy.KeyFile != "" {
		return c.Privacy.KeyFile
	}
	return filepath.Join(c.Data, "privacy.key")
}

// WarehouseDSN is where the warehouse is: the embedded one in the data folder
// unless another is named.
func (c Config) WarehouseDSN() string {
	if c.DSN != "" {
		return string(c.DSN)
	}
	return "embedded://" + filepath.Join(c.Data, "warehouse")
}

// StateDSN is where the state is kept: a file in the data folder unless a
// database is named.
func (c Config) StateDSN() string {
	if c.State.DSN != "" {
		return string(c.State.DSN)
	}
	return filepath.Join(c.Data, "state.db")
}

// Simulated tells whether any source is a simulation.
func (c Config) Simulated() bool {
	for _, s := range c.sources {
		if s.Simulated {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// lineOf finds the line of a key below a mapping; 0 when it is not there.
func lineOf(n *yaml.Node, keys ...string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != keys[0] {
			continue
		}
		if len(keys) == 1 {
			return n.Content[i].Line
		}
		return lineOf(n.Content[i+1], keys[1:]...)
	}
	return 0
}

// origin names where the settings came from, for messages.
func (c Config) origin() string {
	if c.file == "" {
		return "the defaults and the environment"
	}
	return fmt.Sprintf("%s and the environment", c.file)
}
