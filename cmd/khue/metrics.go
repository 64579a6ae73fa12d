package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"khue/scheduler"
	"khue/state"
)

// metrics are read afresh at each scrape from the stores that hold the truth.
func (o *Observatory) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &observatoryCollector{o})
	return r
}

type observatoryCollector struct{ o *Observatory }

var (
	datasetRows        = prometheus.NewDesc("khue_dataset_rows", "Current records of a dataset.", []string{"dataset"}, nil)
	datasetQuarantined = prometheus.NewDesc("khue_dataset_quarantined", "Rejected records that are still open.", []string{"dataset"}, nil)
	datasetPulledAt    = prometheus.NewDesc("khue_dataset_last_pulled_timestamp_seconds", "When the last batch of a dataset was recorded.", []string{"dataset"}, nil)
	jobLastOutcome     = prometheus.NewDesc("khue_job_last_success", "1 when the last run of a job that has ended ended well, 0 when it failed.", []string{"job"}, nil)
	jobLag             = prometheus.NewDesc("khue_job_lag_seconds", "Time since a job last ended well, or since it was first met.", []string{"job"}, nil)
	jobSuccessAt       = prometheus.NewDesc("khue_job_last_success_timestamp_seconds", "When a job last ended well.", []string{"job"}, nil)
	jobDuration        = prometheus.NewDesc("khue_job_last_duration_seconds", "How long the last run of a job that ended well took.", []string{"job"}, nil)
	jobBehind          = prometheus.NewDesc("khue_job_due_not_done", "Due times of a job that have come since that of its last success, due less done.", []string{"job"}, nil)
	jobPending         = prometheus.NewDesc("khue_job_pending", "Due times of a job that have come and wait to run.", []string{"job"}, nil)
	jobPaused          = prometheus.NewDesc("khue_job_paused", "1 when a job is paused.", []string{"job"}, nil)
	alertsOpen         = prometheus.NewDesc("khue_alerts_open", "Alerts that are open.", nil, nil)
	messagesUnsent     = prometheus.NewDesc("khue_alert_messages_unsent", "Messages to owners that wait to be sent or were given up.", []string{"state"}, nil)
	warehouseUp        = prometheus.NewDesc("khue_warehouse_up", "1 when the warehouse answers.", nil, nil)
)

// Describe names the metrics.
func (c *observatoryCollector) Describe(ch chan<- *prometheus.Desc) {
	prometheus.DescribeByCollect(c, ch)
}

// Collect reads the stores; what does not answer is left out, and shows as down.
func (c *observatoryCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	states, err := c.o.Warehouse.States(ctx)
	gauge(warehouseUp, map[bool]float64{true: 1}[err == nil])
	for _, s := range states {
		gauge(datasetRows, float64(s.Rows), s.Dataset)
		gauge(datasetQuarantined, float64(s.Quarantined), s.Dataset)
		if !s.LastRecorded.IsZero() {
			gauge(datasetPulledAt, float64(s.LastRecorded.Unix()), s.Dataset)
		}
	}
	c.jobs(ctx, gauge)
	if open, err := c.o.State.Alerts(ctx, true, 10_000); err == nil {
		gauge(alertsOpen, float64(len(open)))
	}
	if waiting, failed, err := c.o.State.Unsent(ctx); err == nil {
		gauge(messagesUnsent, float64(waiting), "waiting")
		gauge(messagesUnsent, float64(failed), "given up")
	}
}

// jobs tells of each job in the ledger. A due time that has no row yet counts as
// not done: that is how a scheduler that does not run shows.
func (c *observatoryCollector) jobs(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	jobs, err := c.o.State.Jobs(ctx)
	if err != nil {
		c.o.Log.Warn("the ledger does not answer", "cause", err)
		return
	}
	truth := map[bool]float64{true: 1}
	now := c.o.Now()
	for _, j := range jobs {
		behind := j.Behind
		if j.Schedule != "" {
			if _, passed, err := scheduler.Upcoming(j.Schedule, j.LastDue, now, c.o.Zone); err == nil {
				behind += passed
			}
		}
		gauge(jobBehind, float64(behind), j.Name)
		gauge(jobPending, float64(j.Pending), j.Name)
		gauge(jobPaused, truth[j.Paused()], j.Name)
		gauge(jobLag, j.Lag(now).Seconds(), j.Name)
		if j.Last != nil {
			gauge(jobLastOutcome, truth[j.Last.Outcome == state.Done], j.Name)
		}
		if j.LastSuccess != nil {
			gauge(jobSuccessAt, float64(j.LastSuccess.EndedAt.Unix()), j.Name)
			gauge(jobDuration, j.LastSuccess.Duration().Seconds(), j.Name)
		}
	}
}
