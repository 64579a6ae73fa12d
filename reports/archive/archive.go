// Package archive holds the life of reports: drafted, reviewed by a second pair of
// eyes, issued with everything that it takes to defend them later, and superseded.
// It knows no particular report: any definition that package reports can make has
// the same life.
package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/state"
)

// Keeper keeps reports with all that happened to them; *state.Store is one.
type Keeper interface {
	Report(ctx context.Context, id int64) (state.Report, error)
	Reports(ctx context.Context) ([]state.Report, error)
	ReportsOf(ctx context.Context, subject string) ([]state.Report, error)
	AddReport(ctx context.Context, r state.Report, act state.ReportAct, now time.Time) (int64, error)
	ActOnReport(ctx context.Context, id int64, seen int, act state.ReportAct, now time.Time) error
	KeepContents(ctx context.Context, now time.Time, contents ...[]byte) ([]string, error)
	Content(ctx context.Context, sum string) ([]byte, bool, error)
	DropLooseContents(ctx context.Context, before time.Time) (int64, error)
}

// Making is what makes reports by one version of the definitions.
type Making struct {
	Reporter    *reports.Reporter
	Past        reports.Past
	Definitions *indicators.Catalogue // that it makes by
	Now         *indicators.Catalogue // those in force
	Assumed     bool                  // the version asked for was never kept: those in force stand in
}

// Maker gives what makes reports by a version of the definitions; "" is those in
// force, which it keeps so that they can be asked for later.
type Maker func(ctx context.Context, version string, confidential bool) (Making, error)

// Options are what an Archive needs.
type Options struct {
	Keeper  Keeper
	Maker   Maker
	Now     func() time.Time // the clock; nil is the real one
	Zone    *time.Location   // of days of issue; nil is khue.DefaultZone
	Program string           // version of the program, kept with what it made
	// Page is the address of a report's page, which its paper carries once it is
	// issued; nil or "" prints none.
	Page func(id int64) string
	// To names who an issued report goes to; nil is nobody.
	To func(r state.Report) []string
}

// Archive keeps reports by the rules of their life. It is safe for use by several
// goroutines and processes.
type Archive struct {
	Options
	seen int // the last step that whoever acts has seen; 0 is whatever there is
}

// Seeing is the archive for somebody who has seen a report up to a step: when
// another has acted on it since, what they do is refused.
func (a *Archive) Seeing(step int) *Archive {
	b := *a
	b.seen = step
	return &b
}

// New makes an archive.
func New(o Options) (*Archive, error) {
	if o.Keeper == nil || o.Maker == nil {
		return nil, fmt.Errorf("making the archive of reports: no keeper or no maker was given")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		zone, err := time.LoadLocation(khue.DefaultZone)
		if err != nil {
			return nil, fmt.Errorf("making the archive of reports: %w", err)
		}
		o.Zone = zone
	}
	return &Archive{Options: o}, nil
}

// Order is what is drafted.
type Order struct {
	Definition   string // id of the report's definition
	Period       khue.Period
	Languages    []khue.Lang
	Confidential bool // for the office's own use, with the figures that a published report withholds
	Parameters   reports.Parameters
}

// parameters of a report, as its versions share them.
type parameters struct {
	Confidential bool `json:"confidential"`
	reports.Parameters
}

func (o Order) check() error {
	if len(o.Languages) == 0 {
		return khue.Errorf(khue.Invalid, "báo cáo cần ít nhất một ngôn ngữ", "a report needs at least one language")
	}
	for i, lang := range o.Languages {
		if _, err := khue.ParseLang(string(lang)); err != nil {
			return err
		}
		if slices.Contains(o.Languages[:i], lang) {
			return khue.Errorf(khue.Invalid, "ngôn ngữ %q được ghi hai lần", "the language %q is named twice", lang)
		}
	}
	return nil
}

func (o Order) subject() (subject, params string, err error) {
	text, err := json.Marshal(parameters{o.Confidential, o.Parameters})
	if err != nil {
		return "", "", fmt.Errorf("writing the parameters of a report: %w", err)
	}
	return o.Definition + " " + o.Period.String() + " " + string(text), string(text), nil
}

// leftBehind is how long contents that nothing names are kept: longer than any
// draft takes to be made.
const leftBehind = 24 * time.Hour

