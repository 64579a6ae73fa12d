package ingest

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"khue"
)

// movesOn refuses a list that goes round in a ring, gives a page again under
// another name, or goes on for ever with nothing in it. A page that comes twice
// means that another one was not seen.
func (w *restWalk) movesOn(tokens map[string]bool, next string) error {
	if next != "" && tokens[next] {
		return khue.Errorf(khue.Unavailable, "nguồn trả lại trang cũ của %s sau trang %d: con trỏ không tiến",
			"the source gives the same page of %s again after page %d: its cursor does not move on", w.name, w.number)
	}
	tokens[next] = true
	if w.answer.records > 0 {
		if first, again := w.seen[w.answer.sum]; again {
			return khue.Errorf(khue.Unavailable, "trang %d của %s giống hệt trang %d: nguồn không hiểu tham số phân trang, hoặc danh sách đổi khi đang đọc",
				"page %d of %s is the same as page %d: the source does not know the paging parameter, or the list changed while it was read", w.number, w.name, first)
		}
		w.seen[w.answer.sum], w.empty = w.number, 0
	} else if w.empty++; w.empty >= maxEmptyPages && next != "" {
		return khue.Errorf(khue.Unavailable, "%d trang liền của %s không có gì mà con trỏ vẫn tiếp tục",
			"%d pages of %s in a row hold nothing, and still there is a next one", w.empty, w.name)
	}
	return nil
}

// next is the token of the page after the one just read; "" after the last.
func (w *restWalk) next(token string) string {
	p := w.set.Paging
	switch p.Kind {
	case "cursor":
		return w.answer.next
	case "link":
		return w.link
	case "page", "offset":
		return w.counted(token)
	}
	return ""
}

// counted is the next page where pages or records are counted. A page that is not
// full is the last, but for the first one: there the source may give fewer records
// at a time than it was asked for, and only the page after it can tell.
func (w *restWalk) counted(token string) string {
	got := w.answer.records
	w.probing = w.number == 1 && got > 0 && got < w.size && w.total[0] != strconv.Itoa(got)
	if w.probing {
		w.size = got
	}
	if got < w.size || got == 0 {
		return ""
	}
	n, step := w.first(), 1
	if token != "" {
		n, _ = strconv.Atoi(token) // our own writing
	}
	if w.set.Paging.Kind == "offset" {
		step = w.size
	}
	return strconv.Itoa(n + step)
}

// wasLast tells of the page before whether it was the last, by what came after it.
// What came is not counted then.
func (w *restWalk) wasLast(err error) bool {
	probing := w.probing
	w.probing = false
	if kind := w.set.Paging.Kind; kind != "page" && kind != "offset" {
		return false
	}
	var refused *statusError
	var none *noRecordsError
	over := false
	switch {
	case errors.As(err, &refused):
		over = slices.Contains(beyondTheEnd, refused.code) || probing && slices.Contains(perhapsBeyond, refused.code)
	case errors.As(err, &none):
		over = probing
	case err == nil && probing:
		_, again := w.seen[w.answer.sum] // all at once, whatever page is asked for
		if over = again || w.answer.records == 0; !over {
			w.log.Info("the source gives fewer records at a time than it is asked for", "dataset", w.name, "asked", w.set.Paging.Size, "gives", w.size)
		}
	}
	if over {
		w.total[1] = w.total[0]
	}
	return over
}

var (
	// beyondTheEnd is how sources answer when they are asked for a page after the last.
	beyondTheEnd = []int{http.StatusNoContent, http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable}
	// perhapsBeyond may also mean that a source goes no deeper into a long list.
	perhapsBeyond = []int{http.StatusBadRequest, http.StatusGone, http.StatusUnprocessableEntity}
)

func (w *restWalk) first() int {
	switch {
	case w.set.Paging.First != nil:
		return *w.set.Paging.First
	case w.set.Paging.Kind == "page":
		return 1
	}
	return 0
}
