package dashboards

import (
	"slices"

	"khue"
	"khue/indicators"
)

// otherProgramme is a dated programme beside the resolution.
type otherProgramme struct {
	Title, Kind, Tally, Description, Reason, Citation string
	Mark                                              status
	Group                                             *targetGroup // nil without targets
	Milestones                                        []milestoneLine
	Address                                           string // in the dictionary
}

// milestoneLine is something due in a year.
type milestoneLine struct {
	Year                  int
	Label, Note, Citation string
	Mark                  status
}

// besideKinds are the kinds of programme that the page on the resolution lists.
var besideKinds = []string{"resolution", "plan", "outlook"}

func (v *visit) programmesDrawn(lang khue.Lang, all []programmeProgress) drawn {
	c := card{
		ID: "programmes", Title: text("Các chương trình khác có mốc thời gian", "Other dated programmes").In(lang),
		Subtitle: text("Không thuộc chỉ tiêu của Nghị quyết 09; giữ lại để đối chiếu", "Not among the targets of Resolution 09; kept for comparison").In(lang),
		Source:   text("Nguồn: nêu ở từng chương trình.", "Source: given with each programme.").In(lang),
	}
	groups := v.targetsView(lang, all).Groups
	var view []otherProgramme
	for _, p := range v.site.service.Catalogue().Programmes() {
		if p.ID == resolutionID || !slices.Contains(besideKinds, p.Kind) {
			continue
		}
		o := otherProgramme{
			Title: p.Title.In(lang), Kind: p.KindLabel().In(lang), Description: p.Description.In(lang), Reason: p.NoTargets.In(lang),
			Citation: p.Citation, Mark: knownAs(lang, p.Mark), Address: programmeLink(lang, p).Address, Milestones: milestonesOf(lang, p.Milestones),
			Tally: text("chưa có chỉ tiêu", "no targets yet").In(lang),
		}
		for i, other := range all {
			if other.Programme.ID == p.ID && len(other.Targets) > 0 {
				o.Group, o.Tally = &groups[i], groups[i].Tally
			}
		}
		view = append(view, o)
	}
	if len(view) == 0 {
		c.Empty = text("Không có chương trình nào khác trong định nghĩa đang dùng.", "The definitions in force hold no other programme.").In(lang)
	}
	return drawn{card: c, body: "programmes", view: view}
}

func milestonesOf(lang khue.Lang, all []indicators.Milestone) []milestoneLine {
	var out []milestoneLine
	for _, m := range all {
		out = append(out, milestoneLine{Year: m.Year, Label: m.Label.In(lang), Note: m.Note.In(lang), Citation: m.Citation, Mark: knownAs(lang, m.Mark)})
	}
	return out
}
