package archive

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/state"
)

// lives are reports at each point of their life. Lan made them, Minh edited them,
// Bình submitted them, Hoa approved them.
var lives = map[string][]state.ReportStep{
	state.ReportDraft:    {{Act: Drafted, Status: state.ReportDraft, Person: "Nguyễn Thị Lan"}, {Act: Redrafted, Status: state.ReportDraft, Person: "Lê Minh"}},
	state.ReportInReview: {{Act: Submitted, Status: state.ReportInReview, Person: "Trần Bình"}},
	state.ReportApproved: {{Act: Approved, Status: state.ReportApproved, Person: "Phạm Hoa"}},
	state.ReportIssued:   {{Act: Issued, Status: state.ReportIssued, Person: "Văn thư"}},
	state.ReportSuperseded: {
		{Act: state.ReportSuperseded, Status: state.ReportSuperseded, Person: "Văn thư"},
	},
}

var inOrder = []string{state.ReportDraft, state.ReportInReview, state.ReportApproved, state.ReportIssued, state.ReportSuperseded}

// at is a report that has come to a status.
func at(status string) state.Report {
	r := state.Report{ID: 7}
	for _, s := range inOrder {
		r.Steps = append(r.Steps, lives[s]...)
		if s == status {
			break
		}
	}
	for i := range r.Steps {
		r.Steps[i].Step = i + 1
	}
	return r
}

