package indicators

import (
	"strconv"
	"strings"
)

// ParseValues reads the values of a filter, with commas between. A comma that belongs to
// a value is written \, and a backslash \\, since names of venues have commas.
func ParseValues(list string) []string {
	var out []string
	var value strings.Builder
	escaped := false
	for _, r := range list {
		switch {
		case escaped:
			if r != ',' && r != '\\' {
				value.WriteByte('\\') // before anything else a backslash is itself
			}
			value.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == ',':
			out = append(out, value.String())
			value.Reset()
		default:
			value.WriteRune(r)
		}
	}
	if escaped {
		value.WriteByte('\\')
	}
	return append(out, value.String())
}

// WriteValues writes values as ParseValues reads them.
func WriteValues(values ...string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.NewReplacer(`\`, `\\`, ",", `\,`).Replace(v)
	}
	return strings.Join(out, ",")
}

// String writes a top as ParseTop reads it; no top is nothing.
func (t *Top) String() string {
	switch {
	case t == nil:
		return ""
	case t.By == "":
		return strings.Join([]string{strconv.Itoa(t.N), t.Dim}, ":")
	}
	return strings.Join([]string{strconv.Itoa(t.N), t.Dim, t.By}, ":")
}
