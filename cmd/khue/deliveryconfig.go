package main

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators"
	"khue/ingest"
	"khue/reports"
	"khue/scheduler"
)

// ReportPlan is a report that is drafted by itself.
type ReportPlan struct {
	Definition   string          `yaml:"definition"`
	Languages    []string        `yaml:"languages"` // vi when not said
	Period       string          `yaml:"period"`    // month, quarter or year; may be left out where the definition has one
	Area         string          `yaml:"area"`      // of a report that is of one: its code
	Edition      string          `yaml:"edition"`   // of a report that is of one: festival-design/2024
	Programme    string          `yaml:"programme"` // in the place of the definition's own
	Confidential bool            `yaml:"confidential"`
	Schedule     ingest.Schedule `yaml:"schedule"`   // when, and after which sources
	Recipients   []string        `yaml:"recipients"` // names, of what is issued
}

// Delivery is how issued reports reach their recipients.
type Delivery struct {
	Email      AlertEmail           `yaml:"email" envPrefix:"EMAIL_"`            // mail server; that of alerts when it has no host
	AttachMost int                  `yaml:"attach_most_mb" env:"ATTACH_MOST_MB"` // of a letter's files; 15 when not said
	Recipients map[string]Recipient `yaml:"recipients" env:"-"`
	// Reports are recipients by definition, of reports that no plan makes.
	Reports map[string][]string `yaml:"reports" env:"-"`
}

// Recipient is who gets issued reports, in one way.
type Recipient struct {
	Language     string   `yaml:"language"`  // of the letter; both when empty
	Languages    []string `yaml:"languages"` // of the files; all when empty
	Formats      []string `yaml:"formats"`   // of the files; all when empty
	Confidential bool     `yaml:"confidential"`

	Email   string          `yaml:"email"`
	Folder  string          `yaml:"folder"`
	S3      RecipientBucket `yaml:"s3"`
	Webhook AlertWebhook    `yaml:"webhook"`
}

// RecipientBucket is a place in an S3 store.
type RecipientBucket struct {
	URL           string `yaml:"url"`      // s3://bucket/prefix
	Endpoint      string `yaml:"endpoint"` // https://s3.example.vn
	Region        string `yaml:"region"`
	AccessKey     Secret `yaml:"access_key"`
	AccessKeyFile string `yaml:"access_key_file"`
	SecretKey     Secret `yaml:"secret_key"`
	SecretKeyFile string `yaml:"secret_key_file"`
}

// ways are the ways to a recipient, by their keys.
func (r Recipient) ways() map[string]string {
	out := map[string]string{}
	for key, where := range map[string]string{"email": r.Email, "folder": r.Folder, "s3": r.S3.URL, "webhook": string(r.Webhook.URL)} {
		if where != "" {
			out[key] = where
		}
	}
	return out
}

// revealRecipients puts variables into the secrets of recipients, or reads them from
// their files.
func (c *Config) revealRecipients(lookup func(string) (string, bool), faults *khue.Faults) {
	secretFrom(&c.Delivery.Email.Password, c.Delivery.Email.PasswordFile, lookup, func(format string, args ...any) {
		faults.Add(c.file, lineOf(&c.root, "delivery", "email", "password_file"), "delivery.email.password_file: "+format, args...)
	})
	for _, name := range sortedKeys(c.Delivery.Recipients) {
		r := c.Delivery.Recipients[name]
		for _, s := range []struct {
			value *Secret
			file  string
			keys  []string
		}{
			{&r.Webhook.URL, "", []string{"webhook", "url"}},
			{&r.Webhook.Secret, r.Webhook.SecretFile, []string{"webhook", "secret_file"}},
			{&r.S3.AccessKey, r.S3.AccessKeyFile, []string{"s3", "access_key_file"}},
			{&r.S3.SecretKey, r.S3.SecretKeyFile, []string{"s3", "secret_key_file"}},
		} {
			keys := append([]string{"delivery", "recipients", name}, s.keys...)
			secretFrom(s.value, s.file, lookup, func(format string, args ...any) {
				faults.Add(c.file, lineOf(&c.root, keys...), strings.Join(keys, ".")+": "+format, args...)
			})
		}
		c.Delivery.Recipients[name] = r
	}
}

