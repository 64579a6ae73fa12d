package dashboards

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/dashboards/pending"
	"khue/locale"
)

const (
	rowsFirst     = 15  // rows of a sheet that are always shown
	faultyRowsMax = 200 // and of the rows with faults below them
	faultsListed  = 100 // faults in the list; the file has them all
	mostPreviews  = 20  // kept in memory
)

// previewTime is the longest that a file may take to be looked through.
const previewTime = 45 * time.Second

// seen is a preview with what went wrong beside it.
type seen struct {
	preview Preview
	err     error
}

// preview looks through a waiting file, once.
func (s *Site) preview(c *gin.Context, f pending.File, t UploadTarget) seen {
	wards, _ := s.wardsOf(c)
	key := f.ID + " " + strings.Join(wards, " ") // what is wrong with a row depends on whose it may be
	if known, ok := s.previews.get(key); ok {
		return known
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), previewTime)
	defer cancel()
	p, err := s.uploads.Preview(ctx, t, f.Path, wards)
	one := seen{p, err}
	if ctx.Err() == nil {
		s.previews.put(key, one)
	}
	return one
}

// previewView is a file that waits for somebody's word.
type previewView struct {
	frameView
	ID, Name, For      string
	Finding            string
	Size, Sum, Until   string
	Accepted, Rejected string
	Skipped            string
	Broken             string // why the file cannot be read at all
	Duplicate          string // an equal file was loaded
	Replaces           string // a file of the name is there
	Columns            []string
	Rows               []previewLine
	RowsNote           string
	Faults             []faultLine
	FaultsNote, CSV    string
	Clean              bool // nothing to find fault with
	CanAccept          bool
	Wards              string // of the clerk that hands it in; "" for whoever hands in for all
	Foreign            bool   // it has rows of other areas: nothing of it can be loaded
	Refused            string // why it was not loaded after all
}

// previewLine is one row of the sheet, or how many were left out here.
type previewLine struct {
	Place string
	Cells []previewCell
	Gap   string
	Bad   bool
}

type previewCell struct {
	Text  string
	Fault string // what was expected; "" for a good cell
}

type faultLine struct{ Place, Column, Value, Reason, Expected string }

func (s *Site) previewPage(c *gin.Context) {
	if err := s.uploadShut(c); err != nil {
		_ = c.Error(err)
		return
	}
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	f, t, err := s.waitingFile(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	view, err := s.previewViewOf(c, f, t)
	if err != nil {
		_ = c.Error(err)
		return
	}
	s.show(c, "preview.html", view)
}

func (s *Site) previewViewOf(c *gin.Context, f pending.File, t UploadTarget) (previewView, error) {
	lang := langOf(c)
	one := s.preview(c, f, t)
	if one.err != nil && khue.KindOf(one.err) == khue.Internal {
		s.log.Warn("a waiting file cannot be read", "file", f.Name, "error", one.err)
	}
	view := previewView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, uploadPage, uploadPath+"/"+f.ID, nil, f.Name),
		ID:        f.ID, Name: f.Name, For: targetLabel(lang, t), Size: size(lang, f.Size), Sum: f.SHA256,
		Until: s.moment(lang, f.At.Add(s.waiting.Life())),
	}
	view.Token = s.forms.token(c)
	wards, bound := s.wardsOf(c)
	view.Wards = areasWords(lang, wards)
	s.addPreview(lang, &view, one)
	if bound {
		return view, s.addOwnTwins(c, &view, f, t)
	}
	return view, s.addTwins(c, &view, f, t)
}

func (s *Site) addPreview(lang khue.Lang, view *previewView, one seen) {
	p := one.preview
	n := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	view.Accepted, view.Rejected, view.Skipped = n(p.Accepted), n(p.Rejected), n(p.Skipped)
	view.Columns = p.Columns
	if one.err != nil {
		view.Broken = sentence(s.readable(lang, one.err))
	}
	view.CanAccept = one.err == nil && p.Accepted > 0 && p.Foreign == 0
	switch {
	case one.err != nil:
		view.Finding = text("Tệp này không đọc được", "This file cannot be read").In(lang)
	case p.Foreign > 0:
		view.Foreign = true
		view.Finding = textf("%s bản ghi không thuộc địa bàn của bạn: cả tệp không nạp được", "%s "+plural(int(p.Foreign), "record is", "records are")+" not of your areas: nothing of the file can be loaded", n(p.Foreign)).In(lang)
	case p.Rejected+p.Accepted == 0:
		view.Clean = true
		view.Finding = text("Không thấy bản ghi nào trong tệp này", "No record was found in this file").In(lang)
	case p.Rejected == 0:
		view.Clean = true
		view.Finding = textf("Cả %s bản ghi đều dùng được, không ô nào lỗi", "All %s records can be used, no cell is faulty", n(p.Accepted)).In(lang)
	case p.Accepted == 0:
		view.Finding = textf("Không bản ghi nào trong %s bản ghi dùng được", "None of %s records can be used", n(p.Rejected)).In(lang)
	default:
		view.Finding = textf("%[1]s bản ghi dùng được, %[2]s bản ghi có lỗi sẽ bị giữ lại", "%[1]s records can be used, %[2]s with faults will be held back", n(p.Accepted), n(p.Rejected)).In(lang)
	}
	view.Rows = s.previewLines(lang, p)
	faults := s.faultLines(lang, p)
	if len(faults) > faultsListed {
		view.FaultsNote = textf("Hiện %[1]s trên %[2]s lỗi; tệp CSV có đủ.", "Showing %[1]s of %[2]s faults; the CSV file has them all.", n(faultsListed), n(int64(len(faults)))).In(lang)
		faults = faults[:faultsListed]
	}
	view.Faults = faults
	if len(faults) > 0 {
		view.CSV = address(uploadPath+"/"+view.ID+"/faults.csv", nil, lang)
	}
	if p.Omitted > 0 {
		view.RowsNote = textf("Còn %s bản ghi nữa trong tệp, đã đếm nhưng không hiện.", "%s more records of the file are counted but not shown.", n(p.Omitted)).In(lang)
	}
}

