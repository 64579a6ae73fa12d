package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"khue"
	"khue/reports/document"
	"khue/state"
)

// Submit hands a draft in for review. It must lack nothing, and what is known of
// its moment must still make it: a batch may have been coming in.
func (a *Archive) Submit(ctx context.Context, id int64, by, remark string) (state.Report, error) {
	return a.act(ctx, id, Submitted, by, remark, func(r state.Report, _ *state.ReportAct) error {
		lacks, err := Lacks(r)
		if err != nil {
			return err
		}
		if len(lacks) > 0 {
			return lacking(r, lacks)
		}
		g, err := a.reopen(ctx, r)
		if err != nil {
			return err
		}
		return a.stillSo(ctx, g)
	})
}

func lacking(r state.Report, lacks []khue.Text) error {
	return &khue.Error{Kind: khue.Conflict, Message: each(func(lang khue.Lang) string {
		lines := make([]string, len(lacks))
		for i, l := range lacks {
			lines[i] = l.In(lang)
		}
		return fmt.Sprintf(khue.Text{VI: "báo cáo số %d vẫn là dự thảo vì chưa đủ: %s", EN: "report %d stays a draft because it is not complete: %s"}.In(lang), r.ID, strings.Join(lines, "; "))
	})}
}

// Approve is a second person's yes to exactly what was submitted.
func (a *Archive) Approve(ctx context.Context, id int64, by, remark string) (state.Report, error) {
	return a.act(ctx, id, Approved, by, remark, nil)
}

// Return sends a report back to its makers, with a reason.
func (a *Archive) Return(ctx context.Context, id int64, by, because string) (state.Report, error) {
	return a.act(ctx, id, Returned, by, because, func(state.Report, *state.ReportAct) error {
		if strings.TrimSpace(because) == "" {
			return khue.Errorf(khue.Invalid, "hãy ghi lý do trả lại", "say why it is returned")
		}
		return nil
	})
}

// Issue lets an approved report leave: with the number that the clerk gives and the
// day of issue on it, otherwise exactly as it was approved. Its files and the model
// of its document are kept for good, and it takes the place of the one issued before.
func (a *Archive) Issue(ctx context.Context, id int64, by, number string) (state.Report, error) {
	number, err := line(number, longestNumber)
	if err != nil {
		return state.Report{}, khue.While(err, "đọc số văn bản", "reading the number")
	}
	if number == "" {
		return state.Report{}, khue.Errorf(khue.Invalid, "hãy ghi số văn bản do văn thư cấp", "give the number that the clerk gave")
	}
	return a.act(ctx, id, Issued, by, number, func(r state.Report, act *state.ReportAct) error {
		g, err := a.reopen(ctx, r)
		if err != nil {
			return err
		}
		if err := a.stillSo(ctx, g); err != nil {
			return err
		}
		day := a.today(a.Now())
		issue := state.ReportIssue{Number: number, Year: day.Year()}
		if former := g.frozen.Former; former != nil {
			issue.Supersedes = former.Report
		}
		g.frozen = g.frozen.Issued(number, day)
		if a.Page != nil {
			g.frozen.Page = a.Page(r.ID)
		}
		out, err := g.create(ctx)
		if err != nil {
			return err
		}
		build := r.Build
		build.Program, build.MadeBy = a.Program, act.Step.Person
		out.lacks = nil
		out, edits := leaving(r.Build, out)
		if build, err = a.keep(ctx, build, g.frozen, out); err != nil {
			return err
		}
		build.Files = append(build.Files, edits...)
		act.Build, act.Issue = &build, &issue
		if a.To != nil {
			act.To = a.To(r)
		}
		return nil
	})
}

// Redraft makes a report again by what is known now, in the same languages and with
// the same parameters. Of one that was issued it drafts what is to take its place.
func (a *Archive) Redraft(ctx context.Context, id int64, by string) (state.Report, error) {
	r, err := a.Keeper.Report(ctx, id)
	if err != nil {
		return state.Report{}, err
	}
	if err := a.unmoved(r); err != nil {
		return state.Report{}, err
	}
	var p parameters
	if err := json.Unmarshal([]byte(r.Parameters), &p); err != nil {
		return state.Report{}, fmt.Errorf("reading the parameters of report %d: %w", id, err)
	}
	o := Order{Definition: r.Definition, Confidential: p.Confidential, Parameters: p.Parameters}
	if o.Period, err = khue.ParsePeriod(r.Period); err != nil {
		return state.Report{}, err
	}
	for _, code := range r.Build.Languages {
		o.Languages = append(o.Languages, khue.Lang(code))
	}
	b := *a
	b.seen = 0 // of this report; what Draft finds may be another of its subject
	return b.Draft(ctx, o, by)
}

