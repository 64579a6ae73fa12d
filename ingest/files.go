package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"khue"
)

// filesSource reads the files of a folder, here or in a bucket, or one file. Only
// files that changed since the mark are read.
type filesSource struct {
	config SourceConfig
	set    DatasetConfig
	zone   *time.Location
	log    *slog.Logger
	// numbers are the columns that fields of numbers come from.
	numbers map[string]bool
	trial   bool // read whatever is there, however lately it changed
}

// filesMark is what a source of files stores: every file it has read, and how far
// it got in one that is being read.
type filesMark struct {
	Files   map[string]fileState `json:"files"`
	Reading string               `json:"reading,omitempty"`
	Begun   fileState            `json:"begun,omitzero"`
	Rows    int                  `json:"rows,omitempty"`
}

// fileState tells one version of a file from another.
type fileState struct {
	Size    int64     `json:"size"`
	Changed time.Time `json:"changed"`
	SHA256  string    `json:"sha256,omitempty"`
	ETag    string    `json:"etag,omitempty"` // of objects in a bucket
}

func (s fileState) same(t fileState) bool {
	return s.Size == t.Size && s.Changed.Equal(t.Changed) && s.ETag == t.ETag
}

// Read implements Source.
func (s *filesSource) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	var mark filesMark
	if q.Mark != "" {
		if err := json.Unmarshal([]byte(q.Mark), &mark); err != nil {
			return "", fmt.Errorf("reading the mark of the files: %w", err)
		}
	}
	if mark.Files == nil {
		mark.Files = make(map[string]fileState)
	}
	from, err := s.folder()
	if err != nil {
		return "", err
	}
	entries, err := from.list(ctx)
	if err != nil {
		return "", err
	}
	var skipped []error
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if q.Skip[e.name] {
			continue
		}
		r := &fileReading{filesSource: s, from: from, entry: e, request: q, mark: &mark, yield: yield}
		err := r.read(ctx)
		if err == nil {
			continue
		}
		if r.yieldErr != nil {
			return "", r.yieldErr
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		err = khue.While(unopened(err), "đọc %s", "reading %s", e.name)
		if q.Seen != nil {
			q.Seen(Part{File: e.name, Sheet: r.sheet, Err: err})
		}
		if r.given > 0 {
			return "", &BrokenError{Part: e.name, Err: err}
		}
		skipped = append(skipped, err)
	}
	final := mark.text()
	if skipped != nil {
		return final, &SkippedError{skipped}
	}
	return final, nil
}

func (m filesMark) text() string {
	b, _ := json.Marshal(m) //nolint:errchkjson // times and texts always can be written
	return string(b)
}

// defaultMaxFile is the largest file that is read unless max_file says otherwise.
const defaultMaxFile = 4 << 30

func (s *filesSource) limit() int64 {
	if s.config.MaxFile > 0 {
		return s.config.MaxFile
	}
	return defaultMaxFile
}

// folder is where the files are.
func (s *filesSource) folder() (folder, error) {
	pattern := s.set.Pattern
	if pattern == "" {
		pattern = s.config.Pattern
	}
	if pattern == "" {
		pattern = "*"
	}
	if strings.HasPrefix(s.config.Folder, s3Scheme) {
		return newS3(s.config, pattern, s.limit())
	}
	return localFolder{s.config.Folder, s.config.File, pattern}, nil
}

// numberColumns are the columns that fields of numbers come from.
func numberColumns(d khue.Dataset, set DatasetConfig) map[string]bool {
	out := make(map[string]bool)
	for _, f := range d.Fields {
		c, ok := set.Fields[f.Name]
		if !ok || f.Type != khue.IntegerField && f.Type != khue.DecimalField {
			continue
		}
		if u := set.Unpivot; u != nil && c.From == u.Value {
			for _, column := range u.Columns {
				out[column] = true
			}
		}
		out[c.From] = true
	}
	return out
}
