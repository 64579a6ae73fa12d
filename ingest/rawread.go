package ingest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// rows reads a kept batch again, as pages of the columns asked for; a column that
// was not kept is empty. ids hears of the records that a key sweep retracted.
func (a *Archive) rows(ctx context.Context, m Manifest, columns []string, yield func(*Page) error, ids func([]string) error) error {
	f, err := os.Open(filepath.Join(a.dir, filepath.FromSlash(m.Path)))
	if err != nil {
		return fmt.Errorf("opening kept rows: %w", err)
	}
	defer func() { _ = f.Close() }()
	zip, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("opening kept rows of batch %s: %w", m.Batch, err)
	}
	defer zip.Close()
	r := &rawReader{manifest: m, page: &Page{Columns: columns}, yield: yield, ids: ids}
	r.page.Place, r.page.Cell = r.place, r.cell
	lines := bufio.NewReaderSize(zip, 1<<20)
	for n := int64(1); ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err == nil {
			err = r.line(bytes.TrimRight(line, "\n"))
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("reading kept rows of batch %s, line %d: %w", m.Batch, n, err)
		}
	}
	if err := r.give(); err != nil {
		return err
	}
	if r.first != m.Rows {
		return fmt.Errorf("reading kept rows of batch %s: it has %d rows, the manifest says %d", m.Batch, r.first, m.Rows)
	}
	return nil
}

type rawReader struct {
	manifest Manifest
	page     *Page
	from     []int // column of the kept rows for each of the page's; -1 for none
	width    int
	first    int64 // rows before the page
	places   map[keptAt]string
	list     []string
	yield    func(*Page) error
	ids      func([]string) error
}

type keptAt struct {
	row    int64
	column string
}

func (r *rawReader) line(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	if line[0] == '[' {
		return r.row(line)
	}
	var said struct {
		Page   *pageHead   `json:"page"`
		Places []keptPlace `json:"places"`
	}
	if err := json.Unmarshal(line, &said); err != nil {
		return err
	}
	for _, p := range said.Places {
		if r.places == nil {
			r.places = make(map[keptAt]string)
		}
		r.places[keptAt{p.Row, p.Column}] = p.Place
	}
	if said.Page == nil {
		return nil
	}
	if err := r.give(); err != nil {
		return err
	}
	r.page.File, r.page.Serials, r.page.Epoch1904, r.page.Only, r.page.Hashed = said.Page.File, said.Page.Serials, said.Page.Epoch1904, said.Page.Only, said.Page.Hashed
	r.page.Written, r.page.Wards = said.Page.Written, said.Page.Wards
	r.width, r.from = len(said.Page.Columns), r.from[:0]
	for _, c := range r.page.Columns {
		r.from = append(r.from, slices.Index(said.Page.Columns, c))
	}
	return nil
}

func (r *rawReader) row(line []byte) error {
	if r.manifest.Kind == rawKeys {
		var id []rawCell
		if err := json.Unmarshal(line, &id); err != nil || len(id) != 1 {
			return errors.Join(errors.New("no id of a record"), err)
		}
		r.list = append(r.list, id[0].S)
		r.first++
		if len(r.list) == pageRows {
			return r.give()
		}
		return nil
	}
	if r.page.Len() == pageRows { // the places of what is held have all been said
		if err := r.give(); err != nil {
			return err
		}
	}
	var cells []rawCell
	if err := json.Unmarshal(line, &cells); err != nil {
		return err
	}
	if len(cells) != r.width {
		return fmt.Errorf("a row of %d cells where there are %d columns", len(cells), r.width)
	}
	row := r.page.grow()
	for i, at := range r.from {
		if at >= 0 {
			row[i] = cells[at].Value
		}
	}
	return nil
}

func (r *rawReader) give() error {
	if len(r.list) > 0 {
		err := r.ids(r.list)
		r.list = r.list[:0]
		return err
	}
	if r.page.Len() == 0 {
		return nil
	}
	n := int64(r.page.Len())
	if err := r.yield(r.page); err != nil {
		return err
	}
	r.first += n
	r.page.reset()
	clear(r.places)
	return nil
}

func (r *rawReader) place(row, column int) string {
	name := ""
	if column >= 0 {
		name = r.page.Columns[column]
	}
	for _, name := range []string{name, ""} {
		if place, ok := r.places[keptAt{r.first + int64(row), name}]; ok {
			return place
		}
	}
	if r.page.File != "" {
		return fmt.Sprintf("%s, row %d of batch %s", r.page.File, r.first+int64(row)+1, r.manifest.Batch)
	}
	return fmt.Sprintf("row %d of batch %s", r.first+int64(row)+1, r.manifest.Batch)
}

func (r *rawReader) cell(row, column int) string { return r.place(row, column) }
