package main

import (
	"net/http"

	"khue/access"
)

// need is what a route asks of its caller: a right, or one of the words below.
type need = string

const (
	nobody   need = "nobody"    // it is answered without asking who it is
	anyone   need = "anyone"    // guests too, but the pages want to know who it is
	someone  need = "someone"   // whoever may do anything at all
	signedIn need = "signed in" // any person at a browser
)

// route is one line of the table of rights.
type route struct {
	needs need
	act   string       // kept in the audit when it was done; "" is not kept
	files bool         // the act is kept for addresses of files alone, as /charts/visitors.csv
	taken bool         // the act is kept for answers that are files alone
	own   access.Right // lets a clerk in too: what the route does then stays within their wards
	ward  bool         // the filter "area" narrows what is shown to one area, so that its clerk may see it
}

func may(r access.Right) route { return route{needs: need(r)} }

func (r route) as(act string) route {
	r.act = act
	return r
}

func (r route) withFiles() route {
	r.act, r.files = "figures.download", true
	return r
}

// whenTaken keeps what was answered as a file, and not what a program looked at.
func (r route) whenTaken() route {
	r.act, r.taken = "figures.download", true
	return r
}

func (r route) byWard() route {
	r.ward = true
	return r
}

// handIn is a route for handing in files; clerks do so for their own wards.
func handIn() route { return route{needs: need(access.HandIn), own: access.HandInOwn} }

// grants tells whether a caller has what the route asks for.
func (r route) grants(who access.Caller) bool {
	return who.May(access.Right(r.needs)) || r.owns(who)
}

// owns tells that the route is open to a caller for their own wards.
func (r route) owns(who access.Caller) bool {
	return r.own != "" && who.May(r.own) && len(who.Wards) > 0
}

