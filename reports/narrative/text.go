package narrative

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"khue"
	"khue/reports/document"
)

// How long a text may be.
const (
	longestJSON = 256 << 10 // bytes, as it comes in
	longestText = 40_000    // characters of its words
	longestLink = 2_000     // characters of an address
)

// Text is what somebody wrote: paragraphs and lists of words that are plain, bold,
// italic or lead to an address on the web. It is no more than what all four writers
// of reports can print.
type Text struct{ parts []part }

// part is a paragraph, which has one item, or a list.
type part struct {
	kind  string // nodeParagraph, nodeBullets or nodeNumbers
	items [][]run
}

// run is a piece of text of one look.
type run struct {
	text         string
	bold, italic bool
	link         string // an http or https address; "" leads nowhere
}

// A text is kept as the JSON of the document that the editor holds, cut to these
// nodes and marks: so nothing is lost or moved by being saved while somebody types.
// Markdown would not do: what it makes of signs beside letters depends on both.
const (
	nodeDoc       = "doc"
	nodeParagraph = "paragraph"
	nodeBullets   = "bulletList"
	nodeNumbers   = "orderedList"
	nodeItem      = "listItem"
	nodeText      = "text"

	markBold   = "bold"
	markItalic = "italic"
	markLink   = "link"
)

type node struct {
	Type    string `json:"type"`
	Content []node `json:"content,omitempty"`
	Text    string `json:"text,omitempty"`
	Marks   []mark `json:"marks,omitempty"`
}

type mark struct {
	Type  string     `json:"type"`
	Attrs *markAttrs `json:"attrs,omitempty"`
}

type markAttrs struct {
	Href string `json:"href"`
}

// Parse reads a text from the JSON that an editor sends. What is not allowed in it
// is refused, not left out: nobody is to lose a table without being told. Letters
// are composed (NFC), control characters and empty paragraphs fall away.
func Parse(from string) (Text, error) {
	if len(from) > longestJSON {
		return Text{}, khue.Errorf(khue.Invalid, "lời văn dài hơn %d kB", "the text is longer than %d kB", longestJSON>>10)
	}
	var doc node
	decoder := json.NewDecoder(strings.NewReader(from))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil || decoder.More() {
		return Text{}, unreadable().Because(err)
	}
	if doc.Type != nodeDoc {
		return Text{}, unreadable()
	}
	var t Text
	for _, n := range doc.Content {
		p, err := partOf(n)
		if err != nil {
			return Text{}, err
		}
		if len(p.items) > 0 {
			t.parts = append(t.parts, p)
		}
	}
	if n := utf8.RuneCountInString(t.Plain()); n > longestText {
		return Text{}, khue.Errorf(khue.Invalid, "lời văn dài %d ký tự; nhiều nhất %d", "the text has %d characters; at most %d", n, longestText)
	}
	return t, nil
}

func unreadable() *khue.Error {
	return khue.Errorf(khue.Invalid, "không đọc được lời văn gửi lên", "the text that was sent cannot be read")
}

func foreign(kind string) error {
	if r := []rune(kind); len(r) > 40 {
		kind = string(r[:40]) + "…"
	}
	return khue.Errorf(khue.Invalid,
		"lời văn có %q, thứ mà báo cáo không in được; chỉ dùng đoạn văn, chữ đậm, chữ nghiêng, danh sách và liên kết",
		"the text holds %q, which reports cannot print; use paragraphs, bold, italic, lists and links only", kind)
}

func partOf(n node) (part, error) {
	p := part{kind: n.Type}
	switch n.Type {
	case nodeParagraph:
		err := p.add(n) // before p is given: it is filled by this
		return p, err
	case nodeBullets, nodeNumbers:
		for _, item := range n.Content {
			if item.Type != nodeItem {
				return p, foreign(item.Type)
			}
			for _, inner := range item.Content {
				if inner.Type != nodeParagraph {
					return p, foreign(inner.Type)
				}
				if err := p.add(inner); err != nil {
					return p, err
				}
			}
		}
		return p, nil
	}
	return p, foreign(n.Type)
}

// add adds the words of a paragraph, if it has any.
func (p *part) add(paragraph node) error {
	var runs []run
	for _, n := range paragraph.Content {
		if n.Type != nodeText || len(n.Content) > 0 {
			return foreign(n.Type)
		}
		r, err := runOf(n)
		if err != nil {
			return err
		}
		if last := len(runs) - 1; last >= 0 && runs[last].like(r) {
			runs[last].text += r.text
		} else if r.text != "" {
			runs = append(runs, r)
		}
	}
	blank := true
	for i := range runs {
		runs[i].text = oneLine(runs[i].text)
		blank = blank && strings.TrimSpace(runs[i].text) == ""
	}
	if !blank {
		p.items = append(p.items, runs)
	}
	return nil
}

