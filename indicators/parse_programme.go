package indicators

import (
	"go.yaml.in/yaml/v3"
)

// draftProgramme keeps the places of a programme's parts.
type draftProgramme struct {
	Programme
	targets     []parsed[draftTarget]
	commitments []parsed[Commitment]
	milestones  []parsed[Milestone]
	documents   []parsed[Document]
	groups      []parsed[Group]
	themes      []parsed[Theme]
	items       []parsed[Item]
}

type draftTarget struct {
	Target
	unit     string
	baseline entry
}

func readProgramme(doc document, n *yaml.Node) parsed[draftProgramme] {
	e := doc.entry(n, "programme", "id", "kind", "title", "description", "citation", "mark", "begins", "ends", "no_targets",
		"documents", "groups", "targets", "commitments", "milestones", "themes", "items")
	p := draftProgramme{Programme: Programme{
		ID: e.word("id"), Kind: e.choice("kind", programmeKinds...), Title: e.text("title"), Description: e.text("description"),
		Mark: e.choice("mark", anyMark...), NoTargets: e.optionalText("no_targets"),
	}}
	if p.Citation = e.optional("citation"); p.Mark != "unknown" {
		e.need("citation")
	}
	if p.Kind != "framework" || e.keys["begins"] != nil {
		p.Begins = e.whole("begins")
	}
	if e.keys["ends"] != nil {
		p.Ends = e.whole("ends")
	}
	for _, t := range e.list("targets") {
		p.targets = append(p.targets, readTarget(doc, t))
	}
	for _, c := range e.list("commitments") {
		p.commitments = append(p.commitments, readCommitment(doc, c))
	}
	for _, m := range e.list("milestones") {
		p.milestones = append(p.milestones, readMilestone(doc, m))
	}
	for _, d := range e.list("documents") {
		p.documents = append(p.documents, readDocument(doc, d))
	}
	for _, g := range e.list("groups") {
		p.groups = append(p.groups, readGroup(doc, g))
	}
	for _, t := range e.list("themes") {
		p.themes = append(p.themes, readTheme(doc, t))
	}
	for _, i := range e.list("items") {
		p.items = append(p.items, readItem(doc, i))
	}
	return parsed[draftProgramme]{p, e}
}

func readCommitment(doc document, n *yaml.Node) parsed[Commitment] {
	e := doc.entry(n, "commitment", "id", "level", "title", "known_status", "citation", "mark", "fed_by")
	return parsed[Commitment]{Commitment{
		ID: e.word("id"), Level: e.choice("level", "local", "international"), Title: e.text("title"),
		KnownStatus: e.text("known_status"), Citation: e.word("citation"), Mark: e.choice("mark", marks...), FedBy: e.words("fed_by"),
	}, e}
}

func readMilestone(doc document, n *yaml.Node) parsed[Milestone] {
	e := doc.entry(n, "milestone", "id", "year", "label", "citation", "mark", "note")
	return parsed[Milestone]{Milestone{
		ID: e.word("id"), Year: e.whole("year"), Label: e.text("label"),
		Citation: e.word("citation"), Mark: e.choice("mark", marks...), Note: e.optionalText("note"),
	}, e}
}

func readTarget(doc document, n *yaml.Node) parsed[draftTarget] {
	e := doc.entry(n, "target", "id", "indicator", "label", "year", "value", "upper", "approximate", "unit", "direction",
		"clause", "citation", "mark", "standing", "note", "baseline", "where", "kind", "since")
	t := draftTarget{unit: e.word("unit"), Target: Target{
		ID: e.word("id"), Indicator: e.word("indicator"), Label: e.text("label"), Year: e.whole("year"), Value: e.number("value"),
		Approximate: e.yes("approximate"), Direction: e.choice("direction", "up", "down"), Clause: e.word("clause"),
		Citation: e.word("citation"), Mark: e.choice("mark", marks...), Standing: e.optionalText("standing"), Note: e.optionalText("note"),
	}}
	if e.keys["upper"] != nil {
		upper := e.number("upper")
		t.Upper = &upper
	}
	if b := e.keys["baseline"]; b != nil {
		t.baseline = doc.entry(b, "baseline", "year", "value")
		t.Baseline = &Baseline{Year: t.baseline.whole("year"), Value: t.baseline.number("value")}
	}
	readReach(doc, e, &t.Target)
	return parsed[draftTarget]{t, e}
}

func readDocument(doc document, n *yaml.Node) parsed[Document] {
	e := doc.entry(n, "document", "id", "number", "title", "dated", "reported", "citation", "mark", "note")
	d := Document{
		ID: e.word("id"), Number: e.optional("number"), Title: e.text("title"), Dated: e.day("dated"), Reported: e.day("reported"),
		Mark: e.choice("mark", anyMark...), Note: e.optionalText("note"),
	}
	if d.Citation = e.optional("citation"); d.Mark != "unknown" {
		e.need("citation")
		if e.keys["dated"] == nil && e.keys["reported"] == nil {
			e.wrong("dated", "document %q needs the day it is dated, or the day the press reported it; without either its mark is unknown", d.ID)
		}
	}
	return parsed[Document]{d, e}
}

func readGroup(doc document, n *yaml.Node) parsed[Group] {
	e := doc.entry(n, "group", "id", "document", "title", "contents", "citation", "mark")
	return parsed[Group]{Group{
		ID: e.word("id"), Document: e.word("document"), Title: e.text("title"), Contents: e.optionalText("contents"),
		Citation: e.word("citation"), Mark: e.choice("mark", marks...),
	}, e}
}

func readTheme(doc document, n *yaml.Node) parsed[Theme] {
	e := doc.entry(n, "theme", "id", "title", "sdg_targets")
	return parsed[Theme]{Theme{ID: e.word("id"), Title: e.text("title"), SDGTargets: e.words("sdg_targets")}, e}
}

func readItem(doc document, n *yaml.Node) parsed[Item] {
	e := doc.entry(n, "item", "id", "number", "theme", "title", "subject", "fed_by", "note")
	return parsed[Item]{Item{
		ID: e.word("id"), Number: e.whole("number"), Theme: e.word("theme"), Title: e.text("title"),
		Subject: e.word("subject"), FedBy: e.words("fed_by"), Note: e.optionalText("note"),
	}, e}
}
