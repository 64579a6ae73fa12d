package dashboards

import (
	"net/url"
	"slices"

	"khue"
)

// The pages, by the names that the navigation knows them by.
const (
	overviewPage     = "overview"
	overviewPath     = "/"
	sourcesPage      = "sources"
	runsPage         = "runs"
	jobsPage         = "jobs"
	quarantinePage   = "quarantine"
	uploadPage       = "upload"
	completenessPage = "completeness"
	notesPage        = "notes"
	dictionaryName   = "dictionary"
)

// dictionaryPath is where it is said what figures mean.
const dictionaryPath = "/indicators"

// Where the notes are, and the form for a new one.
const (
	notesPath   = "/notes"
	newNotePath = notesPath + "/new"
)

// Addresses of the pages on data.
const (
	dataPath         = "/data"
	sourcesPath      = dataPath + "/sources"
	runsPath         = dataPath + "/runs"
	jobsPath         = dataPath + "/jobs"
	quarantinePath   = dataPath + "/quarantine"
	uploadPath       = dataPath + "/upload"
	completenessPath = dataPath + "/completeness"
)

// frameView is what stands around every page.
type frameView struct {
	Lang      khue.Lang
	Title     string
	Simulated bool
	Version   string
	Here      khue.Text // this page in each language
	Known     string    // as of when figures are known
	Page      string    // which page this is; "" is none of those in the navigation
	Charts    bool      // the page draws charts
	Pages     []navLink // of the group on data
	Styles    []string  // style sheets of its own
	Sections  []navLink // the pages on figures
	Data      bool      // the page looks as those on data do, also where the site has none of them
	Live      string    // the state of the facts that the page shows; "" when it does not follow them
	Sought    string    // what was looked for
	Token     string    // for the page's forms; "" when it has none
	Reports   string    // address of the library of reports; "" when the site has none
	API       string    // page on which the API can be tried; "" when there is none
	SQL       string    // page on which SQL is run; "" when there is none
	Account   string    // where the reader's account is; "" on a site without accounts
	Bare      bool      // without a way to other pages: nobody is signed in yet
	Named     bool      // it is known who acts, so that no form asks
	Explore   string    // page on which figures are asked for by clicking; "" when there is none
	Telling   string    // where the texts of reports are written; "" when nowhere
	// Dictionary and Search tell whether the reader may open these.
	Dictionary, Search bool
}

// OnData tells that the page is one of the group on data.
func (f frameView) OnData() bool {
	return slices.ContainsFunc(f.Pages, func(l navLink) bool { return l.Here })
}

// navLink is one entry of the navigation.
type navLink struct {
	Address, Label string
	Here           bool
}

// frameView frames a page that stands at path with these filters, for a reader.
func (s *Site) frameView(who reader, lang khue.Lang, page, path string, query url.Values, title string) frameView {
	name := text("Khuê · Đài quan trắc văn hóa Hà Nội", "Khuê · Hanoi culture observatory").In(lang)
	if title != "" {
		name = title + " · Khuê"
	}
	reports := ""
	if s.reports != nil && who.opens(reportsPath) {
		reports = reportsPath
	}
	telling := ""
	if s.texts != nil && who.opens(textsPath) {
		telling = textsPath
	}
	programs := ""
	if s.document != "" && who.opens(apiPath) {
		programs = apiPath
	}
	explore := ""
	if s.explore != nil && who.opens(explorePath) {
		explore = explorePath
	}
	sql := ""
	if s.sql != nil && who.opens(sqlPath) {
		sql = sqlPath
	}
	account := ""
	if s.people != nil {
		account = accountPath
	}
	return frameView{
		Account: account, Explore: explore, SQL: sql, API: programs, Reports: reports, Telling: telling, Lang: lang, Title: name, Simulated: s.simulated, Version: s.version, Page: page, Pages: s.dataLinks(who, lang, page), Sections: s.figureLinks(who, lang, page, query),
		Dictionary: who.opens(dictionaryPath), Search: who.opens(searchPath),
		Here: khue.Text{VI: address(path, query, khue.Vietnamese), EN: address(path, query, khue.English)},
	}
}

// figureLinks are the pages on figures; each keeps those of the filters that it takes.
func (s *Site) figureLinks(who reader, lang khue.Lang, here string, query url.Values) []navLink {
	var links []navLink
	if who.opens(overviewPath) {
		links = append(links, navLink{address(overviewPath, keep(query, withCompare(overviewFilters)...), ""), text("Tổng quan", "Overview").In(lang), here == overviewPage})
	}
	for _, p := range s.figurePages {
		if p.name == qualityName || !who.opens(p.path) { // quality is the first of the group on data, which has an entry of its own
			continue
		}
		links = append(links, navLink{address(p.path, keep(query, withCompare(p.takes)...), ""), p.title.In(lang), here == p.name})
	}
	return links
}

// keep leaves the named values of a query.
func keep(query url.Values, names ...string) url.Values {
	out := url.Values{}
	for _, name := range names {
		if query.Has(name) {
			out.Set(name, query.Get(name))
		}
	}
	return out
}

// dataLinks are the pages of the group on data that this site has.
func (s *Site) dataLinks(who reader, lang khue.Lang, page string) []navLink {
	var links []navLink
	add := func(there bool, name, path, vi, en string) {
		if there && who.opens(path) {
			links = append(links, navLink{path, text(vi, en).In(lang), page == name})
		}
	}
	add(true, qualityName, dataPath, qualityTitle.VI, qualityTitle.EN)
	add(s.data != nil, sourcesPage, sourcesPath, "Nguồn", "Sources")
	add(s.data != nil, runsPage, runsPath, "Lần chạy", "Runs")
	add(s.jobs != nil, jobsPage, jobsPath, "Công việc", "Jobs")
	add(s.data != nil, quarantinePage, quarantinePath, "Cách ly", "Quarantine")
	add(s.data != nil, completenessPage, completenessPath, "Độ đầy đủ", "Completeness")
	add(s.uploads != nil, uploadPage, uploadPath, "Tải lên", "Upload")
	add(s.notes != nil, notesPage, notesPath, "Ghi chú", "Notes")
	add(s.texts != nil && s.reports == nil, textsPage, textsPath, textsTitle.VI, textsTitle.EN)
	return links
}

// address writes a path with its filters; lang "" leaves the language open.
func address(path string, query url.Values, lang khue.Lang) string {
	v := url.Values{}
	for name, values := range query {
		v[name] = values
	}
	if lang != "" {
		v.Set(languageName, string(lang))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}
