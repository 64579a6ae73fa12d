package reports

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/indicators/definitionfile"
	"khue/reports/document"
)

//go:embed definitions
var embedded embed.FS

// Load reads the definitions of reports that come with the product and those below
// the user's folder of definitions: a report of the same id replaces ours, another
// adds to them. An empty userDir means ours alone. Everything wrong in any of them
// comes back together as khue.Faults with file and line. Files that define no report
// are left to others.
func Load(userDir string, meaning Meaning) (Definitions, error) {
	var faults khue.Faults
	r := newReader(meaning, &faults)
	ours, _ := fs.Sub(embedded, "definitions")
	r.folder(ours, "definitions/reports", true)
	if userDir != "" {
		r.folder(os.DirFS(userDir), userDir, false)
	}
	all := r.inForce()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return all, nil
}

// reader gathers definitions.
type reader struct {
	faults   *khue.Faults
	measures map[string]bool
	meaning  Meaning
	read     []definitionfile.Parsed[Definition]
}

// folder reads the YAML files of a folder and of those in it. What cannot be read
// is told by who reads the definitions of measures from the same folder.
func (r *reader) folder(files fs.FS, shown string, ours bool) {
	_ = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") || !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) {
			return nil //nolint:nilerr // told by indicators.Load
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil //nolint:nilerr // told by indicators.Load
		}
		r.file(norm.NFC.Bytes(content), filepath.Join(shown, filepath.FromSlash(name)), ours)
		return nil
	})
}

// file reads the definition of a report in a file, if it has one.
func (r *reader) file(content []byte, shown string, ours bool) {
	var silent khue.Faults
	doc := definitionfile.Document{File: shown, Ours: ours, Faults: &silent}
	root := doc.Root(content)
	if root == nil || root.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == reportKey {
			doc.Faults = r.faults
			d := r.definition(doc, definitionfile.Resolve(root.Content[i+1]))
			sum := sha256.Sum256(content)
			d.Value.Version, d.Value.Source, d.Value.Ours = hex.EncodeToString(sum[:])[:12], string(content), ours
			r.read = append(r.read, d)
		}
	}
}

// Read reads a definition from the content of its file, as it was kept with a report
// that was made by it. It is held against the definitions of figures of then.
func Read(source, id string, meaning Meaning) (Definition, error) {
	var faults khue.Faults
	r := newReader(meaning, &faults)
	r.file([]byte(source), "definition kept with the report", false)
	if err := faults.Err(); err != nil {
		return Definition{}, err
	}
	return r.inForce().Of(id)
}

func newReader(meaning Meaning, faults *khue.Faults) reader {
	r := reader{faults: faults, measures: map[string]bool{}, meaning: meaning}
	for _, m := range meaning.Measures() {
		r.measures[m.Name] = true
	}
	return r
}

// reportKey is the key of a file that defines a report.
const reportKey = "report"

// inForce are the definitions by id, the user's before ours; two of one id from the
// same hand are a fault.
func (r *reader) inForce() Definitions {
	replaced := map[string]bool{}
	for _, d := range r.read {
		replaced[d.Value.ID] = replaced[d.Value.ID] || !d.Value.Ours
	}
	kept := slices.DeleteFunc(slices.Clone(r.read), func(d definitionfile.Parsed[Definition]) bool { return d.Value.Ours && replaced[d.Value.ID] })
	definitionfile.Unique(kept, "id", func(d Definition) string { return d.ID })
	all := make(Definitions, len(kept))
	for i, d := range kept {
		all[i] = d.Value
	}
	slices.SortFunc(all, func(a, b Definition) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

var layoutNames = []string{string(document.Official), string(document.Plain)}

func (r *reader) definition(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Definition] {
	e := doc.Entry(n, "report", "id", "title", "about", "kind", "layout", "periods", "programme", "opening", "needs", "first_year", "sections")
	d := Definition{
		ID: e.Word("id"), Title: e.Text("title"), Formats: everyFormat, about: e.Text("about"), kind: e.OptionalText("kind"),
		programme: e.Optional("programme"), opening: e.OptionalText("opening"),
	}
	if d.kind == (khue.Text{}) {
		d.kind = khue.Text{VI: "BÁO CÁO", EN: "REPORT"}
	}
	d.layouts = map[khue.Lang]document.Layout{khue.Vietnamese: document.Official, khue.English: document.Plain}
	if layout := e.OptionalText("layout"); layout != (khue.Text{}) {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			if !slices.Contains(layoutNames, layout.In(lang)) {
				e.Wrong("layout", "layout is %q; it must be one of %s", layout.In(lang), strings.Join(layoutNames, ", "))
			}
			d.layouts[lang] = document.Layout(layout.In(lang))
		}
	}
	r.narrowed(e, &d)
	r.placeholders(e, "about", d.about, d.placeholders())
	e.Need("periods")
	for _, word := range e.Words("periods") {
		if _, known := grainWords[khue.Grain(word)]; !known {
			e.Wrong("periods", "a report is not made for a %q; it may be made for year, quarter, month", word)
		}
		d.Grains = append(d.Grains, khue.Grain(word))
	}
	r.programme(e, d.programme)
	if e.Keys != nil && d.programme == "" && d.opening == (khue.Text{}) {
		e.Fault(e.Line, "a report needs a programme whose description opens it, or an opening of its own")
	}
	r.sections(e, &d)
	return definitionfile.At(d, e)
}

// narrowed reads what the report is of beside its period.
func (r *reader) narrowed(e definitionfile.Entry, d *Definition) {
	for _, name := range e.Words("needs") {
		if !slices.Contains(parameterNames, name) {
			e.Wrong("needs", "there is no parameter %q; it may need %s", name, strings.Join(parameterNames, ", "))
		}
		d.needs = append(d.needs, name)
	}
	if e.Keys["first_year"] != nil {
		d.firstYear = e.Whole("first_year")
		if !slices.Equal(e.Words("periods"), []string{string(khue.Year)}) {
			e.Wrong("first_year", "a report that tells of several years is made for a year: periods: [year]")
		}
	}
}

// placeholders are what may stand in braces in the subject of the report.
func (d Definition) placeholders() []string {
	allowed := append([]string{"period", "year", "programme"}, d.needs...)
	if d.firstYear != 0 {
		allowed = append(allowed, "from")
	}
	return allowed
}

func (r *reader) programme(e definitionfile.Entry, id string) {
	if id == "" {
		return
	}
	_, err := r.meaning.Programme(id)
	var known *khue.Error
	if errors.As(err, &known) {
		e.Wrong("programme", "%s", known.Message.EN)
	}
}
