package dashboards

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// membersOnPage is how many members a page of the list holds.
const membersOnPage = 25

// memberOrders are what the list can be ordered by.
var memberOrders = []string{"name", "kind", "type", "discipline", "area", "accepted", "activities", "status"}

// memberList is those who came before the period ended, with how much they did in it.
type memberList struct {
	members []indicators.Member
	did     map[string]int64  // activities in the days shown, by identifier
	why     map[string]string // where those numbers open
}

func (v *visit) gatherList(ctx context.Context) (memberList, error) {
	register, err := v.register(ctx)
	if err != nil {
		return memberList{}, err
	}
	fr := v.frame
	fr.filter = filter{period: fr.filter.period, written: fr.filter.written} // what a member did counts wherever it was
	a, err := v.ask(ctx, fr.question(fr.shown, []string{"member"}, "activities"))
	if err != nil {
		return memberList{}, err
	}
	l := memberList{members: register, did: map[string]int64{}, why: map[string]string{}}
	for i, row := range a.Rows {
		if row.Values[0].Known {
			l.why[row.Keys[0].Code] = whyOf(a, i, 0)
			l.did[row.Keys[0].Code] = int64(row.Values[0].Number)
		}
	}
	return l, nil
}

// memberListView is a page of the list as it is drawn.
type memberListView struct {
	Lang   khue.Lang
	Path   string
	Hidden []fact // the other filters, which a search keeps
	Text   string
	Sort   string
	Found  string
	Clear  string // address without the search; "" when there is none
	Heads  []listHead
	Lines  []memberLine
	Pages  pager
	Orders []choice // for narrow screens
}

type listHead struct {
	Label, Address, Sorted string // Sorted is ascending, descending or ""
	Number                 bool
}

// memberLine is one member in the list.
type memberLine struct {
	Address, Name, Kind, Type, Discipline, Area, Accepted, Activities, Why string
	Mark                                                                   status
	Gone                                                                   bool
}

func (v *visit) drawList(lang khue.Lang, l memberList) drawn {
	found := l.sought(lang, v.frame.filter.list)
	c := card{
		Subtitle: textf("Đang và từng là thành viên; số hoạt động là %[1]s", "Present and former members; activities are those %[2]s", spanName(khue.Vietnamese, v.frame.shown), spanIn(khue.English, v.frame.shown)).In(lang),
		Source:   v.registerSource(lang, "members", "active_members"), CSV: v.fileOf(lang, "network-list.csv"),
		Notes: []string{text("Nơi mới nộp hồ sơ hoặc không được chấp thuận không có trong danh sách này.", "Those who only applied or were not accepted are not in this list.").In(lang)},
	}
	if v.path == "" { // the file has every member, the page one page of them
		c.Table = l.table(lang, found, c.Subtitle)
		return drawn{card: c}
	}
	f := v.frame.filter
	view := memberListView{Lang: lang, Path: membersPath, Text: f.list.text, Sort: f.list.sort, Heads: v.listHeads(lang)}
	q := f.query()
	for _, name := range []string{periodName, disciplineName, areaName, kindFilter, sortName} {
		if q.Has(name) {
			view.Hidden = append(view.Hidden, fact{name, q.Get(name)})
		}
	}
	view.Found = textf("%[1]s thành viên", "%[1]s %[2]s", locale.Number(lang, float64(len(found)), 0), plural(len(found), "member", "members")).In(lang)
	if f.list.text != "" {
		view.Found = textf("Tìm thấy %[1]s thành viên", "%[1]s %[2]s found", locale.Number(lang, float64(len(found)), 0), plural(len(found), "member", "members")).In(lang)
		view.Clear = v.listAddress(listing{sort: f.list.sort})
	}
	page := max(f.list.page, 1)
	view.Pages = pagerOf(lang, membersPath, page, int64(len(found)), membersOnPage, func(n int) url.Values {
		other := f
		other.list.page = n
		return other.query()
	})
	view.Pages.Before, view.Pages.After = onList(view.Pages.Before), onList(view.Pages.After)
	from := min((page-1)*membersOnPage, len(found))
	for _, m := range found[from:min(from+membersOnPage, len(found))] {
		view.Lines = append(view.Lines, l.line(lang, m))
	}
	return drawn{card: c, body: "memberlist", view: view}
}

// onList keeps the reader at the list when they leaf through it.
func onList(address string) string {
	if address == "" {
		return ""
	}
	return address + "#network-list"
}

func (v *visit) listAddress(l listing) string {
	f := v.frame.filter
	f.list = l
	return onList(address(membersPath, f.query(), ""))
}

func (v *visit) listHeads(lang khue.Lang) []listHead {
	now := v.frame.filter.list
	labels := map[string]khue.Text{
		"name": text("Thành viên", "Member"), "kind": text("Loại", "Kind"), "type": text("Loại hình", "Type"), "discipline": text("Lĩnh vực chính", "Main discipline"),
		"area": text("Địa bàn", "Area"), "accepted": text("Chấp thuận", "Accepted"), "activities": text("Hoạt động", "Activities"), "status": text("Tình trạng", "Status"),
	}
	var out []listHead
	for _, key := range memberOrders {
		h, next := listHead{Label: labels[key].In(lang), Number: key == "activities" || key == "accepted"}, key
		switch {
		case now.sort == key || (now.sort == "" && key == "name"):
			h.Sorted, next = "ascending", "-"+key
		case now.sort == "-"+key:
			h.Sorted = "descending"
		case key == "activities" || key == "accepted": // most and newest first is what is looked for
			next = "-" + key
		}
		h.Address = v.listAddress(listing{text: now.text, sort: next})
		out = append(out, h)
	}
	return out
}

