package dashboards

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
	"khue/reports/narrative"
)

var tongues = map[khue.Lang]khue.Text{
	khue.Vietnamese: text("Tiếng Việt", "Vietnamese"), khue.English: text("Tiếng Anh", "English"),
}

func (s *Site) textsPage(c *gin.Context) {
	lang := langOf(c)
	values, err := readQuery(c.Request.URL.RawQuery, textDefinition, textPeriod, textArea, textEdition)
	if err != nil {
		_ = c.Error(err)
		return
	}
	choice := choiceOf(values)
	if choice.Period == "" {
		s.show(c, "texts.html", s.textKinds(s.reader(c.Request.Context()), lang, choice.Definition))
		return
	}
	outline, err := s.texts.Outline(choice)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	written, err := s.texts.Texts(ctx, outline.Of)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	s.show(c, "texts.html", s.textsView(c, lang, choice, outline, written))
}

// textKinds is the choice of a report.
func (s *Site) textKinds(who reader, lang khue.Lang, chosen string) textsView {
	view := textsView{frameView: s.frameView(who, lang, textsPage, textsPath, nil, textsTitle.In(lang)), Finding: textsTitle.In(lang)}
	view.Styles = []string{textsStyle}
	year := s.today().Year()
	for _, k := range s.texts.Kinds() {
		if chosen != "" && k.Definition != chosen {
			continue
		}
		example := fmt.Sprint(year)
		if len(k.Grains) > 0 {
			example = khue.PeriodOf(s.today(), k.Grains[0]).String()
		}
		view.Kinds = append(view.Kinds, textKindView{
			Definition: k.Definition, Title: k.Title.In(lang), Example: example, Area: k.Area, Edition: k.Edition,
			Count: textf("%d đoạn cần viết", "%d "+plural(k.Sections, "text", "texts")+" to write", k.Sections).In(lang),
		})
	}
	return view
}

// textsView is one report with all its texts.
func (s *Site) textsView(c *gin.Context, lang khue.Lang, choice narrative.Choice, o narrative.Outline, written []narrative.Written) textsView {
	about := o.Title.In(lang) + ", " + o.PeriodName.In(lang)
	if narrowed := o.Narrowed.In(lang); narrowed != "" {
		about += ", " + narrowed
	}
	view := textsView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, textsPage, textsPath, choiceQuery(choice), about), Finding: about, Choice: choice, Chosen: true,
	}
	view.Styles = []string{textsStyle}
	if err := s.actionDoor.shut(c, access.Write); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
	} else {
		view.Token, view.Named, view.Writer = s.forms.token(c), known(c), writerIn(c, "")
	}
	lacking := 0
	for _, section := range o.Sections {
		one := textView{
			ID: section.ID, Title: section.Title.In(lang), About: section.About.In(lang), Least: section.Least, Most: section.Most, Needed: section.Needed, Limits: wordLimits(section).In(lang),
		}
		for _, tongue := range []khue.Lang{khue.Vietnamese, khue.English} {
			side := s.textSide(lang, choice, section, tongue, written)
			if side.Lack != "" {
				lacking++
			}
			one.Sides = append(one.Sides, side)
		}
		view.Texts = append(view.Texts, one)
	}
	view.Missing = text("Không còn đoạn nào thiếu.", "Nothing is lacking.").In(lang)
	if lacking > 0 {
		view.Missing = textf("Còn %d đoạn chưa xong, tính cả hai ngôn ngữ.", "%d "+plural(lacking, "text is", "texts are")+" not finished, both languages counted.", lacking).In(lang)
	}
	return view
}

func (s *Site) textSide(lang khue.Lang, choice narrative.Choice, section narrative.Section, tongue khue.Lang, written []narrative.Written) textSide {
	w, there := narrative.Find(written, section.ID, tongue)
	side := textSide{
		Section: section.ID, Title: section.Title.In(tongue), Language: tongue, Tongue: tongues[tongue].In(lang),
		Revision: w.Revision, JSON: w.Text.JSON(), Blocks: textBlocks(w.Text), Words: w.Text.Words(),
	}
	if lack, is := section.Lack(w.Text, tongue); is {
		side.Lack = sentence(lack.In(lang))
	}
	if there {
		side.Saved = s.savedBy(lang, w)
	}
	q := choiceQuery(choice)
	q.Set(textSection, section.ID)
	q.Set(textLanguage, string(tongue))
	side.History = address(textsHistoryPath, q, "")
	return side
}

