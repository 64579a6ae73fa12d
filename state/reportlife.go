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

// ReportAct is what somebody does to a report. The step says where the report
// stands since; a build or an issue comes with it where the act makes one.
type ReportAct struct {
	Step  ReportStep // Act, Status, Person and Remark
	Build *ReportBuild
	Issue *ReportIssue // Number, Year and Supersedes; its build is the act's
	To    []string     // names of the recipients that an issue is delivered to
}

// AddReport keeps a new report with its first step and build. A subject has one
// report at a time that is not issued yet: another is a Conflict.
func (s *Store) AddReport(ctx context.Context, r Report, act ReportAct, now time.Time) (int64, error) {
	now = toMillisecond(now)
	err := s.alone(ctx, func(tx *sql.Tx) error {
		var open int64
		err := tx.QueryRowContext(ctx, s.in.sql(`SELECT p.report_id FROM report_steps p JOIN reports r ON r.id = p.report_id
WHERE r.subject = $1 AND p.step = (SELECT max(l.step) FROM report_steps l WHERE l.report_id = p.report_id) AND p.status IN ('draft', 'in_review', 'approved') LIMIT 1`), r.Subject).Scan(&open)
		switch {
		case err == nil:
			return khue.Errorf(khue.Conflict, "đã có báo cáo số %[1]d của kỳ này đang soạn, chờ duyệt hoặc chờ ban hành", "report %[1]d of the same period is being drafted, reviewed or issued", open)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		err = tx.QueryRowContext(ctx, s.in.sql("INSERT INTO reports (subject, definition, period, parameters, made_at) VALUES ($1, $2, $3, $4, $5) RETURNING id"),
			r.Subject, r.Definition, r.Period, r.Parameters, s.in.at(now)).Scan(&r.ID)
		if err != nil {
			return err
		}
		act.Step.Step = 1
		return s.keepAct(ctx, tx, r, act, now)
	})
	if err != nil {
		return 0, fmt.Errorf("keeping a new report: %w", err)
	}
	return r.ID, nil
}

// ActOnReport keeps what somebody did to a report. They name the last step they
// saw: when another has come since, it is a Conflict, so that of two who act at
// once one is told.
func (s *Store) ActOnReport(ctx context.Context, id int64, seen int, act ReportAct, now time.Time) error {
	now = toMillisecond(now)
	err := s.alone(ctx, func(tx *sql.Tx) error {
		r := Report{ID: id}
		var last ReportStep
		err := tx.QueryRowContext(ctx, s.in.sql(`SELECT r.subject, p.step, p.person, p.at FROM reports r JOIN report_steps p ON p.report_id = r.id WHERE r.id = $1 ORDER BY p.step DESC LIMIT 1`), id).
			Scan(&r.Subject, &last.Step, &last.Person, moment{&last.At})
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noReport(id)
		case err != nil:
			return err
		case last.Step != seen:
			return khue.Errorf(khue.Conflict, "%[2]s vừa thao tác trên báo cáo số %[1]d; hãy xem lại rồi làm tiếp", "%[2]s has just acted on report %[1]d; look at it again first", id, last.Person)
		}
		if now.Before(last.At) {
			now = last.At // a clock set back does not reorder what happened
		}
		act.Step.Step = seen + 1
		return s.keepAct(ctx, tx, r, act, now)
	})
	if err != nil {
		return fmt.Errorf("acting on report %d: %w", id, err)
	}
	return nil
}

// keepAct writes an act: its build and files, its issue, and the step last.
func (s *Store) keepAct(ctx context.Context, tx *sql.Tx, r Report, act ReportAct, now time.Time) error {
	build := 0
	if act.Build != nil {
		var err error
		if build, err = s.keepBuild(ctx, tx, r.ID, *act.Build, now); err != nil {
			return err
		}
	}
	if act.Issue != nil {
		issue := *act.Issue
		issue.Build, issue.IssuedAt = build, now
		if err := s.keepIssue(ctx, tx, r, issue, act.Step); err != nil {
			return err
		}
		if err := s.keepDeliveries(ctx, tx, r.ID, act.To, now); err != nil {
			return err
		}
	}
	return s.keepStep(ctx, tx, r.ID, act.Step, now)
}

