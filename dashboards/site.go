// Package dashboards serves the pages that leaders look at. It asks indicators
// and shows the answers: every figure with what it is compared to, how complete
// it is and why it stands. Pages are whole without scripts; scripts draw charts.
package dashboards

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/charts"
	"khue/dashboards/pending"
	"khue/indicators"
	"khue/notes"
)

// Options are what the pages are made with.
type Options struct {
	Service   Service
	Now       func() time.Time // the clock; nil is the real one
	Zone      *time.Location   // in which days begin; nil is khue.DefaultZone
	Simulated bool             // the figures are those of the demo city, and every page says so
	Logger    *slog.Logger     // nil logs nothing
	Static    fs.FS            // third-party files; nil is ThirdParty()
	Version   string           // of the program, shown at the foot
	// Spreadsheet writes tables as workbooks; nil offers none.
	Spreadsheet Spreadsheet
	// LookEvery is how often the facts are looked at while pages are open; 0 is 15 s.
	LookEvery time.Duration
	Patience  time.Duration // longest that one part of a page may take; 3 s when zero
	// Boundaries are those of areas, for maps; nil draws tiles.
	Boundaries *Boundaries
	// Residents are those of areas; nil says nothing per resident.
	Residents *Residents

	Data Data // of the pages on sources, runs and quarantine; nil leaves them out
	// Retry tries quarantined rows again, through ActionDoor; nil leaves that out.
	Retry Retry
	// Uploads takes files handed in through the browser, which wait in Waiting for
	// somebody's word; nil leaves the page out. It needs Data.
	Uploads    Uploads
	Waiting    *pending.Store
	UploadDoor Door
	// HandIns takes files of clerks for their own wards; nil takes none.
	HandIns HandIns
	// Jobs are shown and take orders through ActionDoor; nil leaves the page out.
	Jobs       Jobs
	ActionDoor Door
	// Notes are what the office wrote beside figures; they take orders through
	// ActionDoor. Nil leaves them out.
	Notes Notes
	// Reports are those that can be made and those that were; they take orders through
	// ActionDoor. Nil leaves them out. Those for the office's own use are shown to
	// nobody unless ConfidentialReports says so: there is no telling who asks.
	Reports             Reports
	ConfidentialReports bool
	// Texts are the parts of reports that staff write; they take orders through
	// ActionDoor. Nil leaves them out.
	Texts Texts
	// Explore is the page on which figures are asked for by clicking; nil leaves it out.
	Explore *Explore
	// API is where the API describes itself, to be tried on a page; "" leaves the page out.
	API string
	// SQL runs statements of analysts; nil leaves the page out.
	SQL SQL
	// Opens tells whether whoever asks may open one of the site's own paths, so that pages
	// lead nowhere that is shut; nil opens all.
	Opens func(ctx context.Context, path string) bool
	// People are those who may use the observatory; nil leaves out signing in and the
	// pages on accounts.
	People People
	// Provider is where people of the office sign in; nil has them use passwords and
	// links alone. OnlyProvider has them use nothing else.
	Provider     Provider
	OnlyProvider bool
	// Cookies are those by which browsers stay signed in.
	Cookies access.Cookies
	// Key signs the tokens of forms; every replica behind one address needs the
	// same. Empty makes one that holds until the program ends.
	Key []byte
}

