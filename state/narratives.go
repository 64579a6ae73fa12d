package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"khue"
)

// Narrative is one revision of a text that staff write for a report.
type Narrative struct {
	Definition, Period, Parameters string // of the report; parameters as canonical JSON
	Section                        string // id of the text in the definition
	Language                       string // vi or en
	Revision                       int    // from 1 on; the highest is what holds
	Text                           string // canonical JSON of the rich text
	Person                         string // who wrote it, as they gave their name
	Attempt                        string // what the writer's browser called this saving
	WrittenAt                      time.Time
}

// mostNarrativeRevisions bounds the revisions of one text: a year of saving it each
// working day every ten minutes.
const mostNarrativeRevisions = 12_000

const narrativeColumns = "n.definition, n.period, n.parameters, n.section, n.language, n.revision, n.text, n.person, n.attempt, n.written_at"

// ofOneText chooses the revisions of one text, by the parameters $1 to $5.
const ofOneText = " WHERE n.definition = $1 AND n.period = $2 AND n.parameters = $3 AND n.section = $4 AND n.language = $5"

func (n Narrative) key() []any {
	return []any{n.Definition, n.Period, n.Parameters, n.Section, n.Language}
}

// SaveNarrative keeps the next revision of a text. The text names the revision it was
// made from, 0 for none: when another has come since it is a Conflict, and the newest
// comes back beside it. What the newest says already is not kept again.
func (s *Store) SaveNarrative(ctx context.Context, n Narrative, now time.Time) (Narrative, error) {
	var newest Narrative
	err := s.alone(ctx, func(tx *sql.Tx) error {
		var err error
		newest, err = scanNarrative(tx.QueryRowContext(ctx, s.in.sql("SELECT "+narrativeColumns+" FROM narratives n"+ofOneText+" ORDER BY n.revision DESC LIMIT 1"), n.key()...))
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		case newest.Revision > 0 && newest.Text == n.Text:
			return nil
		case newest.Revision != n.Revision:
			return khue.Errorf(khue.Conflict, "lời văn này vừa được người khác viết", "somebody else has just written this text")
		case newest.Revision >= mostNarrativeRevisions:
			return khue.Errorf(khue.Conflict, "lời văn này đã có %d bản, là nhiều nhất có thể", "this text has %d revisions, which is the most there can be", mostNarrativeRevisions)
		}
		n.Revision, n.WrittenAt = newest.Revision+1, toMillisecond(now)
		if !n.WrittenAt.After(newest.WrittenAt) {
			n.WrittenAt = newest.WrittenAt.Add(time.Millisecond) // a clock set back does not reorder what happened
		}
		_, err = tx.ExecContext(ctx, s.in.sql(`INSERT INTO narratives (definition, period, parameters, section, language, revision, text, person, attempt, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`), append(n.key(), n.Revision, n.Text, n.Person, n.Attempt, s.in.at(n.WrittenAt))...)
		if err == nil {
			newest = n
		}
		return err
	})
	if err != nil {
		if khue.KindOf(err) != khue.Conflict {
			newest = Narrative{}
		}
		return newest, fmt.Errorf("keeping the text %s of the report %s: %w", n.Section, n.Definition, err)
	}
	return newest, nil
}

// Narratives are the texts of a report as they read now, each in its languages.
func (s *Store) Narratives(ctx context.Context, definition, period, parameters string) ([]Narrative, error) {
	return s.listNarratives(ctx, "SELECT "+narrativeColumns+` FROM narratives n WHERE n.definition = $1 AND n.period = $2 AND n.parameters = $3
AND n.revision = (SELECT max(l.revision) FROM narratives l WHERE l.definition = n.definition AND l.period = n.period AND l.parameters = n.parameters
	AND l.section = n.section AND l.language = n.language) ORDER BY n.section, n.language`, definition, period, parameters)
}

// NarrativeRevisions are the revisions of one text, the newest first, at most so many.
func (s *Store) NarrativeRevisions(ctx context.Context, n Narrative, most int) ([]Narrative, error) {
	return s.listNarratives(ctx, "SELECT "+narrativeColumns+" FROM narratives n"+ofOneText+" ORDER BY n.revision DESC LIMIT $6", append(n.key(), most)...)
}

func (s *Store) listNarratives(ctx context.Context, query string, args ...any) ([]Narrative, error) {
	var out []Narrative
	err := s.each(ctx, func(row *sql.Rows) error {
		n, err := scanNarrative(row)
		out = append(out, n)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing the texts of a report: %w", err)
	}
	return out, nil
}

func scanNarrative(row interface{ Scan(...any) error }) (Narrative, error) {
	var n Narrative
	err := row.Scan(&n.Definition, &n.Period, &n.Parameters, &n.Section, &n.Language, &n.Revision, &n.Text, &n.Person, &n.Attempt, moment{&n.WrittenAt})
	return n, err
}
