package dashboards

import (
	"context"
	"strings"
)

// reader is who looks at a page, as far as it matters for what the page leads to: a
// link to what somebody may not open is a dead end.
type reader struct {
	shut map[string]bool // paths of the site that this reader may not open
	key  string          // equal for readers to whom the same is shut
}

// opens tells whether the reader may open one of the site's own paths.
func (r reader) opens(path string) bool { return !r.shut[path] }

// reader finds out who asks; where the site tells nobody apart, all is open.
func (s *Site) reader(ctx context.Context) reader {
	if s.opens == nil {
		return reader{}
	}
	r := reader{shut: make(map[string]bool)}
	var key strings.Builder
	for _, path := range s.leadsTo() {
		if s.opens(ctx, path) {
			key.WriteByte('1')
			continue
		}
		r.shut[path] = true
		key.WriteByte('0')
	}
	r.key = key.String()
	return r
}

// leadsTo are the paths that pages lead to from wherever one is.
func (s *Site) leadsTo() []string {
	paths := []string{
		overviewPath, dictionaryPath, searchPath, notesPath, newNotePath, reportsPath, textsPath, explorePath, apiPath, sqlPath,
		dataPath, sourcesPath, runsPath, jobsPath, quarantinePath, completenessPath, uploadPath,
	}
	for _, p := range s.figurePages {
		if p.name != qualityName {
			paths = append(paths, p.path)
		}
	}
	return paths
}