// Act does one of the acts by its name; remark is the number of one that is issued.
func (a *Archive) Act(ctx context.Context, act string, id int64, by, remark string) (state.Report, error) {
	switch act {
	case Redrafted:
		return a.Redraft(ctx, id, by)
	case Submitted:
		return a.Submit(ctx, id, by, remark)
	case Approved:
		return a.Approve(ctx, id, by, remark)
	case Returned:
		return a.Return(ctx, id, by, remark)
	case Issued:
		return a.Issue(ctx, id, by, remark)
	}
	return state.Report{}, khue.Errorf(khue.NotFound, "không có thao tác %q", "there is no act %q", act)
}

// act does an act by the rules. Its own work comes after the rules and before
// anything of it is kept; who acted meanwhile wins.
func (a *Archive) act(ctx context.Context, id int64, act, by, remark string, work func(state.Report, *state.ReportAct) error) (state.Report, error) {
	by, err := Person(by)
	if err != nil {
		return state.Report{}, err
	}
	if remark, err = line(remark, longestRemark); err != nil {
		return state.Report{}, khue.While(err, "đọc lời ghi", "reading the remark")
	}
	r, err := a.Keeper.Report(ctx, id)
	if err != nil {
		return state.Report{}, err
	}
	if err := a.unmoved(r); err != nil {
		return state.Report{}, err
	}
	if err := allowed(r, act, by); err != nil {
		return state.Report{}, err
	}
	done := state.ReportAct{Step: state.ReportStep{Act: act, Status: moves[act].to, Person: by, Remark: remark}}
	if work != nil {
		if err := work(r, &done); err != nil {
			return state.Report{}, err
		}
	}
	if err := a.Keeper.ActOnReport(ctx, id, r.Seen(), done, a.Now()); err != nil {
		return state.Report{}, err
	}
	return a.Keeper.Report(ctx, id)
}

// unmoved refuses an act on a report that another has acted on since it was seen.
func (a *Archive) unmoved(r state.Report) error {
	if a.seen == 0 || a.seen == r.Seen() {
		return nil
	}
	return khue.Errorf(khue.Conflict, "%[2]s đã thao tác trên báo cáo số %[1]d từ khi trang này được mở; hãy xem lại rồi làm tiếp",
		"%[2]s has acted on report %[1]d since this page was opened; look at it again first", r.ID, r.Steps[len(r.Steps)-1].Person)
}

// stillSo makes a report again as of its moment and refuses when it is not what it
// was: then it is not what people have read.
func (a *Archive) stillSo(ctx context.Context, g again) error {
	now, err := g.create(ctx)
	if err != nil {
		return err
	}
	for _, f := range g.report.Build.Files {
		kept, err := a.content(ctx, f)
		if err != nil {
			return err
		}
		if f.Edited != nil {
			continue // by people: it is as they handed it back
		}
		again, there := now.of(f.Language, f.Format)
		if there && bytes.Equal(kept, again.content) {
			continue
		}
		first := f.Name
		if f.Format == Model && there {
			found, err := document.Differences(kept, again.content)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				first = fmt.Sprintf("%s: %s → %s", found[0].Path, brief(found[0].Was), brief(found[0].Is))
			}
		}
		return khue.Errorf(khue.Conflict,
			"báo cáo số %d lập lại theo đúng thời điểm của nó thì khác bản đã lưu (%s); hãy lập lại dự thảo",
			"report %d, made again as of its moment, is not what was kept (%s); draft it again", g.report.ID, first)
	}
	return nil
}

// content is a kept file, which must still be what its SHA-256 says.
func (a *Archive) content(ctx context.Context, f state.ReportFile) ([]byte, error) {
	content, there, err := a.Keeper.Content(ctx, f.SHA256)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, khue.Errorf(khue.Internal, "không còn tệp %s trong kho", "the file %s is no longer kept", f.Name)
	}
	if sumOf(content) != f.SHA256 {
		return nil, khue.Errorf(khue.Internal, "tệp %s trong kho đã bị sửa: không còn đúng SHA-256 đã ghi", "the kept file %s was altered: it no longer has the SHA-256 on record", f.Name)
	}
	return content, nil
}
