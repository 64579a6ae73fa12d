// Package alerts tells owners what is wrong: a job that fails, data that grow
// old. Each is told once when it begins and once when it is over, however often
// the program restarts and however many processes look; what was told is kept in
// the store, and sending is tried again until it succeeds.
package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"khue"
	"khue/state"
)

// Watch is one job that is watched, and who is told of it.
type Watch struct {
	Job        string
	Name       khue.Text     // what people call it: "Nguồn registry", "Source registry"
	Owner      string        // e-mail address; "" for the default receivers
	StaleAfter time.Duration // age of the last success that counts as stale; 0 when age does not matter
}

// Options say whom to tell and how.
type Options struct {
	Now      func() time.Time
	Zone     *time.Location
	Logger   *slog.Logger
	Language khue.Lang // of messages; both when empty
	Email    *Email    // nil when there is none
	Webhook  *Webhook  // nil when there is none

	AfterFailures int           // failures in a row that count as failing; 1 when 0
	Every         time.Duration // how often it looks by itself; 0 means 30 seconds
	FirstPause    time.Duration // between tries to send, doubled each time up to an hour; 0 means 30 seconds
	GiveUp        time.Duration // how long a message is tried; 0 means three days
}

// Alerts watches jobs and sends messages.
type Alerts struct {
	o       Options
	store   *state.Store
	watches []Watch
	wake    chan struct{}
	senders map[string]sender
}

// sender hands a message to its receiver.
type sender interface {
	send(ctx context.Context, m state.Message, n notice) error
}

// The channels.
const (
	channelEmail   = "email"
	channelWebhook = "webhook"
)

// New makes it ready; nothing is sent before Run or Look.
func New(store *state.Store, o Options, watches ...Watch) *Alerts {
	o.AfterFailures = max(o.AfterFailures, 1)
	for _, d := range []struct {
		value  *time.Duration
		preset time.Duration
	}{{&o.Every, 30 * time.Second}, {&o.FirstPause, 30 * time.Second}, {&o.GiveUp, 72 * time.Hour}} {
		if *d.value == 0 {
			*d.value = d.preset
		}
	}
	a := &Alerts{o: o, store: store, watches: watches, wake: make(chan struct{}, 1), senders: map[string]sender{}}
	if o.Email != nil {
		a.senders[channelEmail] = mailer{*o.Email, o.Language, o.Zone, o.Now}
	}
	if o.Webhook != nil {
		a.senders[channelWebhook] = hook{*o.Webhook, o.Zone, o.Now}
	}
	return a
}

