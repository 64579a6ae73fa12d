// Package delivery brings issued reports to their recipients: by mail, into a
// folder or a bucket, or as a call of a webhook. Each recipient gets each version
// once; what did not reach them is named and tried again.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"

	"khue"
	"khue/post"
	"khue/state"
)

// Recipient is who gets reports, in one way.
type Recipient struct {
	Name         string
	Language     khue.Lang   // of the letter; both when empty
	Languages    []khue.Lang // of the files; all when empty
	Formats      []string    // of the files; all when empty
	Confidential bool        // may have reports for the office's own use

	Email   string // address
	Folder  string
	Bucket  *Bucket
	Webhook *post.Hook
}

// Book keeps deliveries and reports; *state.Store is one.
type Book interface {
	Report(ctx context.Context, id int64) (state.Report, error)
	Content(ctx context.Context, sum string) ([]byte, bool, error)
	CutOffDeliveries(ctx context.Context, now time.Time) ([]state.Delivery, error)
	ClaimDelivery(ctx context.Context, report int64, now, leaseUntil time.Time) (state.Delivery, bool, error)
	HandOver(ctx context.Context, d state.Delivery, now time.Time) error
	EndDelivery(ctx context.Context, d state.Delivery, outcome string, now, next time.Time, cause khue.Text) (bool, error)
}

// Options say how to deliver.
type Options struct {
	Book       Book
	Recipients map[string]Recipient
	Office     post.Office               // of mail; no host sends none
	Title      func(id string) khue.Text // of the definition of a report
	Now        func() time.Time          // the clock
	Zone       *time.Location            // of days
	Logger     *slog.Logger
	AttachMost int64         // bytes of a letter's files, as they are; 0 means 15 MiB
	Every      time.Duration // how often it looks by itself; 0 means 10 seconds
	Lease      time.Duration // how long a claim holds; 0 means 10 minutes
	FirstPause time.Duration // between tries, doubled each time up to two hours; 0 means 30 seconds
	Tries      int           // before it is given up; 0 means 40, which takes about three days
}

// DefaultAttachMost is how many bytes of files go with a letter where nothing else
// is said: with what Base64 adds, about what mail servers take.
const DefaultAttachMost = 15 << 20

// Deliverer delivers what the book says is to be delivered. Any number of them may
// share a book.
type Deliverer struct{ o Options }

// New makes a deliverer.
func New(o Options) *Deliverer {
	for _, d := range []struct {
		value  *time.Duration
		preset time.Duration
	}{{&o.Every, 10 * time.Second}, {&o.Lease, 10 * time.Minute}, {&o.FirstPause, 30 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.preset
		}
	}
	if o.AttachMost == 0 {
		o.AttachMost = DefaultAttachMost
	}
	if o.Tries == 0 {
		o.Tries = 40
	}
	return &Deliverer{o}
}

// Run delivers until ctx ends.
func (d *Deliverer) Run(ctx context.Context) error {
	tick := time.NewTicker(d.o.Every)
	defer tick.Stop()
	for {
		if err := d.Deliver(ctx, 0); err != nil && ctx.Err() == nil {
			d.o.Logger.Error("reports cannot be delivered", "cause", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Deliver makes the deliveries that are to be made now: of one report, or (0) of all.
func (d *Deliverer) Deliver(ctx context.Context, report int64) error {
	cut, err := d.o.Book.CutOffDeliveries(ctx, d.o.Now())
	if err != nil {
		return err
	}
	for _, c := range cut {
		d.o.Logger.Error("a delivery was cut off and is not tried again by itself: whether it arrived is not known", "report", c.Report, "to", c.Recipient)
	}
	for ctx.Err() == nil {
		now := d.o.Now()
		one, ok, err := d.o.Book.ClaimDelivery(ctx, report, now, now.Add(d.o.Lease))
		if err != nil || !ok {
			return err
		}
		if err := d.settle(context.WithoutCancel(ctx), one, d.try(ctx, one)); err != nil {
			return err
		}
	}
	return nil
}

// timeout bounds each step of a try, so that its claim outlasts it.
func (d *Deliverer) timeout() time.Duration { return d.o.Lease / 3 }

// settle notes how a try went.
func (d *Deliverer) settle(ctx context.Context, one state.Delivery, fault error) error {
	now := d.o.Now()
	outcome, next, cause := state.DeliveryDone, now, khue.Text{}
	if fault != nil {
		cause = khue.Text{VI: khue.ToldOf(fault, khue.Vietnamese), EN: khue.ToldOf(fault, khue.English)}
	}
	log := d.o.Logger.With("report", one.Report, "to", one.Recipient, "tries", one.Attempts)
	switch {
	case fault == nil:
		log.Info("report delivered")
	case errors.Is(fault, post.ErrUncertain):
		outcome = state.DeliveryUncertain
		log.Error("a delivery was cut off and is not tried again by itself: whether it arrived is not known", "cause", fault)
	case errors.Is(fault, post.ErrRefused) || impossible(fault) || one.Attempts >= d.o.Tries:
		outcome = state.DeliveryFailed
		log.Error("a delivery is given up", "cause", fault)
	default:
		outcome, next = state.DeliveryWaiting, now.Add(d.pause(one.Attempts))
		log.Warn("a report could not be delivered; trying again", "next", next, "cause", fault)
	}
	noted, err := d.o.Book.EndDelivery(ctx, one, outcome, now, next, cause)
	if err == nil && !noted {
		log.Warn("the claim on a delivery was lost while it was made", "outcome", outcome)
	}
	return err
}

// pause before the next try grows with the tries and is never the same for two.
func (d *Deliverer) pause(tries int) time.Duration {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.Multiplier, b.MaxInterval = d.o.FirstPause, 2, 2*time.Hour
	b.Reset()
	pause := b.NextBackOff()
	for range min(tries-1, 20) {
		pause = b.NextBackOff()
	}
	return pause
}

// impossible tells that a try would fail again however often it is made.
func impossible(err error) bool {
	switch khue.KindOf(err) {
	case khue.Invalid, khue.NotFound, khue.Forbidden:
		return true
	}
	return false
}

// try hands one report to one recipient.
func (d *Deliverer) try(ctx context.Context, one state.Delivery) error {
	to, ok := d.o.Recipients[one.Recipient]
	if !ok {
		return khue.Errorf(khue.NotFound, "cấu hình không còn nơi nhận %q", "the configuration has no recipient %q any more", one.Recipient)
	}
	p, err := d.parcel(ctx, one, to)
	if err != nil {
		return err
	}
	switch {
	case to.Email != "":
		return d.mail(ctx, p, to)
	case to.Folder != "":
		return intoFolder(to.Folder, p)
	case to.Bucket != nil:
		return to.Bucket.put(ctx, d.timeout(), p)
	case to.Webhook != nil:
		return to.Webhook.Call(ctx, d.timeout(), one.Mark, d.o.Now(), p.manifest)
	}
	return khue.Errorf(khue.Invalid, "nơi nhận %q không có cách gửi", "there is no way to the recipient %q", to.Name)
}

// mail sends a parcel as a letter with its files.
func (d *Deliverer) mail(ctx context.Context, p parcel, to Recipient) error {
	if d.o.Office.Host == "" {
		return khue.Errorf(khue.Invalid, "chưa khai báo máy chủ thư", "no mail server is configured")
	}
	letter, err := d.letter(p, to)
	if err != nil {
		return err
	}
	return d.o.Office.Send(ctx, d.timeout(), letter, func(ctx context.Context) error { return d.o.Book.HandOver(ctx, p.delivery, d.o.Now()) })
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
