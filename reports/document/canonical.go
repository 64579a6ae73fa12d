package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Canonical writes a document as JSON in which equal documents are equal bytes:
// all that it says, in reading order, with typed values, evidence and the versions
// of the definitions behind them. Keys are sorted; moments are in UTC; a chart
// names the table it draws.
func Canonical(d Document) ([]byte, error) {
	blocks := make([]any, len(d.Blocks))
	for i, b := range d.Blocks {
		plain, err := plainBlock(b)
		if err != nil {
			return nil, err
		}
		blocks[i] = plain
	}
	evidence := make([]any, len(d.Evidence))
	for i, e := range d.Evidence {
		uses := make([]any, len(e.Uses))
		for j, u := range e.Uses {
			uses[j] = map[string]any{"about": u.About, "parameters": pairs(u.Parameters), "as_of": instant(u.AsOf), "data_until": instant(u.DataUntil), "batch": u.Batch}
		}
		evidence[i] = map[string]any{"id": e.ID, "sql": e.SQL, "from": e.From, "definition_version": e.DefinitionVersion, "uses": uses}
	}
	h := d.Letterhead
	var b bytes.Buffer
	write := json.NewEncoder(&b)
	write.SetEscapeHTML(false)
	write.SetIndent("", " ")
	err := write.Encode(map[string]any{
		"id": d.ID, "lang": d.Lang, "layout": d.Layout, "kind": d.Kind, "title": d.Title, "period": d.Period.String(),
		"as_of": instant(d.AsOf), "as_of_note": d.AsOfNote, "simulated": d.Simulated, "blocks": blocks,
		"letterhead": map[string]any{
			"parent": h.Parent, "issuer": h.Issuer, "number": h.Number, "place_date": h.PlaceDate,
			"signer_post": h.SignerPost, "signer_name": h.SignerName, "recipients": append([]string{}, h.Recipients...),
		},
		"filters": pairs(d.Filters), "terms": pairs(d.Terms), "evidence": evidence, "evidence_at": d.EvidenceAt,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the model of %s: %w", d.ID, err)
	}
	return b.Bytes(), nil
}

func plainBlock(b Block) (map[string]any, error) {
	switch b := b.(type) {
	case Heading:
		return map[string]any{"type": "heading", "level": b.Level, "text": b.Text, "numbered": b.Numbered}, nil
	case Paragraph:
		return map[string]any{"type": "paragraph", "runs": runs(b.Runs)}, nil
	case Callout:
		return map[string]any{"type": "callout", "runs": runs(b.Runs)}, nil
	case Bullets:
		items := make([]any, len(b.Items))
		for i, item := range b.Items {
			items[i] = runs(item)
		}
		out := map[string]any{"type": "bullets", "items": items}
		if b.Numbered {
			out["numbered"] = true
		}
		return out, nil
	case Narrative:
		return plainNarrative(b)
	case *Table:
		return plainTable(b), nil
	case *Chart:
		series := make([]any, len(b.Series))
		for i, s := range b.Series {
			series[i] = map[string]any{"name": s.Name, "column": s.Column, "tone": s.Tone}
		}
		return map[string]any{
			"type": "chart", "title": b.Title, "alt": b.Alt, "kind": b.Kind, "horizontal": b.Horizontal, "table": b.Table.ID,
			"series": series, "unit": b.Unit, "decimals": b.Decimals, "note": b.Note,
		}, nil
	}
	return nil, fmt.Errorf("writing the model of a report: a block of kind %T", b)
}

func plainNarrative(n Narrative) (map[string]any, error) {
	blocks := make([]any, len(n.Blocks))
	for i, b := range n.Blocks {
		plain, err := plainBlock(b)
		if err != nil {
			return nil, err
		}
		blocks[i] = plain
	}
	return map[string]any{"type": "narrative", "id": n.ID, "title": n.Title, "blocks": blocks}, nil
}

func plainTable(t *Table) map[string]any {
	columns := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = map[string]any{"title": c.Title, "kind": c.Kind, "width": c.Width}
	}
	rows := make([]any, len(t.Rows))
	for i, r := range t.Rows {
		cells := make([]any, len(r.Cells))
		for j, c := range r.Cells {
			cells[j] = plainCell(c)
		}
		rows[i] = map[string]any{"cells": cells, "total": r.Total, "partial": r.Partial}
	}
	return map[string]any{
		"type": "table", "id": t.ID, "sheet": t.Sheet, "title": t.Title, "unit": t.Unit, "columns": columns, "rows": rows, "source": t.Source, "annex": t.Annex,
	}
}