// Site is the dashboards as a web site.
type Site struct {
	service   Service
	now       func() time.Time
	zone      *time.Location
	simulated bool
	log       *slog.Logger
	version   string
	patience  time.Duration
	data      Data
	jobs      Jobs
	retry     Retry
	uploads   Uploads
	handIns   HandIns
	forms     *forms
	notes     Notes
	reports   Reports
	underway  *underway

	people       People
	cookies      access.Cookies
	provider     Provider
	onlyProvider bool

	confidentialReports bool
	texts               Texts
	sql                 SQL
	document            string // address of the API's description
	opens               func(ctx context.Context, path string) bool
	explore             *Explore

	waiting    *pending.Store
	uploadDoor Door
	actionDoor Door
	previews   *recent[seen]

	boundaries  *Boundaries
	residents   *Residents
	figurePages []page
	assets      *assets
	templates   *template.Template
	memory      *memory
	good        *recent[lastGood]
	pages       *recent[keptPage] // pages as they were drawn, by pageKey
	spreadsheet Spreadsheet
	renderer    func() (*charts.Renderer, error)
	faces       []charts.Face   // of the letters in pictures; there once renderer has been called
	pictures    *recent[[]byte] // charts as files, by what is in them
	live        *live
	seekers     chan struct{}
	lastFresh   atomic.Pointer[[]indicators.Freshness]
	lastNotes   atomic.Pointer[notes.Standing]
}

//go:embed templates
var templateFiles embed.FS

// New parses the templates and reads the static files. It fails, naming all that
// is missing and the command that gets it, when third-party files are absent.
func New(o Options) (*Site, error) {
	s := &Site{
		service: o.Service, now: o.Now, zone: o.Zone, simulated: o.Simulated, log: o.Logger, version: o.Version,
		patience: o.Patience, data: o.Data, jobs: o.Jobs, retry: o.Retry, actionDoor: o.ActionDoor, forms: newForms(o.Key, o.Cookies.Secure), good: newRecent[lastGood](mostGood), pages: newRecent[keptPage](mostPages),
	}
	if o.Uploads != nil && o.Waiting != nil && o.Data != nil {
		s.uploads, s.waiting, s.uploadDoor, s.previews = o.Uploads, o.Waiting, o.UploadDoor, newRecent[seen](mostPreviews)
		s.handIns = o.HandIns
	}
	s.boundaries, s.residents, s.notes, s.texts, s.document, s.sql = o.Boundaries, o.Residents, o.Notes, o.Texts, o.API, o.SQL
	s.spreadsheet, s.pictures = o.Spreadsheet, newRecent[[]byte](mostPictures)
	s.seekers = make(chan struct{}, mostSeekers)
	if s.service == nil {
		return nil, fmt.Errorf("making the dashboards: no service was given")
	}
	s.figurePages = append(figurePages(s.service.Catalogue()), qualityPage(s.data != nil))
	if s.now == nil {
		s.now = time.Now
	}
	if s.zone == nil {
		zone, err := time.LoadLocation(khue.DefaultZone)
		if err != nil {
			return nil, fmt.Errorf("making the dashboards: %w", err)
		}
		s.zone = zone
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.patience <= 0 {
		s.patience = 3 * time.Second
	}
	s.reports, s.confidentialReports, s.underway = o.Reports, o.ConfidentialReports, newUnderway(s.now, s.log)
	s.opens = o.Opens
	s.people, s.cookies, s.explore = o.People, o.Cookies, o.Explore
	s.provider, s.onlyProvider = o.Provider, o.OnlyProvider
	s.live = newLive(s.lookAtFacts, o.LookEvery)
	s.memory = &memory{replies: newRecent[*reply](mostReplies), within: 4 * s.patience}
	third := o.Static
	if third == nil {
		third = ThirdParty()
	}
	s.renderer = sync.OnceValues(func() (*charts.Renderer, error) { return s.startDrawing(third) })
	var err error
	if s.assets, err = loadAssets(third); err != nil {
		return nil, err
	}
	if s.templates, err = s.parse(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Site) parse() (*template.Template, error) {
	functions := template.FuncMap{
		"letters": func(lang khue.Lang) []string { return s.assets.earlyLetters(lang) },
		"asset": func(name string) (string, error) {
			address, ok := s.assets.address[name]
			if !ok {
				return "", fmt.Errorf("no static file %q", name)
			}
			return address, nil
		},
		// t chooses between the two languages where the words stand.
		"t": func(lang khue.Lang, vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) },
		// draw is a template whose name is known only then.
		"draw": func(name string, view any) (template.HTML, error) {
			part, err := s.draw(name, view)
			return template.HTML(part), err //nolint:gosec // the template has escaped what it was given
		},
		"inc": func(n int) int { return n + 1 },
		"part": func(lang khue.Lang, data any) map[string]any {
			return map[string]any{"Lang": lang, "It": data}
		},
	}
	t, err := template.New("").Funcs(functions).ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the page templates: %w", err)
	}
	return t, nil
}

