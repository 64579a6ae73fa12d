package edited

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/reports/docx"
)

// Place is where a line stands, in the words of the paper.
type Place struct {
	Section string `json:"section,omitempty"` // heading that it stands under
	Row     string `json:"row,omitempty"`     // first cell of its row, in a table
	Column  string `json:"column,omitempty"`  // head of its column, in a table
}

// Line is a paragraph, or one of a table's cell.
type Line struct {
	Place
	Text string
}

// The most that is compared.
const (
	maxLines   = 60_000
	maxLetters = 6_000_000
)

func (f *File) mark(property, value string) {
	switch {
	case value == "":
	case property == docx.ReportProperty:
		f.Report = value
	case property == docx.DraftProperty:
		f.Draft = value
	case property == docx.LanguageProperty:
		f.Language = value
	}
}

// text reads what the file says: its body, its notes, and what stands at the head and
// the foot of its pages. What is not settled (tracked changes, comments) is refused.
func (p parts) text(t contentTypes, main string) ([]Line, error) {
	styles, err := p.styles(t)
	if err != nil {
		return nil, err
	}
	r := &reader{styles: styles}
	names := append([]string{main}, p.ofType(t, ".footnotes+xml")...)
	names = append(names, p.ofType(t, ".endnotes+xml")...)
	for _, name := range names {
		r.section = "" // of its own
		if err := r.read(p[name]); err != nil {
			return nil, err
		}
	}
	frame := &reader{styles: styles}
	for _, name := range append(p.ofType(t, ".header+xml"), p.ofType(t, ".footer+xml")...) {
		if err := frame.read(p[name]); err != nil {
			return nil, err
		}
	}
	if r.tracked+frame.tracked > 0 || r.comments+frame.comments > 0 {
		return nil, khue.Errorf(khue.Conflict,
			"tệp còn %d chỗ sửa đang theo dõi (Track Changes) và %d nhận xét; hãy chấp nhận hoặc bỏ hết các chỗ sửa, xóa nhận xét rồi lưu lại",
			"the file still has %d tracked changes and %d comments; accept or reject the changes, delete the comments, and save it again", r.tracked+frame.tracked, r.comments+frame.comments)
	}
	return append(r.lines, frame.framed()...), nil
}

// framed are the lines of heads and feet, each once: every program splits them in its
// own way. Page numbers are none.
func (r *reader) framed() []Line {
	seen := map[string]bool{}
	var out []Line
	for _, l := range r.lines {
		if _, err := strconv.Atoi(l.Text); err == nil || seen[l.Text] {
			continue
		}
		seen[l.Text] = true
		out = append(out, Line{Text: l.Text})
	}
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.Text, b.Text) })
	return out
}

// style is what matters of a style: programs name styles as they like, but what built-in
// ones are called in the file is the same in all languages.
type style struct{ heading, contents bool }

