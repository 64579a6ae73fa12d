package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/dashboards/pending"
	"khue/locale"
)

// HandIns takes files of clerks for their own wards.
type HandIns interface {
	// HandIn loads a file for the wards that the caller is clerk of: whole, and with
	// nothing of any other area changed, or not at all. An error of kind Unavailable
	// may say that it goes on by itself.
	HandIn(ctx context.Context, t UploadTarget, f pending.File, by access.Caller) error
	// HandedIn lists what the caller handed in for wards that are still theirs, the newest
	// first; id "" is all of it, and most bounds the list.
	HandedIn(ctx context.Context, by access.Caller, id string, most int) ([]HandedIn, error)
}

// HandedIn is a file that a clerk handed in, and what became of it.
type HandedIn struct {
	ID, Name, SHA256 string
	Source, Dataset  string
	Areas            []string
	At, EndedAt      time.Time // EndedAt is zero while it is being loaded
	Failure          khue.Text // why nothing of it was loaded
	Run              Run       // that brought it; without a batch there is none
	Waiting          int64     // rows of it that are held back and still wait
}

// DoneDetail is the key under which a request notes what it was about, for the audit.
const DoneDetail = "khue.done"

// noteUpload has the audit name the file, and the wards that it is for.
func (s *Site) noteUpload(c *gin.Context, f pending.File) {
	said := "file=" + f.Name + " target=" + f.For + " sha256=" + f.SHA256
	if wards, bound := s.wardsOf(c); bound {
		said += " wards=" + strings.Join(wards, ",")
	}
	c.Set(DoneDetail, said)
}

// uploadShut says why somebody may not hand in files; nil when they may. A clerk may
// for their own wards.
func (s *Site) uploadShut(c *gin.Context) error {
	if _, bound := s.wardsOf(c); bound {
		return nil
	}
	return s.uploadDoor.shut(c, access.HandIn)
}

// wardsOf are the areas that whoever asks may hand in for; bound is false for whoever is
// not bound to some.
func (s *Site) wardsOf(c *gin.Context) (wards []string, bound bool) {
	who := callerOf(c)
	if s.handIns == nil || who.May(access.HandIn) || !who.May(access.HandInOwn) || len(who.Wards) == 0 {
		return nil, false
	}
	return who.Wards, true
}

// targets are those that whoever asks may hand in for.
func (s *Site) targets(c *gin.Context) []UploadTarget {
	all := s.uploads.Targets()
	if _, bound := s.wardsOf(c); bound {
		all = slices.DeleteFunc(slices.Clone(all), func(t UploadTarget) bool { return !t.Located })
	}
	return all
}

// acceptForWards loads a file for wards, if it still may be.
func (s *Site) acceptForWards(c *gin.Context, f pending.File, t UploadTarget, wards []string) {
	if one := s.preview(c, f, t); one.err == nil && one.preview.Foreign > 0 {
		s.refuseUpload(c, f, t, "")
		return
	}
	err := s.handIns.HandIn(c.Request.Context(), t, f, callerOf(c))
	goesOn := errors.Is(err, ErrGoesOn)
	if err != nil && !goesOn {
		s.log.Warn("a file of a ward was not loaded", "file", f.Name, "source", t.Source, "wards", wards, "error", err)
		if khue.KindOf(err) == khue.Forbidden {
			s.refuseUpload(c, f, t, sentence(khue.MessageOf(err).In(langOf(c))))
			return
		}
		_ = c.Error(err)
		return
	}
	s.log.Info("a file of a ward was loaded", "file", f.Name, "sha256", f.SHA256, "source", t.Source, "dataset", t.Dataset, "wards", wards)
	if !goesOn { // what goes on still reads it; then it clears itself when its time is over
		if err := s.waiting.Drop(f.ID); err != nil {
			_ = c.Error(err)
			return
		}
	}
	c.Redirect(http.StatusSeeOther, uploadPath+"/"+f.ID+"/loaded")
}

// ErrGoesOn tells that work takes longer than a page waits; it goes on by itself.
var ErrGoesOn = khue.Errorf(khue.Unavailable, "công việc vẫn đang chạy", "the work is still going on")

