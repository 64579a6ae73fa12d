package api

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
)

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Total int64  `json:"total" description:"Items of the whole list."`
	Next  string `json:"next,omitempty" description:"Cursor of the items after these; absent on the last page."`
}

const (
	usualItems = 100
	mostPage   = 1000
)

var pagingParameters = []parameter{
	{name: "limit", number: true, about: khue.Text{VI: "Số mục của một trang, đến 1000; mặc định 100.", EN: "Items of a page, up to 1000; 100 unless given."}},
	{name: "cursor", about: khue.Text{VI: "Con trỏ của trang sau, như trang trước nêu.", EN: "Cursor of a later page, as the page before names it."}},
}

// place is where a page of a list begins: in the list that it belongs to.
type place struct {
	List   string `json:"l"` // what the list is of; a cursor of another list is refused
	Offset int    `json:"o"`
	Until  int64  `json:"u,omitempty"` // in milliseconds: a list that grows is that of this moment
}

func (p place) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // a text and two numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// pageAsked reads which part of a list is asked for.
func pageAsked(c *gin.Context, list string) (limit int, at place, err error) {
	limit, at = usualItems, place{List: list}
	if text := c.Query("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > mostPage {
			return 0, at, khue.Errorf(khue.Invalid, "limit phải từ 1 đến %d, không phải %q", "limit must be from 1 to %d, not %q", mostPage, short(text)).Coded("bad_limit", "limit")
		}
	}
	text := c.Query("cursor")
	if text == "" {
		return limit, at, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.DisallowUnknownFields()
		err = d.Decode(&at)
	}
	if err != nil || at.Offset < 1 || at.Until < 0 {
		return 0, at, khue.Errorf(khue.Invalid, "con trỏ này không đọc được; hãy dùng đúng con trỏ mà trang trước nêu", "this cursor cannot be read; use the one that the page before names").Coded("bad_cursor", "cursor")
	}
	if at.List != list {
		return 0, at, khue.Errorf(khue.Conflict, "danh sách đã khác từ trang đầu, hoặc con trỏ thuộc danh sách khác; hãy bắt đầu lại", "the list is another than on the first page; begin again").Coded("list_changed", "cursor")
	}
	return limit, at, nil
}

// pageOf is the part of a whole list that is asked for. Version names the state of the
// list: pages of two states do not fit together.
func pageOf[T any](c *gin.Context, all []T, version string) (Page[T], error) {
	limit, at, err := pageAsked(c, c.FullPath()+"@"+version)
	if err != nil {
		return Page[T]{}, err
	}
	from := min(at.Offset, len(all))
	to := min(from+limit, len(all))
	out := Page[T]{Items: append([]T{}, all[from:to]...), Total: int64(len(all))}
	if to < len(all) {
		at.Offset = to
		out.Next = at.String()
	}
	return out, nil
}

// givePage answers with a page, and where the next one is.
func (a *API) givePage(c *gin.Context, page any, next string) {
	if next != "" {
		values := c.Request.URL.Query()
		values.Set("cursor", next)
		c.Writer.Header().Add("Link", "<"+a.Site+c.Request.URL.Path+"?"+values.Encode()+`>; rel="next"`)
	}
	a.give(c, page)
}
