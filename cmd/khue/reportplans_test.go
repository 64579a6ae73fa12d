package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo"
	"khue/post/posttest"
)

// TestFaultsOfPlansAndRecipientsAreToldTogetherWithTheirLines has one fault in each
// of the lines that are told.
func TestFaultsOfPlansAndRecipientsAreToldTogetherWithTheirLines(t *testing.T) {
	o := newObservatory(t, []byte(`report_plans:
  one:
    definition: no-such-report
    languages: [vi, xx]
    schedule: {cron: "61 * * * *", after: [nobody]}
    recipients: [an, nobody]
  two:
    definition: resolution-progress
    schedule: "0 7 * * *"
  three:
    definition: monthly-bulletin
    period: year
    confidential: true
    recipients: [an]
delivery:
  recipients:
    an:
      email: an@example.vn
      formats: [pdf, odt]
    binh:
      language: fr
      email: AN@example.vn
    chi:
      folder: /srv/a
      email: chi
    dung: {}
    em:
      s3: {url: "https://bucket", endpoint: s3}
    giang:
      webhook: {url: "ftp://x", secret_file: /no/such/file}
  reports:
    no-such-report: [nobody]
`), nil)
	_, errs, code := o.khue("jobs")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "khue.yaml:30: delivery.recipients.giang.webhook.secret_file: the file /no/such/file cannot be read")
	config, err := os.ReadFile(o.config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(o.config, []byte(strings.Replace(string(config), ", secret_file: /no/such/file", "", 1)), 0o600))
	_, errs, code = o.khue("jobs")
	require.Equal(t, 1, code)
	for _, want := range []string{
		`khue.yaml:3: report_plans.one.definition: there is no report "no-such-report"`,
		`khue.yaml:4: report_plans.one.languages:`,
		`khue.yaml:5: report_plans.one.schedule.cron: schedule "61 * * * *" is not valid`,
		`khue.yaml:5: report_plans.one.schedule.after: there is no job "nobody" to follow`,
		`khue.yaml:6: report_plans.one.recipients: there is no recipient "nobody"; there are an, binh`,
		`khue.yaml:7: report_plans.two.period: resolution-progress is made for`,
		`khue.yaml:12: report_plans.three.period: monthly-bulletin is made for [month], not for a year`,
		`khue.yaml:10: report_plans.three.schedule: a plan needs cron, after, or both`,
		`khue.yaml:14: report_plans.three.recipients: "an" is not marked confidential`,
		`khue.yaml:18: delivery.recipients.an.email: mail needs a mail server`,
		`khue.yaml:19: delivery.recipients.an.formats: there is no format "odt"`,
		`khue.yaml:21: delivery.recipients.binh.language:`,
		`khue.yaml:22: delivery.recipients.binh.email: is the same as of "an"`,
		`khue.yaml:23: delivery.recipients.chi: needs one way to it: email, folder, s3 or webhook; it has 2`,
		`khue.yaml:25: delivery.recipients.chi.email: "chi" is not an e-mail address`,
		`khue.yaml:26: delivery.recipients.dung: needs one way to it`,
		`khue.yaml:28: delivery.recipients.em.s3.url: "https://bucket" is not s3://bucket/prefix`,
		`khue.yaml:28: delivery.recipients.em.s3.endpoint: "s3" is not the address of an S3 service`,
		`khue.yaml:30: delivery.recipients.giang.webhook.url: a webhook needs a url`,
		`khue.yaml:32: delivery.reports.no-such-report: there is no report`,
		`khue.yaml:32: delivery.reports.no-such-report: there is no recipient "nobody"`,
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("%s is not told", want)
		}
	}
}

// stepsOf counts what was done to a report.
func (l lifeOfAReport) stepsOf(id int) int {
	l.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(l.data, "state.db"))
	require.NoError(l.t, err)
	defer func() { _ = db.Close() }()
	var n int
	require.NoError(l.t, db.QueryRowContext(l.t.Context(), "SELECT count(*) FROM report_steps WHERE report_id = ?", id).Scan(&n))
	return n
}

