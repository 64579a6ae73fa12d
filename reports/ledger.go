package reports

import (
	"fmt"
	"maps"
	"slices"

	"khue/indicators"
	"khue/reports/document"
)

// ledger keeps the evidence of every figure, each query once.
type ledger struct {
	items []document.Evidence
	index map[string]int
}

// add keeps where figures come from and gives the mark to cite: "E3".
func (l *ledger) add(about string, e indicators.Evidence) string {
	if l.index == nil {
		l.index = map[string]int{}
	}
	key := e.SQL + "\x00" + e.From + "\x00" + e.DefinitionVersion
	i, ok := l.index[key]
	if !ok {
		i = len(l.items)
		l.index[key] = i
		l.items = append(l.items, document.Evidence{
			ID: fmt.Sprintf("E%d", i+1), SQL: e.SQL, From: e.From, DefinitionVersion: e.DefinitionVersion,
		})
	}
	use := document.Use{About: about, AsOf: e.AsOf, DataUntil: e.DataUntil, Batch: e.LastBatch}
	for _, name := range slices.Sorted(maps.Keys(e.Parameters)) {
		use.Parameters = append(use.Parameters, document.Pair{Name: name, Value: parameterText(e.Parameters[name])})
	}
	l.items[i].Uses = append(l.items[i].Uses, use)
	return l.items[i].ID
}