// Poke has it look at once, as after the end of a run.
func (a *Alerts) Poke() {
	select {
	case a.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Run looks and sends until ctx ends.
func (a *Alerts) Run(ctx context.Context) error {
	if len(a.senders) == 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(a.o.Every)
	defer tick.Stop()
	for {
		if err := errors.Join(a.Look(ctx), a.Send(ctx)); err != nil && ctx.Err() == nil {
			a.o.Logger.Error("alerts cannot be worked on", "cause", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-a.wake:
		}
	}
}

// Look compares each watched job with what is open and notes what began or ended.
func (a *Alerts) Look(ctx context.Context) error {
	var errs []error
	for _, w := range a.watches {
		if err := a.look(ctx, w); err != nil {
			errs = append(errs, fmt.Errorf("watching job %s: %w", w.Job, err))
		}
	}
	return errors.Join(errs...)
}

func (a *Alerts) look(ctx context.Context, w Watch) error {
	job, err := a.store.Job(ctx, w.Job)
	if err != nil {
		return err
	}
	n := notice{Job: w.Job, Name: w.Name, At: a.o.Now().UTC()}
	if job.LastSuccess != nil {
		n.LastSuccess = job.LastSuccess.EndedAt
	}
	failures, wellAgain, err := a.failures(ctx, w.Job)
	if err != nil {
		return err
	}
	failing := n
	failing.Kind = kindFailing
	if len(failures) > 0 {
		failing.Since, failing.Cause, failing.Reason = failures[len(failures)-1].EndedAt, khue.Text{
			VI: firstLine(failures[0].Cause.In(khue.Vietnamese)), EN: firstLine(failures[0].Cause.EN),
		}, failures[0].Reason
	}
	switch {
	case len(failures) >= a.o.AfterFailures:
		err = a.raise(ctx, w, failing, failures[0].EndedAt)
	case wellAgain:
		err = a.resolve(ctx, w, failing, n.LastSuccess)
	}
	if err != nil {
		return err
	}
	return a.lookAtAge(ctx, w, job, n)
}

// lookAtAge compares the age of the last success with what counts as stale.
func (a *Alerts) lookAtAge(ctx context.Context, w Watch, job state.Job, n notice) error {
	if w.StaleAfter == 0 {
		return nil
	}
	stale := n
	stale.Kind, stale.StaleAfter, stale.Since = kindStale, w.StaleAfter, n.LastSuccess
	if job.LastSuccess == nil {
		stale.Since = job.FirstSeen
	}
	stale.Paused = job.Paused()
	switch old := n.At.Sub(stale.Since) > w.StaleAfter; {
	case stale.Since.IsZero():
		return nil
	case old:
		return a.raise(ctx, w, stale, stale.Since)
	case job.LastSuccess != nil:
		return a.resolve(ctx, w, stale, stale.Since)
	}
	return nil
}

// failures gives the failures since the last success, the newest first. A run
// that was cut off and is taken again has not failed yet.
func (a *Alerts) failures(ctx context.Context, job string) (failures []state.JobRun, wellAgain bool, err error) {
	ended, err := a.store.Ended(ctx, job, a.o.AfterFailures+20)
	if err != nil {
		return nil, false, err
	}
	open, err := a.store.Runs(ctx, state.RunFilter{Job: job, Outcomes: []string{state.Due, state.Running}})
	if err != nil {
		return nil, false, err
	}
	for i, r := range ended {
		if r.Outcome == state.Done {
			return failures, i == 0, nil
		}
		if !takenAgain(r, open) && !givenUp(r) {
			failures = append(failures, r)
		}
	}
	return failures, false, nil
}

// givenUp tells of a run by hand that its own person stopped: no news to them,
// and none of the job.
func givenUp(r state.JobRun) bool {
	return r.Trigger == state.ByCommand && r.Reason == state.ReasonCutOff
}

func takenAgain(r state.JobRun, open []state.JobRun) bool {
	for _, o := range open {
		if r.Reason == state.ReasonCutOff && o.DueAt.Equal(r.DueAt) && o.Attempt > r.Attempt {
			return true
		}
	}
	return false
}

func (n notice) subject() string { return n.Kind + ": " + n.Job }

func (a *Alerts) raise(ctx context.Context, w Watch, n notice, evidence time.Time) error {
	n.Event = eventRaised
	messages, err := a.compose(w, n)
	if err != nil {
		return err
	}
	raised, err := a.store.Raise(ctx, n.subject(), n.At, evidence, messages)
	if raised {
		a.o.Logger.Warn("alert raised", "alert", n.subject(), "since", n.Since, "cause", n.Cause.EN)
	}
	return err
}

func (a *Alerts) resolve(ctx context.Context, w Watch, n notice, evidence time.Time) error {
	n.Event = eventRecovered
	messages, err := a.compose(w, n)
	if err != nil {
		return err
	}
	resolved, err := a.store.Resolve(ctx, n.subject(), n.At, evidence, messages)
	if resolved {
		a.o.Logger.Info("alert resolved", "alert", n.subject())
	}
	return err
}

// compose makes one message for each receiver.
func (a *Alerts) compose(w Watch, n notice) ([]state.Message, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("writing a notice: %w", err)
	}
	var out []state.Message
	if e := a.o.Email; e != nil {
		to := e.To
		if w.Owner != "" {
			to = []string{w.Owner}
		}
		for _, address := range to {
			out = append(out, state.Message{Channel: channelEmail, Recipient: address, Body: string(body)})
		}
	}
	if a.o.Webhook != nil {
		out = append(out, state.Message{Channel: channelWebhook, Body: string(body)})
	}
	return out, nil
}

// sendingTime bounds one try; the claim outlasts it.
const sendingTime = 30 * time.Second

// Send sends what is to be sent now. A message that could not be sent is tried
// again later, with longer and longer pauses.
func (a *Alerts) Send(ctx context.Context) error {
	var channels []string
	for c := range a.senders {
		channels = append(channels, c)
	}
	for ctx.Err() == nil {
		now := a.o.Now()
		m, ok, err := a.store.ClaimMessage(ctx, now, now.Add(4*sendingTime), channels...)
		if err != nil || !ok {
			return err
		}
		if err := a.sendOne(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (a *Alerts) sendOne(ctx context.Context, m state.Message) error {
	var n notice
	err := json.Unmarshal([]byte(m.Body), &n)
	if err == nil {
		trying, cancel := context.WithTimeout(ctx, sendingTime)
		err = a.senders[m.Channel].send(trying, m, n)
		cancel()
	}
	now, rest := a.o.Now(), context.WithoutCancel(ctx)
	if err == nil {
		return a.store.Sent(rest, m.ID, now)
	}
	next := now.Add(min(a.o.FirstPause<<min(m.Attempts-1, 20), time.Hour))
	if now.Sub(m.CreatedAt) > a.o.GiveUp {
		next = time.Time{}
		a.o.Logger.Error("a message is given up", "channel", m.Channel, "to", m.Recipient, "tries", m.Attempts, "cause", err)
	} else {
		a.o.Logger.Warn("a message could not be sent; trying again", "channel", m.Channel, "to", m.Recipient, "next", next, "cause", err)
	}
	return a.store.NotSent(rest, m.ID, now, next, err.Error())
}

// firstLine keeps messages short: the stack of a panic is for the log.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500]) + "…"
	}
	return s
}
