package dashboards

import (
	"context"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

const (
	membersName = "members"
	membersPath = "/members"
)

// networkPage is the page on members of the Network.
func networkPage() page {
	return page{
		name: membersName, path: membersPath, title: text("Thành viên", "Members"), takes: memberFilters, style: "members.css",
		finding: networkFinding,
		parts: []part{
			partOf("network-growth", 7, text("Mạng lưới lớn lên thế nào", "How the Network grows"), (*visit).gatherGrowth, (*visit).drawGrowth),
			partOf("network-activity", 5, text("Thành viên có hoạt động", "Active members"), (*visit).gatherActivity, (*visit).drawActivity),
			partOf("network-retention", 7, text("Thành viên có tiếp tục hoạt động không", "Do members stay active"), (*visit).gatherRetention, (*visit).drawRetention),
			partOf("network-kinds", 5, text("Thành viên theo loại", "Members by kind"), stockBy(kindFilter), (*visit).drawKinds),
			partOf("network-types", 6, text("Thành viên theo loại hình tổ chức", "Members by type of organisation"), (*visit).gatherTypes, (*visit).drawTypes),
			partOf("network-disciplines", 6, text("Thành viên theo lĩnh vực chính", "Members by main discipline"), stockBy(disciplineName), (*visit).drawMemberDisciplines),
			partOf("network-areas", 6, text("Thành viên theo địa bàn", "Members by area"), stockBy(areaName), (*visit).drawMemberAreas),
			partOf("network-places", 6, text("Nơi thành viên hoạt động", "Where members are active"), (*visit).gatherActivityPlaces, (*visit).drawActivityPlaces),
			partOf("network-list", 12, text("Danh sách thành viên", "List of members"), (*visit).gatherList, (*visit).drawList),
		},
	}
}

// register is the members that the filters leave, by name; the period is no filter
// of it.
func (v *visit) register(ctx context.Context) ([]indicators.Member, error) {
	all, err := recall(ctx, v.site.memory, v.state, "register", func(ctx context.Context) ([]indicators.Member, error) {
		return v.site.service.Register(ctx, reach())
	})
	if err != nil {
		return nil, err
	}
	f := v.frame.filter
	if f.kind == "" && f.discipline == "" && f.area == "" {
		return all, nil
	}
	var out []indicators.Member
	for _, m := range all {
		if (f.kind == "" || m.Kind == f.kind) && (f.discipline == "" || m.Main() == f.discipline) && (f.area == "" || m.Area == f.area) {
			out = append(out, m)
		}
	}
	return out, nil
}

// membership is what members did by period, for the members that the filters leave.
func (v *visit) membership(ctx context.Context, grain khue.Grain) (indicators.MembershipAnswer, error) {
	q := indicators.MembershipQuestion{Grain: grain, Where: v.frame.filter.where(), Scope: reach()}
	return recall(ctx, v.site.memory, v.state, "membership "+string(grain)+address("", keep(v.frame.filter.query(), disciplineName, areaName, kindFilter), ""),
		func(ctx context.Context) (indicators.MembershipAnswer, error) {
			return v.site.service.Membership(ctx, q)
		})
}

// fileOf is where a part of this page has its chart or file; what a reader looks
// for in the list changes neither.
func (v *visit) fileOf(lang khue.Lang, id string) string {
	plain := *v
	plain.frame.filter.list = listing{}
	return plain.addressOf(lang, id)
}

// reportedUntil is the first day of the first month that is not over or not in yet.
func (v *visit) reportedUntil() time.Time { return completeMonths(v.frame.today, v.fresh) }

// registerSource says where figures from the register come from.
func (v *visit) registerSource(lang khue.Lang, measures ...string) string {
	var sources []string
	for _, name := range measures {
		if m, err := v.site.service.Catalogue().Measure(name); err == nil && !slices.Contains(sources, m.Source.In(lang)) {
			sources = append(sources, m.Source.In(lang))
		}
	}
	line := text("Nguồn: ", "Source: ").In(lang)
	for i, s := range sources {
		if i > 0 {
			line += " "
		}
		line += s
	}
	return line
}

// ofKind is the kind of member chosen as it stands beside the noun, after it in
// Vietnamese and before it in English.
func (v *visit) ofKind(lang khue.Lang) string {
	if v.frame.filter.kind == "" {
		return ""
	}
	return " " + strings.ToLower(kindLabel(lang, v.frame.filter.kind))
}

// networkFinding is the first line: how many members, how that moved, how many of
// them are active.
func networkFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	g, err := v.gatherGrowth(ctx)
	if err != nil {
		return finding{}, err
	}
	now, at := g.lastOf("members", v.frame.shown.To)
	if !now.Known || now.Number == 0 {
		return finding{Before: textf("Sổ thành viên chưa có thành viên%[1]s nào", "The register holds no%[2]s member", v.ofKind(khue.Vietnamese), v.ofKind(khue.English)).In(lang) + v.frame.about(lang, false) +
			text(" trong kỳ này", " in this period").In(lang) + "."}, nil
	}
	n := int(now.Number)
	f := finding{
		Before: textf("Đến hết %[1]s, Mạng lưới có ", "At the end of %[2]s the Network had ", locale.PeriodName(khue.Vietnamese, at), locale.PeriodName(khue.English, at)).In(lang),
		Figure: textf("%[1]s thành viên%[4]s", "%[2]s%[5]s %[3]s", locale.Number(khue.Vietnamese, now.Number, 0), locale.Number(khue.English, now.Number, 0), plural(n, "member", "members"),
			v.ofKind(khue.Vietnamese), v.ofKind(khue.English)).In(lang),
		After: v.frame.about(lang, false),
	}
	if start := g.valueAt("members", v.frame.shown.From.AddDate(0, -1, 0)); start.Known {
		f.After += moved(lang, now.Number-start.Number)
	}
	a, err := v.gatherActivity(ctx)
	if err != nil {
		return f, err
	}
	if last, ok := a.lastWhole(); ok {
		line := a.lines[last]
		f.After += textf("; %[1]s trong số đó có hoạt động trong %[2]s", "; %[1]s of them were active in %[3]s",
			locale.Percent(lang, line.share(), 0), locale.PeriodName(khue.Vietnamese, line.period), locale.PeriodName(khue.English, line.period)).In(lang)
	}
	f.After += "."
	return f, nil
}

// moved says how a stock moved since the period began.
func moved(lang khue.Lang, by float64) string {
	switch {
	case by > 0:
		return textf(", thêm %s so với đầu kỳ", ", %s more than when the period began", locale.Number(lang, by, 0)).In(lang)
	case by < 0:
		return textf(", bớt %s so với đầu kỳ", ", %s fewer than when the period began", locale.Number(lang, -by, 0)).In(lang)
	}
	return text(", bằng đầu kỳ", ", as many as when the period began").In(lang)
}