func (s *Store) keepStep(ctx context.Context, tx *sql.Tx, id int64, p ReportStep, now time.Time) error {
	_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO report_steps (report_id, step, act, status, person, remark, at) VALUES ($1, $2, $3, $4, $5, $6, $7)"),
		id, p.Step, p.Act, p.Status, p.Person, p.Remark, s.in.at(now))
	return err
}

// keepBuild writes a build and names its files, whose contents are kept already.
func (s *Store) keepBuild(ctx context.Context, tx *sql.Tx, id int64, b ReportBuild, now time.Time) (int, error) {
	var build int
	if err := tx.QueryRowContext(ctx, s.in.sql("SELECT coalesce(max(build), 0) + 1 FROM report_builds WHERE report_id = $1"), id).Scan(&build); err != nil {
		return 0, err
	}
	_, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO report_builds (report_id, build, as_of, frozen, languages, definition_version, definitions, program, asked, lacks, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`), id, build, s.in.at(b.AsOf), b.Frozen, strings.Join(b.Languages, ","), b.DefinitionVersion, b.Definitions, b.Program,
		b.Asked, b.Lacks, b.MadeBy, s.in.at(now))
	if err != nil {
		return 0, err
	}
	for _, f := range b.Files {
		_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO report_files (report_id, build, language, format, name, media_type, sha256, size) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
			id, build, f.Language, f.Format, f.Name, f.MediaType, f.SHA256, f.Size)
		if err != nil {
			return 0, fmt.Errorf("naming the file %s: %w", f.Name, err)
		}
		if f.Edited == nil {
			continue
		}
		at := f.Edited.At
		if at.IsZero() { // handed back with this very act
			at = now
		}
		_, err = tx.ExecContext(ctx, s.in.sql("INSERT INTO report_edits (report_id, build, language, format, source, person, at) VALUES ($1, $2, $3, $4, $5, $6, $7)"),
			id, build, f.Language, f.Format, f.Edited.Source, f.Edited.Person, s.in.at(at))
		if err != nil {
			return 0, fmt.Errorf("keeping who edited the file %s: %w", f.Name, err)
		}
	}
	return build, nil
}

// keepIssue gives a report its version and ends the one whose place it takes. The
// caller names the one that it saw: when another has been issued since, it is a
// Conflict.
func (s *Store) keepIssue(ctx context.Context, tx *sql.Tx, r Report, issue ReportIssue, by ReportStep) error {
	var version int
	var former int64
	err := tx.QueryRowContext(ctx, s.in.sql("SELECT version, report_id FROM report_issues WHERE subject = $1 ORDER BY version DESC LIMIT 1"), r.Subject).Scan(&version, &former)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if former != issue.Supersedes {
		return khue.Errorf(khue.Conflict, "báo cáo số %[1]d của kỳ này đã được ban hành từ khi lập dự thảo; hãy trả lại và lập lại dự thảo", "report %[1]d of the same period has been issued since this was drafted; return it and draft it again", former)
	}
	var same int64
	err = tx.QueryRowContext(ctx, s.in.sql("SELECT report_id FROM report_issues WHERE number = $1 AND year = $2"), issue.Number, issue.Year).Scan(&same)
	switch {
	case err == nil:
		return khue.Errorf(khue.Conflict, "số %q đã cấp cho báo cáo số %d trong năm %d", "the number %q was given to report %d in %d", issue.Number, same, issue.Year)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	supersedes := sql.NullInt64{Int64: former, Valid: former != 0}
	_, err = tx.ExecContext(ctx, s.in.sql("INSERT INTO report_issues (report_id, subject, version, build, number, year, supersedes, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
		r.ID, r.Subject, version+1, issue.Build, issue.Number, issue.Year, supersedes, s.in.at(issue.IssuedAt))
	if err != nil || former == 0 {
		return err
	}
	var last int
	if err := tx.QueryRowContext(ctx, s.in.sql("SELECT max(step) FROM report_steps WHERE report_id = $1"), former).Scan(&last); err != nil {
		return err
	}
	return s.keepStep(ctx, tx, former, ReportStep{Step: last + 1, Act: ReportSuperseded, Status: ReportSuperseded, Person: by.Person, Remark: issue.Number}, issue.IssuedAt)
}
