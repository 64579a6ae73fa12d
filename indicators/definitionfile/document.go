// Package definitionfile reads definition files strictly: unknown keys, missing ones
// and values of another kind are faults with file and line, and reading goes on so
// that all faults of all files come out together.
package definitionfile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
)

// Document is one definition file while it is read. Every fault found in it is
// added to faults with its line; reading goes on, so that all come out together.
type Document struct {
	File   string // as the user knows it
	Ours   bool   // comes with the product
	Faults *khue.Faults
}

// Fault adds what is wrong at a line.
func (d Document) Fault(line int, format string, args ...any) {
	d.Faults.Add(d.File, line, format, args...)
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// Root reads the one YAML document of a file; nil when it is empty or no YAML.
func (d Document) Root(content []byte) *yaml.Node {
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	var doc, second yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if len(strings.TrimSpace(string(content))) == 0 || err.Error() == "EOF" {
			return nil // a file of comments only defines nothing
		}
		m := yamlLine.FindStringSubmatch(err.Error())
		line, _ := strconv.Atoi(m[1])
		d.Fault(line, "this is not YAML: %s", strings.TrimPrefix(err.Error(), m[0]))
		return nil
	}
	if decoder.Decode(&second) == nil {
		d.Fault(second.Line, "a second YAML document begins here; a definition file holds one")
	}
	return Resolve(doc.Content[0])
}

// Resolve follows an alias to what it stands for.
func Resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// Entry is one mapping of a document: a measure, a target, a claim. Its methods
// read a key as a type and report what is wrong with it.
type Entry struct {
	Document
	What string // "measure", for messages
	Line int
	Keys map[string]*yaml.Node // nil when it is no mapping at all
}

// Entry reads a mapping that may hold the keys given and no others.
func (d Document) Entry(n *yaml.Node, what string, known ...string) Entry {
	e := Entry{Document: d, What: what, Line: n.Line}
	if n.Kind != yaml.MappingNode {
		d.Fault(n.Line, "%s must be written as keys and values", article(what))
		return e
	}
	e.Keys = make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], Resolve(n.Content[i+1])
		switch {
		case !slices.Contains(known, key.Value):
			d.Fault(key.Line, "%s has no key %q; %s", article(what), key.Value, Suggestion(key.Value, known).EN)
		case e.Keys[key.Value] != nil:
			d.Fault(key.Line, "key %q stands twice in this %s", key.Value, what)
		case value.Tag == "!!null": // written but empty: as if absent
		default:
			e.Keys[key.Value] = value
		}
	}
	return e
}

func article(what string) string {
	if strings.ContainsRune("aeio", rune(what[0])) {
		return "an " + what
	}
	return "a " + what
}

// LineOf is the line of a key's value, or of the entry when the key is absent.
func (e Entry) LineOf(key string) int {
	if n := e.Keys[key]; n != nil {
		return n.Line
	}
	return e.Line
}

// Wrong reports a fault at a key.
func (e Entry) Wrong(key, format string, args ...any) {
	e.Fault(e.LineOf(key), format, args...)
}

// Need returns a required key's node; its absence is a fault.
func (e Entry) Need(key string) *yaml.Node {
	if e.Keys[key] == nil && e.Keys != nil {
		e.Fault(e.Line, "%s needs %q", article(e.What), key)
	}
	return e.Keys[key]
}

// Word reads a required one-line text.
func (e Entry) Word(key string) string {
	e.Need(key)
	return e.Optional(key)
}

// Optional reads a one-line text that may be absent.
func (e Entry) Optional(key string) string {
	n := e.Keys[key]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		e.Wrong(key, "%q must be a text that is not empty", key)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// Choice reads a required word that is one of a few.
func (e Entry) Choice(key string, allowed ...string) string {
	s := e.Word(key)
	if s != "" && !slices.Contains(allowed, s) {
		e.Wrong(key, "%s is %q; it must be one of %s", key, s, strings.Join(allowed, ", "))
		return ""
	}
	return s
}

// Text reads a required text in both languages.
func (e Entry) Text(key string) khue.Text {
	e.Need(key)
	return e.OptionalText(key)
}

// OptionalText reads a text that may be absent, but not in one language only.
func (e Entry) OptionalText(key string) khue.Text {
	n := e.Keys[key]
	if n == nil {
		return khue.Text{}
	}
	if n.Kind != yaml.MappingNode {
		e.Wrong(key, "%s needs its text in both languages: {vi: …, en: …}", key)
		return khue.Text{}
	}
	both := e.Entry(n, key, "vi", "en")
	for _, lang := range []string{"vi", "en"} {
		if both.Keys[lang] == nil {
			e.Wrong(key, "%s has no text in %q", key, lang)
		}
	}
	return khue.Text{VI: both.Optional("vi"), EN: both.Optional("en")}
}

// Number reads a required number.
func (e Entry) Number(key string) float64 {
	n := e.Need(key)
	if n == nil {
		return 0
	}
	var v float64
	if n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&v) != nil || v != v || v-v != 0 {
		e.Wrong(key, "%s is %q; it must be a number", key, n.Value)
	}
	return v
}

// Whole reads a required whole number.
func (e Entry) Whole(key string) int {
	n := e.Need(key)
	if n == nil {
		return 0
	}
	var v int
	if n.Tag != "!!int" || n.Decode(&v) != nil {
		e.Wrong(key, "%s is %q; it must be a whole number", key, n.Value)
	}
	return v
}

// Yes reads a true or false that may be absent.
func (e Entry) Yes(key string) bool {
	n := e.Keys[key]
	if n == nil {
		return false
	}
	var v bool
	if n.Tag != "!!bool" || n.Decode(&v) != nil {
		e.Wrong(key, "%s is %q; it must be true or false", key, n.Value)
	}
	return v
}

// List gives the items of a key that may be absent.
func (e Entry) List(key string) []*yaml.Node {
	n := e.Keys[key]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		e.Wrong(key, "%s must be a list", key)
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = Resolve(item)
	}
	return items
}

// Words reads a list of texts that may be absent.
func (e Entry) Words(key string) []string {
	var out []string
	for _, n := range e.List(key) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			e.Fault(n.Line, "%s must be a list of texts", key)
			continue
		}
		out = append(out, n.Value)
	}
	return out
}

// Parsed is something read from a file, with the place it was read from.
type Parsed[T any] struct {
	Value T
	At    Entry
}

// Unique reports everything whose key was seen before, naming the first place.
// Where a user's file and ours say the same, the user's is the one to mend.
func Unique[T any](items []Parsed[T], yamlKey string, key func(T) string) {
	first := make(map[string]Entry)
	for _, item := range items {
		k := key(item.Value)
		if k == "" {
			continue
		}
		if before, seen := first[k]; seen {
			at := item.At
			if at.Ours && !before.Ours {
				at, before = before, at
			}
			at.Wrong(yamlKey, "%s %q is already defined at %s:%d", at.What, k, before.File, before.LineOf(yamlKey))
			continue
		}
		first[k] = item.At
	}
}

// At is what was read, with its place.
func At[T any](value T, at Entry) Parsed[T] { return Parsed[T]{Value: value, At: at} }
