package dashboards

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"
)

// filtersCookie keeps the filters that a person used last.
const filtersCookie = "filters"

// clearName in an address forgets them.
const clearName = "clear"

// rememberedFilters are those that mean the same on every page.
var rememberedFilters = []string{periodName, compareName, disciplineName, areaName, "format", "kind"}

// recallFilters goes to the remembered filters when a page is opened from
// outside (typed, bookmarked, linked from elsewhere) with none in its address. A
// way within the site, and so the way back, stays what it is. It tells whether it
// has answered.
func (s *Site) recallFilters(c *gin.Context, path string, takes []string) bool {
	asked, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil || len(takes) == 0 {
		return false
	}
	if asked.Has(clearName) {
		keepFilters(c, nil)
		goTo(c, address(path, keep(asked, languageName), ""))
		return true
	}
	for name := range asked {
		if name != languageName && name != presentName {
			return false
		}
	}
	site := c.GetHeader("Sec-Fetch-Site")
	if site != "none" && site != "cross-site" && site != "same-site" || c.GetHeader("Sec-Fetch-Mode") != "navigate" {
		return false
	}
	kept, err := c.Cookie(filtersCookie)
	if err != nil || len(kept) > longestQuery {
		return false
	}
	values, err := url.ParseQuery(kept)
	if err != nil {
		return false
	}
	values = keep(keep(values, rememberedFilters...), withCompare(takes)...)
	f, err := parseFilter(values.Encode(), s.today(), takes...)
	if err != nil || f == defaultFilter { // a list has changed since, or a day has come
		return false
	}
	for name, value := range asked {
		values[name] = value
	}
	goTo(c, address(path, values, ""))
	return true
}

// goTo sends the reader on; the answer is for this moment alone.
func goTo(c *gin.Context, to string) {
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, to)
}

// rememberFilters keeps the filters of a page that was opened with some. Those
// that this page does not take are left as they were.
func (s *Site) rememberFilters(c *gin.Context, f filter, takes []string) {
	asked := c.Request.URL.Query()
	takes = withCompare(takes)
	if !slices.ContainsFunc(takes, func(name string) bool { return asked.Has(name) && slices.Contains(rememberedFilters, name) }) {
		return
	}
	kept := url.Values{}
	if before, err := c.Cookie(filtersCookie); err == nil && len(before) <= longestQuery {
		if values, err := url.ParseQuery(before); err == nil {
			kept = keep(values, rememberedFilters...)
		}
	}
	for _, name := range takes {
		kept.Del(name)
	}
	for name, values := range keep(f.query(), rememberedFilters...) {
		kept[name] = values
	}
	keepFilters(c, kept)
}

func keepFilters(c *gin.Context, kept url.Values) {
	cookie := &http.Cookie{
		Name: filtersCookie, Value: url.QueryEscape(kept.Encode()), Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.TLS != nil,
	}
	if len(kept) == 0 {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(c.Writer, cookie)
}