// readable is what went wrong with a file, for whoever sent it. Errors of the file
// readers are no secret: they speak of the file alone.
func (s *Site) readable(lang khue.Lang, err error) string {
	if khue.KindOf(err) != khue.Internal {
		return khue.MessageOf(err).In(lang)
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// previewLines are the first rows and below them every faulty one.
func (s *Site) previewLines(lang khue.Lang, p Preview) []previewLine {
	var out []previewLine
	skipped, faulty := int64(0), 0
	gap := func() {
		if skipped > 0 {
			out = append(out, previewLine{Gap: textf("… %s dòng không lỗi …", "… %s "+plural(int(skipped), "row", "rows")+" without faults …", locale.Number(lang, float64(skipped), 0)).In(lang)})
		}
		skipped = 0
	}
	for i, r := range p.Rows {
		bad := len(r.Faults) > 0
		if i >= rowsFirst && (!bad || faulty >= faultyRowsMax) {
			if !bad {
				skipped++
			}
			continue
		}
		if i >= rowsFirst {
			faulty++
		}
		gap()
		line := previewLine{Place: r.Place, Bad: bad}
		for _, column := range p.Columns {
			cell := previewCell{Text: r.Raw[column]}
			for _, f := range r.Faults {
				if f.Column == column {
					cell.Fault = f.expected(lang)
				}
			}
			line.Cells = append(line.Cells, cell)
		}
		out = append(out, line)
	}
	gap()
	return out
}

func (s *Site) faultLines(lang khue.Lang, p Preview) []faultLine {
	reasons := s.data.Reasons()
	var out []faultLine
	for _, r := range p.Rows {
		for _, f := range r.Faults {
			line := faultLine{f.Place, f.Column, f.Value, reasons[f.Reason].In(lang), capital(f.expected(lang))}
			if line.Reason == "" {
				line.Reason = f.Reason
			}
			if line.Column == "" {
				line.Column = fieldName(lang, f.Field)
			}
			out = append(out, line)
		}
	}
	return out
}

// expected says what would have passed, with the field as readers call it.
func (f PreviewFault) expected(lang khue.Lang) string {
	if f.Reason == "required" && fieldNames[f.Field].VI != "" {
		name := fieldName(lang, f.Field)
		return khue.Text{VI: name + " không được để trống", EN: name + " must not be empty"}.In(lang)
	}
	return f.Expected.In(lang)
}

// addTwins tells of a file that was loaded before and of one with the same name.
func (s *Site) addTwins(c *gin.Context, view *previewView, f pending.File, t UploadTarget) error {
	lang := view.Lang
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	name, loaded, err := s.uploads.Loaded(ctx, t, f.SHA256)
	if err != nil {
		return slow(err)
	}
	if loaded {
		view.Duplicate = textf("Một tệp có nội dung y hệt đã được nạp, tên là %s. Nhận tệp này sẽ không đổi con số nào.",
			"A file with the very same content was loaded before, named %s. Accepting this one changes no figure.", name).In(lang)
	}
	sum, there, err := pending.Exists(t.Folder, f.Name)
	if err != nil {
		s.log.Warn("the folder of a source cannot be looked into", "source", t.Source, "error", err)
		return nil
	}
	if there && sum != f.SHA256 {
		view.Replaces = textf("Thư mục của nguồn đã có tệp %s với nội dung khác. Nhận tệp này sẽ thay nó; bản cũ được giữ lại dưới tên ẩn.",
			"The source's folder has a file %s with other content. Accepting this one replaces it; the old one is kept under a hidden name.", f.Name).In(lang)
	}
	return nil
}

// previewFile is the whole list of faults.
func (s *Site) previewFile(c *gin.Context) {
	lang := langOf(c)
	if err := s.uploadShut(c); err != nil {
		_ = c.Error(err)
		return
	}
	f, t, err := s.waitingFile(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	var b bytes.Buffer
	sheet := newSheet(&b)
	sheet.line(text("Vị trí", "Place").In(lang), text("Cột", "Column").In(lang), text("Giá trị đọc được", "Value read").In(lang),
		text("Lý do", "Reason").In(lang), text("Cần có", "Expected").In(lang))
	for _, l := range s.faultLines(lang, s.preview(c, f, t).preview) {
		sheet.line(l.Place, l.Column, l.Value, l.Reason, l.Expected)
	}
	if err := sheet.end(); err != nil {
		_ = c.Error(fmt.Errorf("writing the faults of a file: %w", err))
		return
	}
	c.Header("Content-Disposition", `attachment; filename="`+text("loi-", "faults-").In(lang)+f.ID[:8]+`.csv"`)
	send(c, http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}
