package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"khue"
	"khue/warehouse"
)

// HandIn is a file that wards hand in for themselves. Its rows may add to, change and
// take back what is known of those wards, and of nothing else: it is loaded whole or
// not at all.
type HandIn struct {
	Source, Dataset string
	File            string // where it lies; its base name stands for @file
	SHA256          string // of its content, as it was looked at; another content is refused
	// Wards are codes of areas. What was handed in for the same ones under the same name
	// is replaced, where the dataset says so.
	Wards []string
	// Begun hears of the batch before any row of it can be posted, so that whoever is cut
	// off later can ask the batch book what became of the file; nil when nobody asks.
	Begun func(ctx context.Context, batch string) error
}

// HandIn loads a file for wards. It lies in no folder of the source, so that regular
// pulls never read it: the mark stays where it is, and what was read is in the archive.
//
//  1. the load is rehearsed: rows are mapped and held against the wards, and so is every
//     row that the journal would get. Nothing of that stays, no refused row either;
//  2. it is loaded, by the same checks: what another load changed meanwhile is seen.
func (p *Puller) HandIn(ctx context.Context, h HandIn) (Result, error) {
	if len(h.Wards) == 0 {
		return Result{}, khue.Errorf(khue.Forbidden, "tài khoản không gắn với địa bàn nào", "the account is of no area")
	}
	sum, err := hashFile(h.File)
	if err != nil {
		return Result{}, fmt.Errorf("reading a file that was handed in: %w", err)
	}
	if sum != h.SHA256 {
		return Result{}, khue.Errorf(khue.Invalid, "tệp đã khác với tệp được xem trước; hãy tải lên lại", "the file is not the one that was looked at; upload it again")
	}
	if _, err := p.handIn(ctx, h, true); err != nil {
		return Result{}, err
	}
	return p.handIn(ctx, h, false)
}

func (p *Puller) handIn(ctx context.Context, h HandIn, rehearse bool) (Result, error) {
	r := Result{Source: h.Source, Dataset: h.Dataset, Cause: warehouse.CauseWard, Started: p.options.Now(), DryRun: rehearse}
	reader, l, err := p.handInLoader(h, &r)
	if err != nil {
		return r, err
	}
	_, err = reader.Read(ctx, Request{Columns: l.mapping.columns, Until: p.options.Now(), Skip: make(map[string]bool)}, func(page *Page) error { return l.page(ctx, page) })
	var skipped *SkippedError
	if errors.As(err, &skipped) && len(skipped.Parts) == 1 {
		err = skipped.Parts[0]
	}
	if err == nil && l.mapping.foreign > 0 {
		err = khue.Errorf(khue.Forbidden, "%d bản ghi của tệp không thuộc địa bàn của bạn; chưa có gì được nạp",
			"%d records of the file are not of your areas; nothing was loaded", l.mapping.foreign)
	}
	if err == nil {
		err = l.commit(ctx, "")
	}
	if err != nil {
		return r, errors.Join(err, l.abort(ctx, nil))
	}
	r.Ended = p.options.Now()
	return r, nil
}

// handInLoader makes what reads the file and what loads its rows.
func (p *Puller) handInLoader(h HandIn, r *Result) (Source, *loader, error) {
	c, ok := p.config[h.Source]
	if !ok || c.Kind != kindFiles {
		return nil, nil, khue.Errorf(khue.NotFound, "không có nguồn tệp %q; có %s", "there is no source of files %q; there are %s", h.Source, strings.Join(p.Sources(), ", "))
	}
	d, set, err := c.datasetToTry(h.Dataset)
	if err != nil {
		return nil, nil, err
	}
	zone, err := c.zone(p.options.Zone)
	if err != nil {
		return nil, nil, err
	}
	keep := c
	c.Folder, c.File, c.Settle = "", h.File, 0
	reader, own := open(d.Name, c, set, zone, nil, p.options.Logger)
	m, err := p.mapping(d, &set, zone, own)
	if err != nil {
		return nil, nil, err
	}
	l, err := p.loader(keep, set, m, PullOptions{DryRun: r.DryRun, cause: warehouse.CauseWard}, r)
	if err != nil {
		return nil, nil, err
	}
	l.load.Cause, l.load.Within, l.uncut = warehouse.CauseWard, h.Wards, true
	if !r.DryRun {
		l.begun = h.Begun
	}
	l.wards, err = p.wardsOf(h.Source, d, h.Wards)
	return reader, l, err
}
