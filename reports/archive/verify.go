package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/document"
	"khue/state"
)

// How a kept file stands.
const (
	Intact  = "intact"
	Altered = "altered" // it no longer has the SHA-256 on record
	Missing = "missing"
)

// FileCheck is what became of a file of an issued report.
type FileCheck struct {
	File state.ReportFile
	Kept string // Intact, Altered or Missing
	// Recreated is the SHA-256 of the file as it was made again; "" when it was not.
	Recreated string
}

// Same tells that the file made again is the one that was issued, to the byte. One
// that people edited is never made again.
func (f FileCheck) Same() bool { return f.Recreated == f.File.SHA256 }

// OK tells that a file is kept as it was issued and, unless people edited it, was made
// again to the byte.
func (f FileCheck) OK() bool { return f.Kept == Intact && (f.File.Edited != nil || f.Same()) }

// ModelDifference is a value of the document that is not what was issued.
type ModelDifference struct {
	Language string
	document.Difference
}

// Versions is one thing that a report was made by, then and now.
type Versions struct{ Then, Now string }

// Changed tells that it is another now.
func (v Versions) Changed() bool { return v.Then != v.Now }

// Verification is what came out of making an issued report again.
type Verification struct {
	Report      state.Report
	Files       []FileCheck
	Differences []ModelDifference // what the document says otherwise
	Untold      []string          // languages whose kept model is not at hand, so that nothing can be told
	Fault       khue.Text         // why it could not be made again; empty when it could

	Definition  Versions // of the report: made again by that of then; Now is "" when there is none any more
	Definitions Versions // of figures: the report is made again by those of then
	Program     Versions
	// Assumed tells that the definitions of then were never kept: those of now were used.
	Assumed bool
	// Changed are the report's figures that are defined otherwise now.
	Changed []indicators.DefinitionChange
}

// OK tells that every file is kept as it was issued and that those which the journal
// makes were made again to the byte.
func (v Verification) OK() bool {
	return v.Fault == (khue.Text{}) && len(v.Files) > 0 && !slices.ContainsFunc(v.Files, func(f FileCheck) bool { return !f.OK() })
}

// Edited are the files that people edited: they are kept, not made again.
func (v Verification) Edited() []FileCheck {
	return slices.DeleteFunc(slices.Clone(v.Files), func(f FileCheck) bool { return f.File.Edited == nil })
}

// Verify makes an issued report again, from the journal as of its moment and by the
// definitions of then, and compares it with what was issued: file by file, and
// value by value where they differ. The report itself is left alone.
func (a *Archive) Verify(ctx context.Context, id int64) (Verification, error) {
	r, err := a.issued(ctx, id)
	if err != nil {
		return Verification{}, err
	}
	v := Verification{Report: r}
	kept := map[state.ReportFile][]byte{}
	for _, f := range r.Build.Files {
		check := FileCheck{File: f, Kept: Intact}
		content, there, err := a.Keeper.Content(ctx, f.SHA256)
		switch {
		case err != nil:
			return v, err
		case !there:
			check.Kept = Missing
		case sumOf(content) != f.SHA256 || int64(len(content)) != f.Size:
			check.Kept = Altered
		default:
			kept[f] = content
		}
		v.Files = append(v.Files, check)
	}
	g, err := a.reopen(ctx, r)
	if err != nil {
		return v, err
	}
	v.Definition = Versions{Then: r.Build.DefinitionVersion}
	if now, err := g.making.Reporter.Definition(r.Definition); err == nil {
		v.Definition.Now = now.Version
	} else if khue.KindOf(err) != khue.NotFound {
		return v, err
	}
	v.Definitions = Versions{r.Build.Definitions, g.making.Now.Version()}
	v.Program, v.Assumed = Versions{r.Build.Program, a.Program}, g.making.Assumed
	figures, err := askedOf(r)
	if err != nil {
		return v, err
	}
	v.Changed = g.making.Definitions.Changes(g.making.Now, reports.Names(figures))
	now, err := g.create(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return v, err
		}
		v.Fault = khue.Text{VI: khue.ToldOf(err, khue.Vietnamese), EN: khue.ToldOf(err, khue.English)}
		return v, nil
	}
	return v, v.compare(now, kept)
}

// compare sets what was made again beside what was issued.
func (v *Verification) compare(now made, kept map[state.ReportFile][]byte) error {
	for i := range v.Files {
		f := &v.Files[i]
		again, there := now.of(f.File.Language, f.File.Format)
		if !there {
			continue
		}
		f.Recreated = sumOf(again.content)
		if f.Same() || f.File.Format != Model {
			continue
		}
		if kept[f.File] == nil {
			v.Untold = append(v.Untold, f.File.Language)
			continue
		}
		found, err := document.Differences(kept[f.File], again.content)
		if err != nil {
			return err
		}
		for _, d := range found {
			v.Differences = append(v.Differences, ModelDifference{f.File.Language, d})
		}
	}
	return nil
}

// issued is a report that has left the office.
func (a *Archive) issued(ctx context.Context, id int64) (state.Report, error) {
	r, err := a.Keeper.Report(ctx, id)
	if err == nil && r.Issue == nil {
		err = khue.Errorf(khue.Conflict, "báo cáo số %d chưa được ban hành", "report %d has not been issued", id)
	}
	return r, err
}

// Since tells what changed in the figures of a report since its moment of
// knowledge, by the dimensions asked and with as many changed records as asked. It
// is for staff: it tells of single records.
func (a *Archive) Since(ctx context.Context, id int64, by []string, rows int) (indicators.Restated, error) {
	r, err := a.Keeper.Report(ctx, id)
	if err != nil {
		return indicators.Restated{}, err
	}
	figures, err := askedOf(r)
	if err != nil {
		return indicators.Restated{}, err
	}
	if len(figures) == 0 {
		return indicators.Restated{}, khue.Errorf(khue.Conflict, "báo cáo số %d chưa lập được nên không có số liệu để so", "report %d could not be made, so it has no figures to compare", id)
	}
	m, err := a.Maker(ctx, "", true)
	if err != nil {
		return indicators.Restated{}, err
	}
	return reports.Restate(ctx, m.Past, figures, indicators.Restatement{
		By: by, From: r.Build.AsOf, To: a.Now(), Rows: rows, Scope: khue.Everything, Version: r.Build.Definitions, Own: true,
	}, m.Now.HasFigure)
}

// File is a file of a report that is to be handed out; one that was altered since it
// was kept is refused.
func (a *Archive) File(ctx context.Context, f state.ReportFile) ([]byte, error) {
	return a.content(ctx, f)
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// brief is the beginning of a value, to be told in a line.
func brief(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	if s == "" {
		return "–"
	}
	return s
}

// Briefly is a value of a document for people.
func (d ModelDifference) Briefly() string {
	return fmt.Sprintf("%s %s: %s → %s", d.Language, d.Path, brief(d.Was), brief(d.Is))
}
