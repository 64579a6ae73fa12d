package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/reports"
	"khue/reports/archive"
	"khue/state"
)

// parcel is what one recipient gets of a report.
type parcel struct {
	delivery state.Delivery
	report   state.Report
	former   string // number of the report whose place it takes; "" when it is the first
	frozen   reports.Frozen
	files    []file
	linked   bool   // the files are more than go with a letter, which leads to the report's page instead
	manifest []byte // JSON that tells of it
}

type file struct {
	state.ReportFile
	content []byte
}

// manifest is what a webhook gets and what lies beside files.
type manifest struct {
	ID           string         `json:"id"`    // of the delivery: the same in every try
	Event        string         `json:"event"` // report.issued
	Report       int64          `json:"report"`
	Definition   string         `json:"definition"`
	Title        khue.Text      `json:"title"`
	Period       string         `json:"period"`
	Parameters   any            `json:"parameters"`
	Version      int            `json:"version"` // of its subject, from 1 on
	Number       string         `json:"number"`
	Supersedes   int64          `json:"supersedes,omitempty"` // the report whose place it takes
	IssuedAt     time.Time      `json:"issued_at"`
	AsOf         time.Time      `json:"as_of"` // moment of knowledge
	Simulated    bool           `json:"simulated"`
	Confidential bool           `json:"confidential"`
	Files        []manifestFile `json:"files"`
}

type manifestFile struct {
	Name      string `json:"name"`
	Language  string `json:"language"`
	Format    string `json:"format"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	EditedBy  string `json:"edited_by,omitempty"` // who handed the file back after people edited it
}

// parcel packs what a recipient is to get, and refuses what they may not have.
func (d *Deliverer) parcel(ctx context.Context, one state.Delivery, to Recipient) (parcel, error) {
	r, err := d.o.Book.Report(ctx, one.Report)
	if err != nil {
		return parcel{}, err
	}
	p := parcel{delivery: one, report: r}
	if r.Issue == nil {
		return p, khue.Errorf(khue.Invalid, "báo cáo số %d chưa được ban hành", "report %d has not been issued", r.ID)
	}
	if r.Status() == state.ReportSuperseded {
		return p, khue.Errorf(khue.Invalid, "báo cáo số %d đã có bản sau thay thế, bản sau được gửi thay", "another report has taken the place of report %d and is delivered in its stead", r.ID)
	}
	if err := json.Unmarshal([]byte(r.Build.Frozen), &p.frozen); err != nil {
		return p, fmt.Errorf("reading what report %d was made from: %w", r.ID, err)
	}
	if p.frozen.Confidential && !to.Confidential {
		return p, khue.Errorf(khue.Forbidden,
			"báo cáo số %d chỉ dùng nội bộ; nơi nhận %q không được đánh dấu confidential", "report %d is for the office's own use; the recipient %q is not marked confidential", r.ID, to.Name)
	}
	if r.Issue.Supersedes != 0 {
		former, err := d.o.Book.Report(ctx, r.Issue.Supersedes)
		if err != nil {
			return p, err
		}
		p.former = former.Issue.Number
	}
	for _, f := range r.Build.Files {
		if archive.Replaced(r.Build, f) || !wanted(f, to) {
			continue
		}
		content, err := d.content(ctx, f)
		if err != nil {
			return p, err
		}
		p.files = append(p.files, file{f, content})
	}
	if len(p.files) == 0 && slices.ContainsFunc(r.Build.Files, func(f state.ReportFile) bool { return f.Edited != nil }) {
		return p, khue.Errorf(khue.Invalid, "báo cáo số %d được ban hành bằng tệp Word đã có người sửa nên không có bản PDF, trang web tương ứng; %q không nhận định dạng nào còn lại",
			"report %d was issued as a Word file that people edited, so it has no PDF and no web page to match; %q gets none of the other formats", r.ID, to.Name)
	}
	if len(p.files) == 0 {
		return p, khue.Errorf(khue.Invalid, "báo cáo số %d không có tệp nào theo ngôn ngữ và định dạng mà %q nhận", "report %d has no file in the languages and formats that %q gets", r.ID, to.Name)
	}
	p.manifest, err = d.describe(p)
	return p, err
}

// wanted tells whether a recipient gets a file. What is kept for the archive alone
// goes to nobody.
func wanted(f state.ReportFile, to Recipient) bool {
	return f.Format != archive.Model && (len(to.Formats) == 0 || slices.Contains(to.Formats, formatOf(f))) &&
		(len(to.Languages) == 0 || slices.Contains(to.Languages, khue.Lang(f.Language)))
}

// formatOf is the format of a file for whoever gets it: one that people edited is a
// Word file like any other.
func formatOf(f state.ReportFile) string {
	if f.Edited != nil {
		return reports.DOCX
	}
	return f.Format
}

// content is a kept file; one that was altered does not leave.
func (d *Deliverer) content(ctx context.Context, f state.ReportFile) ([]byte, error) {
	content, there, err := d.o.Book.Content(ctx, f.SHA256)
	if err != nil {
		return nil, err
	}
	if !there || sumOf(content) != f.SHA256 {
		return nil, khue.Errorf(khue.Invalid, "tệp %s trong kho không còn hoặc đã bị sửa", "the kept file %s is gone or was altered", f.Name)
	}
	return content, nil
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (d *Deliverer) describe(p parcel) ([]byte, error) {
	r := p.report
	m := manifest{
		ID: p.delivery.Mark, Event: "report.issued", Report: r.ID, Definition: r.Definition, Title: d.o.Title(r.Definition), Period: r.Period, Parameters: json.RawMessage(r.Parameters),
		Version: r.Issue.Version, Number: r.Issue.Number, Supersedes: r.Issue.Supersedes, IssuedAt: r.Issue.IssuedAt, AsOf: r.Build.AsOf,
		Simulated: p.frozen.Simulated, Confidential: p.frozen.Confidential,
	}
	for _, f := range p.files {
		one := manifestFile{Name: f.Name, Language: f.Language, Format: formatOf(f.ReportFile), MediaType: f.MediaType, Size: f.Size, SHA256: f.SHA256}
		if f.Edited != nil {
			one.EditedBy = f.Edited.Person
		}
		m.Files = append(m.Files, one)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("telling of report %d: %w", r.ID, err)
	}
	return append(text, '\n'), nil
}

// place names where the files of a version lie, in a folder or a bucket.
func (p parcel) place() string {
	return fmt.Sprintf("%s_%s_%d_v%d", p.report.Definition, p.report.Period, p.report.ID, p.report.Issue.Version)
}

// manifestName is the file that tells of the others; it comes last, so that where it
// is all are.
const manifestName = "delivery.json"
