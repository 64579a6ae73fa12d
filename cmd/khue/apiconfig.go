package main

import (
	"context"
	"time"

	"khue"
	"khue/api"
	"khue/dashboards"
	"khue/indicators"
	"khue/warehouse"
)

// API is how much one caller may ask of /api/v1.
type API struct {
	// Rate is in requests a second, over time; 0 stands for usualRate, below 0 nobody is
	// limited.
	Rate float64 `yaml:"rate" env:"RATE"`
	// Burst is how many may come at once; 0 stands for usualBurst.
	Burst int `yaml:"burst" env:"BURST"`
	// Remember is how many answers are kept until facts change; 0 stands for
	// usualRemembered, below 0 none is.
	Remember int `yaml:"remember" env:"REMEMBER"`
	// LargeRows is the most rows of one answer as CSV, Parquet or Arrow, which takes about
	// a kilobyte of memory each; 0 is two million, below 0 no more than in other forms.
	LargeRows int `yaml:"large_rows" env:"LARGE_ROWS"`
}

const (
	usualRemembered = 500
	longestAnswer   = time.Minute
	mostRemembered  = 100_000 // rows that a question allows

	usualRate  = 20 // a notebook that works through a list of questions is not held up
	usualBurst = 200
)

func (a API) allowance() api.Allowance {
	out := api.Allowance{PerSecond: a.Rate, Burst: a.Burst}
	if out.PerSecond == 0 {
		out.PerSecond = usualRate
	}
	if out.Burst == 0 {
		out.Burst = usualBurst
	}
	return out
}

// fault tells what is wrong with the settings.
func (a API) fault() error {
	if a.Burst < 0 {
		return khue.Errorf(khue.Invalid, "api.burst không được là số âm", "api.burst must not be negative")
	}
	return nil
}

// remembering answers programs from what was answered before, where it still holds.
type remembering struct {
	*indicators.Service
	kept *dashboards.Kept
}

// Ask implements api.Service.
func (r remembering) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	if q.Limit > mostRemembered { // it would not be kept, and must end when its caller leaves
		return r.Service.Ask(ctx, q)
	}
	return r.kept.Answer(ctx, q, func(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
		return r.Service.Ask(warehouse.OwnLook(ctx), q) // it is given to others, too
	})
}

func (o *Observatory) answers() api.Service {
	most := o.Config.API.Remember
	switch {
	case most < 0:
		return o.Service
	case most == 0:
		most = usualRemembered
	}
	return remembering{o.Service, dashboards.NewKept(most, longestAnswer, o.Service.Freshness, o.Service.Today)}
}
