package dashboards

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"khue"
)

// sortName is how a list is ordered: one of memberOrders, with "-" for the other way.
const sortName = "sort"

// memberFilters are those of the page on members.
var memberFilters = []string{periodName, disciplineName, areaName, kindFilter, textName, sortName, pageName}

// listing is what a reader looks for in a list, how it is ordered and how far
// they have leafed.
type listing struct {
	text string
	sort string // "" is by name
	page int    // 0 and 1 are the first
}

// memberKinds are the kinds of member that the contract of the register has.
var memberKinds = []struct {
	code string
	name khue.Text
}{
	{"public", text("Công lập", "Public")}, {"private", text("Tư nhân", "Private")}, {"community", text("Cộng đồng", "Community")},
}

func kindLabel(lang khue.Lang, code string) string {
	for _, k := range memberKinds {
		if k.code == code {
			return k.name.In(lang)
		}
	}
	return text("Chưa rõ", "Unknown").In(lang)
}

func kindChoices(lang khue.Lang, f filter) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), f.kind == ""}}
	for _, k := range memberKinds {
		out = append(out, choice{k.code, k.name.In(lang), f.kind == k.code})
	}
	return out
}

// setMembers reads what the page on members takes beside the filters of all.
func (f *filter) setMembers(values url.Values) (err error) {
	if f.kind = values.Get(kindFilter); f.kind != "" && kindLabel("", f.kind) == kindLabel("", "") {
		return khue.Errorf(khue.Invalid, "Không có loại thành viên %q; hãy chọn công lập, tư nhân hoặc cộng đồng.",
			"There is no kind of member %q; choose public, private or community.", short(f.kind))
	}
	f.list.text = strings.Join(strings.Fields(values.Get(textName)), " ")
	if utf8.RuneCountInString(f.list.text) > longestSought {
		return khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to find is too long; at most %d characters.", longestSought)
	}
	f.list.sort = values.Get(sortName)
	if key := strings.TrimPrefix(f.list.sort, "-"); f.list.sort != "" && !slices.Contains(memberOrders, key) {
		return khue.Errorf(khue.Invalid, "Không xếp được danh sách theo %q; có: %s.", "The list cannot be ordered by %q; there are: %s.",
			short(f.list.sort), strings.Join(memberOrders, ", "))
	}
	if f.list.page, err = pageOf(values); f.list.page == 1 {
		f.list.page = 0
	}
	return err
}

func (l listing) put(v url.Values) {
	put(v, textName, l.text)
	put(v, sortName, l.sort)
	if l.page > 1 {
		v.Set(pageName, strconv.Itoa(l.page))
	}
}
