package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"khue"
	"khue/access"
	"khue/api"
	"khue/dashboards"
	"khue/state"
	"khue/warehouse"
)

// sqlDoor runs statements of analysts: it knows who asks, lets each run a few at once,
// keeps what they ran for themselves and that they ran it for the audit. What they may
// read is the business of the engine's own user for them.
type sqlDoor struct {
	o       *Observatory
	analyst *warehouse.Analyst
	off     error // why no statement is taken; nil when they are

	mu      sync.Mutex
	running map[string]int // statements by login
}

// mostAtOnce is how many statements one person can have run at the same time.
const mostAtOnce = 2

// patientFor is how long a tool waits for its turn: a dashboard asks all its questions
// at once.
const patientFor = 30 * time.Second

// newSQLDoor opens the door for analysts, or one that says why it is shut.
func (o *Observatory) newSQLDoor() *sqlDoor {
	d := &sqlDoor{o: o, running: map[string]int{}}
	if o.Config.SQL.Off {
		d.off = sqlOff()
		return d
	}
	d.analyst, d.off = o.Warehouse.Analyst(string(o.Config.SQL.URL))
	return d
}

// publish makes the views that analysts read.
func (o *Observatory) publish(ctx context.Context) error { return o.publishIn(ctx, o.Warehouse) }

func (o *Observatory) publishIn(ctx context.Context, w *warehouse.Warehouse) error {
	if o.Config.SQL.Off {
		return nil
	}
	var measures []warehouse.PublicName
	for _, m := range o.Catalogue.Measures() {
		measures = append(measures, warehouse.PublicName{Code: m.Name, Name: m.Label, Unit: m.Unit, Confidential: m.Confidential != nil})
	}
	return w.Publish(ctx, measures)
}

// engineID names a statement in the engine: no two people share one.
func engineID(login, id string) string { return "sql/" + login + "/" + id }

func (d *sqlDoor) enter(login string) (leave func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running[login] >= mostAtOnce {
		return nil, khue.Errorf(khue.Unavailable, "bạn đang chạy %d câu lệnh, là nhiều nhất cùng lúc; hãy đợi hoặc dừng bớt", "you are running %d statements, which is the most at once; wait, or cancel one", mostAtOnce).Coded("sql_busy", "")
	}
	d.running[login]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.running[login]--; d.running[login] == 0 {
			delete(d.running, login)
		}
	}, nil
}

// Run implements api.SQL.
func (d *sqlDoor) Run(ctx context.Context, s api.Statement) (*api.StatementResult, error) {
	who, _ := access.Of(ctx)
	if !who.May(access.RunSQL) { // the gate has asked; a program that is put together otherwise may not have
		return nil, khue.Errorf(khue.Forbidden, "cần quyền chạy câu lệnh SQL", "this takes the right to run SQL").Coded("right_missing", "")
	}
	if d.off != nil {
		return nil, d.off
	}
	leave, err := d.enter(who.Login)
	for until := time.Now().Add(patientFor); err != nil && s.Patient && time.Now().Before(until) && ctx.Err() == nil; leave, err = d.enter(who.Login) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		return nil, err
	}
	defer leave()
	if s.ID == "" {
		b := make([]byte, 12)
		_, _ = rand.Read(b) // crypto/rand never fails; it ends the process instead
		s.ID = hex.EncodeToString(b)
	}
	run := state.SQLRun{Login: who.Login, ID: s.ID, Statement: s.Statement, Format: s.Format, StartedAt: d.o.Now(), Outcome: state.SQLRunning}
	if err := d.o.State.AddSQLRun(ctx, run); err != nil {
		return nil, err
	}
	began := time.Now()
	r, err := d.analyst.Run(ctx, warehouse.Statement{
		ID: engineID(who.Login, s.ID), SQL: s.Statement, Parameters: s.Parameters, Format: s.Engine, Database: s.Database, Rows: s.Rows, Escaped: s.Escaped, Passed: s.Passed,
	})
	run.Took, run.EndedAt, run.Outcome = time.Since(began), d.o.Now(), state.SQLDone
	if err != nil {
		run.Code, _ = khue.CodeOf(err)
		if run.Outcome = state.SQLFailed; run.Code == "sql_cancelled" {
			run.Outcome = state.SQLCancelled
		}
		return nil, d.keep(ctx, who, run, err)
	}
	run.Rows, run.RowsRead = r.Rows, r.RowsRead
	if err := d.keep(ctx, who, run, nil); err != nil {
		return nil, closing(r, err)
	}
	return &api.StatementResult{ID: s.ID, Body: r.Body, Header: r.Header, Engine: r.Format, Type: r.Type, Rows: r.Rows, RowsRead: r.RowsRead, Took: run.Took}, nil
}