func TestEveryActOfEveryKindOfPersonInEveryStatus(t *testing.T) {
	people := map[string]string{
		"maker": "Nguyễn Thị Lan", "editor": "Lê Minh", "submitter": "Trần Bình", "approver": "Phạm Hoa", "another": "Đỗ Dũng",
		"maker in other letters": norm.NFD.String("  NGUYỄN  thị LAN "), "submitter decomposed": norm.NFD.String("trần bình"),
	}
	may := map[string][]string{ // by act, the statuses in which it may be done
		Redrafted: {state.ReportDraft}, Submitted: {state.ReportDraft}, Approved: {state.ReportInReview},
		Returned: {state.ReportInReview, state.ReportApproved}, Issued: {state.ReportApproved}, Edited: {state.ReportDraft, state.ReportInReview, state.ReportApproved},
	}
	told := map[string][2]string{ // what is told where it may not
		Redrafted: {"chỉ lập lại được dự thảo", "only a draft can be drafted again"},
		Submitted: {"chỉ trình được dự thảo", "only a draft can be submitted"},
		Approved:  {"chỉ duyệt được báo cáo đang chờ duyệt", "only a report in review can be approved"},
		Returned:  {"chỉ trả lại được báo cáo đang chờ duyệt hoặc đã duyệt mà chưa ban hành", "only a report that is in review or approved, and not issued, can be returned"},
		Edited:    {"chỉ nhận tệp Word đã sửa khi báo cáo chưa ban hành", "an edited Word file is taken only before a report is issued"},
		Issued:    {"chỉ ban hành được báo cáo đã duyệt", "only an approved report can be issued"},
	}
	where := map[string][2]string{
		state.ReportDraft: {"đang là dự thảo", "a draft"}, state.ReportInReview: {"đang chờ duyệt", "in review"}, state.ReportApproved: {"đã duyệt", "approved"},
		state.ReportIssued: {"đã ban hành", "issued"}, state.ReportSuperseded: {"đã được thay thế", "superseded"},
	}
	refusedYes := map[string][2]string{ // those who may not approve, and what they are told
		"maker":                  {"Nguyễn Thị Lan đã lập dự thảo báo cáo số 7", "Nguyễn Thị Lan drafted report 7"},
		"maker in other letters": {"Nguyễn Thị Lan đã lập dự thảo báo cáo số 7", "Nguyễn Thị Lan drafted report 7"},
		"editor":                 {"Lê Minh đã lập lại dự thảo báo cáo số 7", "Lê Minh redrafted report 7"},
		"submitter":              {"Trần Bình đã trình duyệt báo cáo số 7", "Trần Bình submitted report 7"},
		"submitter decomposed":   {"Trần Bình đã trình duyệt báo cáo số 7", "Trần Bình submitted report 7"},
	}
	for act, statuses := range may {
		for _, status := range inOrder {
			for kind, person := range people {
				t.Run(fmt.Sprintf("%s/%s/%s", act, status, kind), func(t *testing.T) {
					err := allowed(at(status), act, person)
					switch yes, refused := refusedYes[kind]; {
					case !contains(statuses, status):
						require.Equal(t, khue.Conflict, khue.KindOf(err))
						require.Equal(t, "báo cáo số 7 "+where[status][0]+"; "+told[act][0], khue.ToldOf(err, khue.Vietnamese))
						require.Equal(t, "report 7 is "+where[status][1]+"; "+told[act][1], khue.ToldOf(err, khue.English))
					case act == Approved && refused:
						require.Equal(t, khue.Forbidden, khue.KindOf(err))
						require.Equal(t, yes[0]+" nên không được duyệt báo cáo này; phải có người khác duyệt", khue.ToldOf(err, khue.Vietnamese))
						require.Equal(t, yes[1]+" and may not approve it; somebody else has to", khue.ToldOf(err, khue.English))
					default:
						require.NoError(t, err)
					}
				})
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func TestWhoMadeAReportNeverApprovesItAlsoAfterItWasReturned(t *testing.T) {
	r := at(state.ReportInReview)
	for _, p := range []state.ReportStep{
		{Act: Returned, Status: state.ReportDraft, Person: "Phạm Hoa", Remark: "thiếu quý 4"},
		{Act: Redrafted, Status: state.ReportDraft, Person: "Đỗ Dũng"},
		{Act: Submitted, Status: state.ReportInReview, Person: "Đỗ Dũng"},
	} {
		p.Step = len(r.Steps) + 1
		r.Steps = append(r.Steps, p)
	}
	require.Equal(t, khue.Forbidden, khue.KindOf(allowed(r, Approved, "Nguyễn Thị Lan")))
	require.Equal(t, khue.Forbidden, khue.KindOf(allowed(r, Approved, "Đỗ Dũng")))
	require.NoError(t, allowed(r, Approved, "Phạm Hoa"), "who returned it may approve what came back")
}

func TestWhoEditedTheWordFileDoesNotApproveIt(t *testing.T) {
	r := at(state.ReportDraft)
	r.Steps = append(r.Steps,
		state.ReportStep{Step: 3, Act: Edited, Status: state.ReportDraft, Person: "Đỗ Dũng"}, state.ReportStep{Step: 4, Act: Submitted, Status: state.ReportInReview, Person: "Trần Bình"})
	err := allowed(r, Approved, "đỗ DŨNG")
	require.Equal(t, khue.Forbidden, khue.KindOf(err))
	require.Equal(t, "Đỗ Dũng đã sửa tệp Word báo cáo số 7 nên không được duyệt báo cáo này; phải có người khác duyệt", khue.ToldOf(err, khue.Vietnamese))
	require.Equal(t, "Đỗ Dũng edited report 7 and may not approve it; somebody else has to", khue.ToldOf(err, khue.English))
	require.NoError(t, allowed(r, Approved, "Phạm Hoa"))
}

func TestNamesAreKeptCleanAndComparedAsPeopleReadThem(t *testing.T) {
	kept, err := Person(norm.NFD.String("\t Đặng  Thị Ánh\u00a0Tuyết \n"))
	require.NoError(t, err)
	require.Equal(t, "Đặng Thị Ánh Tuyết", kept)
	for _, other := range []string{"đặng thị ánh tuyết", "ĐẶNG THỊ ÁNH TUYẾT", norm.NFD.String("Đặng thị  Ánh tuyết")} {
		require.True(t, SamePerson(kept, other), other)
	}
	for _, other := range []string{"Đặng Thị Anh Tuyết", "Dặng Thị Ánh Tuyết", ""} {
		require.False(t, SamePerson(kept, other), other)
	}
	for _, bad := range []string{"", "  ", "Lan\u202eBình", "Lan\x00", "\xff", string(make([]rune, 200)), "Lan\u200b"} {
		_, err := Person(bad)
		require.Equal(t, khue.Invalid, khue.KindOf(err), "%q", bad)
	}
}