// chartsPath is where charts and tables of the page's parts are.
const chartsPath = "/charts/"

// Register adds the pages to a router, each answering for its own errors.
func (s *Site) Register(r gin.IRouter) {
	pages := r.Group("/", secure, s.funnel, s.speak)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		pages.Handle(method, "/", s.overview)
		pages.Handle(method, chartsPath+":id", s.chart)
		pages.Handle(method, evidencePath+":id", s.whyPage)
	}
	s.registerPages(pages)
	s.registerEvents(pages)
	s.registerDictionary(pages)
	s.registerMembers(pages)
	s.registerSearch(pages)
	s.registerLive(pages)
	s.registerData(pages)
	s.registerNotes(pages)
	s.registerReports(pages)
	s.registerTexts(pages)
	s.registerAPI(pages)
	s.registerExplore(pages)
	s.registerSQL(pages)
	s.registerPeople(pages)
	files := r.Group(staticPath, secure, s.funnel)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		files.Handle(method, "*name", s.assets.serve)
	}
}

// NotFound answers, in the reader's language, for addresses that nothing else
// does, and for methods that a page does not take: engine.NoRoute(site.NotFound()...), and
// the same for engine.NoMethod.
func (s *Site) NotFound() []gin.HandlerFunc {
	return []gin.HandlerFunc{secure, s.funnel, s.speak, notFound}
}

func (s *Site) today() time.Time {
	y, m, d := s.now().In(s.zone).Date()
	return civil(y, m, d)
}

// visit looks at the state of the facts and works out the days of the page. When
// that state cannot be had, the last one known stands in: the parts of the page
// then show what they last could.
func (s *Site) visit(ctx context.Context, f filter) *visit {
	v := &visit{site: s, reader: s.reader(ctx), notes: s.standing(ctx)}
	fresh, err := withTimeout(ctx, s.patience, s.service.Freshness)
	if err == nil {
		s.lastFresh.Store(&fresh)
		v.fresh = fresh
	} else {
		s.log.Warn("the state of the facts cannot be had", "error", err)
		v.freshErr = err
		if last := s.lastFresh.Load(); last != nil {
			v.fresh = *last
		}
	}
	today := s.today()
	v.frame = frameOf(f, today, v.fresh)
	v.state = stateOf(v.fresh, today)
	return v
}

func withTimeout[T any](ctx context.Context, within time.Duration, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return ask(ctx)
}

// draw makes a page whole or not at all.
func (s *Site) draw(name string, view any) ([]byte, error) {
	var page bytes.Buffer
	if err := s.templates.ExecuteTemplate(&page, name, view); err != nil {
		return nil, fmt.Errorf("drawing %s: %w", name, err)
	}
	return page.Bytes(), nil
}

// show draws a page and sends it; pages on data are drawn afresh each time.
func (s *Site) show(c *gin.Context, name string, view any) {
	body, err := s.draw(name, view)
	if err != nil {
		_ = c.Error(err)
		return
	}
	keptPageOf(body).send(c)
}

// contextWithin is the request's context with an end of its own.
func contextWithin(c *gin.Context, within time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Request.Context(), within)
}

// smallest is the size from which an answer is worth packing.
const smallest = 1400

func send(c *gin.Context, status int, kind string, body []byte) {
	c.Writer.Header().Add("Vary", "Accept-Encoding")
	if len(body) >= smallest && accepts(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
		body = packGzip(body, gzip.BestSpeed)
	}
	c.Data(status, kind, body)
}
