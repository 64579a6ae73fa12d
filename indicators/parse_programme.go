package indicators

import (
	"go.yaml.in/yaml/v3"
	"khue/indicators/definitionfile"
)

// draftProgramme keeps the places of a programme's parts.
type draftProgramme struct {
	Programme
	targets     []definitionfile.Parsed[draftTarget]
	commitments []definitionfile.Parsed[Commitment]
	milestones  []definitionfile.Parsed[Milestone]
	documents   []definitionfile.Parsed[Document]
	groups      []definitionfile.Parsed[Group]
	themes      []definitionfile.Parsed[Theme]
	items       []definitionfile.Parsed[Item]
}

type draftTarget struct {
	Target
	unit     string
	baseline definitionfile.Entry
}

func readProgramme(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftProgramme] {
	e := doc.Entry(n, "programme", "id", "kind", "title", "description", "citation", "mark", "begins", "ends", "no_targets",
		"documents", "groups", "targets", "commitments", "milestones", "themes", "items")
	p := draftProgramme{Programme: Programme{
		ID: e.Word("id"), Kind: e.Choice("kind", programmeKinds...), Title: e.Text("title"), Description: e.Text("description"),
		Mark: e.Choice("mark", anyMark...), NoTargets: e.OptionalText("no_targets"),
	}}
	if p.Citation = e.Optional("citation"); p.Mark != "unknown" {
		e.Need("citation")
	}
	if p.Kind != "framework" || e.Keys["begins"] != nil {
		p.Begins = e.Whole("begins")
	}
	if e.Keys["ends"] != nil {
		p.Ends = e.Whole("ends")
	}
	for _, t := range e.List("targets") {
		p.targets = append(p.targets, readTarget(doc, t))
	}
	for _, c := range e.List("commitments") {
		p.commitments = append(p.commitments, readCommitment(doc, c))
	}
	for _, m := range e.List("milestones") {
		p.milestones = append(p.milestones, readMilestone(doc, m))
	}
	for _, d := range e.List("documents") {
		p.documents = append(p.documents, readDocument(doc, d))
	}
	for _, g := range e.List("groups") {
		p.groups = append(p.groups, readGroup(doc, g))
	}
	for _, t := range e.List("themes") {
		p.themes = append(p.themes, readTheme(doc, t))
	}
	for _, i := range e.List("items") {
		p.items = append(p.items, readItem(doc, i))
	}
	return definitionfile.At(p, e)
}

func readCommitment(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Commitment] {
	e := doc.Entry(n, "commitment", "id", "level", "title", "known_status", "citation", "mark", "fed_by")
	return definitionfile.At(Commitment{
		ID: e.Word("id"), Level: e.Choice("level", "local", "international"), Title: e.Text("title"),
		KnownStatus: e.Text("known_status"), Citation: e.Word("citation"), Mark: e.Choice("mark", marks...), FedBy: e.Words("fed_by"),
	}, e)
}

func readMilestone(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Milestone] {
	e := doc.Entry(n, "milestone", "id", "year", "label", "citation", "mark", "note")
	return definitionfile.At(Milestone{
		ID: e.Word("id"), Year: e.Whole("year"), Label: e.Text("label"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", marks...), Note: e.OptionalText("note"),
	}, e)
}

func readTarget(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftTarget] {
	e := doc.Entry(n, "target", "id", "indicator", "label", "year", "value", "upper", "approximate", "unit", "direction",
		"clause", "citation", "mark", "standing", "note", "baseline", "where", "kind", "since")
	t := draftTarget{unit: e.Word("unit"), Target: Target{
		ID: e.Word("id"), Indicator: e.Word("indicator"), Label: e.Text("label"), Year: e.Whole("year"), Value: e.Number("value"),
		Approximate: e.Yes("approximate"), Direction: e.Choice("direction", "up", "down"), Clause: e.Word("clause"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", marks...), Standing: e.OptionalText("standing"), Note: e.OptionalText("note"),
	}}
	if e.Keys["upper"] != nil {
		upper := e.Number("upper")
		t.Upper = &upper
	}
	if b := e.Keys["baseline"]; b != nil {
		t.baseline = doc.Entry(b, "baseline", "year", "value")
		t.Baseline = &Baseline{Year: t.baseline.Whole("year"), Value: t.baseline.Number("value")}
	}
	readReach(doc, e, &t.Target)
	return definitionfile.At(t, e)
}

func readDocument(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Document] {
	e := doc.Entry(n, "document", "id", "number", "title", "dated", "reported", "citation", "mark", "note")
	d := Document{
		ID: e.Word("id"), Number: e.Optional("number"), Title: e.Text("title"), Dated: dayOf(e, "dated"), Reported: dayOf(e, "reported"),
		Mark: e.Choice("mark", anyMark...), Note: e.OptionalText("note"),
	}
	if d.Citation = e.Optional("citation"); d.Mark != "unknown" {
		e.Need("citation")
		if e.Keys["dated"] == nil && e.Keys["reported"] == nil {
			e.Wrong("dated", "document %q needs the day it is dated, or the day the press reported it; without either its mark is unknown", d.ID)
		}
	}
	return definitionfile.At(d, e)
}

func readGroup(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Group] {
	e := doc.Entry(n, "group", "id", "document", "title", "contents", "citation", "mark")
	return definitionfile.At(Group{
		ID: e.Word("id"), Document: e.Word("document"), Title: e.Text("title"), Contents: e.OptionalText("contents"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", marks...),
	}, e)
}

func readTheme(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Theme] {
	e := doc.Entry(n, "theme", "id", "title", "sdg_targets")
	return definitionfile.At(Theme{ID: e.Word("id"), Title: e.Text("title"), SDGTargets: e.Words("sdg_targets")}, e)
}

func readItem(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Item] {
	e := doc.Entry(n, "item", "id", "number", "theme", "title", "subject", "fed_by", "note")
	return definitionfile.At(Item{
		ID: e.Word("id"), Number: e.Whole("number"), Theme: e.Word("theme"), Title: e.Text("title"),
		Subject: e.Word("subject"), FedBy: e.Words("fed_by"), Note: e.OptionalText("note"),
	}, e)
}
