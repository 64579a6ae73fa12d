package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// ReportLine is a report as lists show it, without what it was made from.
type ReportLine struct {
	ID                  int64
	Subject             string
	Definition, Period  string
	Parameters          string // canonical JSON
	Languages           []string
	Lacks               string // JSON, of the newest build
	Act, Status, Person string // of the last step
	At                  time.Time
	Version             int    // 0 until it is issued
	Number              string // "" until it is issued
	IssuedAt            time.Time
}

// ReportLines lists all reports in one reading, the newest first.
func (s *Store) ReportLines(ctx context.Context) ([]ReportLine, error) {
	var out []ReportLine
	err := s.each(ctx, func(row *sql.Rows) error {
		var l ReportLine
		var languages string
		var version sql.NullInt64
		var number sql.NullString
		if err := row.Scan(&l.ID, &l.Subject, &l.Definition, &l.Period, &l.Parameters, &languages, &l.Lacks, &l.Act, &l.Status, &l.Person, moment{&l.At}, &version, &number, moment{&l.IssuedAt}); err != nil {
			return err
		}
		l.Languages, l.Version, l.Number = strings.Split(languages, ","), int(version.Int64), number.String
		out = append(out, l)
		return nil
	}, `SELECT r.id, r.subject, r.definition, r.period, r.parameters, b.languages, b.lacks, p.act, p.status, p.person, p.at, i.version, i.number, i.issued_at
FROM reports r
JOIN report_steps p ON p.report_id = r.id AND p.step = (SELECT max(l.step) FROM report_steps l WHERE l.report_id = r.id)
JOIN report_builds b ON b.report_id = r.id AND b.build = (SELECT max(l.build) FROM report_builds l WHERE l.report_id = r.id)
LEFT JOIN report_issues i ON i.report_id = r.id
ORDER BY r.id DESC`)
	if err != nil {
		return nil, fmt.Errorf("listing reports: %w", err)
	}
	return out, nil
}
