package dashboards

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/reports/narrative"
)

// savedText is the answer to the saving of a text.
type savedText struct {
	Revision int    `json:"revision"`
	Saved    string `json:"saved,omitempty"` // when and by whom, for the reader
	Words    int    `json:"words"`
	Lack     string `json:"lack,omitempty"`
	// Of a conflict: what somebody else wrote meanwhile, and who; and what their
	// browser called that saving, in case it was this one.
	Text    json.RawMessage `json:"text,omitempty"`
	Person  string          `json:"person,omitempty"`
	Attempt string          `json:"attempt,omitempty"`
	Message string          `json:"message,omitempty"`
}

// save keeps the text that a form brings.
func (s *Site) save(c *gin.Context) (narrative.Written, narrative.Section, error) {
	form := c.Request.PostForm
	outline, section, tongue, err := s.textOf(form)
	if err != nil {
		return narrative.Written{}, section, err
	}
	seen, err := strconv.Atoi(form.Get(textSeen))
	if err != nil || seen < 0 {
		return narrative.Written{}, section, staleForm()
	}
	// A browser that leaves the page lets go of the request; what it wrote is kept.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), s.patience)
	defer cancel()
	w, err := s.texts.Save(ctx, outline, narrative.Draft{
		Section: section.ID, Language: tongue, Seen: seen, Person: writerIn(c, form.Get(textPerson)), Text: form.Get(textBody), Attempt: form.Get(textAttempt),
	})
	if err == nil {
		s.log.Info("a text of a report was written on the page", "report", outline.Definition, "period", outline.Period, "section", section.ID, "language", tongue, "revision", w.Revision)
	}
	return w, section, err
}

// saveText answers the editor, which saves by itself.
func (s *Site) saveText(c *gin.Context) {
	lang := langOf(c)
	w, section, err := s.save(c)
	answer, status := savedText{Revision: w.Revision}, http.StatusOK
	switch kind := khue.KindOf(err); {
	case err == nil:
		answer.Saved, answer.Words = s.savedBy(lang, w), w.Text.Words()
		if lack, is := section.Lack(w.Text, w.Language); is {
			answer.Lack = sentence(lack.In(lang))
		}
	case kind == khue.Conflict && w.Revision > 0:
		status = http.StatusConflict
		answer.Text, answer.Person, answer.Attempt, answer.Saved = json.RawMessage(w.Text.JSON()), w.Person, w.Attempt, s.savedBy(lang, w)
		answer.Message = sentence(khue.MessageOf(err).In(lang))
	case kind == khue.Invalid || kind == khue.Conflict || kind == khue.NotFound || kind == khue.Forbidden:
		status = http.StatusUnprocessableEntity
		answer.Message = sentence(khue.MessageOf(err).In(lang))
	default:
		_ = c.Error(slow(err))
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		_ = c.Error(err)
		return
	}
	send(c, status, "application/json; charset=utf-8", body)
}

// restoreText makes an older revision the newest.
func (s *Site) restoreText(c *gin.Context) {
	w, section, err := s.save(c)
	if err != nil {
		if khue.KindOf(err) == khue.Conflict && w.Revision > 0 {
			err = khue.Errorf(khue.Conflict, "Lời văn này vừa được %s viết tiếp. Hãy mở lại các bản rồi khôi phục.",
				"%s has just written on this text. Open its history again before you restore.", w.Person)
		}
		_ = c.Error(slow(err))
		return
	}
	c.Redirect(http.StatusSeeOther, address(textsPath, choiceQuery(choiceOf(c.Request.PostForm)), "")+"#"+section.ID)
}
