package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/post"
	"khue/reports"
	"khue/reports/delivery"
	"khue/state"
)

// deliverer brings issued reports to the configured recipients.
func (o *Observatory) deliverer(definitions reports.Definitions) *delivery.Deliverer {
	c := o.Config
	e := c.mailServer()
	options := delivery.Options{
		Book: o.State, Recipients: map[string]delivery.Recipient{}, Now: o.Now, Zone: o.Zone, Logger: o.Log, AttachMost: int64(c.Delivery.AttachMost) << 20,
		Office: post.Office{Host: e.Host, Port: e.Port, Security: e.Security, Username: e.Username, Password: string(e.Password), CAFile: e.CAFile, From: e.From},
		Title: func(id string) khue.Text {
			if d, err := definitions.Of(id); err == nil {
				return d.Title
			}
			return khue.Text{VI: id, EN: id} // a definition that is gone since
		},
	}
	for name, r := range c.Delivery.Recipients {
		options.Recipients[name] = r.resolved(name)
	}
	return delivery.New(options)
}

// resolved is a recipient whose settings were found right.
func (r Recipient) resolved(name string) delivery.Recipient {
	out := delivery.Recipient{
		Name: name, Language: khue.Lang(r.Language), Formats: r.Formats, Confidential: r.Confidential, Email: r.Email, Folder: r.Folder,
	}
	for _, l := range r.Languages {
		out.Languages = append(out.Languages, khue.Lang(l))
	}
	if u, err := url.Parse(r.S3.URL); r.S3.URL != "" && err == nil {
		out.Bucket = &delivery.Bucket{
			Endpoint: r.S3.Endpoint, Region: r.S3.Region, Name: u.Host, Prefix: strings.Trim(u.Path, "/"), AccessKey: string(r.S3.AccessKey), SecretKey: string(r.S3.SecretKey),
		}
	}
	if r.Webhook.URL != "" {
		out.Webhook = &post.Hook{URL: string(r.Webhook.URL), Secret: string(r.Webhook.Secret)}
	}
	return out
}

func newReportDeliveries(s *shared) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "deliveries [N]", Short: "List who was to get an issued report, or all, and whether it reached them", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var id int64
			if len(args) > 0 {
				var err error
				if id, err = reportNumber(args[0]); err != nil {
					return err
				}
			}
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return listDeliveries(ctx, cmd.OutOrStdout(), o, id, limit)
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 100, "most rows listed")
	return c
}

func listDeliveries(ctx context.Context, out io.Writer, o *Observatory, id int64, limit int) error {
	if id != 0 {
		if _, err := o.State.Report(ctx, id); err != nil {
			return err
		}
	}
	all, err := o.State.Deliveries(ctx, id, limit)
	if err != nil {
		return err
	}
	lang := o.lang()
	if len(all) == 0 {
		fmt.Fprintln(out, khue.Text{VI: "Không có gì phải gửi.", EN: "There is nothing to deliver."}.In(lang))
		return nil
	}
	t := newTable(khue.Text{VI: "Báo cáo", EN: "Report"}, khue.Text{VI: "Nơi nhận", EN: "Recipient"}, khue.Text{VI: "Kết quả", EN: "Result"}, khue.Text{VI: "Lần thử", EN: "Tries"},
		khue.Text{VI: "Gửi xong", EN: "Ended"}, khue.Text{VI: "Lần thử tới", EN: "Next try"}, khue.Text{VI: "Mã", EN: "Mark"}, khue.Text{VI: "Lý do", EN: "Cause"})(lang)
	for _, d := range all {
		next, cause := "–", d.Cause.In(lang)
		if d.Outcome == state.DeliveryWaiting {
			next = o.moment(d.NextTryAt)
		}
		if d.Outcome == state.DeliveryDone {
			cause = ""
		}
		t.AppendRow(table.Row{d.Report, d.Recipient, state.DeliveryText(d.Outcome).In(lang), d.Attempts, o.moment(d.EndedAt), next, d.Mark, cause})
	}
	fmt.Fprintln(out, t.Render())
	return nil
}

func newReportDeliver(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "deliver N",
		Short: "Deliver an issued report now to whom it did not reach",
		Long: `Deliver an issued report now: to recipients that are new in the configuration, and
once more to those whom it did not reach, or of whom that is not known. A mail that is
sent once more has the same Message-ID. Who has the report does not get it again.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return deliverNow(ctx, cmd.OutOrStdout(), o, id)
			})
		},
	}
}

func deliverNow(ctx context.Context, out io.Writer, o *Observatory, id int64) error {
	r, err := o.State.Report(ctx, id)
	if err != nil {
		return err
	}
	if r.Issue == nil {
		return khue.Errorf(khue.Conflict, "báo cáo số %d chưa được ban hành nên chưa gửi được", "report %d has not been issued, so it cannot be delivered", id)
	}
	definitions, err := o.Config.reportDefinitions()
	if err != nil {
		return err
	}
	if err := o.State.DeliverAgain(ctx, id, o.recipientsOf(r), o.Now()); err != nil {
		return err
	}
	if err := o.deliverer(definitions).Deliver(ctx, id); err != nil {
		return err
	}
	if err := listDeliveries(ctx, out, o, id, 1000); err != nil {
		return err
	}
	all, err := o.State.Deliveries(ctx, id, 1000)
	if err != nil {
		return err
	}
	missing := 0
	for _, d := range all {
		if d.Outcome != state.DeliveryDone {
			missing++
		}
	}
	if missing > 0 {
		return khue.Errorf(khue.Unavailable, "báo cáo số %d chưa đến %d nơi nhận", "report %d has not reached its recipients: %d of them", id, missing)
	}
	return nil
}
