package dashboards

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/charts"
	"khue/locale"
)

// The forms in which a part can be taken along, by the ending of their address.
// A picture of dots (PNG) is drawn in the browser, from the chart that it shows.
const (
	csvEnding  = "csv"
	xlsxEnding = "xlsx"
	svgEnding  = "svg"
)

// standing is where a part stands: its page, and the filters that this page takes.
type standing struct {
	path  string
	takes []string
}

// standingOf finds the page of a part.
func (s *Site) standingOf(id string) standing {
	for _, p := range s.figurePages {
		if slices.ContainsFunc(p.parts, func(one part) bool { return one.id == id }) {
			return standing{p.path, p.takes}
		}
	}
	return standing{overviewPath, overviewFilters}
}

// lasting is the address that shows a part again, in another year too: the year
// under way is written out.
func (v *visit) lasting(id string) string {
	at := v.site.standingOf(id)
	q := keep(v.frame.filter.query(), withCompare(at.takes)...)
	if slices.Contains(at.takes, periodName) {
		q.Set(periodName, v.frame.filter.lastingPeriod(v.frame.today))
	}
	return address(at.path, q, "") + "#" + id
}

// lastingPeriod is the period in a form that means the same next year; a period
// that moves with the days stays what it is.
func (f filter) lastingPeriod(today time.Time) string {
	if f.period == thisYear {
		return khue.PeriodOf(today, khue.Year).String()
	}
	return f.period
}

// offer adds to a card the ways in which it can be taken along.
func (v *visit) offer(lang khue.Lang, c *card) {
	if c.ID == "" {
		return
	}
	c.Link = v.lasting(c.ID)
	for _, e := range c.Evidence {
		if c.Explore == "" && v.reader.opens(explorePath) {
			c.Explore = e.explore
		}
	}
	if v.site.drawerOf(c.ID) == nil {
		return
	}
	if c.Table != nil {
		c.CSV = v.addressOf(lang, c.ID+"."+csvEnding)
		if v.site.spreadsheet != nil {
			c.XLSX = v.addressOf(lang, c.ID+"."+xlsxEnding)
		}
	}
	if c.Chart != "" || c.Drawn {
		c.SVG, c.PNG = v.addressOf(lang, c.ID+"."+svgEnding), v.stamped(c.ID, "png")
	}
}

// Files tells whether there is anything to take along.
func (c card) Files() bool { return c.CSV != "" && c.Table != nil || c.SVG != "" }

// sendFile answers with a part as a file.
func (s *Site) sendFile(c *gin.Context, v *visit, lang khue.Lang, d drawn, ending string) error {
	var body []byte
	var kind string
	var err error
	switch ending {
	case csvEnding:
		kind = "text/csv; charset=utf-8"
		if d.card.Table == nil {
			return noTable()
		}
		body, err = d.card.Table.csv()
	case xlsxEnding:
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		body, err = s.workbook(v, lang, d.card, origin(c))
	case svgEnding:
		kind = "image/svg+xml; charset=utf-8"
		ctx, cancel := contextWithin(c, pictureTime)
		defer cancel()
		body, err = s.picture(ctx, v, lang, d)
	}
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", v.stamped(d.card.ID, ending)))
	if ending == xlsxEnding { // packed already
		c.Data(http.StatusOK, kind, body)
		return nil
	}
	send(c, http.StatusOK, kind, body)
	return nil
}

func noTable() error {
	return khue.Errorf(khue.NotFound, "Kỳ và bộ lọc này chưa có số liệu.", "There are no figures for this period and these filters.")
}

func noChart() error {
	return khue.Errorf(khue.NotFound, "Phần này không có biểu đồ cho kỳ và bộ lọc đang chọn.",
		"This part has no chart for this period and these filters.")
}

