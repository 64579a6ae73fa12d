package dashboards

import (
	"context"
	"fmt"
	"slices"

	"khue"
	"khue/indicators"
)

const (
	resolutionName = "resolution"
	resolutionPath = "/resolution"
)

// resolutionPage shows each target of Resolution 09 on its way, the sectors that
// the resolution names, and the other dated programmes.
func resolutionPage(c *indicators.Catalogue) page {
	p := page{
		name: resolutionName, path: resolutionPath, title: text("Nghị quyết 09", "Resolution 09"), takes: []string{periodName}, style: "resolution.css",
		finding: func(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
			all, err := v.gatherTargets(ctx)
			return resolutionFinding(lang, all), err
		},
	}
	if programme, err := c.Programme(resolutionID); err == nil {
		for _, way := range waysOf(programme) {
			gather := func(v *visit, ctx context.Context) (course, error) { return v.gatherCourse(ctx, way) } //nolint:revive // the shape of a part's gather
			p.parts = append(p.parts, partOf(way.id, 12, way.title, gather, (*visit).courseDrawn))
		}
	}
	p.parts = append(p.parts,
		partOf("sectors", 12, text("Các ngành mà Nghị quyết nêu", "The sectors that the resolution names"), (*visit).gatherSectors, (*visit).sectorsDrawn),
		partOf("programmes", 12, text("Các chương trình khác có mốc thời gian", "Other dated programmes"), (*visit).gatherTargets, (*visit).programmesDrawn),
	)
	return p
}

// resolutionFinding says how many dated targets there are and how they stand.
func resolutionFinding(lang khue.Lang, all []programmeProgress) finding {
	at := slices.IndexFunc(all, func(p programmeProgress) bool { return p.Programme.ID == resolutionID })
	if at < 0 || len(all[at].Targets) == 0 {
		return finding{Before: text("Nghị quyết 09 chưa có chỉ tiêu nào được ghi vào đây.", "No target of Resolution 09 is written down here yet.").In(lang)}
	}
	n := len(all[at].Targets)
	return finding{
		Before: text("Nghị quyết 09 có ", "Resolution 09 has ").In(lang),
		Figure: textf("%[1]d chỉ tiêu có mốc thời gian", "%[1]d dated %[2]s", n, plural(n, "target", "targets")).In(lang),
		After:  ": " + targetsTally(lang, tallyOf(all[at].Targets)) + ".",
	}
}

func tallyOf(targets []indicators.TargetProgress) map[string]int {
	tally := map[string]int{}
	for _, t := range targets {
		tally[t.Status]++
	}
	return tally
}

// way is the targets that one chart can show: those set on the same figure.
type way struct {
	id      string
	title   khue.Text
	targets []string // ids
}

// waysOf puts the targets of a programme together by what they are set on.
func waysOf(p indicators.Programme) []way {
	var out []way
	var sets []string
	for _, t := range p.Targets {
		set := fmt.Sprint(t.Indicator, t.Where, t.Kind, t.Since)
		at := slices.Index(sets, set)
		if at < 0 {
			at, sets = len(sets), append(sets, set)
			out = append(out, way{id: fmt.Sprintf("course-%d", at+1), title: t.Label})
		}
		out[at].targets = append(out[at].targets, t.ID)
	}
	return out
}
