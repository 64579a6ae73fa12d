package main

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

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
	jobLag             = prometheus.NewDesc("khue_job_lag_seconds", "Time since a job last ended well.", []string{"job"}, nil)
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
	for _, j := range c.o.jobs() {
		runs, err := c.o.State.JobRuns(ctx, j.Name, 50)
		if err != nil || len(runs) == 0 {
			continue
		}
		if i := slices.IndexFunc(runs, func(r state.JobRun) bool { return r.Outcome == state.Done || r.Outcome == state.Failed }); i >= 0 {
			gauge(jobLastOutcome, map[bool]float64{true: 1}[runs[i].Outcome == state.Done], j.Name)
		}
		if i := slices.IndexFunc(runs, func(r state.JobRun) bool { return r.Outcome == state.Done }); i >= 0 {
			gauge(jobLag, c.o.Now().Sub(runs[i].EndedAt).Seconds(), j.Name)
		}
	}
}