func (p parts) styles(t contentTypes) (map[string]style, error) {
	out := map[string]style{}
	for _, name := range p.ofType(t, ".styles+xml") {
		id := ""
		err := p.elements(name, func(e xml.StartElement) error {
			switch e.Name.Local {
			case "style":
				id = attribute(e, "styleId")
			case "name":
				called := strings.ToLower(attribute(e, "val"))
				out[id] = style{heading: strings.HasPrefix(called, "heading "), contents: strings.HasPrefix(called, "toc ")}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// reader reads the text of parts.
type reader struct {
	styles            map[string]style
	lines             []Line
	letters           int
	section           string
	paragraphs        []*paragraph // the ones that are open, a text box within one
	tables            []*table     // the ones that are open
	tracked, comments int
	inText, inField   bool
	hidden            bool // the run that is open is not shown
	fallback          int  // depth within what older programs are given instead
	instruction       strings.Builder
}

type paragraph struct {
	text  strings.Builder
	style style
}

// table is where reading stands in a table.
type table struct {
	row, column, span int
	heads             map[int]string // of columns, from the first row
	first             string         // of the row: its first cell
	cell              strings.Builder
}

func (r *reader) read(data []byte) error {
	return walk(data, func(token xml.Token) error {
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "Fallback" || r.fallback > 0 {
				r.fallback++
				return nil
			}
			return r.open(e)
		case xml.EndElement:
			if r.fallback > 0 {
				r.fallback--
				return nil
			}
			return r.close(e.Name.Local)
		case xml.CharData:
			if r.fallback > 0 {
				return nil
			}
			if r.inField {
				r.instruction.Write(e)
			} else if r.inText && !r.hidden {
				r.write(string(e))
			}
		}
		return nil
	})
}

// write adds text to the innermost paragraph.
func (r *reader) write(s string) {
	if n := len(r.paragraphs); n > 0 {
		r.paragraphs[n-1].text.WriteString(s)
	}
}

func (r *reader) open(e xml.StartElement) error {
	if !strings.Contains(e.Name.Space, "wordprocessingml") {
		return nil
	}
	switch e.Name.Local {
	case "p":
		r.paragraphs = append(r.paragraphs, &paragraph{})
	case "pStyle":
		if n := len(r.paragraphs); n > 0 {
			r.paragraphs[n-1].style = r.styles[attribute(e, "val")]
		}
	case "t":
		r.inText = true
	case "r":
		r.hidden = false
	case "vanish":
		v := attribute(e, "val")
		r.hidden = v != "0" && v != "false" && v != "off"
	case "tab", "br", "cr":
		r.write(" ")
	case "noBreakHyphen":
		r.write("-")
	case "instrText":
		r.inField = true
	case "fldSimple":
		return checkField(attribute(e, "instr"))
	case "fldChar":
		return r.field()
	case "ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "rPrChange", "pPrChange", "tblPrChange", "trPrChange", "tcPrChange", "sectPrChange":
		r.tracked++
	case "commentReference":
		r.comments++
	case "altChunk":
		return refuse("", "tệp chèn một tệp khác (altChunk); hãy bỏ đi", "the file brings another file in (altChunk); take it out")
	default:
		r.openTable(e)
	}
	return nil
}

func (r *reader) openTable(e xml.StartElement) {
	n := len(r.tables)
	switch e.Name.Local {
	case "tbl":
		r.tables = append(r.tables, &table{row: -1, heads: map[int]string{}})
	case "tr":
		if n > 0 {
			t := r.tables[n-1]
			t.row, t.column = t.row+1, -1
		}
	case "tc":
		if n > 0 {
			t := r.tables[n-1]
			if t.column < 0 {
				t.column = 0
			} else {
				t.column += max(t.span, 1)
			}
			t.span = 1
			t.cell.Reset()
		}
	case "gridSpan":
		if n > 0 {
			r.tables[n-1].span, _ = strconv.Atoi(attribute(e, "val"))
		}
	}
}

// field looks at what a field is told to do, which stands before the next of its marks.
func (r *reader) field() error {
	said := r.instruction.String()
	r.instruction.Reset()
	return checkField(said)
}

func (r *reader) close(name string) error {
	switch name {
	case "t":
		r.inText = false
	case "instrText":
		r.inField = false
	case "r":
		r.hidden = false
	case "p":
		return r.end()
	case "tc":
		if n := len(r.tables); n > 0 {
			r.tables[n-1].endCell()
		}
	case "tbl":
		if n := len(r.tables); n > 0 {
			r.tables = r.tables[:n-1]
		}
	}
	return nil
}

func (t *table) endCell() {
	said := clean(t.cell.String())
	if t.row == 0 {
		t.heads[t.column] = said
	}
	if t.column == 0 && said != "" {
		t.first = said
	}
}

// end keeps a paragraph that is over.
func (r *reader) end() error {
	n := len(r.paragraphs)
	if n == 0 { // one of a drawing, which is not of the text
		return nil
	}
	p := r.paragraphs[n-1]
	r.paragraphs = r.paragraphs[:n-1]
	said := clean(p.text.String())
	if said == "" || p.style.contents {
		return nil
	}
	l := Line{Text: said}
	if p.style.heading {
		r.section = said
	}
	l.Section = r.section
	if n := len(r.tables); n > 0 {
		t := r.tables[n-1]
		if t.cell.WriteString(said + " "); t.row > 0 {
			l.Column = t.heads[t.column]
			if t.column > 0 {
				l.Row = t.first
			}
		}
	}
	r.lines = append(r.lines, l)
	if r.letters += len(said); len(r.lines) > maxLines || r.letters > maxLetters {
		return khue.Errorf(khue.Invalid, "tệp dài quá nên không so được với bản phần mềm lập", "the file is too long to be compared with what was made")
	}
	return nil
}

// clean is text as it is compared: NFC, with one blank where there are several, and
// without what nobody sees.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u00ad', '\u200b', '\ufeff':
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}
