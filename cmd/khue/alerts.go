package main

import (
	"net/mail"
	"net/url"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/alerts"
	"khue/scheduler"
)

// Alerts is who is told when a job fails or data grow old, and how.
type Alerts struct {
	Language      string       `yaml:"language" env:"LANGUAGE"`             // vi or en; messages are in both when empty
	AfterFailures int          `yaml:"after_failures" env:"AFTER_FAILURES"` // failures in a row that count as failing; 1 by default
	Email         AlertEmail   `yaml:"email" envPrefix:"EMAIL_"`
	Webhook       AlertWebhook `yaml:"webhook" envPrefix:"WEBHOOK_"`
}

// AlertEmail is the mail server.
type AlertEmail struct {
	Host         string   `yaml:"host" env:"HOST"`
	Port         int      `yaml:"port" env:"PORT"`         // by security when 0
	Security     string   `yaml:"security" env:"SECURITY"` // starttls (default), tls or none
	Username     string   `yaml:"username" env:"USERNAME"`
	Password     Secret   `yaml:"password" env:"PASSWORD"`
	PasswordFile string   `yaml:"password_file" env:"PASSWORD_FILE"`
	CAFile       string   `yaml:"ca_file" env:"CA_FILE"` // certificates to trust beside the system's
	From         string   `yaml:"from" env:"FROM"`
	To           []string `yaml:"to" env:"TO"` // who is told of a source without an owner
}

// AlertWebhook is an address that takes notices as JSON.
type AlertWebhook struct {
	URL        Secret `yaml:"url" env:"URL"` // it may hold a key
	Secret     Secret `yaml:"secret" env:"SECRET"`
	SecretFile string `yaml:"secret_file" env:"SECRET_FILE"`
}

// secretFrom puts variables into a secret, or reads it from its file.
func secretFrom(s *Secret, file string, lookup func(string) (string, bool), fault func(format string, args ...any)) {
	*s = Secret(expand(string(*s), lookup))
	if file == "" {
		return
	}
	b, err := os.ReadFile(file)
	if err != nil {
		fault("the file %s cannot be read", file)
		return
	}
	*s = Secret(strings.TrimSpace(string(b)))
}

// validateAlerts adds the faults of the part alerts.
func (c *Config) validateAlerts(faults *khue.Faults) {
	a := c.Alerts
	fault := func(keys []string, format string, args ...any) {
		keys = append([]string{"alerts"}, keys...)
		line := 0
		for n := len(keys); n > 0 && line == 0; n-- {
			line = lineOf(&c.root, keys[:n]...)
		}
		faults.Add(c.file, line, strings.Join(keys, ".")+": "+format, args...)
	}
	if _, err := khue.ParseLang(a.Language); a.Language != "" && err != nil {
		fault([]string{"language"}, "%v", err)
	}
	if a.AfterFailures < 0 {
		fault([]string{"after_failures"}, "is a number of failures")
	}
	mailFaults(a.Email, func(key, format string, args ...any) { fault([]string{"email", key}, format, args...) })
	if a.Webhook.URL != "" {
		if u, err := url.Parse(string(a.Webhook.URL)); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			fault([]string{"webhook", "url"}, "a webhook needs a url with http or https")
		}
	}
}

// mailFaults finds what is wrong with a mail server.
func mailFaults(e AlertEmail, fault func(key, format string, args ...any)) {
	switch e.Security {
	case "", alerts.StartTLS, alerts.TLS, alerts.Plain:
	default:
		fault("security", "%q is none of starttls, tls, none", e.Security)
	}
	if e.Host != "" || e.From != "" || len(e.To) > 0 {
		if e.Host == "" {
			fault("host", "mail needs the host of a mail server")
		}
		if !isAddress(e.From) {
			fault("from", "%q is not an e-mail address", e.From)
		}
		for _, to := range e.To {
			if !isAddress(to) {
				fault("to", "%q is not an e-mail address", to)
			}
		}
		if e.Port < 0 || e.Port > 65535 {
			fault("port", "%d is not a port", e.Port)
		}
		if e.Security == alerts.Plain && e.Username != "" {
			fault("security", "a password is not sent in the clear: use starttls or tls")
		}
	}
}