func closing(r *warehouse.Result, err error) error {
	_ = r.Body.Close()
	return err
}

// keep keeps how a statement ended, for its person and for the audit. A result whose
// running cannot be accounted for is not handed out.
func (d *sqlDoor) keep(ctx context.Context, who access.Caller, run state.SQLRun, failed error) error {
	ctx = context.WithoutCancel(ctx) // whoever went away ran it all the same
	if err := d.o.State.EndSQLRun(ctx, run); err != nil {
		d.o.Log.Error("how a statement ended could not be kept", "error", err)
	}
	outcome := state.AuditDone
	if failed != nil {
		if outcome = state.AuditFailed; khue.KindOf(failed) == khue.Forbidden {
			outcome = state.AuditRefused
		}
	}
	sum := sha256.Sum256([]byte(run.Statement))
	detail := fmt.Sprintf("%s rows=%d read=%d ms=%d sha256=%s %s", run.Outcome, run.Rows, run.RowsRead, run.Took.Milliseconds(), hex.EncodeToString(sum[:]), run.Statement)
	if run.Code != "" {
		detail = run.Code + " " + detail
	}
	if err := d.o.People.Record(ctx, who, access.Done{Act: "sql.run", Object: run.ID, Outcome: outcome, Detail: detail}); err != nil {
		d.o.Log.Error("a statement could not be kept in the audit", "error", err)
		if failed == nil {
			return fmt.Errorf("keeping a statement in the audit: %w", err)
		}
	}
	return failed
}

// Look implements api.SQL.
func (d *sqlDoor) Look(ctx context.Context, id string) (api.StatementRun, error) {
	who, _ := access.Of(ctx)
	kept, err := d.o.State.SQLRun(ctx, who.Login, id)
	if err != nil {
		return api.StatementRun{}, err
	}
	out := api.RunOf(d.settled(kept))
	if out.Outcome != state.SQLRunning || d.off != nil {
		return out, nil //nolint:nilerr // what was kept can be looked at while SQL is off
	}
	now, known, err := d.analyst.Progress(ctx, engineID(who.Login, id))
	if err != nil {
		return api.StatementRun{}, err
	}
	if known {
		out.RowsRead, out.RowsToRead, out.Memory, out.Took = now.RowsRead, now.RowsToRead, now.Memory, now.Elapsed.Milliseconds()
	}
	return out, nil
}

// settled tells of a statement that its server ended with: nothing runs longer than
// the limit.
func (d *sqlDoor) settled(r state.SQLRun) state.SQLRun {
	if r.Outcome == state.SQLRunning && d.o.Now().Sub(r.StartedAt) > 2*warehouse.MostStatementSeconds*time.Second {
		r.Outcome, r.Code = state.SQLFailed, "sql_cut_off"
	}
	return r
}

// Cancel implements api.SQL.
func (d *sqlDoor) Cancel(ctx context.Context, id string) error {
	who, _ := access.Of(ctx)
	if _, err := d.o.State.SQLRun(ctx, who.Login, id); err != nil {
		return err
	}
	if d.off != nil {
		return d.off
	}
	return d.analyst.Cancel(ctx, engineID(who.Login, id))
}

// History implements api.SQL.
func (d *sqlDoor) History(ctx context.Context) ([]api.StatementRun, error) {
	who, _ := access.Of(ctx)
	list, err := d.o.State.SQLRuns(ctx, who.Login, state.MostSQLRuns)
	out := make([]api.StatementRun, len(list))
	for i, r := range list {
		out[i] = api.RunOf(d.settled(r))
	}
	return out, err
}

// Views implements api.SQL and dashboards.SQL.
func (d *sqlDoor) Views() []dashboards.SQLView {
	var out []dashboards.SQLView
	for _, v := range d.o.Warehouse.DescribeViews() {
		one := dashboards.SQLView{Name: v.Name, About: v.About}
		for _, c := range v.Columns {
			one.Columns = append(one.Columns, dashboards.SQLColumn(c))
		}
		out = append(out, one)
	}
	return out
}

// Off implements dashboards.SQL.
func (d *sqlDoor) Off() error { return d.off }
