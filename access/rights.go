// Package access says who may do what: people and their roles, how they sign in,
// tokens for programs, and what is kept of all they do. It knows rights and scopes,
// never data.
package access

import (
	"slices"

	"khue"
)

// Right is one thing that a person may do. Every page, order and answer needs one.
type Right string

// The rights.
const (
	Look         Right = "look"         // pages of figures, and what they mean
	Download     Right = "download"     // take figures along as files
	Inspect      Right = "inspect"      // where figures come from: sources, runs, quarantine
	ReadReports  Right = "read_reports" // the library of reports, drafts included
	Write        Right = "write"        // notes beside figures, and texts of reports
	HandIn       Right = "hand_in"      // files for sources that watch a folder
	HandInOwn    Right = "hand_in_own"  // such files for the areas one is clerk of, and no row of any other
	RunJobs      Right = "run_jobs"     // run, pause and resume jobs; try quarantined rows again
	Draft        Right = "draft"        // draft, submit and withdraw reports
	Approve      Right = "approve"      // approve and return reports of others
	Issue        Right = "issue"        // issue reports that were approved
	AskAPI       Right = "api"          // ask as a program
	RunSQL       Right = "sql"          // run statements on the views for analysts
	Confidential Right = "confidential" // figures that would give away what one contributor reported
	ManagePeople Right = "people"       // accounts, roles and links
	ReadAudit    Right = "audit"        // what people did
)

var rightNames = []struct {
	right Right
	name  khue.Text
}{
	{Look, khue.Text{VI: "xem các trang số liệu", EN: "look at pages of figures"}},
	{Download, khue.Text{VI: "tải số liệu về", EN: "download figures"}},
	{Inspect, khue.Text{VI: "xem nguồn và chất lượng dữ liệu", EN: "see sources and the quality of data"}},
	{ReadReports, khue.Text{VI: "xem báo cáo", EN: "read reports"}},
	{Write, khue.Text{VI: "viết ghi chú và lời văn báo cáo", EN: "write notes and texts of reports"}},
	{HandIn, khue.Text{VI: "nộp tệp", EN: "hand in files"}},
	{HandInOwn, khue.Text{VI: "nộp tệp cho địa bàn của mình", EN: "hand in files for one's own areas"}},
	{RunJobs, khue.Text{VI: "chạy công việc", EN: "run jobs"}},
	{Draft, khue.Text{VI: "lập dự thảo báo cáo", EN: "draft reports"}},
	{Approve, khue.Text{VI: "duyệt báo cáo", EN: "approve reports"}},
	{Issue, khue.Text{VI: "ban hành báo cáo", EN: "issue reports"}},
	{AskAPI, khue.Text{VI: "hỏi qua API", EN: "ask the API"}},
	{RunSQL, khue.Text{VI: "chạy câu lệnh SQL", EN: "run SQL"}},
	{Confidential, khue.Text{VI: "xem số liệu không công bố", EN: "see figures that are not published"}},
	{ManagePeople, khue.Text{VI: "quản lý tài khoản", EN: "manage accounts"}},
	{ReadAudit, khue.Text{VI: "xem nhật ký kiểm toán", EN: "read the audit"}},
}

// Rights lists every right in the order in which they are shown.
func Rights() []Right {
	out := make([]Right, len(rightNames))
	for i, r := range rightNames {
		out[i] = r.right
	}
	return out
}

// Text is a right in words, as they follow "may".
func (r Right) Text() khue.Text {
	for _, one := range rightNames {
		if one.right == r {
			return one.name
		}
	}
	return khue.Text{VI: string(r), EN: string(r)}
}

// Role is what a person is in the office.
type Role string

// The roles. Guest is whoever has not signed in, where the observatory is public.
const (
	Leader        Role = "leader"
	Staff         Role = "staff"
	Analyst       Role = "analyst"
	Clerk         Role = "clerk"
	Administrator Role = "administrator"
	Guest         Role = "public"
)

// roleTable is what each role may. An administrator runs the place and sees no more
// of it than that takes; whoever is both has both roles.
var roleTable = []struct {
	role   Role
	name   khue.Text
	rights []Right
}{
	{Leader, khue.Text{VI: "lãnh đạo", EN: "leader"}, []Right{Look, Download, Inspect, ReadReports, Approve, Issue, AskAPI, Confidential}},
	{Staff, khue.Text{VI: "chuyên viên báo cáo", EN: "reporting staff"}, []Right{Look, Download, Inspect, ReadReports, Write, HandIn, RunJobs, Draft, Issue, AskAPI, RunSQL, Confidential}},
	{Analyst, khue.Text{VI: "chuyên viên phân tích", EN: "analyst"}, []Right{Look, Download, Inspect, ReadReports, AskAPI, RunSQL}},
	{Clerk, khue.Text{VI: "cán bộ phường, xã", EN: "ward clerk"}, []Right{Look, HandInOwn}},
	{Administrator, khue.Text{VI: "quản trị viên", EN: "administrator"}, []Right{Look, Inspect, RunJobs, ManagePeople, ReadAudit}},
}

// guestRights are what whoever has not signed in may where the observatory is public.
var guestRights = []Right{Look, Download}

// Roles lists the roles that a person can have, in the order in which they are shown.
func Roles() []Role {
	out := make([]Role, len(roleTable))
	for i, r := range roleTable {
		out[i] = r.role
	}
	return out
}

// Text is a role in words.
func (r Role) Text() khue.Text {
	for _, one := range roleTable {
		if one.role == r {
			return one.name
		}
	}
	if r == Guest {
		return khue.Text{VI: "khách", EN: "guest"}
	}
	return khue.Text{VI: string(r), EN: string(r)}
}

// Rights are what the role may.
func (r Role) Rights() []Right {
	for _, one := range roleTable {
		if one.role == r {
			return slices.Clone(one.rights)
		}
	}
	if r == Guest {
		return slices.Clone(guestRights)
	}
	return nil
}

// ParseRole reads the code of a role that a person can have.
func ParseRole(code string) (Role, error) {
	if slices.Contains(Roles(), Role(code)) {
		return Role(code), nil
	}
	return "", khue.Errorf(khue.Invalid, "không có vai trò %q; có: %s", "there is no role %q; there are: %s", code, codes(Roles()))
}

// ParseRight reads the code of a right.
func ParseRight(code string) (Right, error) {
	if slices.Contains(Rights(), Right(code)) {
		return Right(code), nil
	}
	return "", khue.Errorf(khue.Invalid, "không có quyền %q; có: %s", "there is no right %q; there are: %s", code, codes(Rights()))
}
