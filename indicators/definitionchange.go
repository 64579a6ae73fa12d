package indicators

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// DefinitionChange is how the entry of a measure or an indicator differs between
// two versions of the definitions.
type DefinitionChange struct {
	Name    string
	Fields  []FieldChange // by name; empty when the entry came or went as a whole
	Added   bool          // the earlier version did not have it
	Removed bool          // the later version does not have it
}

// FieldChange is one field that differs. A side that had no value is nil.
type FieldChange struct {
	Field    string // as in the definitions or the dataset's contract; parts of a field after a dot
	Old, New any
}

// definitionChange compares an entry in two catalogues, with the measures that an
// indicator draws on; nil when nothing of it differs.
func definitionChange(name string, before, after *Catalogue) *DefinitionChange {
	old, was := before.entryOf(name)
	now, is := after.entryOf(name)
	change := &DefinitionChange{Name: name, Added: !was && is, Removed: was && !is}
	if was && is {
		change.Fields = fieldChanges("", old, now)
	}
	if !change.Added && !change.Removed && len(change.Fields) == 0 {
		return nil
	}
	return change
}

// entryOf is what the definitions say of a measure or an indicator, as plain values.
func (c *Catalogue) entryOf(name string) (map[string]any, bool) {
	for _, m := range c.measures {
		if m.Name == name {
			return plainEntry(m), true
		}
	}
	for _, i := range c.indicators {
		if i.Name != name {
			continue
		}
		entry := plainEntry(i)
		for _, part := range []string{i.Measure, i.Numerator, i.Denominator} {
			if of, ok := c.entryOf(part); part != "" && part != name && ok {
				entry[part] = of
			}
		}
		return entry, true
	}
	return nil, false
}

func plainEntry(entry any) map[string]any {
	var out map[string]any
	b, err := json.Marshal(entry)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return map[string]any{"entry": fmt.Sprintf("%+v", entry)} // entries are texts and numbers: this cannot be
	}
	return out
}

// fieldChanges lists what differs between two sets of values, parts of a field
// under their own names.
func fieldChanges(prefix string, old, now map[string]any) []FieldChange {
	names := slices.Sorted(maps.Keys(old))
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, both := old[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []FieldChange
	for _, name := range names {
		a, b := old[name], now[name]
		if reflect.DeepEqual(a, b) || empty(a) && empty(b) {
			continue
		}
		x, xIs := a.(map[string]any)
		y, yIs := b.(map[string]any)
		if (xIs || a == nil) && (yIs || b == nil) && (xIs || yIs) {
			out = append(out, fieldChanges(prefix+snake(name)+".", x, y)...)
			continue
		}
		out = append(out, FieldChange{prefix + snake(name), a, b})
	}
	return out
}

// empty tells that a field says nothing; a zero and a no do say something.
func empty(v any) bool {
	switch of := reflect.ValueOf(v); of.Kind() {
	case reflect.Invalid:
		return true
	case reflect.String, reflect.Slice, reflect.Map:
		return of.Len() == 0
	}
	return false
}

// snake writes a Go name as definitions do.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
