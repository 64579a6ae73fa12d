package dashboards

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/dashboards/pending"
	"khue/locale"
)

// Uploads takes files that somebody hands in through the browser.
type Uploads interface {
	// Targets lists what files can be handed in for: the datasets of sources that
	// watch a folder.
	Targets() []UploadTarget
	// Preview says what would become of a file; nothing is loaded. A file that
	// cannot be read is an error for whoever sent it; what was seen comes beside it.
	// Rows of other areas than wards are faults; nil lets rows be of any.
	Preview(ctx context.Context, t UploadTarget, path string, wards []string) (Preview, error)
	// Loaded tells whether a file of this content (SHA-256, in hexadecimal digits)
	// was loaded before, and under which name.
	Loaded(ctx context.Context, t UploadTarget, sum string) (name string, ok bool, err error)
	// Load pulls the source at once and gives the batches it made. An error after
	// some time says that it goes on by itself.
	Load(ctx context.Context, t UploadTarget) (batches []string, err error)
}

// UploadTarget is a dataset that a source reads from files of a folder.
type UploadTarget struct {
	Source, Dataset string
	Label           khue.Text // of the source
	Folder          string    // watched by the source
	Pattern         string    // that names must have; "" takes any
	// Settle is how long the source leaves a file alone that has just changed.
	Settle time.Duration
	// Located tells that its rows have an area, so that they can be handed in for one.
	Located  bool
	Replaces bool // what a file says replaces what an earlier one of its name said
}

// ID names the target in forms.
func (t UploadTarget) ID() string { return t.Source + "/" + t.Dataset }

// Preview is a file as its source would read it.
type Preview struct {
	Columns            []string // raw columns that the mapping reads
	Rows               []PreviewRow
	Read               int64 // facts found
	Accepted, Rejected int64
	Skipped            int64    // rows that are no data, such as totals
	Foreign            int64    // facts that are not of the wards that hand them in
	Omitted            int64    // facts counted above that Rows does not show
	Parts              []string // sheets that were read
}

// PreviewRow is one row of the sheet.
type PreviewRow struct {
	Place  string            // "Biểu 1!row 7"
	Raw    map[string]string // by column
	Faults []PreviewFault
}

// PreviewFault is one cell that would be refused.
type PreviewFault struct {
	Place, Column, Field, Value, Reason string
	Expected                            khue.Text
}

func (s *Site) registerUploads(pages *gin.RouterGroup) {
	get(pages, uploadPath, s.uploadPage)
	pages.POST(uploadPath, s.takeUpload)
	get(pages, uploadPath+"/:id", s.previewPage)
	get(pages, uploadPath+"/:id/faults.csv", s.previewFile)
	get(pages, uploadPath+"/:id/loaded", s.loadedPage)
	pages.POST(uploadPath+"/:id/accept", s.form(s.uploadShut), s.acceptUpload)
	pages.POST(uploadPath+"/:id/cancel", s.form(s.uploadShut), s.cancelUpload)
}

// uploadView is the form that takes a file.
type uploadView struct {
	frameView
	Shut    string // why no file is taken; "" when one is
	Targets []uploadChoice
	Most    string // size of the largest file, in words
	Bytes   int64
	Hour    string // how long a file waits
	Accept  string // endings, for the file dialog
	Wards   string // of the clerk that hands in; "" for whoever hands in for all
	Handed  []handedLine
	Full    bool // there are more than are listed
}

type uploadChoice struct {
	ID, Label, Pattern string
}

func (s *Site) uploadPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	view := uploadView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, uploadPage, uploadPath, nil, text("Tải lên", "Upload").In(lang)),
		Most:      size(lang, s.waiting.MaxBytes()), Bytes: s.waiting.MaxBytes(), Hour: lasting(lang, s.waiting.Life()),
		Accept: strings.Join(pending.Endings(), ","),
	}
	if err := s.uploadShut(c); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
		body, err := s.draw("upload.html", view)
		if err != nil {
			_ = c.Error(err)
			return
		}
		send(c, http.StatusForbidden, "text/html; charset=utf-8", body)
		return
	}
	view.Token = s.forms.token(c)
	if err := s.addHanded(c, &view); err != nil {
		_ = c.Error(err)
		return
	}
	for _, t := range s.targets(c) {
		view.Targets = append(view.Targets, uploadChoice{t.ID(), targetLabel(lang, t), t.Pattern})
	}
	s.show(c, "upload.html", view)
}

func targetLabel(lang khue.Lang, t UploadTarget) string {
	label, dataset := t.Label.In(lang), t.Dataset
	if label == "" {
		label = t.Source
	}
	if d, ok := khue.DatasetOf(t.Dataset); ok {
		dataset = d.Label.In(lang)
	}
	return label + " › " + dataset
}