// plainCell writes what its kind of cell has, so that a value that is not known is
// never a zero.
func plainCell(c Cell) map[string]any {
	out := map[string]any{"kind": c.Kind}
	switch c.Kind {
	case Number, Percent:
		out["number"], out["decimals"], out["signed"] = c.Number, c.Decimals, c.Signed
	case Date, Moment:
		out["date"] = instant(c.Date)
	case Range:
		out["date"], out["to"] = instant(c.Date), instant(c.To)
	default:
		out["words"] = c.Words
	}
	return out
}

func runs(list []Run) []any {
	out := make([]any, len(list))
	for i, r := range list {
		one := map[string]any{"text": r.Text, "bold": r.Bold, "note": r.Note}
		// What came to runs later is written where there is any, so that older reports
		// keep the model that they were issued with.
		if r.Italic {
			one["italic"] = true
		}
		if r.Link != "" {
			one["link"] = r.Link
		}
		out[i] = one
	}
	return out
}

func pairs(list []Pair) []any {
	out := make([]any, len(list))
	for i, p := range list {
		out[i] = map[string]any{"name": p.Name, "value": p.Value}
	}
	return out
}

// instant writes a moment; the zero time is "".
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Difference is one value that two documents do not share.
type Difference struct {
	Path    string // where: "blocks[months].rows[Tháng 3].cells[1].number"
	Was, Is string // as JSON; "" where the document has no such value
}

// Differences compares two documents that Canonical wrote, in the order they read.
func Differences(was, is []byte) ([]Difference, error) {
	var a, b any
	for _, side := range []struct {
		text []byte
		into *any
	}{{was, &a}, {is, &b}} {
		decoder := json.NewDecoder(bytes.NewReader(side.text))
		decoder.UseNumber()
		if err := decoder.Decode(side.into); err != nil {
			return nil, fmt.Errorf("reading the model of a report: %w", err)
		}
	}
	var out []Difference
	compare("", a, b, &out)
	return out, nil
}

func compare(path string, a, b any, out *[]Difference) {
	x, xIs := a.(map[string]any)
	y, yIs := b.(map[string]any)
	if xIs && yIs {
		for _, key := range keysOf(x, y) {
			compare(joined(path, key), x[key], y[key], out)
		}
		return
	}
	list, listIs := a.([]any)
	other, otherIs := b.([]any)
	if listIs && otherIs {
		for i := range max(len(list), len(other)) {
			compare(path+"["+label(i, at(list, i), at(other, i))+"]", at(list, i), at(other, i), out)
		}
		return
	}
	if before, after := asJSON(a), asJSON(b); before != after {
		*out = append(*out, Difference{Path: path, Was: before, Is: after})
	}
}

func keysOf(x, y map[string]any) []string {
	all := make(map[string]bool, len(x))
	for k := range x {
		all[k] = true
	}
	for k := range y {
		all[k] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// label names an element of a list by what people know it by: the id of a table or
// of evidence, the name of a filter, the first words of a row; else its number.
func label(i int, sides ...any) string {
	for _, side := range sides {
		of, _ := side.(map[string]any)
		for _, key := range []string{"id", "name"} {
			if name, _ := of[key].(string); name != "" {
				return name
			}
		}
		if cells, _ := of["cells"].([]any); len(cells) > 0 {
			head, _ := cells[0].(map[string]any)
			if words, _ := head["words"].(string); words != "" {
				return words
			}
		}
	}
	return strconv.Itoa(i)
}

func asJSON(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
