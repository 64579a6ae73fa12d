package dashboards

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
)

// Residents are the people who live in areas, as an office counted or estimated
// them, read from a file that the operator gives. Without it nothing is said per
// resident.
type Residents struct {
	counts map[string][]headcount // by area, the oldest first
}

// headcount is the residents of an area on a day.
type headcount struct {
	day    time.Time
	people int64
	source string
}

// on gives the newest count of an area by a day; false when there is none.
func (r *Residents) on(area string, day time.Time) (headcount, bool) {
	if r == nil {
		return headcount{}, false
	}
	counts := r.counts[area]
	for _, c := range slices.Backward(counts) {
		if !c.day.After(day) {
			return c, true
		}
	}
	return headcount{}, false
}

const (
	// largestResidents bounds the file that is read, in bytes.
	largestResidents = 4 << 20
	// mostResidentFaults bounds how many faults of a file are told at once.
	mostResidentFaults = 20
	// mostResidents is more people than any area of the city holds.
	mostResidents = 20_000_000
)

var residentColumns = []string{"area", "day", "residents", "source"}

// ReadResidents reads a CSV file in UTF-8 with the columns area (an official code
// of khue.Areas), day (YYYY-MM-DD, the day that the count is of), residents (a
// whole number) and source (who counted, for readers), in any order. An area may
// have several days. Its error names every fault with its line.
func ReadResidents(path string) (*Residents, error) {
	content, err := configuredFile{text("tệp dân số", "file of residents"), "CSV", largestResidents}.read(path)
	if err != nil {
		return nil, err
	}
	r := residentReader{path: path, out: &Residents{counts: map[string][]headcount{}}, lines: map[string]int{}}
	r.read(bytes.TrimPrefix(content, []byte("\ufeff")))
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	for _, counts := range r.out.counts {
		slices.SortFunc(counts, func(a, b headcount) int { return a.day.Compare(b.day) })
	}
	return r.out, nil
}

// residentReader gathers the counts of a file and what is wrong with it.
type residentReader struct {
	path   string
	faults khue.Faults
	more   int            // faults beyond those told
	lines  map[string]int // area and day -> the line that has them
	out    *Residents
}

func (r *residentReader) fault(line int, format string, args ...any) {
	if len(r.faults) < mostResidentFaults {
		r.faults.Add(r.path, line, format, args...)
		return
	}
	r.more++
}

func (r *residentReader) read(content []byte) {
	rows := csv.NewReader(bytes.NewReader(content))
	head, err := rows.Read()
	if err != nil {
		r.fault(1, "the file has no heading; it needs the columns %s", strings.Join(residentColumns, ", "))
		return
	}
	at := make([]int, len(residentColumns))
	for i, name := range residentColumns {
		if at[i] = slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) }); at[i] < 0 {
			r.fault(1, "column %q is missing; the file needs %s", name, strings.Join(residentColumns, ", "))
		}
	}
	if len(r.faults) > 0 {
		return
	}
	for {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := rows.FieldPos(0)
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			r.fault(broken.Line, "%v", broken.Err)
			if !errors.Is(broken.Err, csv.ErrFieldCount) {
				break // where the next line begins is not known
			}
			continue
		}
		named := make([]string, len(at))
		for i, place := range at {
			named[i] = strings.TrimSpace(cells[place])
		}
		r.row(line, named[0], named[1], named[2], named[3])
	}
	if len(r.out.counts) == 0 && len(r.faults) == 0 {
		r.fault(2, "the file has no row of residents")
	}
	if r.more > 0 {
		r.faults.Add(r.path, 0, "and %d faults more", r.more)
	}
}

// row keeps one count, or says all that is wrong with it.
func (r *residentReader) row(line int, area, day, residents, source string) {
	told := len(r.faults) + r.more
	if _, known := khue.AreaOf(area); !known {
		r.fault(line, "area is %q; expected an official code of a ward, commune or former district", area)
	}
	when, err := time.Parse(time.DateOnly, day)
	if err != nil {
		r.fault(line, "day is %q; expected YYYY-MM-DD", day)
	}
	people, err := strconv.ParseInt(residents, 10, 64)
	if err != nil || people < 1 || people > mostResidents {
		r.fault(line, "residents is %q; expected a whole number from 1 to %d without separators", residents, mostResidents)
	}
	if source == "" {
		r.fault(line, "source is empty; expected who counted the residents")
	}
	key := area + " " + day
	if first := r.lines[key]; first > 0 {
		r.fault(line, "area %s has a count of %s already on line %d", area, day, first)
	}
	if len(r.faults)+r.more > told {
		return
	}
	r.lines[key] = line
	r.out.counts[area] = append(r.out.counts[area], headcount{when, people, source})
}
