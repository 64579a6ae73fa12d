package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"khue"
	"khue/reports"
	"khue/reports/docx"
	"khue/reports/edited"
	"khue/state"
)

// EditedFormat is the format of a Word file that people edited. The one that was made
// is kept beside it.
const EditedFormat = "edited"

// Edit takes back a Word file that people edited. The report is a draft again,
// wherever it stood: what was approved is not what would be issued. The file's own
// marks tell the draft and the language; in, where it is not "", has to be that one.
func (a *Archive) Edit(ctx context.Context, id int64, in khue.Lang, content []byte, by, remark string) (state.Report, error) {
	return a.act(ctx, id, Edited, by, remark, func(r state.Report, act *state.ReportAct) error {
		lacks, err := Lacks(r)
		if err != nil {
			return err
		}
		if len(lacks) > 0 {
			return lacking(r, lacks)
		}
		file, err := edited.Read(content)
		if err != nil {
			return err
		}
		made, err := madeFor(r, file, in)
		if err != nil {
			return err
		}
		if sumOf(content) == made.SHA256 {
			return khue.Errorf(khue.Conflict, "tệp %s đúng là tệp phần mềm lập, chưa ai sửa gì", "the file %s is as it was made; nobody has edited it", made.Name)
		}
		sums, err := a.Keeper.KeepContents(ctx, a.Now(), content)
		if err != nil {
			return err
		}
		build := r.Build
		build.MadeBy, build.Files = act.Step.Person, slices.DeleteFunc(slices.Clone(build.Files), func(f state.ReportFile) bool { return f.Edited != nil && f.Language == made.Language })
		build.Files = append(build.Files, state.ReportFile{
			Language: made.Language, Format: EditedFormat, Name: strings.TrimSuffix(made.Name, "."+reports.DOCX) + "_edited." + reports.DOCX, MediaType: docx.MediaType,
			SHA256: sums[0], Size: int64(len(content)), Edited: &state.ReportEdit{Source: made.SHA256, Person: act.Step.Person},
		})
		act.Build = &build
		return nil
	})
}

// madeFor finds the file that people began with, by its marks.
func madeFor(r state.Report, f edited.File, in khue.Lang) (state.ReportFile, error) {
	var frozen reports.Frozen
	if err := json.Unmarshal([]byte(r.Build.Frozen), &frozen); err != nil {
		return state.ReportFile{}, fmt.Errorf("reading what report %d was made from: %w", r.ID, err)
	}
	switch {
	case frozen.Mark == "":
		return state.ReportFile{}, khue.Errorf(khue.Conflict, "báo cáo số %[1]d do bản phần mềm cũ lập, tệp Word của nó chưa có dấu để nhận ra; hãy lập lại dự thảo rồi sửa tệp mới",
			"report %[1]d was drafted by an older program, which did not mark its Word files; draft it again and edit the new file", r.ID)
	case f.Draft == "":
		return state.ReportFile{}, khue.Errorf(khue.Invalid, "tệp Word không mang dấu của báo cáo nào; hãy sửa đúng tệp đã tải từ trang báo cáo số %d và lưu bằng Word hoặc LibreOffice",
			"the Word file has no mark of any report; edit the very file that was downloaded from the page of report %d, and save it with Word or LibreOffice", r.ID)
	case f.Draft != frozen.Mark:
		return state.ReportFile{}, khue.Errorf(khue.Conflict, "tệp Word là của báo cáo hoặc bản dự thảo khác (%[2]s), không phải bản đang có của báo cáo số %[1]d; hãy tải lại tệp Word rồi chép chỗ sửa sang",
			"the Word file is of another report or another draft (%[2]s), not of what report %[1]d is now; download the Word file again and carry the changes over", r.ID, f.Report)
	case in != "" && string(in) != f.Language:
		return state.ReportFile{}, khue.Errorf(khue.Invalid, "tệp Word là bản ngôn ngữ %q, không phải %q", "the Word file is in the language %q, not %q", f.Language, in)
	}
	i := slices.IndexFunc(r.Build.Files, func(made state.ReportFile) bool { return made.Format == reports.DOCX && made.Language == f.Language })
	if i < 0 {
		return state.ReportFile{}, khue.Errorf(khue.Invalid, "báo cáo số %d không có tệp Word bằng ngôn ngữ %q", "report %d has no Word file in the language %q", r.ID, f.Language)
	}
	return r.Build.Files[i], nil
}

// Replaced tells that a file was made but does not leave the office: people edited
// the Word file of its language, and it no longer says what that says. Figures (the
// workbook) leave as they were made.
func Replaced(b state.ReportBuild, f state.ReportFile) bool {
	return f.Edited == nil && slices.Contains([]string{reports.DOCX, reports.PDF, reports.HTML}, f.Format) &&
		slices.ContainsFunc(b.Files, func(e state.ReportFile) bool { return e.Edited != nil && e.Language == f.Language })
}

// leaving are the files of a build that is issued. Of a language whose Word file
// people edited the paper and the web page are left out; the Word file that was made
// stays in the archive, to be made again and compared with.
func leaving(draft state.ReportBuild, out made) (made, []state.ReportFile) {
	var edits []state.ReportFile
	for _, f := range draft.Files {
		if f.Edited != nil {
			edits = append(edits, f)
		}
	}
	out.files = slices.DeleteFunc(out.files, func(f file) bool { return f.Format != reports.DOCX && Replaced(draft, f.ReportFile) })
	return out, edits
}

// Edits tells what people changed in the Word files of a report; none when they are as
// they were made.
func (a *Archive) Edits(ctx context.Context, r state.Report) ([]edited.Report, error) {
	var out []edited.Report
	for _, f := range r.Build.Files {
		if f.Edited == nil {
			continue
		}
		one := edited.Report{Language: f.Language, File: f}
		if i := slices.IndexFunc(r.Build.Files, func(made state.ReportFile) bool { return made.Format == reports.DOCX && made.Language == f.Language }); i >= 0 {
			one.Made = r.Build.Files[i].Name
		}
		is, err := a.content(ctx, f)
		if err != nil {
			return nil, err
		}
		was, err := a.content(ctx, state.ReportFile{Name: one.Made, SHA256: f.Edited.Source})
		if err != nil {
			return nil, err
		}
		after, err := edited.Read(is)
		if err != nil {
			return nil, err
		}
		before, err := edited.Read(was)
		if err != nil {
			return nil, fmt.Errorf("reading the Word file that report %d was made as: %w", r.ID, err)
		}
		one.Comparison = edited.Compare(before, after)
		out = append(out, one)
	}
	return out, nil
}
