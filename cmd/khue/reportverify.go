package main

import (
	"fmt"
	"io"
	"time"

	"khue"
	"khue/reports/archive"
)

// mostDifferenceLines is how many values that differ are told to people; JSON has all.
const mostDifferenceLines = 40

// writeVerification tells people what came out, file by file.
func writeVerification(out io.Writer, v archive.Verification, lang khue.Lang, moment func(time.Time) string) {
	say := func(vi, en string, args ...any) { fmt.Fprintf(out, khue.Text{VI: vi, EN: en}.In(lang)+"\n", args...) }
	if people := v.Edited(); v.OK() && len(people) > 0 {
		say("Báo cáo số %d (số %s): lập lại giống hệt từng byte %d tệp; %d tệp Word do người sửa, không lập lại được từ sổ số liệu mà chỉ đối chiếu SHA-256.",
			"Report %d (number %s): %d files were made again, the same to the byte; %d Word files were edited by people: the journal cannot make those, their SHA-256 was checked.", v.Report.ID, v.Report.Issue.Number, len(v.Files)-len(people), len(people))
	} else if v.OK() {
		say("Báo cáo số %d (số %s): lập lại giống hệt từng byte, %d tệp.", "Report %d (number %s): made again, the same to the byte, %d files.", v.Report.ID, v.Report.Issue.Number, len(v.Files))
	} else {
		say("Báo cáo số %d (số %s): có khác biệt.", "Report %d (number %s): something differs.", v.Report.ID, v.Report.Issue.Number)
	}
	if v.Fault != (khue.Text{}) {
		say("  không lập lại được: %s", "  it cannot be made again: %s", v.Fault.In(lang))
	}
	for _, f := range v.Files {
		fmt.Fprintf(out, "  %-60s %s\n", f.File.Name, fileWords(f, archive.Replaced(v.Report.Build, f.File)).In(lang))
		if e := f.File.Edited; e != nil {
			say("    %s sửa, tải lên %s, SHA-256 %s; đối chiếu: khue report edits %d", "    edited by %s, handed back %s, SHA-256 %s; what was changed: khue report edits %d",
				e.Person, moment(e.At), f.File.SHA256, v.Report.ID)
		}
	}
	for i, d := range v.Differences {
		if i == mostDifferenceLines {
			say("  … và %d giá trị khác; xem --format json", "  … and %d more values; see --format json", len(v.Differences)-i)
			break
		}
		fmt.Fprintln(out, "  "+d.Briefly())
	}
	for _, language := range v.Untold {
		say("  %s: không nêu được giá trị nào khác vì nội dung gốc không còn nguyên", "  %s: which values differ cannot be told, since the kept model is not intact", language)
	}
	writeMadeBy(out, v, lang)
}

// writeMadeBy tells what the report was made by and is another now.
func writeMadeBy(out io.Writer, v archive.Verification, lang khue.Lang) {
	say := func(vi, en string, args ...any) { fmt.Fprintf(out, khue.Text{VI: vi, EN: en}.In(lang)+"\n", args...) }
	if v.Definition.Changed() {
		now := v.Definition.Now
		if now == "" {
			now = khue.Text{VI: "không còn", EN: "none any more"}.In(lang)
		}
		say("Mẫu báo cáo đã đổi: bản %s → %s; báo cáo được lập lại theo bản lúc đó", "The report's own definition has changed: version %s → %s; the report was made again by that of then", v.Definition.Then, now)
	}
	if v.Definitions.Changed() {
		by := khue.Text{VI: "báo cáo được lập lại theo bản lúc đó", EN: "the report was made again by those of then"}
		if v.Assumed {
			by = khue.Text{VI: "bản lúc đó không được lưu, đã dùng bản nay", EN: "those of then were never kept, those of now were used"}
		}
		say("Định nghĩa chỉ số đã đổi: bản %s → %s; %s", "The definitions of figures have changed: %s → %s; %s", v.Definitions.Then, v.Definitions.Now, by.In(lang))
		for _, c := range v.Changed {
			for _, line := range changeWords(c, lang) {
				fmt.Fprintln(out, "  "+line)
			}
		}
		if len(v.Changed) == 0 && !v.Assumed {
			say("  không có chỉ số nào của báo cáo này đổi định nghĩa", "  none of this report's measures is defined otherwise")
		}
	}
	if v.Program.Changed() {
		say("Chương trình đã đổi: %s → %s", "The program has changed: %s → %s", v.Program.Then, v.Program.Now)
	}
}

