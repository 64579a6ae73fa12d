package main

import (
	"context"
	"time"

	"khue/indicators"
	"khue/warehouse"
)

// figuresEvery is how often it is looked whether facts came in since the published
// table was made. Making it takes no more than one part in figuresShare of the time.
const (
	figuresEvery = 30 * time.Second
	figuresShare = 20
	// figuresEase is how long the making rests after each part, in units of what the part
	// took: pages are read at the same time, and nobody waits for the table.
	figuresEase = 3
)

// keepFigures has the published table follow the facts until ctx ends.
func (o *Observatory) keepFigures(ctx context.Context) error {
	if o.Config.SQL.Off {
		return nil
	}
	for {
		began := time.Now()
		rows, err := o.publishFigures(ctx)
		if err != nil && ctx.Err() == nil {
			o.Log.Warn("the published figures could not be made anew", "cause", err)
		}
		wait := figuresEvery
		if rows > 0 {
			wait = max(wait, figuresShare*time.Since(began))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// publishFigures makes the published table anew when it no longer holds, and tells how
// many cells it has then; 0 when it was left as it is. A table is only put in its place
// when no facts came in while it was made.
func (o *Observatory) publishFigures(ctx context.Context) (rows int, err error) {
	// Without a ledger: these questions are not printed anywhere, so nobody opens their
	// evidence.
	s := indicators.NewService(o.Catalogue, o.Warehouse, indicators.Options{Now: o.Now, Zone: o.Zone})
	edition, knownAt, loading, err := s.PublicEdition(ctx)
	if err != nil || loading {
		return 0, err
	}
	there, err := o.Warehouse.PublicEdition(ctx)
	if err != nil || there == edition {
		return 0, err
	}
	simulated, err := o.simulated(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	next, err := o.Warehouse.WritePublic(ctx, edition, knownAt, simulated)
	if err != nil {
		return 0, err
	}
	part := time.Now()
	err = s.PublicFigures(ctx, func(f []warehouse.PublicFigure) error {
		if err := next.Add(ctx, f); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(figuresEase * time.Since(part)):
		}
		part = time.Now()
		return nil
	})
	after := ""
	if err == nil {
		after, _, loading, err = s.PublicEdition(ctx)
	}
	if err != nil || loading || after != edition {
		if dropped := next.Drop(context.WithoutCancel(ctx)); err == nil {
			err = dropped
		}
		return 0, err
	}
	if err := next.Swap(ctx); err != nil {
		return 0, err
	}
	o.Log.Info("published figures made anew", "cells", next.Rows(), "took", time.Since(began).Round(time.Millisecond))
	return next.Rows(), nil
}
