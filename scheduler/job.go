package scheduler

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"khue"
)

// CatchUp says what becomes of due times that passed while nobody ran jobs.
type CatchUp string

// The catch-up rules. Whatever the rule, each due time gets its row in the ledger.
const (
	None   CatchUp = "none"   // they are missed
	Latest CatchUp = "latest" // the newest one runs
	All    CatchUp = "all"    // they all run, the oldest first, up to the cap
)

// Job is something that is done again and again.
type Job struct {
	Name    string
	Spec    string // five cron fields, or "@every 5m", read in the scheduler's zone; "" when it only follows others
	AtStart bool   // also due when the ledger meets the job for the first time

	CatchUp   CatchUp       // Latest when empty
	Cap       int           // most due times that All makes up for; 100 when 0
	Jitter    time.Duration // each due time starts up to that much later, always the same for one due time
	After     []string      // jobs that must have ended well for their newest due time first
	Wait      time.Duration // how long a due time waits for those; 6 hours when 0
	Paused    bool          // its due times are written and skipped
	TimeLimit time.Duration // of one run; 6 hours when 0
	Leave     bool          // a run that was cut off is not taken again

	Run func(ctx context.Context) error
}

const (
	defaultCap   = 100
	defaultWait  = 6 * time.Hour
	defaultLimit = 6 * time.Hour
	// maxAttempts bounds how often a due time is taken again after its process
	// died: work that kills its process must not do so for ever.
	maxAttempts = 3
)

func (j Job) withDefaults() Job {
	if j.CatchUp == "" {
		j.CatchUp = Latest
	}
	if j.Cap == 0 {
		j.Cap = defaultCap
	}
	if j.Wait == 0 {
		j.Wait = defaultWait
	}
	if j.TimeLimit == 0 {
		j.TimeLimit = defaultLimit
	}
	return j
}

// delay is where in the jitter a due time of this job lies. It follows from both,
// so that every process waits for the same moment.
func (j Job) delay(due time.Time) time.Duration {
	if j.Jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s@%d", j.Name, due.Unix())
	return time.Duration(h.Sum64() % uint64(j.Jitter)).Truncate(time.Millisecond)
}

// Options say how to run jobs.
type Options struct {
	Zone   *time.Location
	Now    func() time.Time
	Logger *slog.Logger
	// Patience is how long a stopping scheduler lets running jobs finish before
	// it cancels them; 0 means 20 seconds.
	Patience time.Duration
	// Lease is how long a claim holds without being renewed: how long the others
	// wait before they take over from a process that died; 0 means one minute.
	Lease time.Duration
	// Poll is how often the ledger is asked for what others put there; 0 means
	// two seconds. Due times are not waited for by polling.
	Poll time.Duration
	// Keep is how long rows of the ledger are kept; 0 means 400 days.
	Keep time.Duration
	// Ended, when set, hears of each run that ended here.
	Ended func()
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value  *time.Duration
		preset time.Duration
	}{{&o.Patience, 20 * time.Second}, {&o.Lease, time.Minute}, {&o.Poll, 2 * time.Second}, {&o.Keep, 400 * 24 * time.Hour}} {
		if *d.value == 0 {
			*d.value = d.preset
		}
	}
	return o
}

// ParseSpec reads a schedule: five cron fields or a descriptor such as "@daily" or "@every 5m".
func ParseSpec(spec string) (cron.Schedule, error) {
	schedule, err := cron.ParseStandard(spec)
	if err == nil && schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		err = errors.New("there is no such day")
	}
	if err != nil {
		return nil, khue.Errorf(khue.Invalid,
			"lịch %q không hợp lệ; hãy viết năm trường cron như \"15 6 * * *\" hoặc \"@every 5m\"",
			"schedule %q is not valid; write five cron fields such as \"15 6 * * *\" or \"@every 5m\"", spec).Because(err)
	}
	return schedule, nil
}

// Interval is the longest pause between the next few due times of a schedule.
func Interval(schedule cron.Schedule, from time.Time) time.Duration {
	var longest time.Duration
	t := schedule.Next(from)
	for range 10 {
		next := schedule.Next(t)
		if next.IsZero() {
			break
		}
		longest, t = max(longest, next.Sub(t)), next
	}
	return longest
}

// CheckOrder finds jobs that follow what is not there, or in the end themselves.
// It calls fault for each.
func CheckOrder(after map[string][]string, fault func(job, format string, args ...any)) {
	names := make([]string, 0, len(after))
	for name := range after {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, follows := range after[name] {
			if _, ok := after[follows]; !ok {
				fault(name, "there is no job %q to follow; there are %s", follows, strings.Join(names, ", "))
			}
		}
		if way := circle(after, name, []string{name}); way != nil {
			fault(name, "it waits for itself: %s", strings.Join(way, " after "))
		}
	}
}

func circle(after map[string][]string, start string, way []string) []string {
	for _, next := range after[way[len(way)-1]] {
		if next == start {
			return append(way, next)
		}
		if slices.Contains(way, next) {
			continue
		}
		if found := circle(after, start, append(way, next)); found != nil {
			return found
		}
	}
	return nil
}
