package indicators

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
)

// document is one definition file while it is read. Every fault found in it is
// added to faults with its line; reading goes on, so that all come out together.
type document struct {
	file   string // as the user knows it
	ours   bool   // comes with the product
	faults *khue.Faults
}

func (d document) fault(line int, format string, args ...any) {
	d.faults.Add(d.file, line, format, args...)
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// root reads the one YAML document of a file; nil when it is empty or no YAML.
func (d document) root(content []byte) *yaml.Node {
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	var doc, second yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if len(strings.TrimSpace(string(content))) == 0 || err.Error() == "EOF" {
			return nil // a file of comments only defines nothing
		}
		m := yamlLine.FindStringSubmatch(err.Error())
		line, _ := strconv.Atoi(m[1])
		d.fault(line, "this is not YAML: %s", strings.TrimPrefix(err.Error(), m[0]))
		return nil
	}
	if decoder.Decode(&second) == nil {
		d.fault(second.Line, "a second YAML document begins here; a definition file holds one")
	}
	return resolve(doc.Content[0])
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// entry is one mapping of a document: a measure, a target, a claim. Its methods
// read a key as a type and report what is wrong with it.
type entry struct {
	document
	what string // "measure", for messages
	line int
	keys map[string]*yaml.Node // nil when it is no mapping at all
}

// entry reads a mapping that may hold the keys given and no others.
func (d document) entry(n *yaml.Node, what string, known ...string) entry {
	e := entry{document: d, what: what, line: n.Line}
	if n.Kind != yaml.MappingNode {
		d.fault(n.Line, "%s must be written as keys and values", article(what))
		return e
	}
	e.keys = make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolve(n.Content[i+1])
		switch {
		case !slices.Contains(known, key.Value):
			d.fault(key.Line, "%s has no key %q; %s", article(what), key.Value, suggestion(key.Value, known).EN)
		case e.keys[key.Value] != nil:
			d.fault(key.Line, "key %q stands twice in this %s", key.Value, what)
		case value.Tag == "!!null": // written but empty: as if absent
		default:
			e.keys[key.Value] = value
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

// lineOf is the line of a key's value, or of the entry when the key is absent.
func (e entry) lineOf(key string) int {
	if n := e.keys[key]; n != nil {
		return n.Line
	}
	return e.line
}

// wrong reports a fault at a key.
func (e entry) wrong(key, format string, args ...any) {
	e.fault(e.lineOf(key), format, args...)
}

// need returns a required key's node; its absence is a fault.
func (e entry) need(key string) *yaml.Node {
	if e.keys[key] == nil && e.keys != nil {
		e.fault(e.line, "%s needs %q", article(e.what), key)
	}
	return e.keys[key]
}

// word reads a required one-line text.
func (e entry) word(key string) string {
	e.need(key)
	return e.optional(key)
}

// optional reads a one-line text that may be absent.
func (e entry) optional(key string) string {
	n := e.keys[key]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		e.wrong(key, "%q must be a text that is not empty", key)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// choice reads a required word that is one of a few.
func (e entry) choice(key string, allowed ...string) string {
	s := e.word(key)
	if s != "" && !slices.Contains(allowed, s) {
		e.wrong(key, "%s is %q; it must be one of %s", key, s, strings.Join(allowed, ", "))
		return ""
	}
	return s
}

// text reads a required text in both languages.
func (e entry) text(key string) khue.Text {
	e.need(key)
	return e.optionalText(key)
}

// optionalText reads a text that may be absent, but not in one language only.
func (e entry) optionalText(key string) khue.Text {
	n := e.keys[key]
	if n == nil {
		return khue.Text{}
	}
	if n.Kind != yaml.MappingNode {
		e.wrong(key, "%s needs its text in both languages: {vi: …, en: …}", key)
		return khue.Text{}
	}
	both := e.entry(n, key, "vi", "en")
	for _, lang := range []string{"vi", "en"} {
		if both.keys[lang] == nil {
			e.wrong(key, "%s has no text in %q", key, lang)
		}
	}
	return khue.Text{VI: both.optional("vi"), EN: both.optional("en")}
}

// number reads a required number.
func (e entry) number(key string) float64 {
	n := e.need(key)
	if n == nil {
		return 0
	}
	var v float64
	if n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&v) != nil || v != v || v-v != 0 {
		e.wrong(key, "%s is %q; it must be a number", key, n.Value)
	}
	return v
}

// whole reads a required whole number.
func (e entry) whole(key string) int {
	n := e.need(key)
	if n == nil {
		return 0
	}
	var v int
	if n.Tag != "!!int" || n.Decode(&v) != nil {
		e.wrong(key, "%s is %q; it must be a whole number", key, n.Value)
	}
	return v
}

// yes reads a true or false that may be absent.
func (e entry) yes(key string) bool {
	n := e.keys[key]
	if n == nil {
		return false
	}
	var v bool
	if n.Tag != "!!bool" || n.Decode(&v) != nil {
		e.wrong(key, "%s is %q; it must be true or false", key, n.Value)
	}
	return v
}

// list gives the items of a key that may be absent.
func (e entry) list(key string) []*yaml.Node {
	n := e.keys[key]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		e.wrong(key, "%s must be a list", key)
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolve(item)
	}
	return items
}

// words reads a list of texts that may be absent.
func (e entry) words(key string) []string {
	var out []string
	for _, n := range e.list(key) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			e.fault(n.Line, "%s must be a list of texts", key)
			continue
		}
		out = append(out, n.Value)
	}
	return out
}

// parsed is something read from a file, with the place it was read from.
type parsed[T any] struct {
	value T
	at    entry
}

// unique reports everything whose key was seen before, naming the first place.
// Where a user's file and ours say the same, the user's is the one to mend.
func unique[T any](items []parsed[T], yamlKey string, key func(T) string) {
	first := make(map[string]entry)
	for _, item := range items {
		k := key(item.value)
		if k == "" {
			continue
		}
		if before, seen := first[k]; seen {
			at := item.at
			if at.ours && !before.ours {
				at, before = before, at
			}
			at.wrong(yamlKey, "%s %q is already defined at %s:%d", at.what, k, before.file, before.lineOf(yamlKey))
			continue
		}
		first[k] = item.at
	}
}