// origin is the site as the reader reached it.
func origin(c *gin.Context) string {
	scheme := "http"
	if c.Request.TLS != nil || c.GetHeader("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + c.Request.Host
}

// workbook writes a part's table as a workbook that says what it is.
func (s *Site) workbook(v *visit, lang khue.Lang, c card, origin string) ([]byte, error) {
	if c.Table == nil {
		return nil, noTable()
	}
	if s.spreadsheet == nil {
		return nil, khue.Errorf(khue.NotFound, "Máy chủ này không ghi được tệp Excel.", "This server writes no Excel files.")
	}
	sheet := c.Table.sheet()
	sheet.Lang, sheet.Title, sheet.Subtitle, sheet.Made = lang, c.Title, c.Subtitle, s.now().In(s.zone)
	if s.simulated {
		sheet.Simulated = simulatedNotice.In(lang)
	}
	sheet.About = v.about(lang, c, origin)
	var b bytes.Buffer
	if err := s.spreadsheet(&b, sheet); err != nil {
		return nil, fmt.Errorf("writing %s as a workbook: %w", c.ID, err)
	}
	return b.Bytes(), nil
}

var simulatedNotice = text("Dữ liệu mô phỏng: chỉ để dùng thử, không phải số liệu của thành phố.",
	"Simulated data: for trial use only, not figures of the city.")

// about says what a file holds, and how to come by it again.
func (v *visit) about(lang khue.Lang, c card, origin string) []SheetFact {
	var out []SheetFact
	say := func(vi, en, value string) {
		if value != "" {
			out = append(out, SheetFact{text(vi, en).In(lang), value})
		}
	}
	say("Biểu đồ cho thấy", "What it shows", c.Title)
	say("Số đo và đơn vị", "Measure and unit", c.Subtitle)
	for _, f := range v.filterFacts(lang) {
		out = append(out, SheetFact(f))
	}
	say("Số liệu biết đến", "As known at", locale.Moment(lang, v.site.now().In(v.site.zone)))
	say("Nguồn", "Source", c.Source)
	for _, w := range c.Complete {
		say("Độ đầy đủ", "Completeness", w.Text)
	}
	for _, note := range c.Notes {
		say("Lưu ý", "Note", note)
	}
	for _, p := range c.Pinned {
		say("Ghi chú", "Note by the office", p.Line())
	}
	say("Phiên bản định nghĩa", "Version of the definitions", v.site.service.Catalogue().Version())
	say("Địa chỉ để xem lại", "Address to see it again", origin+v.lasting(c.ID))
	if v.site.simulated {
		say("Lưu ý", "Note", simulatedNotice.In(lang))
	}
	return out
}

// filterFacts are the filters in words.
func (v *visit) filterFacts(lang khue.Lang) []fact {
	fr := v.frame
	facts := []fact{{text("Kỳ", "Period").In(lang), capital(spanName(lang, fr.shown))}}
	for name, values := range fr.filter.query() {
		switch name {
		case periodName:
		case compareName:
			if name := fr.beforeName(lang); name != "" {
				facts = append(facts, fact{text("So với", "Compared with").In(lang), name})
			}
		case disciplineName:
			d, _ := khue.DisciplineOf(fr.filter.discipline)
			facts = append(facts, fact{text("Lĩnh vực", "Discipline").In(lang), d.Name.In(lang)})
		case areaName:
			a, _ := khue.AreaOf(fr.filter.area)
			facts = append(facts, fact{text("Địa bàn", "Area").In(lang), a.Name.In(lang)})
		case kindFilter:
			facts = append(facts, fact{text("Loại", "Kind").In(lang), chosenOf(kindChoices(lang, fr.filter))})
		case formatName:
			facts = append(facts, fact{text("Hình thức", "Format").In(lang), chosenOf(formatChoices(lang, fr.filter))})
		default:
			facts = append(facts, pickFact(lang, name, strings.Join(values, ", ")))
		}
	}
	slices.SortStableFunc(facts[1:], func(a, b fact) int { return strings.Compare(a.Name, b.Name) })
	return facts
}

// chosenOf is the label of the option chosen.
func chosenOf(choices []choice) string {
	for _, c := range choices {
		if c.Chosen {
			return c.Label
		}
	}
	return ""
}

// pickFact says in words what was chosen of a short list.
func pickFact(lang khue.Lang, name, code string) fact {
	p, known := pickOf(name)
	if !known {
		return fact{name, code}
	}
	at := slices.IndexFunc(p.values, func(v pickValue) bool { return v.code == code })
	if at < 0 {
		return fact{p.label.In(lang), code}
	}
	return fact{p.label.In(lang), p.values[at].label.In(lang)}
}

// footOf is what stands under a chart that has left its page.
func (v *visit) footOf(lang khue.Lang, c card) []string {
	var filters []string
	for _, f := range v.filterFacts(lang) {
		filters = append(filters, f.Name+": "+f.Value)
	}
	source := []string{c.Source}
	for _, w := range c.Complete {
		source = append(source, w.Text)
	}
	foot := []string{
		strings.Join(filters, " · "), strings.Join(slices.DeleteFunc(source, func(s string) bool { return s == "" }), " · "),
	}
	foot = append(foot, c.Notes...)
	for _, p := range c.Pinned {
		foot = append(foot, p.Line())
	}
	foot = append(foot, textf("Khuê · số liệu biết đến %[1]s", "Khuê · as known at %[2]s",
		locale.Moment(khue.Vietnamese, v.site.now().In(v.site.zone)), locale.Moment(khue.English, v.site.now().In(v.site.zone))).In(lang))
	if v.site.simulated {
		foot = append(foot, simulatedNotice.In(lang))
	}
	return slices.DeleteFunc(foot, func(s string) bool { return s == "" })
}

const (
	pictureWidth = 960 // of a chart in a file, in pixels
	pictureTime  = 15 * time.Second
	mostPictures = 60 // each about 120 kB
)

// picture draws a part's chart as a file, with the library and the letters of
// the page; what was drawn before is not drawn again.
func (s *Site) picture(ctx context.Context, v *visit, lang khue.Lang, d drawn) ([]byte, error) {
	return s.pictureOf(ctx, d, v.footOf(lang, d.card))
}

// pictureOf is picture with what stands under it.
func (s *Site) pictureOf(ctx context.Context, d drawn, foot []string) ([]byte, error) {
	p := charts.Picture{
		Title: d.card.Title, Subtitle: d.card.Subtitle, Foot: foot,
		Width: pictureWidth, Height: d.height, Family: screenFont,
	}
	var err error
	switch {
	case d.drawing != nil:
		p.Drawing, p.Height = d.drawing()
	case d.option == nil || d.card.Chart == "":
		return nil, noChart()
	default:
		if p.Option, err = d.option(); err != nil {
			return nil, fmt.Errorf("drawing chart %s: %w", d.card.ID, err)
		}
	}
	written, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("drawing chart %s: %w", d.card.ID, err)
	}
	sum := sha256.Sum256(written)
	key := hex.EncodeToString(sum[:])
	if body, ok := s.pictures.get(key); ok {
		return body, nil
	}
	renderer, err := s.renderer()
	if err != nil {
		return nil, err
	}
	p.Faces = s.faces
	body, err := renderer.Picture(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("drawing chart %s: %w", d.card.ID, err)
	}
	s.pictures.put(key, body)
	return body, nil
}

