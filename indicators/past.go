package indicators

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/warehouse"
)

// pastBook tells how datasets stood at an earlier moment. *warehouse.Warehouse is one.
type pastBook interface {
	StatesAt(ctx context.Context, at time.Time) ([]warehouse.DatasetState, error)
}

var _ pastBook = (*warehouse.Warehouse)(nil)

func (s *Service) statesAt(ctx context.Context, at time.Time) ([]warehouse.DatasetState, error) {
	book, ok := s.facts.(pastBook)
	if !ok {
		return nil, khue.Errorf(khue.Unavailable, "nơi giữ số liệu này không kể được tình trạng lúc trước", "these facts cannot tell how they stood earlier")
	}
	return book.StatesAt(ctx, at)
}

// FreshnessAt lists every dataset as it stood at a moment of knowledge. Quarantined
// is that of now: the quarantine keeps no past.
func (s *Service) FreshnessAt(ctx context.Context, at time.Time) ([]Freshness, error) {
	states, err := s.statesAt(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("reading how far the facts reached: %w", err)
	}
	return s.freshnessOf(states), nil
}

// Under is the service by a version of the definitions that was kept; by those of
// now, and Assumed, when it never was. It shares the facts and the memory.
func (s *Service) Under(ctx context.Context, version string) (*Service, InForce, error) {
	if s.ledger == nil {
		return s, InForce{Version: s.catalogue.version, Assumed: version != s.catalogue.version, catalogue: s.catalogue}, nil
	}
	f, err := s.definitionsOf(ctx, version)
	if err != nil {
		return nil, InForce{}, err
	}
	return s.by(f.catalogue), f, nil
}

// Changes tells which of the named measures and indicators are defined otherwise
// in a later catalogue, in the order named.
func (c *Catalogue) Changes(later *Catalogue, names []string) []DefinitionChange {
	var out []DefinitionChange
	for _, name := range names {
		if change := definitionChange(name, c, later); change != nil {
			out = append(out, *change)
		}
	}
	return out
}
