package document

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"khue"
)

// Revision is one thing that two versions of a paper do not share, as a reader of it
// would find it.
type Revision struct {
	Section string // its headings, from the outermost; "" before the first
	Table   string // title of its table; "" outside tables
	Row     string // first words of its row; "" when it is not in one
	Column  string // title of its column; "" when it is not in one
	Was, Is string // as they read; "" where one side has no such thing
	By      string // Is less Was, where both are numbers
}

// Revisions are all that a reader would find different, and how much differs beside.
type Revisions struct {
	List []Revision
	// Evidence is how many values of the annex of evidence differ: the moments, batches
	// and queries that figures come from.
	Evidence int
	// Values is how many values of the models differ in all, also in form alone.
	Values int
}

// RevisionsBetween compares two models of papers that Canonical wrote. Parts are
// found again by their headings, tables by their names, rows by their first cell and
// columns by their title, so that a row that came in between moves nothing else.
func RevisionsBetween(was, is []byte) (Revisions, error) {
	values, err := Differences(was, is)
	if err != nil {
		return Revisions{}, err
	}
	out := Revisions{Values: len(values)}
	for _, v := range values {
		if strings.HasPrefix(v.Path, "evidence[") {
			out.Evidence++
		}
	}
	var a, b readModel
	for text, into := range map[*readModel][]byte{&a: was, &b: is} {
		if err := json.Unmarshal(into, text); err != nil {
			return Revisions{}, fmt.Errorf("reading the model of a report: %w", err)
		}
	}
	w := revisionWriter{lang: b.Lang}
	w.frame(a, b)
	w.sections(a.parts(), b.parts())
	out.List = w.list
	return out, nil
}

// readModel is what a reader sees of a model.
type readModel struct {
	Lang       khue.Lang   `json:"lang"`
	Kind       string      `json:"kind"`
	Title      string      `json:"title"`
	AsOfNote   string      `json:"as_of_note"`
	Simulated  string      `json:"simulated"`
	Blocks     []readBlock `json:"blocks"`
	Filters    []readPair  `json:"filters"`
	Terms      []readPair  `json:"terms"`
	Letterhead struct {
		Parent     string   `json:"parent"`
		Issuer     string   `json:"issuer"`
		Number     string   `json:"number"`
		PlaceDate  string   `json:"place_date"`
		SignerPost string   `json:"signer_post"`
		SignerName string   `json:"signer_name"`
		Recipients []string `json:"recipients"`
	} `json:"letterhead"`
}

type readPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type readBlock struct {
	Type    string      `json:"type"`
	Level   int         `json:"level"`
	Text    string      `json:"text"`
	Runs    []readRun   `json:"runs"`
	Items   [][]readRun `json:"items"`
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Unit    string      `json:"unit"`
	Source  string      `json:"source"`
	Note    string      `json:"note"`
	Columns []struct {
		Title string `json:"title"`
	} `json:"columns"`
	Rows []struct {
		Cells []readCell `json:"cells"`
	} `json:"rows"`
}

type readRun struct {
	Text string `json:"text"`
	Note string `json:"note"`
}

type readCell struct {
	Kind     Kind    `json:"kind"`
	Words    string  `json:"words"`
	Number   float64 `json:"number"`
	Decimals int     `json:"decimals"`
	Signed   bool    `json:"signed"`
	Date     string  `json:"date"`
	To       string  `json:"to"`
}

// cell is the cell as it was printed.
func (c readCell) cell() Cell {
	out := Cell{Kind: c.Kind, Words: c.Words, Number: c.Number, Decimals: c.Decimals, Signed: c.Signed}
	zone, err := time.LoadLocation(khue.DefaultZone)
	if err != nil {
		zone = time.UTC
	}
	out.Date, out.To = instantOf(c.Date), instantOf(c.To)
	if c.Kind == Moment {
		out.Date = out.Date.In(zone)
	}
	return out
}

// instantOf reads what instant wrote.
func instantOf(s string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil { // "" is the zero time
		return time.Time{}
	}
	return at
}

// written is running text as it reads, with its footnotes.
func written(list []readRun) string {
	var b strings.Builder
	for _, r := range list {
		b.WriteString(r.Text)
		if r.Note != "" {
			b.WriteString(" [" + r.Note + "]")
		}
	}
	return b.String()
}

