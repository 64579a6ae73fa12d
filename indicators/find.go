package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue/locale"
	"khue/warehouse"
)

// Hit is a member or an event found by its name.
type Hit struct {
	Source, ID, Name string
	Area, Discipline string    // codes; "" where the source did not say
	Status           string    // of a member: accepted, certified or left
	Day              time.Time // on which an event begins, or a member came
}

// mostWords bounds a search: more words than a name has find nothing anyway.
const mostWords = 12

// FindMembers lists members whose names hold words beginning with those given,
// with or without Vietnamese marks and in any case: first names that begin with
// the first word, then by Vietnamese collation. No words find nobody.
func (s *Service) FindMembers(ctx context.Context, words string, limit int) ([]Hit, error) {
	hits, err := s.find(ctx, "members", words, limit)
	if err != nil {
		return nil, err
	}
	collator, first := locale.Collator(), locale.Words(words)
	slices.SortStableFunc(hits, func(a, b Hit) int {
		if x, y := a.beginsWith(first), b.beginsWith(first); x != y {
			return order(y, x)
		}
		return collator.CompareString(a.Name, b.Name)
	})
	return hits, nil
}

// FindEvents lists events in the same way, the latest first.
func (s *Service) FindEvents(ctx context.Context, words string, limit int) ([]Hit, error) {
	return s.find(ctx, "events", words, limit)
}

func (h Hit) beginsWith(words []string) bool {
	name := locale.Words(h.Name)
	return len(words) > 0 && len(name) > 0 && strings.HasPrefix(name[0], words[0])
}

func (s *Service) find(ctx context.Context, dataset, words string, limit int) ([]Hit, error) {
	wanted := locale.Words(words)
	named, err := s.facts.FindNames(ctx, warehouse.NameSearch{Dataset: dataset, Words: wanted[:min(len(wanted), mostWords)], Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", dataset, err)
	}
	out := make([]Hit, len(named))
	for i, n := range named {
		out[i] = Hit(n)
	}
	return out, nil
}