func TestAPlannedReportDraftsItselfAndReachesItsRecipientsOnceWhenPeopleIssueIt(t *testing.T) {
	server, folder := posttest.Start(t), t.TempDir()
	office := server.Office()
	city := demoCity(t, demo.Options{Scale: 1})
	config := string(demo.Configuration()) + fmt.Sprintf(`
report_plans:
  ban-tin:
    definition: monthly-bulletin
    languages: [vi, en]
    schedule: {cron: "0 7 * * *", after: [events]}
    recipients: [kho, lanh-dao]
delivery:
  email: {host: 127.0.0.1, port: %d, security: none, from: khue@example.vn}
  recipients:
    kho: {folder: %q}
    lanh-dao: {email: lanh-dao@example.vn, language: vi, languages: [vi], formats: [pdf, docx]}
    ban-doc: {email: ban-doc@example.vn, formats: [pdf]}
`, office.Port, folder)
	l := lifeOfAReport{newObservatory(t, []byte(config), city.Variables()), city}
	l.must("migrate")
	l.inProcess()
	require.Regexp(t, `report ban-tin +│ 0 7 \* \* \* after pull events`, l.must("jobs"))
	require.Contains(t, refused(t, l.observatory, "jobs", "run", "report ban-tin"), "report 1 stays a draft because it is not complete")
	require.Contains(t, l.must("report", "show", "1"), "It cannot be submitted because")
	require.Contains(t, l.must("jobs", "history", "report ban-tin"), "stays a draft")

	l.must("pull")
	l.must("jobs", "run", "report ban-tin")
	month := khue.PeriodOf(time.Now(), khue.Month).Shift(-1).String()
	shown := l.must("report", "show", "1")
	require.Contains(t, shown, "Report 1: monthly-bulletin, "+month)
	require.NotContains(t, shown, "It cannot be submitted because")
	require.Contains(t, shown, "Kế hoạch báo cáo ban-tin")
	require.Equal(t, 2, l.stepsOf(1))
	l.must("jobs", "run", "report ban-tin")
	require.Equal(t, 2, l.stepsOf(1), "what is complete and would be the same is not drafted again")

	changed, _, _ := l.visit(month, 0)
	l.source(`UPDATE luot_khach SET truc_tiep = truc_tiep + 500, cap_nhat = ? WHERE id = ?`, time.Now().Add(-20*time.Second).UTC().Format("2006-01-02T15:04:05.000Z"), changed)
	l.must("pull", "events")
	l.must("jobs", "run", "report ban-tin")
	require.Equal(t, 3, l.stepsOf(1), "a correction makes it draft again")

	require.Contains(t, refused(t, l.observatory, "report", "deliver", "1"), "has not been issued")
	require.Contains(t, l.must("report", "deliveries"), "nothing to deliver")
	l.must("report", "submit", "1", "--by", "Lan")
	require.Contains(t, refused(t, l.observatory, "report", "approve", "1", "--by", "kế hoạch báo cáo ban-tin"), "may not approve it")
	l.must("jobs", "run", "report ban-tin")
	l.must("report", "approve", "1", "--by", "Hoa")
	l.must("report", "issue", "1", "--by", "Văn thư", "--number", "12/BC-SVHTT")
	require.Regexp(t, `1 │ kho +│ waiting`, l.must("report", "deliveries", "1"))
	l.must("jobs", "run", "report ban-tin")
	require.NotContains(t, l.must("report", "list", "--made"), "draft", "what was issued is not drafted again by itself")

	out := l.must("report", "deliver", "1")
	require.Regexp(t, `1 │ lanh-dao +│ delivered +│ +1`, out)
	l.must("report", "deliver", "1")
	l.delivered(server, folder, month)
}

// delivered compares what arrived with what was issued.
func (l lifeOfAReport) delivered(server *posttest.Server, folder, month string) {
	t := l.t
	kept := map[string][]byte{}
	for _, path := range strings.Fields(l.must("report", "files", "1", "--out", t.TempDir())) {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		kept[filepath.Base(path)] = content
	}
	letters := server.Letters()
	require.Len(t, letters, 1)
	require.Len(t, letters[0].Files, 2)
	for name, content := range letters[0].Files {
		require.Equal(t, kept[name], content, name)
	}
	require.Contains(t, letters[0].Subject, "12/BC-SVHTT")
	place := filepath.Join(folder, "monthly-bulletin_"+month+"_1_v1")
	there, err := os.ReadDir(place)
	require.NoError(t, err)
	require.Len(t, there, 9, "four formats in two languages and what tells of them")
	for _, f := range there {
		if f.Name() == "delivery.json" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(place, f.Name()))
		require.NoError(t, err)
		require.Equal(t, kept[f.Name()], content)
	}
}