// savedBy says when a text was saved and by whom.
func (s *Site) savedBy(lang khue.Lang, w narrative.Written) string {
	at := w.At.In(s.zone)
	when := at.Format("15:04")
	if now := s.now().In(s.zone); at.Format(time.DateOnly) != now.Format(time.DateOnly) {
		when = locale.Moment(lang, at)
	}
	return textf("Đã lưu %[1]s, %[2]s", "Saved %[1]s by %[2]s", when, w.Person).In(lang)
}

// wordLimits says how long a text may be. Words are what stands between blanks, as
// Word counts them.
func wordLimits(n narrative.Section) khue.Text {
	switch {
	case n.Least > 0 && n.Most > 0:
		return textf("%d–%d từ", "%d–%d words", n.Least, n.Most)
	case n.Most > 0:
		return textf("nhiều nhất %d từ", "at most %d words", n.Most)
	case n.Least > 0:
		return textf("ít nhất %d từ", "at least %d words", n.Least)
	}
	return khue.Text{}
}

// textHistoryView is all that one text said.
type textHistoryView struct {
	frameView
	Finding, Back  string
	Choice         narrative.Choice
	Section, About string
	Language       khue.Lang
	Newest         int
	Sittings       []textSitting
	More           bool // older ones are kept and not shown
}

// textSitting is the last saving of one person's unbroken writing.
type textSitting struct {
	Revision int
	Saved    string
	Stamp    string
	Savings  string // how many revisions it stands for
	Words    string
	Blocks   []textBlock
	JSON     string
	Now      bool // it is what holds
}

// sitting is the longest pause within one person's unbroken writing.
const sitting = 10 * time.Minute

func (s *Site) textHistory(c *gin.Context) {
	lang := langOf(c)
	values, err := readQuery(c.Request.URL.RawQuery, textDefinition, textPeriod, textArea, textEdition, textSection, textLanguage)
	if err != nil {
		_ = c.Error(err)
		return
	}
	outline, section, tongue, err := s.textOf(values)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	all, err := s.texts.History(ctx, outline.Of, section.ID, tongue)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	choice := choiceOf(values)
	title := textf("Các bản của “%[1]s” (%[2]s)", "What “%[3]s” said (%[4]s)", section.Title.VI, strings.ToLower(tongues[tongue].VI), section.Title.EN, tongues[tongue].EN).In(lang)
	q := choiceQuery(choice)
	q.Set(textSection, section.ID)
	q.Set(textLanguage, string(tongue))
	view := textHistoryView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, textsPage, textsHistoryPath, q, title), Finding: title, Choice: choice,
		Section: section.ID, About: section.Title.In(lang), Language: tongue, Back: address(textsPath, choiceQuery(choice), "") + "#" + section.ID, Sittings: s.sittings(lang, all),
	}
	view.Styles = []string{textsStyle}
	if len(all) > 0 {
		view.Newest, view.More = all[0].Revision, all[len(all)-1].Revision > 1
	}
	if s.actionDoor.shut(c, access.Write) == nil {
		view.Token, view.Named = s.forms.token(c), known(c)
	}
	s.show(c, "texthistory.html", view)
}

// sittings draws the savings of one person's unbroken writing together.
func (s *Site) sittings(lang khue.Lang, all []narrative.Written) []textSitting {
	var out []textSitting
	for i := 0; i < len(all); {
		w, end := all[i], i+1
		for end < len(all) && all[end].Person == w.Person && all[end-1].At.Sub(all[end].At) < sitting {
			end++
		}
		n := w.Text.Words()
		one := textSitting{
			Revision: w.Revision, Saved: locale.Moment(lang, w.At.In(s.zone)) + ", " + w.Person, Stamp: w.At.UTC().Format(time.RFC3339), Blocks: textBlocks(w.Text), JSON: w.Text.JSON(), Now: i == 0,
			Words: textf("%d từ", "%d "+plural(n, "word", "words"), n).In(lang),
		}
		if end-i > 1 {
			one.Savings = textf("%d lần lưu", "%d savings", end-i).In(lang)
		}
		out = append(out, one)
		i = end
	}
	return out
}

// textOf finds the text that fields name.
func (s *Site) textOf(values url.Values) (narrative.Outline, narrative.Section, khue.Lang, error) {
	outline, err := s.texts.Outline(choiceOf(values))
	if err != nil {
		return outline, narrative.Section{}, "", err
	}
	section, there := outline.Section(values.Get(textSection))
	if !there {
		return outline, section, "", khue.Errorf(khue.NotFound, "Báo cáo này không có lời văn %q.", "This report has no text %q.", short(values.Get(textSection)))
	}
	lang, err := khue.ParseLang(values.Get(textLanguage))
	return outline, section, lang, err
}
