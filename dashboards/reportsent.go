package dashboards

import (
	"context"

	"khue"
	"khue/locale"
	"khue/state"
)

// deliveriesListed bounds the recipients on the page of a report.
const deliveriesListed = 100

// deliveryLine is what became of an issued report for one recipient.
type deliveryLine struct {
	To, When, Stamp string
	Status          status
	Tries           string // "" when the first one did
	Cause           string // of the last try that failed
}

// deliveryTones mark how a delivery stands.
var deliveryTones = map[string]string{
	state.DeliveryWaiting: "unknown", state.DeliverySending: "going", state.DeliveryDone: "good", state.DeliveryUncertain: "attention", state.DeliveryFailed: "bad",
}

// addSent adds to whom an issued report went, and what did not reach them.
func (s *Site) addSent(ctx context.Context, lang khue.Lang, view *keptReportView) error {
	list, err := s.reports.Deliveries(ctx, view.Number, deliveriesListed)
	if err != nil {
		return err
	}
	for _, d := range list {
		at := d.EndedAt
		if at.IsZero() {
			at = d.NextTryAt
		}
		l := deliveryLine{To: d.Recipient, When: s.moment(lang, at), Stamp: stamp(at), Status: status{deliveryTones[d.Outcome], state.DeliveryText(d.Outcome).In(lang)}}
		if d.Outcome != state.DeliveryDone {
			l.Cause = sentence(d.Cause.In(lang))
		}
		if d.Attempts > 1 {
			l.Tries = textf("%s lần thử", "%s tries", locale.Number(lang, float64(d.Attempts), 0)).In(lang)
		}
		view.Sent = append(view.Sent, l)
	}
	return nil
}
