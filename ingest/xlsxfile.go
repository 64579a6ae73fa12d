package ingest

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"khue"
)

// xlsxBook is an .xlsx file, read part by part: a sheet streams by, whatever its
// size, and each cell comes with its type, which a row of texts would not tell.
type xlsxBook struct {
	zip     *zip.ReadCloser
	sheets  []sheetEntry
	strings []string
	is1904  bool
}

type sheetEntry struct {
	name, part string
	hidden     bool
}

// The most that a workbook may unpack to; a small file can hold a very large one.
const (
	maxUnpacked = 1 << 30
	maxStrings  = 256 << 20
)

func openWorkbook(file string, o tableOptions) (*document, error) {
	locked, err := isCompound(file)
	if err != nil {
		return nil, err
	}
	if locked {
		return nil, khue.Errorf(khue.Invalid, "sổ tính được bảo vệ bằng mật khẩu, hoặc theo định dạng .xls cũ",
			"the workbook is protected by a password, or is of the old kind .xls")
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, notAWorkbook(err)
	}
	b := &xlsxBook{zip: z}
	if err := b.load(); err != nil {
		return nil, errors.Join(err, z.Close())
	}
	chosen, err := b.choose(o.set)
	if err != nil {
		return nil, errors.Join(err, z.Close())
	}
	return &document{sheets: chosen, close: z.Close, table: func(name string) (table, error) {
		for _, s := range b.sheets {
			if s.name == name {
				l, err := b.open(s, o.set.HiddenRows == "skip")
				if err != nil {
					return nil, err
				}
				return newGrid(l, o, name), nil
			}
		}
		return nil, fmt.Errorf("there is no sheet %q", name)
	}}, nil
}

func notAWorkbook(err error) error {
	return khue.Errorf(khue.Invalid, "không đọc được sổ tính: tệp hỏng, cụt hoặc không phải .xlsx",
		"the workbook cannot be read: it is damaged, cut off or no .xlsx").Because(err)
}

// isCompound tells a compound file, which wraps encrypted workbooks and those of
// old office programs, from the zip that a readable workbook is.
func isCompound(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	mark := make([]byte, 4)
	n, err := io.ReadFull(f, mark)
	if n == 0 && errors.Is(err, io.EOF) {
		return false, errNoRows
	}
	return string(mark) == "\xD0\xCF\x11\xE0", nil
}

// load reads what the sheets need: their names and places, and the shared texts.
func (b *xlsxBook) load() error {
	total := uint64(0)
	for _, f := range b.zip.File {
		if total += f.UncompressedSize64; total > maxUnpacked || f.UncompressedSize64 > maxUnpacked {
			return khue.Errorf(khue.Invalid, "sổ tính giải nén ra hơn %d MB; có thể là tệp bom nén", "the workbook unpacks to more than %d MB; it may be a zip bomb", maxUnpacked>>20)
		}
	}
	root, err := b.relations("_rels/.rels", "")
	if err != nil {
		return err
	}
	main := root.ofType("officeDocument")
	if main == "" {
		main = "xl/workbook.xml"
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(main, &book); err != nil {
		return notAWorkbook(err)
	}
	b.is1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	relations, err := b.relations(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), path.Dir(main))
	if err != nil {
		return err
	}
	for _, s := range book.Sheets {
		if r, ok := relations[s.ID]; ok && strings.HasSuffix(r.kind, "/worksheet") {
			b.sheets = append(b.sheets, sheetEntry{s.Name, r.target, s.State == "hidden" || s.State == "veryHidden"})
		}
	}
	if part := relations.ofType("sharedStrings"); part != "" {
		return b.loadStrings(part)
	}
	return nil
}

// relation is where a part of the workbook lies, and of what kind it is.
type relation struct{ kind, target string }

type relations map[string]relation

func (r relations) ofType(kind string) string {
	for _, one := range r {
		if strings.HasSuffix(one.kind, "/"+kind) {
			return one.target
		}
	}
	return ""
}

func (b *xlsxBook) relations(part, folder string) (relations, error) {
	var list struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := b.decode(part, &list); err != nil {
		return nil, notAWorkbook(err)
	}
	out := make(relations)
	for _, r := range list.Relations {
		target := path.Join(folder, r.Target)
		if strings.HasPrefix(r.Target, "/") {
			target = r.Target[1:]
		}
		out[r.ID] = relation{r.Type, target}
	}
	return out, nil
}

// part opens a part of the workbook by name.
func (b *xlsxBook) part(name string) (io.ReadCloser, error) {
	for _, f := range b.zip.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name) {
			return f.Open()
		}
	}
	return nil, khue.Errorf(khue.Invalid, "thiếu phần %s", "the part %s is missing", name)
}

// decode reads a small part whole.
func (b *xlsxBook) decode(name string, into any) error {
	r, err := b.part(name)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return xml.NewDecoder(io.LimitReader(r, maxRecord)).Decode(into)
}

// loadStrings reads the texts that cells share; phonetic guides are left out.
func (b *xlsxBook) loadStrings(part string) error {
	r, err := b.part(part)
	if err != nil {
		return notAWorkbook(err)
	}
	defer func() { _ = r.Close() }()
	bounds := &meter{from: r, most: maxStrings}
	d := xml.NewDecoder(bounds)
	var s strings.Builder
	inText, phonetic := false, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return notAWorkbook(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				s.Reset()
			case "t":
				inText = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xml.CharData:
			if inText {
				s.Write(t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "si":
				b.strings = append(b.strings, s.String())
				bounds.start = bounds.read
			case "t":
				inText = false
			case "rPh":
				phonetic--
			}
		}
	}
}

// choose picks the sheets to read: the one that was named, all that are not
// hidden, those of a pattern, else the first that is not hidden.
func (b *xlsxBook) choose(set DatasetConfig) ([]string, error) {
	var out, all []string
	for _, s := range b.sheets {
		all = append(all, s.name)
		switch {
		case set.Sheet != "":
			if plain(s.name) == plain(set.Sheet) {
				return []string{s.name}, nil
			}
		case s.hidden:
		case set.Sheets == "":
			return []string{s.name}, nil
		case set.Sheets == allSheets:
			out = append(out, s.name)
		default:
			if match, _ := filepath.Match(strings.ToLower(set.Sheets), strings.ToLower(s.name)); match {
				out = append(out, s.name)
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	wanted := set.Sheet + set.Sheets
	if wanted == "" {
		return nil, khue.Errorf(khue.Invalid, "mọi trang tính đều ẩn: %q", "every sheet is hidden: %q", all)
	}
	return nil, khue.Errorf(khue.Invalid, "không có trang tính %[1]q; có %[2]q", "there is no sheet %[1]q; there are %[2]q", wanted, all)
}

// allSheets asks for every sheet that is not hidden.
const allSheets = "all"
