package archive

import (
	"context"

	"khue"
	"khue/reports/document"
	"khue/reports/edited"
	"khue/state"
)

// Shelf keeps lists of reports and who took files along; *state.Store is one.
type Shelf interface {
	ReportLines(ctx context.Context) ([]state.ReportLine, error)
	AddReportDownload(ctx context.Context, d state.ReportDownload) error
	ReportDownloads(ctx context.Context, id int64, most int) ([]state.ReportDownload, int, error)
	Deliveries(ctx context.Context, report int64, limit int) ([]state.Delivery, error)
}

// Library is the archive as its readers meet it: what is in it, in words, with who
// took what along. Those who act are held to what they have seen.
type Library struct {
	Archive *Archive
	Shelf   Shelf
}

// Lines lists all reports, the newest first.
func (l Library) Lines(ctx context.Context) ([]state.ReportLine, error) {
	return l.Shelf.ReportLines(ctx)
}

// Report gives a report with its life.
func (l Library) Report(ctx context.Context, id int64) (state.Report, error) {
	return l.Archive.Report(ctx, id)
}

// File is a kept file; one that was altered is refused.
func (l Library) File(ctx context.Context, f state.ReportFile) ([]byte, error) {
	return l.Archive.File(ctx, f)
}

// Act does an act for somebody who has seen the report up to a step.
func (l Library) Act(ctx context.Context, act string, id int64, seen int, by, remark string) (state.Report, error) {
	return l.Archive.Seeing(seen).Act(ctx, act, id, by, remark)
}

// Edit takes back a Word file that people edited, from somebody who has seen the
// report up to a step.
func (l Library) Edit(ctx context.Context, id int64, seen int, content []byte, by, remark string) (state.Report, error) {
	return l.Archive.Seeing(seen).Edit(ctx, id, "", content, by, remark)
}

// Edits tells what people changed in the Word files of a report.
func (l Library) Edits(ctx context.Context, r state.Report) ([]edited.Report, error) {
	return l.Archive.Edits(ctx, r)
}

// Replaced tells that a file was made but is not, or will not be, issued.
func (l Library) Replaced(r state.Report, f state.ReportFile) bool { return Replaced(r.Build, f) }

// About is what a report is of beside its definition and period, in words.
func (l Library) About(r state.Report, lang khue.Lang) ([]string, error) { return About(r, lang) }

// Confidential tells that a report is for the office's own use.
func (l Library) Confidential(r state.Report) bool { return Confidential(r) }

// Lacks are the reasons why a report may not leave the office.
func (l Library) Lacks(r state.Report) ([]khue.Text, error) { return Lacks(r) }

// StatusText is a status for people.
func (l Library) StatusText(status string) khue.Text { return StatusText(status) }

// ActText is an act for people.
func (l Library) ActText(act string) khue.Text { return ActText(act) }

// Person is a name as it is kept.
func (l Library) Person(name string) (string, error) { return Person(name) }

// Downloaded keeps that a file was taken along.
func (l Library) Downloaded(ctx context.Context, d state.ReportDownload) error {
	return l.Shelf.AddReportDownload(ctx, d)
}

// Downloads lists who took files of a report along, the newest first, and counts all.
func (l Library) Downloads(ctx context.Context, id int64, most int) ([]state.ReportDownload, int, error) {
	return l.Shelf.ReportDownloads(ctx, id, most)
}

// Deliveries lists to whom an issued report went or is to go, the newest first.
func (l Library) Deliveries(ctx context.Context, id int64, most int) ([]state.Delivery, error) {
	return l.Shelf.Deliveries(ctx, id, most)
}

// Revisions is what a reader of two reports finds different in one language.
type Revisions struct {
	Language string
	document.Revisions
}

// Compare tells what a reader finds different between two reports of one definition,
// in each language that both were made in.
func (l Library) Compare(ctx context.Context, was, is state.Report) ([]Revisions, error) {
	if was.Definition != is.Definition {
		return nil, khue.Errorf(khue.Invalid, "báo cáo số %d và số %d không cùng loại nên không so được", "reports %d and %d are not of one kind, so they cannot be compared", was.ID, is.ID)
	}
	var out []Revisions
	for _, f := range was.Build.Files {
		other, there := modelOf(is, f.Language)
		if f.Format != Model || !there {
			continue
		}
		before, err := l.Archive.File(ctx, f)
		if err != nil {
			return nil, err
		}
		after, err := l.Archive.File(ctx, other)
		if err != nil {
			return nil, err
		}
		found, err := document.RevisionsBetween(before, after)
		if err != nil {
			return nil, err
		}
		out = append(out, Revisions{f.Language, found})
	}
	if len(out) == 0 {
		return nil, khue.Errorf(khue.Conflict, "báo cáo số %d và số %d không có bản nào cùng ngôn ngữ để so", "reports %d and %d have no language in common to compare", was.ID, is.ID)
	}
	return out, nil
}

// modelOf finds the kept model of a report in a language.
func modelOf(r state.Report, language string) (state.ReportFile, bool) {
	for _, f := range r.Build.Files {
		if f.Format == Model && f.Language == language {
			return f, true
		}
	}
	return state.ReportFile{}, false
}