// pictureWeights are the weights of the letters that a picture needs.
var pictureWeights = []int{400, 600}

// startDrawing makes the machine that draws pictures; it is made once, when the
// first is asked for.
func (s *Site) startDrawing(third fs.FS) (*charts.Renderer, error) {
	o := charts.Options{Library: third}
	read := func(name string) ([]byte, error) {
		content, err := fs.ReadFile(third, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, khue.Errorf(khue.Unavailable,
				"thiếu phông chữ %s; hãy chạy `make setup` rồi dựng lại chương trình",
				"the font %s is missing; run `make setup` and build the program again", name)
		}
		return content, err
	}
	for _, weight := range pictureWeights {
		ttf, err := read(fmt.Sprintf("be-vietnam-pro-%d.ttf", weight))
		if err != nil {
			return nil, err
		}
		o.Fonts = append(o.Fonts, charts.Font{Family: "Be Vietnam Pro", Bold: weight >= 600, TTF: ttf})
		for _, script := range []string{"latin", "vietnamese"} {
			woff, err := read(fontFile(script, weight))
			if err != nil {
				return nil, err
			}
			s.faces = append(s.faces, charts.Face{Family: "Be Vietnam Pro", Weight: weight, Ranges: ranges[script], WOFF2: woff})
		}
	}
	renderer, err := charts.New(o)
	if err != nil {
		return nil, fmt.Errorf("making ready to draw charts: %w", err)
	}
	return renderer, nil
}