func (l memberList) line(lang khue.Lang, m indicators.Member) memberLine {
	return memberLine{
		Address: memberAddress(m.ID), Name: m.Name, Kind: kindLabel(lang, m.Kind), Type: typeLabel(lang, m.OrganisationType), Discipline: disciplineLabel(lang, m.Main()),
		Area: areaLabel(lang, m.Area), Accepted: dateOr(lang, m.Joined()), Activities: locale.Number(lang, float64(l.did[m.ID]), 0), Why: l.why[m.ID], Mark: memberStatus(lang, m), Gone: !m.Left.IsZero(),
	}
}

func memberAddress(id string) string { return membersPath + "/" + url.PathEscape(id) }

func disciplineLabel(lang khue.Lang, code string) string {
	if d, ok := khue.DisciplineOf(code); ok {
		return d.Name.In(lang)
	}
	return text("Chưa rõ", "Unknown").In(lang)
}

func areaLabel(lang khue.Lang, code string) string {
	if a, ok := khue.AreaOf(code); ok {
		return a.Name.In(lang)
	}
	return text("Chưa rõ", "Unknown").In(lang)
}

// memberStatus is where a member stands, with the day where it has one.
func memberStatus(lang khue.Lang, m indicators.Member) status {
	switch {
	case !m.Left.IsZero():
		return status{"unknown", textf("Đã rời %[1]s", "Left %[2]s", locale.Date(khue.Vietnamese, m.Left), locale.Date(khue.English, m.Left)).In(lang)}
	case m.Status == "left":
		return status{"unknown", text("Đã rời, chưa rõ ngày", "Left, day not known").In(lang)}
	case !m.Certified.IsZero():
		return status{"good", text("Đã có chứng nhận", "Certified").In(lang)}
	}
	return status{"going", text("Đã được chấp thuận", "Accepted").In(lang)}
}

// sought are the members whose name, field, area, type or kind holds every word
// looked for, with or without its marks, in the order asked for.
func (l memberList) sought(lang khue.Lang, by listing) []indicators.Member {
	words := strings.Fields(locale.Fold(by.text))
	var out []indicators.Member
	for _, m := range l.members {
		about := locale.Fold(strings.Join([]string{m.Name, m.ID, disciplineLabel(lang, m.Main()), areaLabel(lang, m.Area), typeLabel(lang, m.OrganisationType), kindLabel(lang, m.Kind)}, " "))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(about, w) }) {
			out = append(out, m)
		}
	}
	compare := l.comparison(lang, strings.TrimPrefix(by.sort, "-"))
	if strings.HasPrefix(by.sort, "-") {
		up := compare
		compare = func(a, b indicators.Member) int { return up(b, a) }
	}
	slices.SortStableFunc(out, compare) // the register comes by name, which settles what is equal
	return out
}

func (l memberList) comparison(lang khue.Lang, key string) func(a, b indicators.Member) int {
	words := func(of func(indicators.Member) string) func(a, b indicators.Member) int {
		collator := locale.Collator()
		return func(a, b indicators.Member) int { return collator.CompareString(of(a), of(b)) }
	}
	switch key {
	case "kind":
		return words(func(m indicators.Member) string { return kindLabel(lang, m.Kind) })
	case "type":
		return words(func(m indicators.Member) string { return typeLabel(lang, m.OrganisationType) })
	case "discipline":
		return words(func(m indicators.Member) string { return disciplineLabel(lang, m.Main()) })
	case "area":
		return words(func(m indicators.Member) string { return areaLabel(lang, m.Area) })
	case "accepted":
		return func(a, b indicators.Member) int { return a.Joined().Compare(b.Joined()) }
	case "activities":
		return func(a, b indicators.Member) int { return int(l.did[a.ID] - l.did[b.ID]) }
	case "status":
		return words(func(m indicators.Member) string { return memberStatus(lang, m).Word })
	}
	return words(func(m indicators.Member) string { return m.Name })
}

// table is the list as a file, all of it.
func (l memberList) table(lang khue.Lang, found []indicators.Member, caption string) *table {
	t := &table{Caption: caption, Head: []string{
		text("Mã", "Id").In(lang), text("Thành viên", "Member").In(lang), text("Loại", "Kind").In(lang), text("Loại hình", "Type").In(lang), text("Lĩnh vực chính", "Main discipline").In(lang),
		text("Địa bàn", "Area").In(lang), text("Chấp thuận", "Accepted").In(lang), text("Chứng nhận", "Certified").In(lang), text("Rời", "Left").In(lang), text("Hoạt động", "Activities").In(lang),
	}}
	for _, m := range found {
		t.Rows = append(t.Rows, tableRow{Cells: []cell{
			named(m.ID), named(m.Name), named(kindLabel(lang, m.Kind)), named(typeLabel(lang, m.OrganisationType)), named(disciplineLabel(lang, m.Main())),
			named(areaLabel(lang, m.Area)), named(isoDay(m.Joined())), named(isoDay(m.Certified)), named(isoDay(m.Left)), whole(lang, l.did[m.ID]),
		}})
	}
	return t
}
