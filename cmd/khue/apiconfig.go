package main

import (
	"khue"
	"khue/api"
)

// API is how much one caller may ask of /api/v1.
type API struct {
	// Rate is in requests a second, over time; 0 stands for usualRate, below 0 nobody is
	// limited.
	Rate float64 `yaml:"rate" env:"RATE"`
	// Burst is how many may come at once; 0 stands for usualBurst.
	Burst int `yaml:"burst" env:"BURST"`
}

const (
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
