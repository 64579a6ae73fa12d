package indicators

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// canonicalQuestion is what a question asks, so that equal questions are equal texts:
// its fields stand in the order of their names, and what is empty is left out. Fields
// that questions get later do not change the texts of those that leave them out.
type canonicalQuestion struct {
	AreaView AreaView            `json:",omitempty"`
	By       []string            `json:",omitempty"`
	Counting Counting            `json:",omitempty"`
	Derive   []Derivation        `json:",omitempty"`
	Editions map[string]string   `json:",omitempty"`
	From     time.Time           `json:",omitzero"`
	Measures []string            `json:",omitempty"`
	Scope    *canonicalScope     `json:",omitempty"`
	To       time.Time           `json:",omitzero"`
	Top      *canonicalTop       `json:",omitempty"`
	Where    map[string][]string `json:",omitempty"`
	On       string              `json:"on,omitempty"` // the day it holds for
}

type canonicalScope struct {
	All          bool     `json:",omitempty"`
	Areas        []string `json:",omitempty"`
	Confidential bool     `json:",omitempty"`
	Moments      bool     `json:",omitempty"`
}

type canonicalTop struct {
	By  string `json:",omitempty"`
	Dim string `json:",omitempty"`
	N   int    `json:",omitempty"`
}

// canonical writes what a question asks, with its filters sorted and without its moment,
// its limit and how it is read. Members of lists stay: an empty filter value asks for
// what is unknown.
func (q Question) canonical(on time.Time) ([]byte, error) {
	c := canonicalQuestion{
		AreaView: q.AreaView, By: q.By, Counting: q.Counting, Derive: q.Derive, From: q.From, Measures: q.Measures, To: q.To,
		Editions: maps.Clone(q.Editions), Where: make(map[string][]string, len(q.Where)),
	}
	maps.DeleteFunc(c.Editions, func(_, edition string) bool { return edition == "" })
	for dim, values := range q.Where {
		if len(values) > 0 {
			c.Where[dim] = distinct(values)
		}
	}
	if scope := q.Scope; scope.All || scope.Confidential || scope.Moments || len(scope.Areas) > 0 {
		c.Scope = &canonicalScope{scope.All, distinct(scope.Areas), scope.Confidential, scope.Moments}
	}
	if q.Top != nil && *q.Top != (Top{}) {
		c.Top = &canonicalTop{q.Top.By, q.Top.Dim, q.Top.N}
	}
	if !on.IsZero() {
		c.On = on.Format(time.DateOnly)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("writing a question: %w", err)
	}
	return text, nil
}
