package ingest

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
)

// Aliases is the part "aliases" of khue.yaml: names of the city's own for areas and
// disciplines, beside the official ones. They hold for every source.
type Aliases struct {
	// Areas gives the official codes of a name: one, or those of different times, of
	// which the one that existed on a row's day is meant.
	Areas       map[string]Codes  `yaml:"areas"`
	Disciplines map[string]string `yaml:"disciplines"`
}

// Codes is one code or a list.
type Codes []string

// UnmarshalYAML takes a word or a list.
func (c *Codes) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*c = Codes{n.Value}
		return nil
	}
	return n.Decode((*[]string)(c))
}

// DecodeAliases reads the value of the key "aliases" of khue.yaml and checks it:
// every code must exist, and no alias may change what an official name means.
func DecodeAliases(file string, node *yaml.Node) (Aliases, khue.Faults) {
	var a Aliases
	var faults khue.Faults
	if node == nil || node.Kind == 0 || node.Tag == "!!null" {
		return a, nil
	}
	if node.Kind != yaml.MappingNode {
		faults.Add(file, node.Line, "aliases: expected the keys areas and disciplines")
		return a, faults
	}
	d := newDictionaries(Aliases{})
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		var err error
		switch key.Value {
		case "areas":
			err = value.Decode(&a.Areas)
		case "disciplines":
			err = value.Decode(&a.Disciplines)
		default:
			faults.Add(file, key.Line, "aliases: there is no key %q here; known keys: areas, disciplines", key.Value)
			continue
		}
		if err != nil {
			faults.Add(file, value.Line, "aliases/%s: expected names with codes", key.Value)
			continue
		}
		for n := 0; n+1 < len(value.Content); n += 2 {
			name := value.Content[n]
			for _, wrong := range d.refuses(key.Value, name.Value, a) {
				faults.Add(file, name.Line, "aliases/%s/%s: %s", key.Value, name.Value, wrong)
			}
		}
	}
	return a, faults
}

// refuses says what is wrong with an alias.
func (d *dictionaries) refuses(part, name string, a Aliases) []string {
	var wrong []string
	if plain(name) == "" {
		return []string{"an alias needs letters or digits"}
	}
	if part == "disciplines" {
		code := a.Disciplines[name]
		if _, ok := khue.DisciplineOf(code); !ok {
			wrong = append(wrong, fmt.Sprintf("there is no discipline %q", code))
		}
		if have, ok := d.disciplines[plain(name)]; ok && have != code {
			wrong = append(wrong, "the official name of "+have+" cannot mean another discipline")
		}
		return wrong
	}
	for _, code := range a.Areas[name] {
		if !d.areaByCode[code] {
			wrong = append(wrong, fmt.Sprintf("there is no area with the code %q", code))
		}
	}
	if have := d.areaByName[plain(name)]; len(have) > 0 {
		wrong = append(wrong, "it is an official name already, of "+d.areas[have[0]].Code)
	}
	return wrong
}

// take adds aliases to the names that are known.
func (d *dictionaries) take(a Aliases) {
	for name, codes := range a.Areas {
		for i, area := range d.areas {
			for _, code := range codes {
				if area.Code == code {
					addName(d.areaByName, plain(name), i)
					addName(d.areaByBare, bare(name), i)
				}
			}
		}
	}
	for name, code := range a.Disciplines {
		d.disciplines[plain(name)] = code
		if _, ok := d.disciplines[bare(name)]; !ok {
			d.disciplines[bare(name)] = code
		}
	}
}

// within parts a name from the units it is said to lie in: "Phường Cửa Nam (Hoàn
// Kiếm)", "Q. Ba Đình, TP. Hà Nội". Units that nobody knows make the whole unknown:
// a ward of that name may lie in another province.
func (d *dictionaries) within(name string) (string, bool) {
	head, rest, ok := strings.Cut(name, "(")
	if ok {
		if rest, ok = strings.CutSuffix(strings.TrimSpace(rest), ")"); !ok {
			return "", false
		}
	} else if head, rest, ok = strings.Cut(name, ","); !ok {
		return "", false
	}
	for _, unit := range strings.Split(rest, ",") {
		key := strings.TrimPrefix(bare(unit), "cu ") // "(quận Hoàn Kiếm cũ)" says that it is gone
		key = strings.TrimSuffix(key, " cu")
		if len(d.areaByBare[key]) == 0 && key != "viet nam" && key != "vietnam" {
			return "", false
		}
	}
	return head, strings.TrimSpace(head) != ""
}