// refuseUpload shows the file again with what speaks against it.
func (s *Site) refuseUpload(c *gin.Context, f pending.File, t UploadTarget, why string) {
	view, err := s.previewViewOf(c, f, t)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if view.Refused = why; why == "" {
		view.Refused = text("Chưa có gì được nạp.", "Nothing was loaded.").In(view.Lang)
	}
	view.CanAccept = false
	body, err := s.draw("preview.html", view)
	if err != nil {
		_ = c.Error(err)
		return
	}
	send(c, http.StatusForbidden, "text/html; charset=utf-8", body)
}

// addOwnTwins tells of what the clerk handed in before under the same name. Files of
// others are none of theirs to know of.
func (s *Site) addOwnTwins(c *gin.Context, view *previewView, f pending.File, t UploadTarget) error {
	lang := view.Lang
	all, err := s.handedIn(c, "")
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.Source != t.Source || h.Dataset != t.Dataset || h.Run.Batch == "" {
			continue
		}
		if h.SHA256 == f.SHA256 {
			view.Duplicate = textf("Bạn đã nộp một tệp có nội dung y hệt, tên là %s.", "You handed in a file with the very same content before, named %s.", h.Name).In(lang)
		} else if h.Name == f.Name && t.Replaces {
			view.Replaces = textf("Bạn đã nộp tệp %s với nội dung khác. Tệp này sẽ thay nó: dòng nào không còn trong tệp mới sẽ được rút lại.",
				"You handed in %s with other content before. This one replaces it: rows that it has no more are taken back.", f.Name).In(lang)
		}
		return nil // the newest one is what counts
	}
	return nil
}

func (s *Site) handedIn(c *gin.Context, id string) ([]HandedIn, error) {
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	all, err := s.handIns.HandedIn(ctx, callerOf(c), id, handedListed+1)
	return all, slow(err)
}

// handedInBefore tells that the file of the address waits no more because whoever asks
// has accepted it: a browser that sends the same form again is led to what became of it.
func (s *Site) handedInBefore(c *gin.Context) bool {
	if _, bound := s.wardsOf(c); !bound {
		return false
	}
	all, err := s.handedIn(c, c.Param("id"))
	return err == nil && len(all) > 0
}

const (
	handedListed = 20 // files in the list
	heldListed   = 100
	// cutOff is how long a load may take before its clerk is told that nobody knows of it.
	cutOff = 15 * time.Minute
)

// handedLine is a file that was handed in, in the list and on its own page.
type handedLine struct {
	Address, Name, For, Areas string
	When, Stamp               string
	Status                    status
	Why                       string
	Counts                    []count
}

func (s *Site) addHanded(c *gin.Context, view *uploadView) error {
	wards, bound := s.wardsOf(c)
	if !bound {
		return nil
	}
	view.Wards = areasWords(view.Lang, wards)
	all, err := s.handedIn(c, "")
	if err != nil {
		return err
	}
	view.Full = len(all) > handedListed
	for _, h := range all[:min(len(all), handedListed)] {
		view.Handed = append(view.Handed, s.handedLineOf(view.Lang, h))
	}
	return nil
}

func (s *Site) handedLineOf(lang khue.Lang, h HandedIn) handedLine {
	t := UploadTarget{Source: h.Source, Dataset: h.Dataset}
	for _, one := range s.uploads.Targets() {
		if one.Source == h.Source && one.Dataset == h.Dataset {
			t = one
		}
	}
	l := handedLine{
		Address: uploadPath + "/" + h.ID + "/loaded", Name: h.Name, For: targetLabel(lang, t), Areas: areasWords(lang, h.Areas),
		When: s.moment(lang, h.At), Stamp: stamp(h.At),
	}
	switch {
	case h.EndedAt.IsZero() && s.now().Sub(h.At) > cutOff:
		l.Status = status{"bad", text("Bị ngắt giữa chừng", "Cut off").In(lang)}
		l.Why = text("Không rõ tệp đã được nạp hay chưa. Hãy nộp lại: nộp lại cùng một tệp không làm sai số liệu.",
			"It is not known whether the file was loaded. Hand it in again: the same file twice does no harm.").In(lang)
	case h.EndedAt.IsZero():
		l.Status = status{"going", text("Đang nạp", "Being loaded").In(lang)}
	case h.Run.Batch == "":
		l.Status, l.Why = status{"bad", text("Không nạp", "Not loaded").In(lang)}, sentence(h.Failure.In(lang))
	case h.Waiting > 0:
		l.Status = status{"attention", textf("Đã nạp, %s dòng chờ sửa", "Loaded, %s "+plural(int(h.Waiting), "row waits", "rows wait")+" to be mended", locale.Number(lang, float64(h.Waiting), 0)).In(lang)}
	default:
		l.Status = status{"good", text("Đã nạp", "Loaded").In(lang)}
	}
	if h.Run.Batch != "" {
		l.Counts = runCounts(lang, h.Run)
	}
	return l
}