// size writes a number of bytes.
func size(lang khue.Lang, bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return locale.Number(lang, float64(bytes)/(1<<20), decimalsOf(bytes, 1<<20)) + " MB"
	case bytes >= 1<<10:
		return locale.Number(lang, float64(bytes)/(1<<10), 0) + " kB"
	}
	return locale.Number(lang, float64(bytes), 0) + text(" byte", " bytes").In(lang)
}

func decimalsOf(bytes, unit int64) int {
	if bytes%unit == 0 {
		return 0
	}
	return 1
}

// uploadTime is how long a file may take to come in.
const uploadTime = 5 * time.Minute

var uploadTitle = text("Không nhận được tệp này", "This file cannot be taken")

// takeUpload stores a file that was handed in and leads on to its preview. The
// token comes before the file, which is not touched without it.
func (s *Site) takeUpload(c *gin.Context) {
	if err := s.uploadShut(c); err != nil {
		_ = c.Error(err)
		return
	}
	if err := s.ours(c); err != nil {
		_ = c.Error(err)
		return
	}
	if c.Request.ContentLength > 4*s.waiting.MaxBytes() {
		_ = c.Error(s.tooLarge())
		return
	}
	awaitFile(c)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 4*s.waiting.MaxBytes())
	reader, err := c.Request.MultipartReader()
	if err != nil {
		_ = c.Error(withStatus(http.StatusUnsupportedMediaType, uploadTitle, khue.Errorf(khue.Invalid,
			"Yêu cầu không mang tệp nào.", "The request brings no file.").Because(err)))
		return
	}
	f, err := s.readUpload(c, reader)
	if err != nil {
		_ = c.Error(err)
		return
	}
	s.noteUpload(c, f)
	c.Redirect(http.StatusSeeOther, uploadPath+"/"+f.ID)
}

// awaitFile gives a file the time that forms do not get to arrive, and its answer after it.
func awaitFile(c *gin.Context) {
	out, until := http.NewResponseController(c.Writer), time.Now().Add(uploadTime)
	_ = out.SetReadDeadline(until) // as far as the server lets us
	_ = out.SetWriteDeadline(until.Add(time.Minute))
}

func (s *Site) tooLarge() error {
	most := s.waiting.MaxBytes()
	return withStatus(http.StatusRequestEntityTooLarge, uploadTitle, &khue.Error{Kind: khue.Invalid, Message: khue.Text{
		VI: "Tệp quá lớn; nhiều nhất " + size(khue.Vietnamese, most) + ". Hãy chia nhỏ, hoặc đưa tệp thẳng vào thư mục của nguồn.",
		EN: "The file is too large; at most " + size(khue.English, most) + ". Split it, or put it into the source's folder yourself.",
	}})
}

// readUpload reads the parts of the form in their order: token, target, file.
func (s *Site) readUpload(c *gin.Context, reader *multipart.Reader) (pending.File, error) {
	var target UploadTarget
	known, chosen := false, false
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return pending.File{}, khue.Errorf(khue.Invalid, "Chưa chọn tệp nào.", "No file was chosen.")
		}
		if err != nil {
			return pending.File{}, s.brokenUpload(err)
		}
		switch part.FormName() {
		case tokenName, "target":
			value, err := io.ReadAll(io.LimitReader(part, 1000))
			if err != nil {
				return pending.File{}, s.brokenUpload(err)
			}
			if part.FormName() == tokenName {
				known = s.forms.holds(c, string(value))
			} else if target, chosen = s.targetOf(c, string(value)); !chosen {
				return pending.File{}, khue.Errorf(khue.Invalid, "Không có nguồn %q để tải tệp lên.", "There is no source %q to upload a file for.", short(string(value)))
			}
		case "file":
			if !known {
				return pending.File{}, staleForm()
			}
			if !chosen {
				return pending.File{}, khue.Errorf(khue.Invalid, "Hãy chọn nguồn trước khi chọn tệp.", "Choose the source before the file.")
			}
			return s.keepUpload(c, reader, part, target)
		}
	}
}

func (s *Site) targetOf(c *gin.Context, id string) (UploadTarget, bool) {
	all := s.targets(c)
	i := slices.IndexFunc(all, func(t UploadTarget) bool { return t.ID() == id })
	if i < 0 {
		return UploadTarget{}, false
	}
	return all[i], true
}

// brokenUpload tells of a body that is too large or was cut off.
func (s *Site) brokenUpload(err error) error {
	var most *http.MaxBytesError
	if errors.As(err, &most) {
		return s.tooLarge()
	}
	return khue.Errorf(khue.Invalid, "Tệp chưa đến trọn vẹn; hãy tải lại.", "The file did not come whole; upload it again.").Because(err)
}

