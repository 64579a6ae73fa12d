package main

import (
	"context"

	"khue/dashboards"
	"khue/reports"
	"khue/reports/archive"
	"khue/state"
)

// reportPages is the library of reports as the pages ask for it.
type reportPages struct {
	archive.Library
	definitions reports.Definitions
}

func (o *Observatory) reportPages() (reportPages, error) {
	a, err := o.archived()
	return reportPages{archive.Library{Archive: a, Shelf: o.State}, o.Reports}, err
}

// Kinds implements dashboards.Reports.
func (p reportPages) Kinds() []dashboards.ReportKind {
	out := make([]dashboards.ReportKind, len(p.definitions))
	for i, d := range p.definitions {
		out[i] = dashboards.ReportKind{
			ID: d.ID, Title: d.Title, Grains: d.Grains, Formats: d.Formats, NeedsArea: d.Needs("area"), NeedsEdition: d.Needs("edition"),
		}
	}
	return out
}

// Draft implements dashboards.Reports.
func (p reportPages) Draft(ctx context.Context, o dashboards.ReportOrder, by string) (state.Report, error) {
	return p.Archive.Draft(ctx, archive.Order{
		Definition: o.Definition, Period: o.Period, Languages: o.Languages, Confidential: o.Confidential, Parameters: reports.Parameters{Area: o.Area, Edition: o.Edition},
	}, by)
}

// Compare implements dashboards.Reports.
func (p reportPages) Compare(ctx context.Context, was, is state.Report) ([]dashboards.ReportComparison, error) {
	found, err := p.Library.Compare(ctx, was, is)
	if err != nil {
		return nil, err
	}
	out := make([]dashboards.ReportComparison, len(found))
	for i, f := range found {
		out[i] = dashboards.ReportComparison{Language: f.Language, Evidence: f.Evidence, Values: f.Values}
		for _, one := range f.List {
			out[i].Changes = append(out[i].Changes, dashboards.ReportChange(one))
		}
	}
	return out, nil
}
