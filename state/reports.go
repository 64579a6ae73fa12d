package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"khue"
)

// The statuses of a report, in the order of its life.
const (
	ReportDraft      = "draft"
	ReportInReview   = "in_review"
	ReportApproved   = "approved"
	ReportIssued     = "issued"
	ReportSuperseded = "superseded"
)

// Report is a paper with its whole life. Its versions share the subject.
type Report struct {
	ID         int64
	Subject    string
	Definition string // id of its definition
	Period     string
	Parameters string // canonical JSON
	MadeAt     time.Time
	Steps      []ReportStep // the oldest first, at least one
	Build      ReportBuild  // the newest; of an issued report the one that was issued
	Issue      *ReportIssue // nil until it is issued
}

// Status is where the report stands.
func (r Report) Status() string { return r.Steps[len(r.Steps)-1].Status }

// Seen is the number of the last step: who acts next says that it has seen it.
func (r Report) Seen() int { return r.Steps[len(r.Steps)-1].Step }

// ReportStep is what somebody did to a report, and where it stands since.
type ReportStep struct {
	Step   int // from 1 on
	Act    string
	Status string
	Person string // as they gave their name
	Remark string
	At     time.Time
}

// ReportBuild is one making of a report: from what, and what came out.
type ReportBuild struct {
	Build             int // from 1 on
	AsOf              time.Time
	Frozen            string // JSON
	Languages         []string
	DefinitionVersion string
	Definitions       string
	Program           string
	Asked             string // JSON
	Lacks             string // JSON
	MadeBy            string
	MadeAt            time.Time
	Files             []ReportFile // by language and format; none when it could not be made
}

// ReportFile is a file of a build. Its content is kept under its SHA-256.
type ReportFile struct {
	Language, Format string
	Name, MediaType  string
	SHA256           string
	Size             int64
	Edited           *ReportEdit // nil of a file as it was made
}

// ReportEdit tells of a file that people edited and handed back.
type ReportEdit struct {
	Source string // SHA-256 of the file as it was made, which they began with
	Person string // who handed it back, as they gave their name
	At     time.Time
}

// ReportIssue is the leaving of a report.
type ReportIssue struct {
	Version    int // from 1 on, in its subject
	Build      int
	Number     string
	Year       int // of issue, where the office is
	Supersedes int64
	IssuedAt   time.Time
}

const reportColumns = `SELECT r.id, r.subject, r.definition, r.period, r.parameters, r.made_at FROM reports r`

// Report gives a report with its life; NotFound when there is none.
func (s *Store) Report(ctx context.Context, id int64) (Report, error) {
	all, err := s.listReports(ctx, reportColumns+" WHERE r.id = $1", id)
	if err == nil && len(all) == 0 {
		return Report{}, noReport(id)
	}
	if err != nil {
		return Report{}, err
	}
	return all[0], nil
}

func noReport(id int64) error {
	return khue.Errorf(khue.NotFound, "không có báo cáo số %d", "there is no report %d", id)
}

// Reports lists all reports, the newest first.
func (s *Store) Reports(ctx context.Context) ([]Report, error) {
	return s.listReports(ctx, reportColumns+" ORDER BY r.id DESC")
}

// ReportsOf lists the reports of a subject, the newest first.
func (s *Store) ReportsOf(ctx context.Context, subject string) ([]Report, error) {
	return s.listReports(ctx, reportColumns+" WHERE r.subject = $1 ORDER BY r.id DESC", subject)
}

func (s *Store) listReports(ctx context.Context, query string, args ...any) ([]Report, error) {
	var out []Report
	err := s.each(ctx, func(row *sql.Rows) error {
		var r Report
		if err := row.Scan(&r.ID, &r.Subject, &r.Definition, &r.Period, &r.Parameters, moment{&r.MadeAt}); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	}, query, args...)
	for i := range out {
		if err == nil {
			err = s.fillReport(ctx, &out[i])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listing reports: %w", err)
	}
	return out, nil
}

// each reads the rows of a query one by one.
func (s *Store) each(ctx context.Context, read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.db.QueryContext(ctx, s.in.sql(query), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// fillReport reads a report's steps, its issue, its build and the files of it.
func (s *Store) fillReport(ctx context.Context, r *Report) error {
	err := s.each(ctx, func(row *sql.Rows) error {
		var p ReportStep
		if err := row.Scan(&p.Step, &p.Act, &p.Status, &p.Person, &p.Remark, moment{&p.At}); err != nil {
			return err
		}
		r.Steps = append(r.Steps, p)
		return nil
	}, "SELECT step, act, status, person, remark, at FROM report_steps WHERE report_id = $1 ORDER BY step", r.ID)
	if err != nil {
		return err
	}
	var issue ReportIssue
	var supersedes sql.NullInt64
	err = s.db.QueryRowContext(ctx, s.in.sql("SELECT version, build, number, year, supersedes, issued_at FROM report_issues WHERE report_id = $1"), r.ID).
		Scan(&issue.Version, &issue.Build, &issue.Number, &issue.Year, &supersedes, moment{&issue.IssuedAt})
	switch {
	case err == nil:
		issue.Supersedes = supersedes.Int64
		r.Issue = &issue
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	b, languages := &r.Build, ""
	err = s.db.QueryRowContext(ctx, s.in.sql(`SELECT build, as_of, frozen, languages, definition_version, definitions, program, asked, lacks, made_by, made_at
FROM report_builds WHERE report_id = $1 ORDER BY build DESC LIMIT 1`), r.ID).
		Scan(&b.Build, moment{&b.AsOf}, &b.Frozen, &languages, &b.DefinitionVersion, &b.Definitions, &b.Program, &b.Asked, &b.Lacks, &b.MadeBy, moment{&b.MadeAt})
	if err != nil {
		return err
	}
	b.Languages = strings.Split(languages, ",")
	return s.each(ctx, func(row *sql.Rows) error {
		var f ReportFile
		var source, person sql.NullString
		var at time.Time
		if err := row.Scan(&f.Language, &f.Format, &f.Name, &f.MediaType, &f.SHA256, &f.Size, &source, &person, moment{&at}); err != nil {
			return err
		}
		if source.Valid {
			f.Edited = &ReportEdit{Source: source.String, Person: person.String, At: at}
		}
		b.Files = append(b.Files, f)
		return nil
	}, `SELECT f.language, f.format, f.name, f.media_type, f.sha256, f.size, e.source, e.person, e.at
FROM report_files f LEFT JOIN report_edits e ON e.report_id = f.report_id AND e.build = f.build AND e.language = f.language AND e.format = f.format
WHERE f.report_id = $1 AND f.build = $2 ORDER BY f.language, f.format`, r.ID, b.Build)
}
