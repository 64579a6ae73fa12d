package indicators

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"khue"
	"khue/warehouse"
)

// mostPublicRows is the most rows of one question for the published table.
const mostPublicRows = 2_000_000

// publicGrains and publicSplits are what the published table is made of: each measure
// by each grain, whole and by every set of the dimensions that disclosure control
// judges. A question that the table answers is one of these, or a part of one.
var (
	publicGrains = []khue.Grain{khue.Month, khue.Quarter, khue.Year}
	publicSplits = [][]string{nil, {"discipline"}, {"area"}, {"discipline", "area"}}
)

// States of a published figure, by the codes that SDMX has for them.
const (
	FigureShown    = "A"
	FigurePartial  = "P" // its period is not over, or the facts do not reach its end
	FigureUnknown  = "O"
	FigureWithheld = "Q"
)

// Codes of dimensions in the published table that are no value of theirs.
const (
	PublicTotal   = "_T"
	PublicUnknown = "_U"
)

// PublicEdition names what the published table holds when it is made now: the same
// facts, definitions and day give the same. loading tells that a batch is coming in.
func (s *Service) PublicEdition(ctx context.Context) (edition string, knownAt time.Time, loading bool, err error) {
	states, err := s.facts.States(ctx)
	if err != nil {
		return "", time.Time{}, false, fmt.Errorf("reading how far the facts reach: %w", err)
	}
	sum := sha256.New()
	fmt.Fprintln(sum, s.catalogue.Version(), s.Today().Format(time.DateOnly))
	for _, one := range states {
		fmt.Fprintln(sum, one.Dataset, one.LastBatch, one.ChangedAt.UnixMicro(), one.Rows)
		loading = loading || one.Loading
		if one.LastRecorded.After(knownAt) {
			knownAt = one.LastRecorded
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:20], knownAt, loading, nil
}

// PublicFigures asks itself, as somebody without rights, for every figure of the
// published table and hands them out part by part. What cannot be asked of a measure
// (it has no such dimension) is not in the table, and neither is a combination of values
// of which nothing is known: it is most of them.
func (s *Service) PublicFigures(ctx context.Context, take func([]warehouse.PublicFigure) error) error {
	for _, measures := range s.byDataset() {
		for _, grain := range publicGrains {
			for _, split := range publicSplits {
				if err := s.publicPart(ctx, measures, grain, split, take); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// byDataset lists the measures, those of one dataset together: they are asked for in one
// question.
func (s *Service) byDataset() [][]string {
	var order []string
	names := map[string][]string{}
	for _, m := range s.catalogue.Measures() {
		if names[m.Dataset] == nil {
			order = append(order, m.Dataset)
		}
		names[m.Dataset] = append(names[m.Dataset], m.Name)
	}
	out := make([][]string, len(order))
	for i, dataset := range order {
		out[i] = names[dataset]
	}
	return out
}

func (s *Service) publicPart(ctx context.Context, measures []string, grain khue.Grain, split []string, take func([]warehouse.PublicFigure) error) error {
	a, err := s.Ask(ctx, Question{Measures: measures, By: append([]string{string(grain)}, split...), Scope: khue.Public, Limit: mostPublicRows})
	if kind := khue.KindOf(err); err != nil && (kind == khue.Invalid || kind == khue.Forbidden) {
		if len(measures) == 1 {
			return nil
		}
		for _, one := range measures { // one of them cannot be asked so; the others can
			if err := s.publicPart(ctx, []string{one}, grain, split, take); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("asking for published figures by %s: %w", grain, err)
	}
	return take(publicRows(a, grain))
}

func publicRows(a Answer, grain khue.Grain) []warehouse.PublicFigure {
	var out []warehouse.PublicFigure
	for _, row := range a.Rows {
		f := warehouse.PublicFigure{Grain: string(grain), Discipline: PublicTotal, Area: PublicTotal}
		for i, k := range row.Keys {
			code := k.Code
			if code == "" {
				code = PublicUnknown
			}
			switch a.Columns[i].Name {
			case "discipline":
				f.Discipline = code
			case "area":
				f.Area = code
			default:
				f.Period, f.StartsOn = k.Period.String(), k.Period.Start()
			}
		}
		for i, v := range row.Values {
			f.Measure, f.Status, f.Value = a.Columns[len(row.Keys)+i].Name, publicStatus(v, row.Partial), nil
			if v.Known {
				f.Value = &row.Values[i].Number
			}
			if f.Status != FigureUnknown || len(row.Keys) == 1 {
				out = append(out, f)
			}
		}
	}
	return out
}

func publicStatus(v Value, partial bool) string {
	switch {
	case v.Suppressed:
		return FigureWithheld
	case !v.Known:
		return FigureUnknown
	case partial:
		return FigurePartial
	}
	return FigureShown
}
