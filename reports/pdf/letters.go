package pdf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/carlos7ags/folio/core"
	"github.com/carlos7ags/folio/font"

	"khue"
)

// Letters are the TrueType files that the paper is set in: four cuts in the
// metrics of Times New Roman, and one of fixed width for queries.
type Letters struct{ Regular, Bold, Italic, BoldItalic, Mono []byte }

// cut is one of the faces of Letters.
type cut int

const (
	regular cut = iota
	bold
	italic
	boldItalic
	mono
	cuts // how many there are
)

// face measures the letters of one cut and keeps which were used.
type face struct {
	name     string // in the resources of pages
	font     font.Face
	file     []byte
	embedded *font.EmbeddedFont
	widths   map[rune]float64 // in em
	missing  map[rune]bool
}

func newFaces(l Letters) ([cuts]*face, error) {
	var out [cuts]*face
	for i, file := range [cuts][]byte{l.Regular, l.Bold, l.Italic, l.BoldItalic, l.Mono} {
		if len(file) == 0 {
			return out, fmt.Errorf("no letters were given")
		}
		parsed, err := font.ParseTTF(file)
		if err != nil {
			return out, fmt.Errorf("reading the letters: %w", err)
		}
		out[i] = &face{
			name: fmt.Sprintf("F%d", i+1), font: parsed, file: file, embedded: font.NewEmbeddedFont(parsed),
			widths: map[rune]float64{}, missing: map[rune]bool{},
		}
	}
	return out, nil
}

// width is the advance of a letter in em, rounded down as it is in the file.
func (f *face) width(r rune) float64 {
	if w, ok := f.widths[r]; ok {
		return w
	}
	g := f.font.GlyphIndex(r)
	if g == 0 {
		f.missing[r] = true
	}
	w := float64(f.font.GlyphAdvance(g)*1000/f.font.UnitsPerEm()) / 1000
	f.widths[r] = w
	return w
}

func (f *face) textWidth(text string, size float64) float64 {
	sum := 0.0
	for _, r := range text {
		sum += f.width(r)
	}
	return sum * size
}

// ascent and descent are how far letters reach above and below their line, in em.
func (f *face) ascent() float64 { return float64(f.font.Ascent()) / float64(f.font.UnitsPerEm()) }

func (f *face) descent() float64 { return -float64(f.font.Descent()) / float64(f.font.UnitsPerEm()) }

// objects adds the used part of the face to the file.
func (f *face) objects(add func(core.PdfObject) *core.PdfIndirectReference) (*core.PdfIndirectReference, error) {
	var failed error
	dict := f.embedded.BuildObjects(func(o core.PdfObject) *core.PdfIndirectReference {
		switch v := o.(type) {
		case *core.PdfStream:
			if v.Dict.Get("Length1") == nil {
				break
			}
			whole, err := withInstructions(v.Data, f.file)
			if err != nil {
				failed = err
				break
			}
			program := core.NewPdfStreamCompressed(whole)
			program.Dict.Set("Length1", core.NewPdfInteger(len(whole)))
			o = program
		case *core.PdfDictionary:
			if v.Get("FontFile2") != nil {
				f.rescale(v)
			}
		}
		return add(o)
	})
	if failed != nil {
		return nil, fmt.Errorf("embedding %s: %w", f.font.PostScriptName(), failed)
	}
	return add(dict), nil
}

// rescale brings a descriptor's measures from the face's own units to thousandths
// of an em, which readers expect (ISO 32000-1, table 122).
func (f *face) rescale(descriptor *core.PdfDictionary) {
	em := func(v core.PdfObject) core.PdfObject {
		return core.NewPdfInteger(v.(*core.PdfNumber).IntValue() * 1000 / f.font.UnitsPerEm())
	}
	for _, name := range []string{"Ascent", "Descent", "CapHeight"} {
		descriptor.Set(name, em(descriptor.Get(name)))
	}
	box := core.NewPdfArray()
	for _, v := range descriptor.Get("FontBBox").(*core.PdfArray).All() {
		box.Add(em(v))
	}
	descriptor.Set("FontBBox", box)
}

// missingLetters is the error of a text that the letters cannot print; an empty
// box in its place would be a wrong document.
func missingLetters(faces [cuts]*face) error {
	var missing []rune
	for _, f := range faces {
		for r := range f.missing {
			missing = append(missing, r)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	var names []string
	for _, r := range slices.Compact(missing) {
		names = append(names, fmt.Sprintf("%q (%U)", r, r))
	}
	list := strings.Join(names, ", ")
	return khue.Errorf(khue.Invalid,
		"phông chữ của bản PDF không có ký tự %s; hãy sửa ký tự đó trong dữ liệu hoặc xuất định dạng khác",
		"the letters of the PDF lack %s; correct the data, or choose another format", list)
}