func (s *Site) keepUpload(c *gin.Context, reader *multipart.Reader, part *multipart.Part, target UploadTarget) (pending.File, error) {
	name := part.FileName()
	if name == "" {
		return pending.File{}, khue.Errorf(khue.Invalid, "Chưa chọn tệp nào.", "No file was chosen.")
	}
	clean, err := pending.CleanName(name)
	if err != nil {
		return pending.File{}, withStatus(http.StatusUnsupportedMediaType, uploadTitle, err)
	}
	if err := fits(target, clean); err != nil {
		return pending.File{}, err
	}
	f, err := s.waiting.Keep(c.Request.Context(), name, s.forms.owner(c), target.ID(), part)
	switch {
	case errors.Is(err, pending.ErrTooLarge):
		drain(reader, part) // a browser shows the answer once all it sent was taken
		return f, s.tooLarge()
	case err != nil && khue.KindOf(err) == khue.Internal:
		s.log.Warn("a file was not taken", "error", err)
		return f, s.brokenUpload(err)
	case err != nil:
		return f, err
	}
	if err := pending.Check(f); err != nil {
		if khue.KindOf(err) == khue.Invalid {
			err = withStatus(http.StatusUnsupportedMediaType, uploadTitle, err)
		}
		return f, errors.Join(err, s.waiting.Drop(f.ID))
	}
	return f, nil
}

func drain(reader *multipart.Reader, part *multipart.Part) {
	_, err := io.Copy(io.Discard, part)
	for err == nil {
		if part, err = reader.NextPart(); err == nil {
			_, err = io.Copy(io.Discard, part)
		}
	}
}

// fits refuses a name that the source would never look at.
func fits(t UploadTarget, name string) error {
	if !slices.Contains(pending.Endings(), strings.ToLower(filepath.Ext(name))) {
		return withStatus(http.StatusUnsupportedMediaType, uploadTitle, khue.Errorf(khue.Invalid,
			"Không nhận tệp %s; hãy tải lên tệp %s.", "Files such as %s are not taken; upload one of %s.", short(name), strings.Join(pending.Endings(), ", ")))
	}
	if match, err := path.Match(t.Pattern, name); t.Pattern != "" && (err != nil || !match) {
		return withStatus(http.StatusUnsupportedMediaType, uploadTitle, khue.Errorf(khue.Invalid,
			"Nguồn này chỉ đọc tệp có tên dạng %[2]s, nên sẽ bỏ qua %[1]s. Hãy đổi tên tệp rồi tải lại.",
			"This source reads files named as %[2]s only and would pass %[1]s over. Rename the file and upload it again.", short(name), t.Pattern))
	}
	return nil
}

// waitingFile is the file of the address, for the browser that sent it.
func (s *Site) waitingFile(c *gin.Context) (pending.File, UploadTarget, error) {
	f, err := s.waiting.Of(c.Param("id"), s.forms.owner(c))
	if err != nil {
		return f, UploadTarget{}, err
	}
	t, ok := s.targetOf(c, f.For)
	if !ok {
		return f, t, khue.Errorf(khue.NotFound, "Nguồn của tệp này không còn trong cấu hình.", "The source of this file is not configured any more.")
	}
	return f, t, nil
}

// acceptUpload puts the file into the source's folder and pulls the source.
func (s *Site) acceptUpload(c *gin.Context) {
	f, t, err := s.waitingFile(c)
	if khue.KindOf(err) == khue.NotFound && s.handedInBefore(c) {
		c.Redirect(http.StatusSeeOther, uploadPath+"/"+c.Param("id")+"/loaded")
		return
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	s.noteUpload(c, f)
	if wards, bound := s.wardsOf(c); bound {
		s.acceptForWards(c, f, t, wards)
		return
	}
	changed := s.now().Add(-t.Settle) // it is whole: nobody need wait for it to settle
	kept, err := s.waiting.Release(f, t.Folder, changed)
	if err != nil {
		_ = c.Error(fmt.Errorf("accepting %s: %w", f.Name, err))
		return
	}
	s.log.Info("an uploaded file was accepted", "file", f.Name, "sha256", f.SHA256, "source", t.Source, "dataset", t.Dataset, "replaced", kept)
	batches, err := s.uploads.Load(c.Request.Context(), t)
	if err != nil && len(batches) == 0 {
		s.log.Warn("the pull of an accepted file did not end well", "source", t.Source, "error", err)
	}
	to := address(runsPath, url.Values{sourceName: {t.Source}, datasetName: {t.Dataset}}, "")
	if len(batches) == 1 {
		to = runsPath + "/" + url.PathEscape(batches[0])
	}
	c.Redirect(http.StatusSeeOther, to)
}

// cancelUpload deletes the file.
func (s *Site) cancelUpload(c *gin.Context) {
	f, _, err := s.waitingFile(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if err := s.waiting.Drop(f.ID); err != nil {
		_ = c.Error(err)
		return
	}
	c.Redirect(http.StatusSeeOther, uploadPath)
}