// inFile adds faults with the line of the deepest of the keys that the file has.
type inFile struct {
	file   string
	root   *yaml.Node
	faults *khue.Faults
}

func (p inFile) fault(keys []string, format string, args ...any) {
	line := 0
	for n := len(keys); n > 0 && line == 0; n-- {
		line = lineOf(p.root, keys[:n]...)
	}
	p.faults.Add(p.file, line, strings.Join(keys, ".")+": "+format, args...)
}

// validateReports adds the faults of plans and of deliveries.
func (c *Config) validateReports(faults *khue.Faults) {
	p := inFile{c.file, &c.root, faults}
	for _, name := range sortedKeys(c.Delivery.Recipients) {
		c.recipientFaults(p, name)
	}
	mailFaults(c.Delivery.Email, func(key, format string, args ...any) { p.fault([]string{"delivery", "email", key}, format, args...) })
	if len(c.Delivery.Email.To) > 0 {
		p.fault([]string{"delivery", "email", "to"}, "name who gets reports under delivery.recipients")
	}
	if c.Delivery.AttachMost < 0 {
		p.fault([]string{"delivery", "attach_most_mb"}, "is a number of megabytes")
	}
	if len(c.ReportPlans) == 0 && len(c.Delivery.Reports) == 0 {
		return
	}
	definitions, err := c.reportDefinitions()
	if err != nil { // told by who reads the definitions
		definitions = nil
	}
	for _, name := range sortedKeys(c.ReportPlans) {
		c.planFaults(p, name, definitions)
	}
	for _, id := range sortedKeys(c.Delivery.Reports) {
		at := []string{"delivery", "reports", id}
		c.unknownReport(p, at, id, definitions)
		c.unknownRecipients(p, at, c.Delivery.Reports[id])
	}
	c.planOrderFaults(p)
}

// reportDefinitions are the reports that can be made.
func (c *Config) reportDefinitions() (reports.Definitions, error) {
	catalogue, err := indicators.Load(c.Definitions)
	if err != nil {
		return nil, err
	}
	return reports.Load(c.Definitions, catalogue)
}

func (c *Config) recipientFaults(p inFile, name string) {
	r, at := c.Delivery.Recipients[name], []string{"delivery", "recipients", name}
	if ways := r.ways(); len(ways) != 1 {
		p.fault(at, "needs one way to it: email, folder, s3 or webhook; it has %d", len(ways))
	}
	for _, other := range sortedKeys(c.Delivery.Recipients) {
		for key, where := range r.ways() {
			if other < name && strings.EqualFold(c.Delivery.Recipients[other].ways()[key], where) {
				p.fault(append(at, key), "is the same as of %q, who would get every report twice", other)
			}
		}
	}
	if r.Email != "" && !isAddress(r.Email) {
		p.fault(append(at, "email"), "%q is not an e-mail address", r.Email)
	}
	if r.Email != "" && c.mailServer().Host == "" {
		p.fault(append(at, "email"), "mail needs a mail server: delivery.email or alerts.email")
	}
	if r.S3.URL != "" {
		u, err := url.Parse(r.S3.URL)
		if err != nil || u.Scheme != "s3" || u.Host == "" {
			p.fault(append(at, "s3", "url"), "%q is not s3://bucket/prefix", r.S3.URL)
		}
		if e, err := url.Parse(r.S3.Endpoint); err != nil || e.Host == "" || e.Scheme != "http" && e.Scheme != "https" {
			p.fault(append(at, "s3", "endpoint"), "%q is not the address of an S3 service", r.S3.Endpoint)
		}
	}
	if r.Webhook.URL != "" {
		if u, err := url.Parse(string(r.Webhook.URL)); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			p.fault(append(at, "webhook", "url"), "a webhook needs a url with http or https")
		}
	}
	if r.Language != "" {
		c.unknownLanguages(p, append(at, "language"), r.Language)
	}
	c.unknownLanguages(p, append(at, "languages"), r.Languages...)
	for _, format := range r.Formats {
		if _, err := reports.MediaType(format); err != nil {
			p.fault(append(at, "formats"), "%v", err)
		}
	}
}

