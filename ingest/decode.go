package ingest

import (
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
)

// Decode reads the value of the key "sources" of khue.yaml strictly and checks
// all of it: unknown keys, wrong types, variables that are not set, and whatever
// could not be mapped. Every fault has its line and all come at once. In texts,
// ${NAME} stands for what lookup gives, ${NAME:-else} has a stand-in.
func Decode(file string, node *yaml.Node, lookup func(string) (string, bool)) (Config, khue.Faults) {
	d := &decoder{file: file, lookup: lookup, lines: make(map[string]int)}
	if node == nil || node.Kind == 0 || node.Tag == "!!null" {
		return Config{}, nil
	}
	node = copyNode(node)
	d.expand(node)
	d.walk(node, reflect.TypeFor[Config](), "")
	d.broken = make(map[int]bool)
	d.breakLines()
	var c Config
	if err := node.Decode(&c); err != nil { // what could be read is read all the same
		d.typeFaults(err)
		d.breakLines()
	}
	c.locate(filepath.Dir(file))
	c.validate(d)
	return c, d.faults
}

// locate finds the files that stand beside the configuration.
func (c Config) locate(dir string) {
	for _, s := range c {
		for _, set := range s.Datasets {
			for name, f := range set.Fields {
				if f.ValuesFile != "" && !filepath.IsAbs(f.ValuesFile) {
					f.ValuesFile = filepath.Join(dir, f.ValuesFile)
					set.Fields[name] = f
				}
			}
		}
	}
}

// Parse is Decode for a whole file: other keys than "sources" are left to others.
func Parse(file string, content []byte, lookup func(string) (string, bool)) (Config, khue.Faults) {
	var top struct {
		Sources yaml.Node `yaml:"sources"`
	}
	if err := yaml.Unmarshal(content, &top); err != nil {
		d := &decoder{file: file}
		d.typeFaults(err)
		return nil, d.faults
	}
	return Decode(file, &top.Sources, lookup)
}

type decoder struct {
	file   string
	lookup func(string) (string, bool)
	lines  map[string]int // line of the key at a path such as "registry/datasets/members/id"
	faults khue.Faults
	broken map[int]bool // lines that could not be read: what follows from that is not told as well
}

func (d *decoder) breakLines() {
	for _, f := range d.faults {
		d.broken[f.Line] = true
	}
}

// fault notes a fault at a path, or at the nearest place above it that has a line.
func (d *decoder) fault(path, format string, args ...any) {
	line, at := 0, path
	for {
		if n, ok := d.lines[at]; ok {
			line = n
			break
		}
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			break
		}
		at = at[:i]
	}
	if !d.broken[line] {
		d.faults.Add(d.file, line, "sources/%s: %s", path, fmt.Sprintf(format, args...))
	}
}

// copyNode keeps the caller's tree as it was: expanding writes secrets into ours.
func copyNode(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, k := range n.Content {
		c.Content[i] = copyNode(k)
	}
	if n.Alias != nil {
		return copyNode(n.Alias)
	}
	return &c
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}`)

// expand puts variables in place in all values, never in keys.
func (d *decoder) expand(n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			d.expand(n.Content[i])
		}
	case yaml.SequenceNode:
		for _, k := range n.Content {
			d.expand(k)
		}
	case yaml.ScalarNode:
		if !strings.Contains(n.Value, "${") {
			return
		}
		alone := variable.FindString(n.Value) == n.Value
		n.Value = variable.ReplaceAllStringFunc(n.Value, func(s string) string {
			m := variable.FindStringSubmatch(s)
			if v, ok := d.lookup(m[1]); ok && (v != "" || m[2] == "") {
				return v
			}
			if m[2] != "" {
				return m[2][2:]
			}
			d.faults.Add(d.file, n.Line, "the variable %s is not set", m[1])
			return ""
		})
		if alone { // it may stand for a number, whether or not it had to be quoted
			n.Tag, n.Style = "", 0
		}
	}
}

// walk checks keys against the struct they are decoded into and notes their lines.
func (d *decoder) walk(n *yaml.Node, t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Interface: // free form
	case t == reflect.TypeFor[FieldConfig]() && n.Kind == yaml.ScalarNode,
		t == reflect.TypeFor[Schedule]() && n.Kind == yaml.ScalarNode,
		t == reflect.TypeFor[Scope]() && n.Kind == yaml.ScalarNode:
		return
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		d.walkMapping(n, t, path)
	case t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.faults.Add(d.file, n.Line, "sources/%s: expected a list", path)
			return
		}
		for i, k := range n.Content {
			d.walk(k, t.Elem(), path+"/"+strconv.Itoa(i))
		}
	case n.Kind != yaml.ScalarNode:
		d.faults.Add(d.file, n.Line, "sources/%s: expected a single value", path)
	}
}

func (d *decoder) walkMapping(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		if n.Tag == "!!null" {
			return
		}
		d.faults.Add(d.file, n.Line, "sources/%s: expected keys with values", path)
		return
	}
	known := keysOf(t)
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"/"+key.Value, "/")
		if line, twice := d.lines[at]; twice {
			d.faults.Add(d.file, key.Line, "sources/%s: the key stands in line %d already", at, line)
			continue
		}
		d.lines[at] = key.Line
		var inner reflect.Type
		if t.Kind() == reflect.Map {
			inner = t.Elem()
		} else if inner = known[key.Value]; inner == nil {
			d.faults.Add(d.file, key.Line, "sources/%s: there is no key %q here; known keys: %s", at, key.Value, strings.Join(names(known), ", "))
			continue
		}
		d.walk(value, inner, at)
	}
}

// keysOf is the yaml names of a struct's fields with their types; nil for a map.
func keysOf(t reflect.Type) map[string]reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	keys := make(map[string]reflect.Type)
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); tag != "" {
			keys[tag] = f.Type
		}
	}
	return keys
}

func names[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// typeFaults takes the YAML library's own errors apart, one a line of the file.
func (d *decoder) typeFaults(err error) {
	messages := []string{err.Error()}
	if te, ok := err.(*yaml.TypeError); ok { //nolint:errorlint // the library returns it bare
		messages = te.Errors
	}
	for _, m := range messages {
		line := 0
		if p := yamlLine.FindStringSubmatch(m); p != nil {
			line, _ = strconv.Atoi(p[1])
			m = p[2]
		}
		if !d.broken[line] {
			d.faults.Add(d.file, line, "%s", m)
		}
	}
}