func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// alerter tells of what the watches see.
func (o *Observatory) alerter() *alerts.Alerts {
	c := o.Config.Alerts
	options := alerts.Options{Now: o.Now, Zone: o.Zone, Logger: o.Log, Language: khue.Lang(c.Language), AfterFailures: c.AfterFailures}
	if c.Email.Host != "" {
		e := c.Email
		options.Email = &alerts.Email{
			Host: e.Host, Port: e.Port, Security: e.Security, Username: e.Username, Password: string(e.Password), CAFile: e.CAFile, From: e.From, To: e.To,
		}
	}
	if c.Webhook.URL != "" {
		options.Webhook = &alerts.Webhook{URL: string(c.Webhook.URL), Secret: string(c.Webhook.Secret)}
	}
	return alerts.New(o.State, options, o.watches()...)
}

// watches are on the pulls of the sources that are pulled by themselves or say how old
// their data may grow, and on the reports that draft themselves.
func (o *Observatory) watches() []alerts.Watch {
	var watches []alerts.Watch
	for _, name := range sortedKeys(o.Config.sources) {
		source := o.Config.sources[name]
		if !source.Schedule.Set() && source.StaleAfter == 0 {
			continue
		}
		vi, en := "Nguồn "+name, "Source "+name
		if source.Label.VI != "" {
			vi, en = "Nguồn "+source.Label.VI, "Source "+source.Label.In(khue.English)
		}
		watches = append(watches, alerts.Watch{
			Job: pullJob(name), Name: khue.Text{VI: vi, EN: en}, Owner: source.Owner, StaleAfter: o.staleAfter(name),
		})
	}
	for _, name := range sortedKeys(o.Config.ReportPlans) {
		watches = append(watches, alerts.Watch{Job: planJob(name), Name: khue.Text{VI: "Kế hoạch báo cáo " + name, EN: "Report plan " + name}})
	}
	return watches
}

// leastStale keeps sources that are pulled every few minutes from being called
// stale for one late pull.
const leastStale = time.Hour

// staleAfter is how old the last pull of a source may be: as configured, or
// twice the longest pause between its due times.
func (o *Observatory) staleAfter(name string) time.Duration {
	source := o.Config.sources[name]
	if source.StaleAfter > 0 || source.Schedule.Cron == "" {
		return source.StaleAfter
	}
	schedule, err := scheduler.ParseSpec(source.Schedule.Cron)
	if err != nil {
		return 0
	}
	return max(2*scheduler.Interval(schedule, o.Now().In(o.Zone)), leastStale)
}

// scheduleFaults finds schedules that cannot be read, and sources that follow
// what is not there.
func (c *Config) scheduleFaults(node *yaml.Node, faults *khue.Faults) {
	lineAt := func(name string, key string) int {
		if line := lineOf(node, name, "schedule", key); line > 0 {
			return line
		}
		return lineOf(node, name, "schedule")
	}
	after := map[string][]string{}
	for _, name := range sortedKeys(c.sources) {
		s := c.sources[name].Schedule
		if s.Cron != "" {
			if _, err := scheduler.ParseSpec(s.Cron); err != nil {
				faults.Add(c.file, lineAt(name, "cron"), "sources.%s.schedule: %v", name, err)
			}
		}
		if s.Set() {
			after[pullJob(name)] = c.follows(s.After)
		}
	}
	scheduler.CheckOrder(after, func(job, format string, args ...any) {
		name := strings.TrimPrefix(job, pullJob(""))
		faults.Add(c.file, lineAt(name, "after"), "sources."+name+".schedule.after: "+format, args...)
	})
}

// follows turns names of sources into names of their jobs.
func (c *Config) follows(names []string) []string {
	var jobs []string
	for _, name := range names {
		if _, ok := c.sources[name]; ok {
			name = pullJob(name)
		}
		jobs = append(jobs, name)
	}
	return jobs
}
