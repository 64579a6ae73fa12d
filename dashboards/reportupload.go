package dashboards

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/reports/edited"
	"khue/state"
)

const (
	editName  = "edited" // last word of the address that takes an edited Word file, and its form
	fileField = "file"
	// longestField bounds a field of the form beside the file, in bytes.
	longestField = 16 << 10
)

// handedBack is what the form that takes an edited Word file brings.
type handedBack struct {
	fields  url.Values
	content []byte
	chosen  bool // a file came with it
	tooMuch bool // more than is taken
}

// takeEdited takes back a Word file that people edited. It takes the right to draft;
// the token comes before the file, which is not read without it.
func (s *Site) takeEdited(c *gin.Context) {
	if err := s.actionDoor.shut(c, actRights[editName]); err != nil {
		_ = c.Error(err)
		return
	}
	if err := s.ours(c); err != nil {
		_ = c.Error(err)
		return
	}
	got, err := s.readEdited(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	r, ok := s.reportOf(c, c.Param("id"))
	if !ok {
		return
	}
	c.Request.PostForm = got.fields // as of any form, for the answer
	seen, err := strconv.Atoi(got.fields.Get(seenField))
	once := got.fields.Get(onceField)
	if err != nil || seen < 1 || once == "" || len(once) > longestKey {
		_ = c.Error(staleForm())
		return
	}
	person, err := s.personIn(c, got.fields.Get(personName))
	switch {
	case err != nil:
	case got.tooMuch:
		err = edited.TooLarge()
	case !got.chosen:
		err = khue.Errorf(khue.Invalid, "hãy chọn tệp Word đã sửa", "choose the Word file that was edited")
	}
	if err != nil {
		s.refuseAct(c, r.ID, editName, err)
		return
	}
	rememberPerson(c, person)
	remark := strings.TrimSpace(got.fields.Get(remarkField))
	sum := sha256.Sum256(got.content) // another file in the same form is other work
	s.doAct(c, r, editName, reportActs[editName], task{once: once + hex.EncodeToString(sum[:8]), person: person}, func(ctx context.Context) (state.Report, error) {
		return s.reports.Edit(ctx, r.ID, seen, got.content, person, remark)
	})
}

// readEdited reads the form, of a file no more than is taken.
func (s *Site) readEdited(c *gin.Context) (handedBack, error) {
	got := handedBack{fields: url.Values{}}
	const most = 4 * edited.MaxBytes // a browser shows the answer once all it sent was taken
	if c.Request.ContentLength > most {
		return got, tooLargeEdited()
	}
	awaitFile(c)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
	reader, err := c.Request.MultipartReader()
	if err != nil {
		return got, staleForm()
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.readPart(c, part, &got)
		}
		switch {
		case err == nil:
		case khue.KindOf(err) == khue.Forbidden:
			return got, err
		case errors.As(err, new(*http.MaxBytesError)):
			return got, tooLargeEdited()
		default:
			return got, khue.Errorf(khue.Invalid, "Tệp chưa đến trọn vẹn; hãy tải lại.", "The file did not come whole; upload it again.").Because(err)
		}
	}
	if !s.forms.holds(c, got.fields.Get(tokenName)) {
		return got, staleForm()
	}
	return got, nil
}

func tooLargeEdited() error {
	return withStatus(http.StatusRequestEntityTooLarge, uploadTitle, khue.While(edited.TooLarge(), "nhận tệp", "taking the file"))
}

func (s *Site) readPart(c *gin.Context, part *multipart.Part, got *handedBack) error {
	if part.FormName() != fileField {
		value, err := io.ReadAll(io.LimitReader(part, longestField))
		if err != nil {
			return fmt.Errorf("reading a field of the form: %w", err)
		}
		got.fields.Set(part.FormName(), string(value))
		return nil
	}
	if !s.forms.holds(c, got.fields.Get(tokenName)) {
		return staleForm()
	}
	content, err := io.ReadAll(io.LimitReader(part, edited.MaxBytes+1))
	if err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	got.chosen = part.FileName() != ""
	if got.tooMuch = len(content) > edited.MaxBytes; got.tooMuch {
		if _, err := io.Copy(io.Discard, part); err != nil {
			return fmt.Errorf("reading the rest of the file: %w", err)
		}
		return nil
	}
	got.content = content
	return nil
}