// readPart is what stands under one heading.
type readPart struct {
	title  string // its headings, from the outermost
	texts  []string
	tables []readBlock
}

func (m readModel) parts() []readPart {
	parts := []readPart{{}}
	var outer string
	for _, b := range m.Blocks {
		p := &parts[len(parts)-1]
		switch b.Type {
		case "heading":
			title := b.Text
			if b.Level <= 1 {
				outer = b.Text
			} else if outer != "" {
				title = outer + " › " + b.Text
			}
			parts = append(parts, readPart{title: title})
		case "bullets":
			for _, item := range b.Items {
				p.texts = append(p.texts, written(item))
			}
		case "table":
			p.tables = append(p.tables, b)
		case "chart": // its figures are those of its table
			p.texts = append(p.texts, strings.TrimSpace(b.Title+" "+b.Note))
		default:
			p.texts = append(p.texts, written(b.Runs))
		}
	}
	return parts
}

// revisionWriter gathers what differs, in reading order.
type revisionWriter struct {
	lang khue.Lang
	list []Revision
}

// say keeps a difference, if it is one.
func (w *revisionWriter) say(c Revision) {
	if c.Was != c.Is {
		w.list = append(w.list, c)
	}
}

func (w *revisionWriter) words(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(w.lang) }

// frame compares what stands around the text.
func (w *revisionWriter) frame(a, b readModel) {
	x, y := a.Letterhead, b.Letterhead
	for _, one := range []struct{ vi, en, was, is string }{
		{"Loại văn bản", "Kind of paper", a.Kind, b.Kind},
		{"Trích yếu", "Title", a.Title, b.Title},
		{"Số văn bản", "Number", x.Number, y.Number},
		{"Nơi, ngày", "Place and day", x.PlaceDate, y.PlaceDate},
		{"Cơ quan chủ quản", "Parent body", x.Parent, y.Parent},
		{"Cơ quan ban hành", "Issuing body", x.Issuer, y.Issuer},
		{"Người ký", "Signed by", strings.TrimSpace(x.SignerPost + " " + x.SignerName), strings.TrimSpace(y.SignerPost + " " + y.SignerName)},
		{"Nơi nhận", "Recipients", strings.Join(x.Recipients, "; "), strings.Join(y.Recipients, "; ")},
		{"Thời điểm số liệu", "As of", a.AsOfNote, b.AsOfNote},
		{"Dữ liệu mô phỏng", "Simulated data", a.Simulated, b.Simulated},
	} {
		w.say(Revision{Row: w.words(one.vi, one.en), Was: one.was, Is: one.is})
	}
	for _, one := range []struct {
		vi, en  string
		was, is []readPair
	}{{"Phạm vi", "Scope", a.Filters, b.Filters}, {"Định nghĩa", "Definitions", a.Terms, b.Terms}} {
		name := func(p readPair) string { return p.Name }
		for _, pair := range paired(one.was, one.is, name) {
			c := Revision{Section: w.words(one.vi, one.en)}
			if pair.was != nil {
				c.Row, c.Was = pair.was.Name, pair.was.Value
			}
			if pair.is != nil {
				c.Row, c.Is = pair.is.Name, pair.is.Value
			}
			w.say(c)
		}
	}
}

func (w *revisionWriter) sections(a, b []readPart) {
	for _, pair := range paired(a, b, func(p readPart) string { return p.title }) {
		var was, is readPart
		title := ""
		if pair.was != nil {
			was, title = *pair.was, pair.was.title
		}
		if pair.is != nil {
			is, title = *pair.is, pair.is.title
		}
		w.texts(title, was.texts, is.texts)
		for _, t := range paired(was.tables, is.tables, func(t readBlock) string { return t.ID }) {
			w.table(title, t.was, t.is)
		}
	}
}

// texts compares sentences. Of those that stand between two unchanged ones, the
// first that is gone is set against the first that is new.
func (w *revisionWriter) texts(section string, was, is []string) {
	for _, gap := range gapsBetween(was, is) {
		for i := range max(len(gap.was), len(gap.is)) {
			c := Revision{Section: section}
			if i < len(gap.was) {
				c.Was = gap.was[i]
			}
			if i < len(gap.is) {
				c.Is = gap.is[i]
			}
			w.say(c)
		}
	}
}