// Draft makes a report by what is known now, in every format and language. A
// subject that has a draft has it made again; one that is being reviewed has to be
// returned first; one that was issued gets a draft that takes its place and lists
// what changed since. A draft that cannot be made, or that lacks something, is kept
// and says why: it cannot be submitted.
func (a *Archive) Draft(ctx context.Context, o Order, by string) (state.Report, error) {
	by, err := Person(by)
	if err != nil {
		return state.Report{}, err
	}
	if err := o.check(); err != nil {
		return state.Report{}, err
	}
	subject, params, err := o.subject()
	if err != nil {
		return state.Report{}, err
	}
	if _, err := a.Keeper.DropLooseContents(ctx, a.Now().Add(-leftBehind)); err != nil {
		return state.Report{}, err
	}
	siblings, err := a.Keeper.ReportsOf(ctx, subject)
	if err != nil {
		return state.Report{}, err
	}
	open, former, err := a.standing(siblings)
	if err != nil {
		return state.Report{}, err
	}
	if open != nil {
		if err := allowed(*open, Redrafted, by); err != nil {
			return state.Report{}, err
		}
	}
	build, err := a.draft(ctx, o, former, by)
	if err != nil {
		return state.Report{}, err
	}
	act := state.ReportAct{Step: state.ReportStep{Act: Drafted, Status: state.ReportDraft, Person: by}, Build: &build}
	if open != nil {
		act.Step.Act = Redrafted
		if err := a.Keeper.ActOnReport(ctx, open.ID, open.Seen(), act, a.Now()); err != nil {
			return state.Report{}, err
		}
		return a.Keeper.Report(ctx, open.ID)
	}
	id, err := a.Keeper.AddReport(ctx, state.Report{Subject: subject, Definition: o.Definition, Period: o.Period.String(), Parameters: params}, act, a.Now())
	if err != nil {
		return state.Report{}, err
	}
	return a.Keeper.Report(ctx, id)
}

// standing finds, among the reports of a subject, the one that is not issued yet
// and the one that is issued now; nil where there is none.
func (a *Archive) standing(siblings []state.Report) (open *state.Report, former *reports.Former, err error) {
	for _, r := range siblings {
		switch r.Status() {
		case state.ReportIssued:
			f := reports.Former{
				Report: r.ID, Version: r.Issue.Version, Number: r.Issue.Number, IssuedOn: r.Issue.IssuedAt, AsOf: r.Build.AsOf, Definitions: r.Build.Definitions,
			}
			if f.Asked, err = askedOf(r); err != nil {
				return nil, nil, err
			}
			former = &f
		case state.ReportDraft, state.ReportInReview, state.ReportApproved:
			open = &r
		}
	}
	return open, former, nil
}

// askedOf are the figures of a report, so that what changed since can be told of
// exactly them.
func askedOf(r state.Report) ([]reports.Asked, error) {
	var figures []reports.Asked
	if err := json.Unmarshal([]byte(r.Build.Asked), &figures); err != nil {
		return nil, fmt.Errorf("reading what report %d was about: %w", r.ID, err)
	}
	return figures, nil
}

// Report gives a report with its life.
func (a *Archive) Report(ctx context.Context, id int64) (state.Report, error) {
	return a.Keeper.Report(ctx, id)
}

// List lists all reports, the newest first; the issued ones alone when asked.
func (a *Archive) List(ctx context.Context, issued bool) ([]state.Report, error) {
	all, err := a.Keeper.Reports(ctx)
	if err != nil || !issued {
		return all, err
	}
	return slices.DeleteFunc(all, func(r state.Report) bool { return r.Issue == nil }), nil
}

// About is what a report is of beside its definition and its period, in words.
func About(r state.Report, lang khue.Lang) ([]string, error) {
	var p parameters
	if err := json.Unmarshal([]byte(r.Parameters), &p); err != nil {
		return nil, fmt.Errorf("reading the parameters of report %d: %w", r.ID, err)
	}
	words := p.Words(lang)
	if p.Confidential {
		words = append(words, khue.Text{VI: "dùng nội bộ", EN: "for the office's own use"}.In(lang))
	}
	return words, nil
}

// Confidential tells that a report is for the office's own use. One whose parameters
// cannot be read is taken for one.
func Confidential(r state.Report) bool {
	var p parameters
	return json.Unmarshal([]byte(r.Parameters), &p) != nil || p.Confidential
}

// Lacks are the reasons why a report may not leave the office; none when it may.
func Lacks(r state.Report) ([]khue.Text, error) {
	var lacks []khue.Text
	if err := json.Unmarshal([]byte(r.Build.Lacks), &lacks); err != nil {
		return nil, fmt.Errorf("reading what report %d lacks: %w", r.ID, err)
	}
	return lacks, nil
}
