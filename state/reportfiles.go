package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// KeepContents keeps contents of files and gives the SHA-256 of each, in
// hexadecimal digits. It is done before the rows that name them are written: a
// process that ends in between leaves contents that nothing names, never a row
// that names nothing.
func (s *Store) KeepContents(ctx context.Context, now time.Time, contents ...[]byte) ([]string, error) {
	sums := make([]string, len(contents))
	for i, content := range contents {
		sum := sha256.Sum256(content)
		sums[i] = hex.EncodeToString(sum[:])
		// Kept anew when it is there already, so that it is not taken for something left behind.
		_, err := s.exec(ctx, "INSERT INTO report_contents (sha256, content, kept_at) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO UPDATE SET kept_at = excluded.kept_at", sums[i], content, s.in.at(now))
		if err != nil {
			return nil, fmt.Errorf("keeping a file of %d bytes: %w", len(content), err)
		}
	}
	return sums, nil
}

// Content gives what is kept under a SHA-256, as it is: whoever relies on it looks
// whether it still has that sum. False when there is nothing.
func (s *Store) Content(ctx context.Context, sum string) ([]byte, bool, error) {
	var content []byte
	err := s.db.QueryRowContext(ctx, s.in.sql("SELECT content FROM report_contents WHERE sha256 = $1"), sum).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading a kept file: %w", err)
	}
	return content, true, nil
}

// DropLooseContents removes contents that nothing names and that were kept before
// a moment: what ended processes left. It tells how many they were.
func (s *Store) DropLooseContents(ctx context.Context, before time.Time) (int64, error) {
	n, err := s.exec(ctx, "DELETE FROM report_contents WHERE kept_at < "+s.in.moment("$1")+" AND NOT EXISTS (SELECT 1 FROM report_files f WHERE f.sha256 = report_contents.sha256)", s.in.at(before))
	if err != nil {
		return 0, fmt.Errorf("removing files that nothing names: %w", err)
	}
	return n, nil
}
