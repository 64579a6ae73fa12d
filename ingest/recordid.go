package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// recordID is the row's own id, or is made from the fields that tell it apart.
func (m *mapping) recordID(cells []Value) string {
	if m.id >= 0 {
		s, ok := cleanText(m.textOf(&cells[m.id]))
		if !ok || s == "" || len(s) > maxID || cells[m.id].Kind == Unfit {
			m.faults = append(m.faults, fault{
				cell: m.id, name: m.columnOf(m.id), reason: "record_id", raw: cells[m.id],
				expected: says("mỗi bản ghi cần một mã dài nhất %d byte", "every record needs an id of at most %d bytes", maxID),
			})
			return ""
		}
		return s
	}
	for _, p := range m.key {
		for _, f := range m.faults {
			if p.field != nil && p.field == f.field {
				return "" // half a key would be the id of another record
			}
		}
	}
	id, ok := m.join(m.key, cells)
	if !ok {
		m.faults = append(m.faults, fault{
			cell: -1, name: "key", reason: "record_id",
			expected: says("bản ghi cần có giá trị ở ít nhất một trường của khóa", "a record needs a value in at least one field of its key"),
		})
	}
	return id
}

// maxID bounds ids; longer ones that we make ourselves are hashed.
const maxID = 200

// join makes one text of some values such that different values never give the same text.
func (m *mapping) join(parts []part, cells []Value) (id string, any bool) {
	var b strings.Builder
	for n, p := range parts {
		if n > 0 {
			b.WriteByte('|')
		}
		var v *Value
		if p.field != nil {
			v = &m.vals[p.field.index]
		} else {
			v = &cells[p.cell]
		}
		s := m.textOf(v)
		any = any || s != ""
		b.WriteString(joinEscapes.Replace(s))
	}
	id = b.String()
	if len(id) > maxID {
		sum := sha256.Sum256([]byte(id))
		id = hex.EncodeToString(sum[:])
	}
	return id, any
}

var joinEscapes = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

func (m *mapping) scopeOf(cells []Value) string {
	if m.byFile {
		return m.partOf()
	}
	if m.scope == nil {
		return ""
	}
	s, _ := m.join(m.scope, cells)
	return m.wardOf(s)
}

// faultyScope is the scope of a row that is rejected; "" when what makes the scope is
// itself at fault, since half a scope would be another one.
func (m *mapping) faultyScope(cells []Value) string {
	for _, p := range m.scope {
		for _, f := range m.faults {
			if f.name == "where" || p.field != nil && p.field == f.field {
				return "" // a row that the filter cannot judge was not looked at
			}
		}
	}
	return m.scopeOf(cells)
}
