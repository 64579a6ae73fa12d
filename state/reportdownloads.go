package state

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// ReportDownload is one taking along of a kept file.
type ReportDownload struct {
	Report           int64
	Build            int
	Language, Format string
	Name, SHA256     string // of the file; filled in when read
	Person           string // as they gave their name; "" when they gave none
	At               time.Time
}

// AddReportDownload keeps who took a file along. A file that the report does not
// have is an error.
func (s *Store) AddReportDownload(ctx context.Context, d ReportDownload) error {
	_, err := s.exec(ctx, "INSERT INTO report_downloads (report_id, build, language, format, person, at) VALUES ($1, $2, $3, $4, $5, $6)",
		d.Report, d.Build, d.Language, d.Format, d.Person, s.in.at(d.At))
	if err != nil {
		return fmt.Errorf("keeping a download of report %d: %w", d.Report, err)
	}
	return nil
}

// ReportDownloads lists who took files of a report along, the newest first, and
// tells how many times files were taken in all.
func (s *Store) ReportDownloads(ctx context.Context, id int64, most int) (list []ReportDownload, all int, err error) {
	if err := s.db.QueryRowContext(ctx, s.in.sql("SELECT count(*) FROM report_downloads WHERE report_id = $1"), id).Scan(&all); err != nil {
		return nil, 0, fmt.Errorf("counting downloads of report %d: %w", id, err)
	}
	err = s.each(ctx, func(row *sql.Rows) error {
		d := ReportDownload{Report: id}
		if err := row.Scan(&d.Build, &d.Language, &d.Format, &d.Name, &d.SHA256, &d.Person, moment{&d.At}); err != nil {
			return err
		}
		list = append(list, d)
		return nil
	}, `SELECT d.build, d.language, d.format, f.name, f.sha256, d.person, d.at
FROM report_downloads d JOIN report_files f ON f.report_id = d.report_id AND f.build = d.build AND f.language = d.language AND f.format = d.format
WHERE d.report_id = $1 ORDER BY d.id DESC LIMIT $2`, id, most)
	if err != nil {
		return nil, 0, fmt.Errorf("listing downloads of report %d: %w", id, err)
	}
	return list, all, nil
}
