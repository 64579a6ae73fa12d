package dashboards

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/state"
)

// The policies of the pages that show a report. A page may frame files of ours; a
// framed file is a document of no site at all: it runs nothing, sends nothing, loads
// nothing but what is written into it, and stands in our own pages alone.
const (
	framingPolicy = contentPolicy + "; frame-src 'self'"
	previewPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
	// Of files that are taken along; a PDF that is opened is shown by the browser's own
	// reader, which some count as an object of the page.
	pdfPolicy  = filePolicy + "; object-src 'self'"
	filePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

// viewField asks for a PDF to be opened instead of taken along.
const viewField = "view"

// keptFile finds the file that an address names.
func (s *Site) keptFile(c *gin.Context, language, format string) (state.Report, state.ReportFile, bool) {
	r, ok := s.reportOf(c, c.Param("id"))
	if !ok {
		return r, state.ReportFile{}, false
	}
	i := slices.IndexFunc(r.Build.Files, func(f state.ReportFile) bool { return f.Language == language && f.Format == format })
	if i < 0 {
		_ = c.Error(khue.Errorf(khue.NotFound, "Báo cáo số %[1]d không có tệp %[3]s bằng ngôn ngữ %[2]q.", "Report %[1]d has no file %[3]s in the language %[2]q.", r.ID, short(language), short(format)))
		return r, state.ReportFile{}, false
	}
	return r, r.Build.Files[i], true
}

// content reads a kept file within the time of a page.
func (s *Site) keptContent(c *gin.Context, f state.ReportFile) ([]byte, bool) {
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	content, err := s.reports.File(ctx, f)
	if err != nil {
		_ = c.Error(slow(err))
		return nil, false
	}
	return content, true
}

// reportFile hands out a kept file, and keeps first who took it: what cannot be
// noted is not handed out.
func (s *Site) reportFile(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, viewField)
	if err != nil {
		_ = c.Error(err)
		return
	}
	r, f, ok := s.keptFile(c, c.Param("lang"), c.Param("format"))
	if !ok {
		return
	}
	content, ok := s.keptContent(c, f)
	if !ok {
		return
	}
	if c.Request.Method == http.MethodGet {
		ctx, cancel := contextWithin(c, s.patience)
		defer cancel()
		err := s.reports.Downloaded(ctx, state.ReportDownload{
			Report: r.ID, Build: r.Build.Build, Language: f.Language, Format: f.Format, Person: s.personOf(c), At: s.now(),
		})
		if err != nil {
			_ = c.Error(slow(err))
			return
		}
	}
	h := c.Writer.Header()
	way, policy := "attachment", filePolicy
	if f.Format == pdfFormat && values.Get(viewField) != "" {
		way, policy = "inline", pdfPolicy
	}
	h.Set("Content-Disposition", disposition(way, f.Name, s.fileTitle(r, f)))
	h.Set("Content-Security-Policy", policy)
	h.Set("ETag", `"`+f.SHA256+`"`)
	h.Set("Accept-Ranges", "none") // in pieces it would be noted as many times
	if slices.Contains(splitList(c.GetHeader("If-None-Match")), `"`+f.SHA256+`"`) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, f.MediaType, content)
}

// fileTitle is the name of a file for people: what the report is, of which period,
// and its number.
func (s *Site) fileTitle(r state.Report, f state.ReportFile) string {
	lang := khue.Vietnamese
	if f.Language == string(khue.English) {
		lang = khue.English
	}
	title := s.reportTitle(lang, r)
	if r.Issue != nil {
		title += ", " + r.Issue.Number
	} else {
		title += ", " + s.reports.StatusText(r.Status()).In(lang)
	}
	ending := f.Format
	switch {
	case f.Format == modelFormat:
		ending = "json"
	case f.Edited != nil:
		ending = "docx"
	case s.reports.Replaced(r, f):
		title += text(", bản phần mềm lập", ", as made").In(lang)
	}
	return title + "." + ending
}

// disposition names a file in letters that every browser takes, and in those of its
// language for those that take them (RFC 6266).
func disposition(way, plain, title string) string {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		if unicode.In(r, unicode.Cc, unicode.Cf) { // marks that turn the direction of reading hide what a file is
			return -1
		}
		return r
	}, title)
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%`, r) {
			return '-'
		}
		return r
	}, plain)
	return way + `; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(safe), "+", "%20")
}

// reportPreview serves the web page of a report for the frame on its own page.
// Looking is no taking along, so it is not noted.
func (s *Site) reportPreview(c *gin.Context) {
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	_, f, ok := s.keptFile(c, c.Param("lang"), htmlFormat)
	if !ok {
		return
	}
	content, ok := s.keptContent(c, f)
	if !ok {
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", previewPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("ETag", `"`+f.SHA256+`"`)
	if slices.Contains(splitList(c.GetHeader("If-None-Match")), `"`+f.SHA256+`"`) {
		c.Status(http.StatusNotModified)
		return
	}
	send(c, http.StatusOK, f.MediaType, content)
}