// fileWords say how a file stands; aside is one that is kept to compare with, and was
// not issued.
func fileWords(f archive.FileCheck, aside bool) khue.Text {
	var t khue.Text
	switch f.Kept {
	case archive.Altered:
		t = khue.Text{VI: "tệp lưu ĐÃ BỊ SỬA", EN: "the kept file was ALTERED"}
	case archive.Missing:
		t = khue.Text{VI: "tệp lưu KHÔNG CÒN", EN: "the kept file is MISSING"}
	default:
		t = khue.Text{VI: "tệp lưu nguyên vẹn", EN: "kept intact"}
	}
	switch {
	case f.File.Edited != nil:
		t.VI, t.EN = t.VI+"; người sửa, không phải bản lập lại", t.EN+"; edited by people, not made again"
	case f.Recreated == "":
		t.VI, t.EN = t.VI+"; không lập lại được", t.EN+"; not made again"
	case f.Same() && aside:
		t.VI, t.EN = t.VI+"; lập lại giống hệt bản phần mềm lập (giữ để đối chiếu, không ban hành)", t.EN+"; made again, the same as it was made (kept to compare with, not issued)"
	case f.Same():
		t.VI, t.EN = t.VI+"; lập lại giống hệt bản đã ban hành", t.EN+"; made again, the same as issued"
	default:
		t.VI, t.EN = t.VI+"; lập lại KHÁC bản đã ban hành", t.EN+"; made again, it DIFFERS from what was issued"
	}
	return t
}

type verificationJSON struct {
	Report      int64             `json:"report"`
	Number      string            `json:"number"`
	Same        bool              `json:"same"`
	Fault       *khue.Text        `json:"fault,omitempty"`
	Files       []fileCheckJSON   `json:"files"`
	Differences []modelChangeJSON `json:"differences"`
	Definition  versionsJSON      `json:"definition"`
	Definitions versionsJSON      `json:"definitions"`
	Program     versionsJSON      `json:"program"`
	Assumed     bool              `json:"definitions_assumed,omitempty"`
	Changed     []definitionJSON  `json:"changed_definitions"`
}

type fileCheckJSON struct {
	Name      string `json:"name"`
	SHA256    string `json:"sha256"`
	Kept      string `json:"kept"`
	Recreated string `json:"recreated_sha256,omitempty"`
	Same      bool   `json:"same"`                // made again to the byte; false of one that people edited
	EditedBy  string `json:"edited_by,omitempty"` // who handed it back after people edited it
	EditedAt  string `json:"edited_at,omitempty"`
	Issued    bool   `json:"issued"` // it left the office; false of one that is kept to compare with
}

type modelChangeJSON struct {
	Language string `json:"language"`
	Path     string `json:"path"`
	Was      string `json:"was"`
	Is       string `json:"is"`
}

type versionsJSON struct {
	Then string `json:"then"`
	Now  string `json:"now"`
}

type definitionJSON struct {
	Name    string      `json:"name"`
	Added   bool        `json:"added,omitempty"`
	Removed bool        `json:"removed,omitempty"`
	Fields  []fieldJSON `json:"fields,omitempty"`
}

func verificationAsJSON(v archive.Verification) verificationJSON {
	out := verificationJSON{
		Report: v.Report.ID, Number: v.Report.Issue.Number, Same: v.OK(), Files: []fileCheckJSON{}, Differences: []modelChangeJSON{}, Changed: []definitionJSON{},
		Definition: versionsJSON(v.Definition), Definitions: versionsJSON(v.Definitions), Program: versionsJSON(v.Program), Assumed: v.Assumed,
	}
	if v.Fault != (khue.Text{}) {
		out.Fault = &v.Fault
	}
	for _, f := range v.Files {
		one := fileCheckJSON{Name: f.File.Name, SHA256: f.File.SHA256, Kept: f.Kept, Recreated: f.Recreated, Same: f.Same(), Issued: !archive.Replaced(v.Report.Build, f.File)}
		if e := f.File.Edited; e != nil {
			one.EditedBy, one.EditedAt = e.Person, e.At.Format(jsonMoment)
		}
		out.Files = append(out.Files, one)
	}
	for _, d := range v.Differences {
		out.Differences = append(out.Differences, modelChangeJSON{d.Language, d.Path, d.Was, d.Is})
	}
	for _, c := range v.Changed {
		out.Changed = append(out.Changed, definitionJSON{c.Name, c.Added, c.Removed, fieldsAsJSON(c.Fields)})
	}
	return out
}
