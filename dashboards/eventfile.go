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
)

// eventListFile is the list as a file for spreadsheets, all pages of it.
func (s *Site) eventListFile(c *gin.Context) {
	lang := langOf(c)
	f, err := parseEventListFilter(c.Request.URL.RawQuery, s.today())
	if err != nil {
		_ = c.Error(err)
		return
	}
	v := s.visit(c.Request.Context(), f.filter)
	ctx, cancel := context.WithTimeout(c.Request.Context(), 4*s.patience)
	defer cancel()
	list, err := s.service.Events(ctx, f.search(v.frame.named, 0, eventsInFile))
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	if list.Total > eventsInFile {
		_ = c.Error(khue.Errorf(khue.Invalid, "Danh sách có hơn %d sự kiện; hãy chọn kỳ ngắn hơn hoặc thêm bộ lọc.", "The list has more than %d events; choose a shorter period or more filters.", eventsInFile))
		return
	}
	var b bytes.Buffer
	sheet := newSheet(&b)
	sheet.line(text("Mã", "Id").In(lang), text("Nguồn", "Source").In(lang), text("Tên", "Title").In(lang), text("Bắt đầu", "Starts").In(lang), text("Kết thúc", "Ends").In(lang),
		text("Đơn vị tổ chức", "Organiser").In(lang), text("Địa điểm", "Venue").In(lang), text("Mã địa bàn", "Area code").In(lang), text("Lĩnh vực", "Disciplines").In(lang),
		text("Hình thức", "Format").In(lang), text("Vào cửa", "Admission").In(lang), text("Chuỗi", "Series").In(lang), text("Kỳ", "Edition").In(lang))
	for _, e := range list.Events {
		ends := ""
		if !e.EndsAt.IsZero() {
			ends = e.EndsAt.In(s.zone).Format(time.RFC3339)
		}
		sheet.line(e.ID, e.Source, e.Title, e.StartsAt.In(s.zone).Format(time.RFC3339), ends, e.Organiser, e.Venue, e.Area, strings.Join(e.Disciplines, ";"), e.Format, e.Access, e.Series, e.Edition)
	}
	if err := sheet.end(); err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", v.stamped("events", "csv")))
	send(c, http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}