// like tells that two pieces look the same.
func (r run) like(other run) bool {
	r.text, other.text = "", ""
	return r == other
}

// oneLine is a text as every file holds it, with blanks where it had breaks.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(document.Clean(s))
}

func runOf(n node) (run, error) {
	r := run{text: n.Text}
	for _, m := range n.Marks {
		switch m.Type {
		case markBold:
			r.bold = true
		case markItalic:
			r.italic = true
		case markLink:
			if m.Attrs == nil {
				return r, badLink("")
			}
			var err error
			if r.link, err = linkOf(m.Attrs.Href); err != nil {
				return r, err
			}
		default:
			return r, foreign(m.Type)
		}
	}
	return r, nil
}

func badLink(href string) error {
	if r := []rune(href); len(r) > 60 {
		href = string(r[:60]) + "…"
	}
	return khue.Errorf(khue.Invalid, "liên kết %q không dùng được; chỉ nhận địa chỉ http:// hoặc https://", "the link %q cannot be used; give an http:// or https:// address", href)
}

// linkOf is an address on the web as every file can hold it: of ASCII signs.
func linkOf(href string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(href) > longestLink {
		return "", badLink(href)
	}
	address := u.String()
	for _, r := range address {
		if r <= ' ' || r > '~' {
			return "", badLink(href)
		}
	}
	return address, nil
}

// Empty tells that there are no words.
func (t Text) Empty() bool { return len(t.parts) == 0 }

// Words counts what stands between blanks, as word processors do. In Vietnamese that
// counts syllables: "thành phố" is two.
func (t Text) Words() int { return len(strings.Fields(t.Plain())) }

// Plain are the words alone, a line for each paragraph and each item.
func (t Text) Plain() string {
	var b strings.Builder
	for _, p := range t.parts {
		for _, item := range p.items {
			for _, r := range item {
				b.WriteString(r.text)
			}
			b.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Blocks are the text as a document has it.
func (t Text) Blocks() []document.Block {
	out := make([]document.Block, 0, len(t.parts))
	for _, p := range t.parts {
		items := make([][]document.Run, len(p.items))
		for i, item := range p.items {
			for _, r := range item {
				items[i] = append(items[i], document.Run{Text: r.text, Bold: r.bold, Italic: r.italic, Link: r.link})
			}
		}
		if p.kind == nodeParagraph {
			out = append(out, document.Paragraph{Runs: items[0]})
			continue
		}
		out = append(out, document.Bullets{Items: items, Numbered: p.kind == nodeNumbers})
	}
	return out
}

// JSON writes the text; equal texts are equal bytes, and Parse reads it.
func (t Text) JSON() string {
	doc := node{Type: nodeDoc}
	for _, p := range t.parts {
		if p.kind == nodeParagraph {
			doc.Content = append(doc.Content, paragraphOf(p.items[0]))
			continue
		}
		list := node{Type: p.kind}
		for _, item := range p.items {
			list.Content = append(list.Content, node{Type: nodeItem, Content: []node{paragraphOf(item)}})
		}
		doc.Content = append(doc.Content, list)
	}
	var b strings.Builder
	write := json.NewEncoder(&b)
	write.SetEscapeHTML(false)
	_ = write.Encode(doc) // strings alone
	return strings.TrimSuffix(b.String(), "\n")
}

func paragraphOf(runs []run) node {
	p := node{Type: nodeParagraph}
	for _, r := range runs {
		n := node{Type: nodeText, Text: r.text}
		if r.link != "" {
			n.Marks = append(n.Marks, mark{Type: markLink, Attrs: &markAttrs{Href: r.link}})
		}
		if r.bold {
			n.Marks = append(n.Marks, mark{Type: markBold})
		}
		if r.italic {
			n.Marks = append(n.Marks, mark{Type: markItalic})
		}
		p.Content = append(p.Content, n)
	}
	return p
}

// MarshalJSON writes the text as JSON does.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(t.JSON()), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Text) UnmarshalJSON(from []byte) error {
	read, err := Parse(string(from))
	if err != nil {
		return fmt.Errorf("reading a kept text: %w", err)
	}
	*t = read
	return nil
}