// routes says for every route of the server who may. A route that is not here is
// refused, and a test fails.
var routes = map[string]route{
	"GET /healthz":               {needs: nobody},
	"GET /readyz":                {needs: nobody},
	"GET /static/*name":          {needs: nobody},
	"GET /login":                 {needs: anyone},
	"POST /login":                {needs: anyone},
	"GET /login/link/:secret":    {needs: anyone},
	"GET /login/provider":        {needs: anyone},
	"GET /login/provider/return": {needs: anyone}, // what comes of it is kept by package access

	"POST /login/link/:secret":                         {needs: anyone},
	"POST /login/code":                                 {needs: anyone},
	"POST /account/second/offer":                       {needs: signedIn},
	"POST /account/second/confirm":                     {needs: signedIn},
	"POST /account/second/stop":                        {needs: signedIn},
	"POST /people/:login/second":                       may(access.ManagePeople),
	"POST /logout":                                     {needs: anyone},
	"GET /account":                                     {needs: signedIn},
	"POST /account/password":                           {needs: signedIn}, // what it does is kept by package access
	"POST /account/sessions/end":                       {needs: signedIn},
	"POST /account/tokens":                             {needs: signedIn},
	"POST /account/tokens/revoke":                      {needs: signedIn},
	"GET /people":                                      may(access.ManagePeople),
	"POST /people":                                     may(access.ManagePeople),
	"GET /people/:login":                               may(access.ManagePeople),
	"POST /people/:login/roles":                        may(access.ManagePeople),
	"POST /people/:login/lock":                         may(access.ManagePeople),
	"POST /people/:login/unlock":                       may(access.ManagePeople),
	"POST /people/:login/link":                         may(access.ManagePeople),
	"POST /people/:login/revoke":                       may(access.ManagePeople),
	"GET /audit":                                       may(access.ReadAudit),
	"GET /audit.csv":                                   may(access.ReadAudit).as("audit.export"),
	"GET /":                                            may(access.Look).byWard(),
	"GET /members":                                     may(access.Look).byWard(),
	"GET /events":                                      may(access.Look).byWard(),
	"GET /disciplines":                                 may(access.Look).byWard(),
	"GET /events/*rest":                                may(access.Look).withFiles(),
	"GET /members/*id":                                 may(access.Look).withFiles(),
	"GET /member-charts/*id":                           may(access.Look).withFiles(),
	"GET /indicators/:name":                            may(access.Look),
	"GET /charts/:id":                                  may(access.Look).byWard().withFiles(),
	"GET /explore":                                     may(access.Look).byWard(),
	"GET /explore/values":                              may(access.Look).byWard(),
	"GET /explore/chart/:id":                           may(access.Look).byWard().withFiles(),
	"GET /explore/file/:format":                        may(access.Download).as("figures.download"),
	"GET /explore/saved":                               {needs: signedIn},
	"GET /explore/saved/:id":                           {needs: signedIn},
	"POST /explore/saved":                              {needs: signedIn, act: "view.save"},
	"POST /explore/saved/:id/change":                   {needs: signedIn, act: "view.change"},
	"POST /explore/saved/:id/delete":                   {needs: signedIn, act: "view.delete"},
	"GET /live":                                        {needs: someone}, // that facts changed, and no figure
	"GET /live/state":                                  {needs: someone},
	"GET /evidence/:id":                                may(access.Look),
	"GET /search":                                      may(access.Look),
	"GET /search/suggest":                              may(access.Look),
	"GET /resolution":                                  may(access.Look),
	"GET /unesco":                                      may(access.Look),
	"GET /areas":                                       may(access.Look),
	"GET /indicators":                                  may(access.Look),
	"GET /notes":                                       may(access.Look),
	"GET /notes/:id":                                   may(access.Look),
	"GET /notes/new":                                   may(access.Write),
	"POST /notes/new":                                  may(access.Write).as("note.add"),
	"POST /notes/:id/change":                           may(access.Write).as("note.change"),
	"POST /notes/:id/down":                             may(access.Write).as("note.down"),
	"GET /data":                                        may(access.Inspect),
	"GET /data/sources":                                may(access.Inspect),
	"GET /data/runs":                                   may(access.Inspect),
	"GET /data/runs/:batch":                            may(access.Inspect),
	"GET /data/completeness":                           may(access.Inspect),
	"GET /data/quarantine":                             may(access.Inspect),
	"GET /data/quarantine.csv":                         may(access.Inspect).as("quarantine.download"),
	"POST /data/quarantine/retry":                      may(access.RunJobs).as("quarantine.retry"),
	"GET /data/jobs":                                   may(access.Inspect),
	"POST /data/jobs/run":                              may(access.RunJobs).as("job.run"),
	"POST /data/jobs/pause":                            may(access.RunJobs).as("job.pause"),
	"POST /data/jobs/resume":                           may(access.RunJobs).as("job.resume"),
	"GET /data/upload":                                 handIn(),
	"POST /data/upload":                                handIn().as("upload.take"),
	"GET /data/upload/:id":                             handIn(),
	"GET /data/upload/:id/faults.csv":                  handIn(),
	"GET /data/upload/:id/loaded":                      handIn(),
	"POST /data/upload/:id/accept":                     handIn().as("upload.accept"),
	"POST /data/upload/:id/cancel":                     handIn().as("upload.cancel"),
	"GET /reports":                                     may(access.ReadReports),
	"GET /reports/new":                                 may(access.Draft),
	"POST /reports/new":                                may(access.Draft).as("report.draft"),
	"GET /reports/compare":                             may(access.ReadReports),
	"GET /reports/:id":                                 may(access.ReadReports),
	"GET /reports/:id/files/:lang/:format":             may(access.ReadReports).as("report.download"),
	"GET /reports/:id/preview/:lang":                   may(access.ReadReports),
	"POST /reports/:id/draft":                          may(access.Draft).as("report.draft"),
	"POST /reports/:id/submit":                         may(access.Draft).as("report.submit"),
	"POST /reports/:id/approve":                        may(access.Approve).as("report.approve"),
	"POST /reports/:id/return":                         may(access.Approve).as("report.return"),
	"POST /reports/:id/edited":                         may(access.Draft).as("report.edit"),
	"POST /reports/:id/issue":                          may(access.Issue).as("report.issue"),
	"POST /reports/name":                               may(access.ReadReports),
	"GET /reports/texts":                               may(access.ReadReports),
	"GET /reports/texts/history":                       may(access.ReadReports),
	"POST /reports/texts/save":                         may(access.Write), // every saving is kept by itself, with who wrote it
	"POST /reports/texts/restore":                      may(access.Write).as("text.restore"),
	"GET /api":                                         may(access.AskAPI),
	"GET /api/openapi.json":                            may(access.AskAPI),
	"GET /api/v1/query":                                may(access.AskAPI).whenTaken(),
	"POST /api/v1/query":                               may(access.AskAPI).whenTaken(),
	"GET /api/v1/measures":                             may(access.AskAPI),
	"GET /api/v1/dimensions":                           may(access.AskAPI),
	"GET /api/v1/indicators":                           may(access.AskAPI),
	"GET /api/v1/programmes":                           may(access.AskAPI),
	"GET /api/v1/areas":                                may(access.AskAPI),
	"GET /api/v1/disciplines":                          may(access.AskAPI),
	"GET /sql":                                         may(access.RunSQL),
	"GET /clickhouse":                                  may(access.RunSQL),
	"GET /clickhouse/":                                 may(access.RunSQL),
	"POST /clickhouse":                                 may(access.RunSQL),
	"POST /clickhouse/":                                may(access.RunSQL),
	"GET /clickhouse/ping":                             {needs: nobody},
	"GET /api/v1/structure/datastructure/KHUE/:id/1.0": may(access.AskAPI),
	"GET /api/v1/sources":                              may(access.Inspect),
	"GET /api/v1/runs":                                 may(access.Inspect),
	"GET /api/v1/reports":                              may(access.ReadReports),
	"GET /api/v1/evidence/:id":                         may(access.AskAPI),
	"GET /api/v1/sql":                                  may(access.RunSQL), // what was run is kept in the audit by itself, with its end
	"POST /api/v1/sql":                                 may(access.RunSQL),
	"GET /api/v1/sql/views":                            may(access.RunSQL),
	"GET /api/v1/sql/history":                          may(access.RunSQL),
	"GET /api/v1/sql/:id":                              may(access.RunSQL),
	"DELETE /api/v1/sql/:id":                           may(access.RunSQL).as("sql.cancel"),
	"GET /api/v1/notes":                                may(access.AskAPI),
	"GET /api/v1/notes/:id":                            may(access.AskAPI),
}

// routeOf finds what a route asks. HEAD is GET without an answer. Addresses that no
// route has, and methods that none takes, are told so to whoever may look at all.
func routeOf(method, pattern string) (route, bool) {
	if pattern == "" {
		return route{needs: someone}, true
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	r, known := routes[method+" "+pattern]
	return r, known
}
