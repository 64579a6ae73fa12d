package indicators

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"khue"
	"khue/warehouse"
)

// Ledger remembers what must outlive the program: which definitions were in force
// when, and the questions whose answers left the product. cmd makes one from the
// state store.
type Ledger interface {
	// Keep notes a question under its id. It does not hold the caller up.
	Keep(Asked)
	// Asked finds the question under an id; false when there is none.
	Asked(ctx context.Context, id string) (Asked, bool, error)
	// DefinitionsAt gives the definitions in force at a moment; false when none
	// were noted by then.
	DefinitionsAt(ctx context.Context, at time.Time) (Definitions, bool, error)
	// Definitions gives a version of the definitions; false when it was never kept.
	Definitions(ctx context.Context, version string) (Definitions, bool, error)
}

// Asked is a question as it is kept: enough to answer it again as it was.
type Asked struct {
	ID           string
	Question     []byte    // canonical JSON
	AsOf         time.Time // moment of knowledge
	Version      string    // of the definitions
	FirstAskedAt time.Time
}

// Definitions is a set of definitions as it is kept.
type Definitions struct {
	Version string
	Since   time.Time // in force, or first seen
	Packed  []byte    // as Catalogue.Pack made it
}

// Journal answers what an ordinary question does not: what changed between two
// moments, and which records a number stands on. *warehouse.Warehouse is one.
type Journal interface {
	Effects(ctx context.Context, s warehouse.Select, in warehouse.Interval) ([]warehouse.Effect, error)
	Movements(ctx context.Context, s warehouse.Select, in warehouse.Interval) ([]warehouse.Movement, error)
	ChangedRecords(ctx context.Context, s warehouse.Select, in warehouse.Interval, limit, offset int) ([]warehouse.ChangedRecord, int64, error)
	Grounds(ctx context.Context, s warehouse.Select, limit, offset int) ([]warehouse.Ground, int64, error)
	GroundBatches(ctx context.Context, s warehouse.Select, limit, offset int) ([]warehouse.BatchShare, int64, int64, error)
	Origins(ctx context.Context, ids []string) (map[string]warehouse.BatchOrigin, error)
}

// journal is the facts' own, for questions about the past.
func (s *Service) journal() (Journal, error) {
	if j, ok := s.facts.(Journal); ok {
		return j, nil
	}
	return nil, khue.Errorf(khue.Unavailable, "nơi giữ số liệu này không có sổ ghi thay đổi", "these facts are kept without a journal of changes")
}

// kept is one definition file inside a packed catalogue.
type kept struct {
	Name    string `json:"name"`
	Ours    bool   `json:"ours,omitempty"`
	Content string `json:"content"`
}

// Pack writes the documents of the catalogue, compressed, so that it can be read
// again when others are in force.
func (c *Catalogue) Pack() ([]byte, error) {
	files := make([]kept, len(c.files))
	for i, f := range c.files {
		files[i] = kept{Name: f.name, Ours: f.ours, Content: string(f.content)}
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(files); err != nil {
		return nil, fmt.Errorf("packing the definitions %s: %w", c.version, err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("packing the definitions %s: %w", c.version, err)
	}
	return b.Bytes(), nil
}

// largestPacked bounds what a packed catalogue may unfold to.
const largestPacked = 64 << 20

// Unpack reads a catalogue that Pack wrote. It was checked by the program of its
// time; what this one would object to, such as a key that came to be required
// later, does not keep the old numbers from being worked out.
func Unpack(packed []byte) (*Catalogue, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking definitions: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, largestPacked))
	if err != nil {
		return nil, fmt.Errorf("unpacking definitions: %w", err)
	}
	var files []kept
	if err := json.Unmarshal(text, &files); err != nil {
		return nil, fmt.Errorf("unpacking definitions: %w", err)
	}
	read := make([]definition, len(files))
	for i, f := range files {
		read[i] = definition{name: f.Name, shown: f.Name, ours: f.Ours, content: []byte(f.Content)}
	}
	var faults khue.Faults
	return catalogueOf(read, &faults), nil
}

// by is the service with other definitions.
func (s *Service) by(c *Catalogue) *Service {
	other := *s
	other.catalogue = c
	return &other
}

// InForce says which definitions held at a moment.
type InForce struct {
	Version string
	Since   time.Time // zero when it is not known
	// Assumed tells that none were noted by then, and those of now stand in.
	Assumed bool

	catalogue *Catalogue
}

// definitionsAt gives the definitions in force at a moment. Of moments before the
// first that was noted nothing is known: the definitions of now then stand in.
func (s *Service) definitionsAt(ctx context.Context, at time.Time) (InForce, error) {
	now := InForce{Version: s.catalogue.version, Assumed: true, catalogue: s.catalogue}
	if s.ledger == nil {
		return now, nil
	}
	d, known, err := s.ledger.DefinitionsAt(ctx, at)
	if err != nil || !known {
		return now, err
	}
	return s.inForce(d)
}

func (s *Service) inForce(d Definitions) (InForce, error) {
	f := InForce{Version: d.Version, Since: d.Since, catalogue: s.catalogue}
	if d.Version == s.catalogue.version {
		return f, nil
	}
	c, err := Unpack(d.Packed)
	if err != nil {
		return InForce{}, fmt.Errorf("reading the definitions %s: %w", d.Version, err)
	}
	f.catalogue = c
	return f, nil
}
