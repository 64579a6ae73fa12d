package dashboards

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"khue"
	"khue/charts"
)

// The picture of the timeline, in pixels: words on the left, stretches on the right.
const (
	timelineWords  = 440 // the column of words
	timelineRowGap = 14
	timelineLine   = 17 // from one line of words to the next
	// Letters to a line of the column: at 13 pixels one of ours takes about 6.8.
	timelineTitleLetters = 60
	timelineSmallLetters = 78
)

// doneColours are those of what happened, by its tone, on paper.
var doneColours = map[string]string{"good": charts.Good.Colour(), "going": "#86b3a8", "late": "url(#timeline-late)"}

// timelinePicture writes the timeline down from the top.
type timelinePicture struct {
	strings.Builder

	view timelineView
	y    int // pixels from the top
}

// drawing is the timeline as an SVG that stands alone, with its key, and its height
// in pixels.
func (view timelineView) drawing(lang khue.Lang) (svg []byte, height int) {
	p := &timelinePicture{view: view}
	p.key(lang)
	for _, g := range view.Groups {
		p.head(g)
		for _, r := range g.Rows {
			p.row(r)
		}
	}
	head := fmt.Sprintf(`<svg width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d"><defs><pattern id="timeline-late" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f0d9a8"/><rect width="2.4" height="6" fill="%[3]s"/></pattern></defs>`,
		pictureWidth, p.y, charts.Before.Colour())
	return []byte(head + p.String() + `</svg>`), p.y
}

// at is where a place in percent lies among the stretches, in pixels.
func (p *timelinePicture) at(percent float64) float64 {
	return timelineWords + percent/100*(pictureWidth-timelineWords-1)
}

func (p *timelinePicture) words(x float64, y, size int, more, ink, words string) {
	fmt.Fprintf(p, `<text x="%.1f" y="%d" font-size="%d" fill="%s"%s>%s</text>`, x, y, size, ink, more, html.EscapeString(words))
}

func (p *timelinePicture) plan(x, width float64, y int, dropped bool) {
	dash := ""
	if dropped {
		dash = ` stroke-dasharray="3 3"`
	}
	fmt.Fprintf(p, `<rect x="%.1f" y="%d" width="%.1f" height="6" fill="#ffffff" stroke="%s" stroke-width="1.2"%s/>`, x, y, width, charts.Quiet, dash)
}

func (p *timelinePicture) happened(x, width float64, y int, tone string) {
	fmt.Fprintf(p, `<rect x="%.1f" y="%d" width="%.1f" height="10" fill="%s"/>`, x, y, width, doneColours[tone])
}

func (p *timelinePicture) key(lang khue.Lang) {
	x := 1.0
	p.plan(x, 20, 6, false)
	for _, entry := range []struct {
		tone  string
		words khue.Text
	}{
		{"", text("theo kế hoạch", "planned")},
		{"good", text("đã làm xong", "done")},
		{"going", text("đang làm", "under way")},
		{"late", text("sau hạn", "after the planned end")},
	} {
		if entry.tone != "" {
			p.happened(x, 20, 4, entry.tone)
		}
		p.words(x+26, 13, 12, "", charts.Ink, entry.words.In(lang))
		x += 60 + 7*float64(utf8.RuneCountInString(entry.words.In(lang)))
	}
	p.y = 32
}

// head names a group and the years over its stretches.
func (p *timelinePicture) head(g timelineGroup) {
	top := p.y
	p.y += 14
	for _, line := range wrapped(strings.TrimSpace(g.ID+" "+g.Title), timelineTitleLetters-4) {
		p.words(0, p.y, 14, ` font-weight="600"`, charts.Ink, line)
		p.y += timelineLine + 1
	}
	for _, year := range p.view.Years {
		fmt.Fprintf(p, `<line x1="%[1]f" x2="%[1]f" y1="%[2]d" y2="%[3]d" stroke="%[4]s"/>`, p.at(year.X), top+4, p.y, charts.Hairline)
		p.words(p.at(year.X)+3, top+28, 11, "", charts.Quiet, year.Label)
	}
	anchor := ` text-anchor="middle"`
	if p.view.Today.X > 85 {
		anchor = ` text-anchor="end"`
	}
	p.words(p.at(p.view.Today.X), top+12, 11, anchor+` font-weight="600"`, charts.Now.Colour(), p.view.Today.Label)
	p.y = max(p.y, top+36)
}

func (p *timelinePicture) row(r timelineRow) {
	top := p.y
	p.y += 13
	for _, line := range wrapped(r.Title, timelineTitleLetters) {
		p.words(0, p.y, 13, "", charts.Ink, line)
		p.y += timelineLine
	}
	small := []string{r.Status}
	for _, more := range []string{r.Late, r.Days, r.Owner} {
		if more != "" {
			small = append(small, more)
		}
	}
	for _, line := range wrapped(strings.Join(small, " · "), timelineSmallLetters) {
		p.words(0, p.y, 11, "", charts.Quiet, line)
		p.y += timelineLine - 2
	}
	p.y = max(p.y, top+34)
	for _, year := range p.view.Years {
		fmt.Fprintf(p, `<line x1="%[1]f" x2="%[1]f" y1="%[2]d" y2="%[3]d" stroke="%[4]s"/>`, p.at(year.X), top, p.y, charts.Hairline)
	}
	if r.Plan != nil {
		p.plan(p.at(r.Plan.X), p.at(r.Plan.Width)-timelineWords, top+4, r.Dropped)
	}
	for _, done := range r.Done {
		p.happened(p.at(done.X), p.at(done.Width)-timelineWords, top+15, done.Tone)
	}
	now := p.at(p.view.Today.X)
	fmt.Fprintf(p, `<line x1="%[1]f" x2="%[1]f" y1="%[2]d" y2="%[3]d" stroke="%[4]s" stroke-width="1.2" stroke-dasharray="3 3"/>`, now, top, p.y, charts.Now.Colour())
	p.y += timelineRowGap
}

// wrapped breaks words into lines of at most so many letters; a longer word stands
// in pieces.
func wrapped(words string, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(words) {
		for utf8.RuneCountInString(word) > most {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			letters := []rune(word)
			lines, word = append(lines, string(letters[:most])), string(letters[most:])
		}
		longer := strings.TrimSpace(line + " " + word)
		if utf8.RuneCountInString(longer) > most {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
