package main

import (
	"khue"
	"khue/api"
	"khue/api/format"
	"khue/dashboards"
	"khue/indicators"
)

// explorer is what the explore page asks beside the service: questions are read and files
// are written by the API's own code, so that page and API say the same.
func (o *Observatory) explorer(programs *api.API) *dashboards.Explore {
	e := &dashboards.Explore{
		Understand: programs.Understand, InWords: o.Service.InWords, Give: programs.Give, Query: api.Prefix + "/query", Site: programs.Site, Views: o.State,
		SQL: func(q indicators.Question, _ khue.Lang) (string, bool, khue.Text) {
			sql, why, ok := o.Service.PublicSelect(q)
			return sql, ok, why
		},
	}
	for _, name := range format.Names() {
		f, err := format.Find(name)
		if err != nil {
			continue // it is one of the names
		}
		e.Formats = append(e.Formats, dashboards.ExploreFormat{Name: f.Name, Label: f.Label})
	}
	return e
}
