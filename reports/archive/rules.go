package archive

import (
	"fmt"
	"slices"

	"khue"
	"khue/state"
)

// The acts that people do to a report.
const (
	Drafted   = "drafted"   // made for the first time
	Redrafted = "redrafted" // made again, by newer data
	Submitted = "submitted" // handed in for review
	Approved  = "approved"
	Returned  = "returned" // sent back to its makers, with a reason
	Issued    = "issued"
	Edited    = "edited" // a Word file that people edited was handed back
)

// move is where an act may be done, and where it leads.
type move struct {
	from []string
	to   string
	// only says in a sentence what the act is for.
	only khue.Text
}

var moves = map[string]move{
	Redrafted: {[]string{state.ReportDraft}, state.ReportDraft, khue.Text{VI: "chỉ lập lại được dự thảo", EN: "only a draft can be drafted again"}},
	Submitted: {[]string{state.ReportDraft}, state.ReportInReview, khue.Text{VI: "chỉ trình được dự thảo", EN: "only a draft can be submitted"}},
	Approved:  {[]string{state.ReportInReview}, state.ReportApproved, khue.Text{VI: "chỉ duyệt được báo cáo đang chờ duyệt", EN: "only a report in review can be approved"}},
	Returned: {
		[]string{state.ReportInReview, state.ReportApproved},
		state.ReportDraft,
		khue.Text{VI: "chỉ trả lại được báo cáo đang chờ duyệt hoặc đã duyệt mà chưa ban hành", EN: "only a report that is in review or approved, and not issued, can be returned"},
	},
	Edited: {
		[]string{state.ReportDraft, state.ReportInReview, state.ReportApproved},
		state.ReportDraft,
		khue.Text{VI: "chỉ nhận tệp Word đã sửa khi báo cáo chưa ban hành", EN: "an edited Word file is taken only before a report is issued"},
	},
	Issued: {[]string{state.ReportApproved}, state.ReportIssued, khue.Text{VI: "chỉ ban hành được báo cáo đã duyệt", EN: "only an approved report can be issued"}},
}

// StatusText is a status for people.
func StatusText(status string) khue.Text {
	return map[string]khue.Text{
		state.ReportDraft:      {VI: "dự thảo", EN: "draft"},
		state.ReportInReview:   {VI: "chờ duyệt", EN: "in review"},
		state.ReportApproved:   {VI: "đã duyệt", EN: "approved"},
		state.ReportIssued:     {VI: "đã ban hành", EN: "issued"},
		state.ReportSuperseded: {VI: "đã được thay thế", EN: "superseded"},
	}[status]
}

// standing is where a report stands, in the middle of a sentence.
func standing(status string) khue.Text {
	t := StatusText(status)
	switch status {
	case state.ReportDraft:
		return khue.Text{VI: "đang là " + t.VI, EN: "a " + t.EN}
	case state.ReportInReview:
		t.VI = "đang " + t.VI
	}
	return t
}

// each writes a sentence in both languages.
func each(write func(lang khue.Lang) string) khue.Text {
	return khue.Text{VI: write(khue.Vietnamese), EN: write(khue.English)}
}

// ActText is an act for people.
func ActText(act string) khue.Text {
	return map[string]khue.Text{
		Drafted:                {VI: "lập dự thảo", EN: "drafted"},
		Redrafted:              {VI: "lập lại dự thảo", EN: "redrafted"},
		Submitted:              {VI: "trình duyệt", EN: "submitted"},
		Approved:               {VI: "duyệt", EN: "approved"},
		Returned:               {VI: "trả lại", EN: "returned"},
		Issued:                 {VI: "ban hành", EN: "issued"},
		Edited:                 {VI: "sửa tệp Word", EN: "edited"},
		state.ReportSuperseded: {VI: "bị thay thế", EN: "superseded"},
	}[act]
}

// allowed tells whether a person may do an act to a report where it stands, and
// why not. Whoever made, edited or submitted it, at any time, does not approve it.
func allowed(r state.Report, act, person string) error {
	m := moves[act]
	if !slices.Contains(m.from, r.Status()) {
		return &khue.Error{Kind: khue.Conflict, Message: each(func(lang khue.Lang) string {
			return fmt.Sprintf(khue.Text{VI: "báo cáo số %d %s; %s", EN: "report %d is %s; %s"}.In(lang), r.ID, standing(r.Status()).In(lang), m.only.In(lang))
		})}
	}
	if act != Approved {
		return nil
	}
	for _, p := range r.Steps {
		if slices.Contains([]string{Drafted, Redrafted, Submitted, Edited}, p.Act) && SamePerson(p.Person, person) {
			return &khue.Error{Kind: khue.Forbidden, Message: each(func(lang khue.Lang) string {
				return fmt.Sprintf(khue.Text{
					VI: "%[1]s đã %[2]s báo cáo số %[3]d nên không được duyệt báo cáo này; phải có người khác duyệt",
					EN: "%[1]s %[2]s report %[3]d and may not approve it; somebody else has to",
				}.In(lang), p.Person, ActText(p.Act).In(lang), r.ID)
			})}
		}
	}
	return nil
}
