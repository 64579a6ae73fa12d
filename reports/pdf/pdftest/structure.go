package pdftest

import "strings"

// Node is a part of the structure that those hear who have the file read to them.
type Node struct {
	Tag  string // empty for a piece of text
	Text string
	Kids []*Node
}

// Structure is the tree of tags, as poppler reads it.
func (f File) Structure() *Node {
	root := &Node{}
	path := []*Node{root}
	for line := range strings.Lines(f.run("pdfinfo", "-struct-text", f.path)) {
		line = strings.TrimRight(line, "\n")
		inner := strings.TrimLeft(line, " ")
		depth := (len(line) - len(inner)) / 2
		if strings.HasPrefix(inner, "/") || strings.HasPrefix(inner, "Object ") {
			continue // an attribute, a link
		}
		if strings.HasPrefix(inner, `"`) {
			path[depth].Kids = append(path[depth].Kids, &Node{Text: strings.TrimSuffix(inner[1:], `"`)})
			continue
		}
		n := &Node{Tag: strings.TrimSuffix(strings.Fields(inner + " ?")[0], ":")}
		path[depth].Kids = append(path[depth].Kids, n)
		path = append(path[:depth+1], n)
	}
	return root
}

// All are the nodes of a tag, in the order of reading.
func (n *Node) All(tag string) []*Node {
	var out []*Node
	if n.Tag == tag {
		out = append(out, n)
	}
	for _, k := range n.Kids {
		out = append(out, k.All(tag)...)
	}
	return out
}

// Without is the tree without the nodes of a tag.
func (n *Node) Without(tag string) *Node {
	out := &Node{Tag: n.Tag, Text: n.Text}
	for _, k := range n.Kids {
		if k.Tag != tag {
			out.Kids = append(out.Kids, k.Without(tag))
		}
	}
	return out
}

// Whole is the text of a node with that of its kids that are no notes.
func (n *Node) Whole() string {
	text := n.Text
	for _, k := range n.Kids {
		if k.Tag != "Note" && k.Tag != "Reference" {
			text += k.Whole()
		}
	}
	return text
}

// Cells are the texts of a table's rows, head first.
func (n *Node) Cells() [][]string {
	var out [][]string
	for _, row := range n.All("TR") {
		var cells []string
		for _, c := range row.Kids {
			cells = append(cells, Flat(c.Whole()))
		}
		out = append(out, cells)
	}
	return out
}
