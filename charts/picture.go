package charts

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// Picture is a chart as a file that stands alone: what it shows above it, where
// its figures come from below.
type Picture struct {
	Title    string
	Subtitle string   // measure and unit
	Foot     []string // source, completeness, filters, notices
	Option   json.RawMessage
	Drawing  []byte // an SVG element drawn elsewhere, of Width and Height, instead of an Option
	// Width and Height are those of the chart itself, in pixels; a Height of zero
	// fits it to what the option shows.
	Width, Height int
	Family        string // CSS list of the letters around the chart
	Faces         []Face // carried inside the file
}

// Face is a font file that a picture carries, so that it looks the same wherever
// it is opened.
type Face struct {
	Family string
	Weight int
	Ranges string // the characters that it has, as CSS writes them
	WOFF2  []byte
}

// Measures of what stands around the chart, in pixels.
const (
	pictureMargin = 28
	titleSize     = 19
	titleLine     = 27
	smallSize     = 12
	smallLine     = 18
)

// Picture draws a chart with its title and its source as one SVG on white. The
// same picture gives the same bytes.
func (r *Renderer) Picture(ctx context.Context, p Picture) ([]byte, error) {
	if p.Height == 0 {
		p.Height = FitHeight(p.Option, p.Width)
	}
	chart := p.Drawing
	if chart == nil {
		var err error
		if chart, err = r.Render(ctx, p.Option, p.Width, p.Height); err != nil {
			return nil, err
		}
	}
	var b strings.Builder
	y := pictureMargin
	write := func(words string, size, line int, weight, colour string) {
		for _, one := range r.wrapped(words, fmt.Sprintf("%s %dpx %s", weight, size, p.Family), p.Width) {
			y += line
			fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="%d" font-weight="%s" fill="%s">%s</text>`,
				pictureMargin, y-line+size, size, weight, colour, html.EscapeString(one))
		}
	}
	write(p.Title, titleSize, titleLine, "600", Ink)
	write(p.Subtitle, smallSize+1, smallLine+2, "400", Quiet)
	y += 10
	b.WriteString(placed(chart, pictureMargin, y))
	y += p.Height + 14
	for _, line := range p.Foot {
		write(line, smallSize, smallLine, "400", Quiet)
	}
	width, height := p.Width+2*pictureMargin, y+pictureMargin-smallLine+smallSize
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" font-family="%[3]s" role="img">`+
		`<title>%[4]s</title>%[5]s<rect width="%[1]d" height="%[2]d" fill="#ffffff"/>`,
		width, height, html.EscapeString(p.Family), html.EscapeString(p.Title), faces(p.Faces))
	return []byte(head + b.String() + "</svg>\n"), nil
}

var opening = regexp.MustCompile(`^<svg `)

// placed puts a drawn chart at a point of a larger drawing.
func placed(chart []byte, x, y int) string {
	return opening.ReplaceAllString(string(chart), fmt.Sprintf(`<svg x="%d" y="%d" `, x, y))
}

func faces(all []Face) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<style>")
	for _, f := range all {
		fmt.Fprintf(&b, `@font-face{font-family:"%s";font-weight:%d;src:url(data:font/woff2;base64,%s) format("woff2");unicode-range:%s}`,
			f.Family, f.Weight, base64.StdEncoding.EncodeToString(f.WOFF2), f.Ranges)
	}
	b.WriteString("</style>")
	return b.String()
}

// wrapped breaks a text into lines of at most so many pixels; a word that is
// longer has a line of its own.
func (r *Renderer) wrapped(words, css string, width int) []string {
	var lines []string
	var line string
	for word := range strings.FieldsSeq(words) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && r.ruler.width(longer, css) > float64(width) {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// shape is what FitHeight looks at in an option. The library takes one axis, or
// calendar, or a list of them.
type shape struct {
	YAxis    json.RawMessage `json:"yAxis"`
	Calendar json.RawMessage `json:"calendar"`
	Series   []struct {
		Type string            `json:"type"`
		Data []json.RawMessage `json:"data"`
	} `json:"series"`
}

// FitHeight is the height at which an option of a given width reads well: bars to
// the right by how many there are, calendars by their years, others in proportion.
func FitHeight(option json.RawMessage, width int) int {
	var s shape
	if json.Unmarshal(option, &s) != nil {
		return width / 2
	}
	var axis struct {
		Type string            `json:"type"`
		Data []json.RawMessage `json:"data"`
	}
	if json.Unmarshal(s.YAxis, &axis) == nil && axis.Type == "category" && len(axis.Data) > 0 {
		return max(160, 34*len(axis.Data)+40)
	}
	var calendars []json.RawMessage
	if json.Unmarshal(s.Calendar, &calendars) == nil && len(calendars) > 0 {
		return 170*len(calendars) + 40
	}
	if len(s.Series) > 0 && s.Series[0].Type == "sankey" {
		return max(width/2, 26*len(s.Series[0].Data))
	}
	return width / 2
}
