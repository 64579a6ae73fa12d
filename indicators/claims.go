package indicators

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// mostRecords bounds the lists of claims and initiatives, which people write.
const mostRecords = 100_000

// ClaimsOf lists the published figures of a subject side by side, by period and
// publisher: those of the definitions and those that were pulled, as known at
// asOf (zero is now). A pulled figure that the definitions hold too is listed
// once. A subject that neither knows is a NotFound.
func (s *Service) ClaimsOf(ctx context.Context, subject string, asOf time.Time) ([]Claim, error) {
	var out []Claim
	for _, c := range s.catalogue.claims {
		if c.Subject == subject {
			out = append(out, c)
		}
	}
	held := len(out)
	records, err := s.facts.Records(ctx, "claims", []warehouse.Filter{{Dim: "subject", Values: []string{subject}}}, asOf, mostRecords)
	if err != nil {
		return nil, fmt.Errorf("listing the published figures of %s: %w", subject, err)
	}
	for _, r := range records {
		c := s.pulledClaim(r)
		if !slices.ContainsFunc(out[:held], c.sameAs) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		codes := make([]string, len(s.catalogue.subjects))
		for i, known := range s.catalogue.subjects {
			codes[i] = known.Code
		}
		if !slices.Contains(codes, subject) {
			return nil, notFound("chủ đề số liệu", "subject of published figures", subject, codes)
		}
	}
	slices.SortStableFunc(out, func(a, b Claim) int {
		return cmp.Or(strings.Compare(a.Period, b.Period), strings.Compare(a.Publisher, b.Publisher))
	})
	return out, nil
}

// pulledClaim reads a record of the claims dataset.
func (s *Service) pulledClaim(r warehouse.Record) Claim {
	c := Claim{
		Subject: textOf(r, "subject"), Period: textOf(r, "period"), unit: textOf(r, "unit"),
		Publisher: textOf(r, "publisher"), Citation: textOf(r, "citation"), Value: numberOf(r, "value"),
	}
	note := textOf(r, "scope_note")
	c.Note, c.Kind = khue.Text{VI: note, EN: note}, kindOfNote(note)
	c.Unit, c.SubjectLabel = khue.Text{VI: c.unit, EN: c.unit}, khue.Text{VI: c.Subject, EN: c.Subject}
	for _, u := range s.catalogue.units {
		if u.code == c.unit {
			c.Unit = u.label
		}
	}
	for _, known := range s.catalogue.subjects {
		if known.Code == c.Subject {
			c.SubjectLabel = known.Label
		}
	}
	return c
}

// kindOfNote reads the kind of a pulled figure from the first word of its scope
// note: the contract of the dataset has no field for it. Without such a word
// nobody has said, and the figure never counts as an actual.
func kindOfNote(note string) string {
	words := strings.FieldsFunc(strings.ToLower(note), func(r rune) bool { return strings.ContainsRune(" ,;:.()", r) })
	if len(words) > 0 && slices.Contains([]string{"actual", "target", "estimate"}, words[0]) {
		return words[0]
	}
	return ""
}

var claimKinds = map[string]khue.Text{
	"actual":   {VI: "thực hiện", EN: "actual"},
	"estimate": {VI: "ước tính", EN: "estimate"},
	"target":   {VI: "chỉ tiêu", EN: "target"},
}

// KindLabel says what a figure is; of many that were pulled nobody has said.
func (c Claim) KindLabel() khue.Text {
	if label, ok := claimKinds[c.Kind]; ok {
		return label
	}
	return khue.Text{VI: "chưa rõ", EN: "not stated"}
}

// sameAs tells that two claims are one figure of one publisher.
func (c Claim) sameAs(other Claim) bool {
	return c.Subject == other.Subject && c.Period == other.Period && c.Value == other.Value &&
		(c.Publisher == other.Publisher || slices.Contains(c.aliases, other.Publisher) || slices.Contains(other.aliases, c.Publisher))
}

func textOf(r warehouse.Record, field string) string {
	s, _ := r[field].(string)
	return s
}

func numberOf(r warehouse.Record, field string) float64 {
	switch v := r[field].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

func dayIn(r warehouse.Record, field string) time.Time {
	d, _ := r[field].(time.Time)
	return d
}
