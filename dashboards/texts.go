package dashboards

import (
	"context"
	"net/url"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/reports/document"
	"khue/reports/narrative"
)

// Texts are the parts of reports that staff write. *narrative.Book is one.
type Texts interface {
	Kinds() []narrative.Kind
	Outline(c narrative.Choice) (narrative.Outline, error)
	Texts(ctx context.Context, of narrative.Of) ([]narrative.Written, error)
	History(ctx context.Context, of narrative.Of, section string, lang khue.Lang) ([]narrative.Written, error)
	Save(ctx context.Context, o narrative.Outline, d narrative.Draft) (narrative.Written, error)
}

// Where the texts of reports are written.
const (
	textsPage        = "texts"
	textsPath        = "/reports/texts"
	textsHistoryPath = textsPath + "/history"
	textsSavePath    = textsPath + "/save"
	textsRestorePath = textsPath + "/restore"

	textsStyle    = "texts.css"
	editorLibrary = "editor.min.js"
)

// Fields of addresses and forms of texts.
const (
	textDefinition = "definition"
	textPeriod     = "period"
	textArea       = "area"
	textEdition    = "edition"
	textSection    = "section"
	textLanguage   = "language"
	textSeen       = "seen"
	textPerson     = "person"
	textBody       = "text"
	textAttempt    = "attempt"
)

var textsTitle = text("Lời văn báo cáo", "Texts of reports")

// registerTexts adds the pages on which reports are written, where the site has any.
func (s *Site) registerTexts(pages *gin.RouterGroup) {
	if s.texts == nil {
		return
	}
	get(pages, textsPath, s.textsPage)
	get(pages, textsHistoryPath, s.textHistory)
	door := s.order(s.actionDoor, access.Write)
	pages.POST(textsSavePath, door, s.saveText)
	pages.POST(textsRestorePath, door, s.restoreText)
}

func choiceOf(values url.Values) narrative.Choice {
	return narrative.Choice{Definition: values.Get(textDefinition), Period: values.Get(textPeriod), Area: values.Get(textArea), Edition: values.Get(textEdition)}
}

// choiceQuery writes a choice into an address.
func choiceQuery(c narrative.Choice) url.Values {
	q := url.Values{textDefinition: {c.Definition}, textPeriod: {c.Period}}
	if c.Area != "" {
		q.Set(textArea, c.Area)
	}
	if c.Edition != "" {
		q.Set(textEdition, c.Edition)
	}
	return q
}

// textKindView is a report that has texts, with the form that chooses its period.
type textKindView struct {
	Definition, Title string
	Count             string
	Example           string // a period that it is made for
	Area, Edition     bool
}

// textsView is the choice of a report, or the texts of one.
type textsView struct {
	frameView
	Finding string
	Shut    string // why nothing is written here; "" when it is
	Writer  string // name of who writes; "" where the form asks
	Kinds   []textKindView
	Choice  narrative.Choice
	Chosen  bool // a report is chosen
	About   string
	Texts   []textView
	Missing string // how many texts are still lacking
}

// textView is one text of a report in both languages.
type textView struct {
	ID, Title, About string
	Limits           string
	Least, Most      int
	Needed           bool
	Sides            []textSide
}

// textSide is a text in one language.
type textSide struct {
	Section, Title string
	Language       khue.Lang
	Tongue         string // the language in the reader's
	Revision       int
	JSON           string
	Blocks         []textBlock
	Words          int
	Lack           string
	Saved          string // when and by whom; "" when nobody has written it
	History        string // address of what it said
}

// textBlock is a paragraph or a list, for the template.
type textBlock struct {
	Kind  string // p, ul or ol
	Items [][]document.Run
}

func textBlocks(t narrative.Text) []textBlock {
	var out []textBlock
	for _, b := range t.Blocks() {
		switch v := b.(type) {
		case document.Paragraph:
			out = append(out, textBlock{"p", [][]document.Run{v.Runs}})
		case document.Bullets:
			kind := "ul"
			if v.Numbered {
				kind = "ol"
			}
			out = append(out, textBlock{kind, v.Items})
		}
	}
	return out
}
