package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"khue"
	"khue/charts"
	"khue/dashboards"
	"khue/indicators"
	"khue/reports"
	"khue/reports/pdf"
)

func newReport(s *shared) *cobra.Command {
	c := &cobra.Command{Use: "report", Short: "List and make reports, and lead them from draft to issue"}
	c.AddCommand(newReportList(s), newReportGenerate(s))
	c.AddCommand(newReportDraft(s), newReportSubmit(s), newReportApprove(s), newReportReturn(s), newReportIssue(s))
	c.AddCommand(newReportShow(s), newReportFiles(s), newReportVerify(s), newReportDiff(s), newReportDownloads(s))
	c.AddCommand(newReportUpload(s), newReportEdits(s))
	c.AddCommand(newReportDeliveries(s), newReportDeliver(s))
	return c
}

func newReportList(s *shared) *cobra.Command {
	var made, issued bool
	c := &cobra.Command{
		Use: "list", Short: "List the reports that can be made, or those that were drafted or issued", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if made || issued {
				return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
					return listReports(ctx, cmd.OutOrStdout(), o, issued)
				})
			}
			c, err := s.load()
			if err != nil {
				return err
			}
			catalogue, err := indicators.Load(c.Definitions)
			if err != nil {
				return err
			}
			all, err := reports.Load(c.Definitions, catalogue)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, d := range all {
				grains := make([]string, len(d.Grains))
				for i, g := range d.Grains {
					grains[i] = string(g)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.ID, d.Title.In(khue.Lang(c.Language)), strings.Join(grains, ","), strings.Join(d.Formats, ","))
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&made, "made", false, "list the reports that were drafted, whatever became of them")
	c.Flags().BoolVar(&issued, "issued", false, "list the reports that were issued")
	return c
}

func newReportGenerate(s *shared) *cobra.Command {
	var period, out string
	var formats []string
	var confidential bool
	var parameters reports.Parameters
	c := &cobra.Command{
		Use:   "generate ID",
		Short: "Make a report",
		Example: "  khue report generate resolution-progress --period 2025 --lang vi --format docx,pdf --out reports\n" +
			"  khue report generate resolution-progress --period 2026-Q3\n" +
			"  khue report generate monthly-bulletin --period 2026-10 --lang en\n" +
			"  khue report generate ward-sheet --period 2026-Q3 --area 00070",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := khue.ParsePeriod(period)
			if err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				order := reports.Order{ID: args[0], Period: p, Lang: o.lang(), Parameters: parameters}
				return generate(ctx, cmd.OutOrStdout(), o, order, formats, out, confidential)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&period, "period", "", "period of the report: 2025, 2026-Q3 or 2026-10")
	parameterFlags(f, &parameters)
	f.StringSliceVar(&formats, "format", []string{reports.DOCX, reports.PDF, reports.XLSX, reports.HTML}, "docx, pdf, xlsx, html")
	f.StringVar(&out, "out", ".", "folder to write into")
	f.BoolVar(&confidential, "confidential", false, "with the figures that a published report withholds: for the office's own use")
	return c
}

// parameterFlags are what narrows a report beside its period.
func parameterFlags(f *pflag.FlagSet, p *reports.Parameters) {
	f.StringVar(&p.Area, "area", "", "code of the ward or commune that it is of, for reports that need one")
	f.StringVar(&p.Edition, "edition", "", "series and edition that it is of, such as festival-design/2024, for reports that need one")
	f.StringVar(&p.Programme, "programme", "", "programme in the place of the report's own")
}

// generate writes one document in every format asked for; all formats show the
// same numbers, since they are asked for once.
func generate(ctx context.Context, said io.Writer, o *Observatory, order reports.Order, formats []string, folder string, confidential bool) error {
	for _, format := range formats {
		if _, err := reports.MediaType(format); err != nil {
			return err
		}
	}
	reporter, err := o.reporter(ctx, confidential)
	if err != nil {
		return err
	}
	document, err := reporter.Build(ctx, order)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return khue.Errorf(khue.Unavailable, "không tạo được thư mục %s", "the folder %s cannot be made", folder).Because(err)
	}
	for _, format := range formats {
		var b bytes.Buffer
		if err := reporter.Write(ctx, document, format, &b); err != nil {
			return err
		}
		path := filepath.Join(folder, document.FileName(format))
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			return khue.Errorf(khue.Unavailable, "không ghi được tệp %s", "the file %s cannot be written", path).Because(err)
		}
		fmt.Fprintln(said, path)
	}
	return nil
}

func (o *Observatory) reporter(ctx context.Context, confidential bool) (*reports.Reporter, error) {
	return o.reporterOn(ctx, o.Service, confidential)
}

// reporterOn makes reports by the definitions of a service.
func (o *Observatory) reporterOn(ctx context.Context, service *indicators.Service, confidential bool) (*reports.Reporter, error) {
	simulated, err := o.simulated(ctx)
	if err != nil {
		return nil, err
	}
	letters, err := paperLetters()
	if err != nil {
		return nil, err
	}
	renderer, err := paperCharts(letters)
	if err != nil {
		return nil, err
	}
	return reports.New(service, reports.Options{
		Now: o.Now, Zone: o.Zone, Simulated: simulated, Meaning: service.Catalogue(), Charts: renderer, Letters: letters, Confidential: confidential, Notes: o.Notes, Texts: o.Texts,
		Definitions: o.Reports,
	})
}

// paperLetters are what paper is set in: faces with the metrics of Times New
// Roman, and one of fixed width.
func paperLetters() (pdf.Letters, error) {
	var l pdf.Letters
	for name, file := range map[string]*[]byte{
		"tinos-400.ttf": &l.Regular, "tinos-700.ttf": &l.Bold,
		"tinos-400-italic.ttf": &l.Italic, "tinos-700-italic.ttf": &l.BoldItalic, "jetbrains-mono-400.ttf": &l.Mono,
	} {
		ttf, err := fs.ReadFile(dashboards.ThirdParty(), name)
		if err != nil {
			return l, khue.Errorf(khue.Unavailable,
				"thiếu phông chữ %s; hãy chạy `make setup` rồi dựng lại chương trình",
				"the font %s is missing; run `make setup` and build the program again", name).Because(err)
		}
		*file = ttf
	}
	return l, nil
}

// paperCharts draws charts with the library that the pages use, set in the
// letters of the paper.
func paperCharts(l pdf.Letters) (*charts.Renderer, error) {
	like := []string{"Times New Roman"}
	return charts.New(charts.Options{Library: dashboards.ThirdParty(), Fonts: []charts.Font{
		{Family: "Tinos", Alike: like, TTF: l.Regular}, {Family: "Tinos", Alike: like, Bold: true, TTF: l.Bold},
	}})
}
