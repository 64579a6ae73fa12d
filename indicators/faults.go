package indicators

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
)

// item is the path of one item of a list.
func item(list string, i int) string { return list + "/" + strconv.Itoa(i) }

// step writes a name that a caller gave as one step of a path, and fromStep reads it back
// (RFC 6901): a name with a slash in it, or with a number at its end, stays one name.
var (
	step     = strings.NewReplacer("~", "~0", "/", "~1").Replace
	fromStep = strings.NewReplacer("~1", "/", "~0", "~").Replace
)

// lies gives a fault that has no name of its own a name, and the place it lies in.
func lies(err error, code, path string) error {
	var coded *khue.Error
	if !errors.As(err, &coded) || coded.Code != "" {
		return err
	}
	named := *coded
	return named.Coded(code, path)
}

// mostFaults is how many faults of one question are told at once.
const mostFaults = 20

// Faults lists what is wrong with the names, values and days of a question, each
// fault with its path: the parts of it are taken away one by one as they prove
// wrong. What can only be told of parts that stand together (a ranking by a measure
// that does not exist) is not told beside the fault that it follows from. A question
// without faults here may still be refused by Ask: for its rights, or its rows.
func (s *Service) Faults(q Question) []error {
	q.Measures, q.By, q.Derive = slices.Clone(q.Measures), slices.Clone(q.By), slices.Clone(q.Derive)
	q.Where, q.Editions = maps.Clone(q.Where), maps.Clone(q.Editions)
	var out []error
	var gone taken
	for len(out) < mostFaults {
		_, err := s.understand(q)
		if err == nil || khue.KindOf(err) == khue.Internal {
			return out
		}
		code, path := khue.CodeOf(err)
		if !gone.follows(code) {
			out = append(out, gone.asWritten(err, path))
		}
		if !gone.take(&q, path) {
			return out
		}
		if len(q.Measures) == 0 { // so that the rest can be looked at
			q.Measures, gone.standIn = []string{s.catalogue.measures[0].Name}, true
		}
	}
	return out
}

// taken remembers what was taken away, so that paths speak of the question as it
// was written.
type taken struct {
	lists map[string][]int // places in the original, rising
	other bool
	// standIn tells that a measure which nobody asked for stands where all were wrong.
	standIn bool
}

// follows tells that a fault may be one only because something was taken away.
func (t *taken) follows(code string) bool {
	switch code {
	case "derivation_not_possible", "top_not_split", "top_not_asked":
		return t.any()
	case "dimension_not_shared", "published_by_year_only":
		return t.standIn
	}
	return false
}

func (t *taken) any() bool { return t.other || len(t.lists) > 0 }

// asWritten moves an index behind those that were taken away before it.
func (t *taken) asWritten(err error, path string) error {
	list, i, indexed := splitPath(path)
	if !indexed {
		return err
	}
	var coded *khue.Error
	if !errors.As(err, &coded) {
		return err
	}
	moved := *coded
	moved.Path = item(list, t.place(list, i))
	return &moved
}

func (t *taken) place(list string, i int) int {
	for _, gone := range t.lists[list] {
		if gone <= i {
			i++
		}
	}
	return i
}

func splitPath(path string) (list string, i int, indexed bool) {
	at := strings.LastIndexByte(path, '/')
	if at < 0 || path[:at] == "where" || path[:at] == "edition" { // what follows is a name, "0" too
		return path, 0, false
	}
	i, err := strconv.Atoi(path[at+1:])
	return path[:at], i, err == nil
}

// take removes from a question the part that a path names; false when there is
// nothing to take, so that the search ends.
func (t *taken) take(q *Question, path string) bool {
	list, i, indexed := splitPath(path)
	if indexed {
		if t.lists == nil {
			t.lists = map[string][]int{}
		}
		at := t.place(list, i)
		t.lists[list] = append(t.lists[list], at)
		slices.Sort(t.lists[list])
	}
	dim, filter := strings.CutPrefix(list, "where/")
	dim = fromStep(dim)
	switch {
	case list == "measure" && indexed:
		q.Measures = slices.Delete(q.Measures, i, i+1)
	case list == "by" && indexed:
		q.By = slices.Delete(q.By, i, i+1)
	case list == "derive" && indexed:
		q.Derive = slices.Delete(q.Derive, i, i+1)
	case filter && indexed:
		if q.Where[dim] = slices.Delete(slices.Clone(q.Where[dim]), i, i+1); len(q.Where[dim]) == 0 {
			delete(q.Where, dim)
		}
	case filter:
		delete(q.Where, dim)
	default:
		t.other = true
		return takeOne(q, path)
	}
	return true
}

func takeOne(q *Question, path string) bool {
	switch path {
	case "as_of":
		q.AsOf = time.Time{}
	case "from":
		q.From = time.Time{}
	case "to":
		q.To = time.Time{}
	case "top":
		q.Top = nil
	case "limit":
		q.Limit = 0
	case "area_view":
		q.AreaView = ""
	case "counting":
		q.Counting = ""
	default:
		name, edition := strings.CutPrefix(path, "edition/")
		name = fromStep(name)
		if _, there := q.Editions[name]; !edition || !there {
			return false
		}
		delete(q.Editions, name)
	}
	return true
}