func (c *Config) planFaults(p inFile, name string, known reports.Definitions) {
	plan, at := c.ReportPlans[name], []string{"report_plans", name}
	key := func(k ...string) []string { return append(slices.Clone(at), k...) }
	c.unknownLanguages(p, key("languages"), plan.Languages...)
	grain := khue.Grain(plan.Period)
	if grain != "" && !slices.Contains([]khue.Grain{khue.Month, khue.Quarter, khue.Year}, grain) {
		p.fault(key("period"), "%q is none of month, quarter, year", plan.Period)
	} else if d, ok := c.unknownReport(p, key("definition"), plan.Definition, known); ok {
		switch {
		case grain == "" && len(d.Grains) != 1:
			p.fault(key("period"), "%s is made for %v: say which", d.ID, d.Grains)
		case grain != "" && !slices.Contains(d.Grains, grain):
			p.fault(key("period"), "%s is made for %v, not for a %s", d.ID, d.Grains, grain)
		}
		for _, needs := range []struct{ key, given string }{{"area", plan.Area}, {"edition", plan.Edition}} {
			if d.Needs(needs.key) != (needs.given != "") {
				p.fault(key(needs.key), "%s needs it: %t; the plan gives %q", d.ID, d.Needs(needs.key), needs.given)
			}
		}
		for _, to := range plan.Recipients {
			if r, ok := c.Delivery.Recipients[to]; ok && len(r.Formats) > 0 && !slices.ContainsFunc(r.Formats, func(f string) bool { return slices.Contains(d.Formats, f) }) {
				p.fault(key("recipients"), "%q gets %v, and %s is made as %v", to, r.Formats, d.ID, d.Formats)
			}
		}
	}
	if !plan.Schedule.Set() {
		p.fault(key("schedule"), "a plan needs cron, after, or both")
	}
	if plan.Schedule.Cron != "" {
		if _, err := scheduler.ParseSpec(plan.Schedule.Cron); err != nil {
			p.fault(key("schedule", "cron"), "%v", err)
		}
	}
	c.unknownRecipients(p, key("recipients"), plan.Recipients)
	for _, to := range plan.Recipients {
		if r, ok := c.Delivery.Recipients[to]; ok && plan.Confidential && !r.Confidential {
			p.fault(key("recipients"), "%q is not marked confidential and may not have this report", to)
		}
	}
}

// unknownReport finds a definition, or adds that there is none. Nothing is said when
// the definitions themselves could not be read.
func (c *Config) unknownReport(p inFile, at []string, id string, known reports.Definitions) (reports.Definition, bool) {
	if known == nil {
		return reports.Definition{}, false
	}
	d, err := known.Of(id)
	if err != nil {
		p.fault(at, "%v", err)
	}
	return d, err == nil
}

func (c *Config) unknownLanguages(p inFile, at []string, languages ...string) {
	for i, l := range languages {
		if _, err := khue.ParseLang(l); err != nil {
			p.fault(at, "%v", err)
		} else if slices.Contains(languages[:i], l) {
			p.fault(at, "%q is named twice", l)
		}
	}
}

func (c *Config) unknownRecipients(p inFile, at, names []string) {
	for i, name := range names {
		if _, ok := c.Delivery.Recipients[name]; !ok {
			p.fault(at, "there is no recipient %q; there are %s", name, strings.Join(sortedKeys(c.Delivery.Recipients), ", "))
		} else if slices.Contains(names[:i], name) {
			p.fault(at, "%q is named twice", name)
		}
	}
}

// planOrderFaults finds plans that follow what is not there.
func (c *Config) planOrderFaults(p inFile) {
	after := map[string][]string{}
	for name, s := range c.sources {
		if s.Schedule.Set() {
			after[pullJob(name)] = c.follows(s.Schedule.After)
		}
	}
	for name, plan := range c.ReportPlans {
		after[planJob(name)] = c.follows(plan.Schedule.After)
	}
	scheduler.CheckOrder(after, func(job, format string, args ...any) {
		if name, ok := strings.CutPrefix(job, planJob("")); ok { // sources are told of by scheduleFaults
			p.fault([]string{"report_plans", name, "schedule", "after"}, format, args...)
		}
	})
}

// mailServer is the one that reports are sent through.
func (c *Config) mailServer() AlertEmail {
	if c.Delivery.Email.Host != "" {
		return c.Delivery.Email
	}
	return c.Alerts.Email
}
