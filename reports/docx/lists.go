package docx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"khue/reports/document"
)

// firstList is the number of the first numbered list; those before it are of
// headings and dashes (parts/numbering.xml).
const firstList = 3

// list writes a list; each numbered one begins with 1.
func (b *builder) list(v document.Bullets) {
	if v.Numbered {
		b.lists++
	}
	for _, item := range v.Items {
		p, pr := b.paragraph(b.body, "ListBullet")
		if v.Numbered {
			num := add(pr, "w:numPr")
			val(num, "w:ilvl", "0")
			val(num, "w:numId", strconv.Itoa(firstList+b.lists-1))
		}
		b.runs(p, item)
	}
}

// numbers is what numbered lists look like.
const numbers = `  <w:abstractNum w:abstractNumId="2"><w:multiLevelType w:val="singleLevel"/>
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/><w:pPr><w:tabs><w:tab w:val="num" w:pos="567"/></w:tabs><w:ind w:left="567" w:hanging="397"/></w:pPr></w:lvl>
  </w:abstractNum>
`

// numbering adds the numbered lists that were met; without any the part stays as it is.
func (b *builder) numbering() {
	if b.lists == 0 {
		return
	}
	i := slices.IndexFunc(b.parts, func(p part) bool { return p.name == "word/numbering.xml" })
	text := string(b.parts[i].data)
	text = strings.Replace(text, `  <w:num w:numId="1">`, numbers+`  <w:num w:numId="1">`, 1)
	var lists strings.Builder
	for n := range b.lists {
		fmt.Fprintf(&lists, `  <w:num w:numId="%d"><w:abstractNumId w:val="2"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>`+"\n", firstList+n)
	}
	b.parts[i].data = []byte(strings.Replace(text, "</w:numbering>", lists.String()+"</w:numbering>", 1))
}

// leadTo gives the relation to an address on the web.
func (b *builder) leadTo(address string) string {
	if id, ok := b.links[address]; ok {
		return id
	}
	if b.links == nil {
		b.links = map[string]string{}
	}
	id := fmt.Sprintf("rId%d", len(b.relations)+1)
	b.relations = append(b.relations, relation{id: id, kind: relations + "hyperlink", target: address, outside: true})
	b.links[address] = id
	return id
}