// loadedView is what became of one file.
type loadedView struct {
	frameView
	handedLine
	Finding  string
	Faults   []faultLine
	Held     string // more rows wait than are listed
	Overview string // where the figures of the ward are
}

// loadedPage tells a clerk what became of a file of theirs. To anybody else it does not
// exist.
func (s *Site) loadedPage(c *gin.Context) {
	lang := langOf(c)
	if err := s.uploadShut(c); err != nil {
		_ = c.Error(err)
		return
	}
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	var all []HandedIn
	if _, bound := s.wardsOf(c); bound {
		var err error
		if all, err = s.handedIn(c, c.Param("id")); err != nil {
			_ = c.Error(err)
			return
		}
	}
	if len(all) == 0 {
		_ = c.Error(khue.Errorf(khue.NotFound, "Không có tệp nào như vậy trong số bạn đã nộp.", "You handed in no such file."))
		return
	}
	h := all[0]
	view := loadedView{
		frameView:  s.frameView(s.reader(c.Request.Context()), lang, uploadPage, uploadPath+"/"+h.ID+"/loaded", nil, h.Name),
		handedLine: s.handedLineOf(lang, h),
	}
	view.Finding = handedFinding(lang, h, view.Status.Word)
	if len(h.Areas) > 0 {
		view.Overview = overviewPath + "?area=" + h.Areas[0]
	}
	if err := s.addHeld(c, &view, h); err != nil {
		_ = c.Error(err)
		return
	}
	s.show(c, "loaded.html", view)
}

func handedFinding(lang khue.Lang, h HandedIn, word string) string {
	r := h.Run
	n := func(v int64) string { return locale.Number(lang, float64(v), 0) }
	switch {
	case r.Batch == "":
		return h.Name + ": " + word
	case r.Added+r.Corrected+r.Retracted == 0:
		return text("Đã nạp, không số liệu nào thay đổi", "Loaded, no figure changed").In(lang)
	}
	return textf("Đã nạp: thêm %[1]s, sửa %[2]s, rút %[3]s bản ghi", "Loaded: %[1]s records added, %[2]s corrected, %[3]s taken back", n(r.Added), n(r.Corrected), n(r.Retracted)).In(lang)
}

// addHeld lists the rows of the file that wait to be mended.
func (s *Site) addHeld(c *gin.Context, view *loadedView, h HandedIn) error {
	if h.Run.Batch == "" || h.Waiting == 0 {
		return nil
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	rows, err := s.data.Quarantined(ctx, QuarantineQuery{Source: h.Source, Dataset: h.Dataset, Batch: h.Run.Batch, Limit: heldListed})
	if err != nil {
		return slow(err)
	}
	lang, reasons := view.Lang, s.data.Reasons()
	for _, r := range rows {
		_, place, within := strings.Cut(r.Place.In(lang), " › ") // there is one file
		if !within {
			place = r.Place.In(lang)
		}
		view.Faults = append(view.Faults, faultLine{place, fieldName(lang, r.Field), r.Value, reasons[r.Reason].In(lang), capital(r.Expected.In(lang))})
	}
	if h.Waiting > int64(len(rows)) {
		view.Held = textf("Hiện %[1]s trên %[2]s dòng.", "Showing %[1]s of %[2]s rows.", locale.Number(lang, float64(len(rows)), 0), locale.Number(lang, float64(h.Waiting), 0)).In(lang)
	}
	return nil
}
