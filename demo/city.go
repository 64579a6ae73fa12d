package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"khue"
)

// DefaultSeed is the seed of the city that everybody sees.
const DefaultSeed = 1010

// GreatestScale is the largest scale that row numbers leave room for.
const GreatestScale = 1200

// tick is how often a running city lets happen what became due.
const tick = 20 * time.Second

// Options say which city to build and where to serve it.
type Options struct {
	Seed        uint64           // which of the possible cities; 0 means DefaultSeed
	Scale       int              // times the counts of visitors; 0 means 1
	Dir         string           // folder of events.db and reports/; made when missing
	Addr        string           // address of the registry; "" means 127.0.0.1 and any free port
	Token       string           // bearer token of the registry; made up when empty
	PostgresDSN string           // keep the event database there rather than in a SQLite file
	Faults      bool             // answer 429 or 500 now and then
	Now         func() time.Time // the clock; nil means time.Now
	Zone        *time.Location   // the city's zone; nil means Asia/Ho_Chi_Minh
	// Progress hears of long work; stage is "events" or "reports", done and total
	// count days or files. It may be nil.
	Progress func(stage string, done, total int64)
	Logger   *slog.Logger // nil means no log
}

// City is a simulated city that is being served and lives on with the clock.
type City struct {
	options  Options
	model    *model
	registry *registry
	store    store
	reports  *folder
	lock     *lock
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu     sync.Mutex // one advance at a time
	until  time.Time  // what the event database is alive to
	agenda agenda
}

// Start builds the city up to now, or extends what an earlier start of the same
// city left in Dir, and serves it until Close; it lives on with the clock until ctx
// ends. Its errors are khue errors where the options or the surroundings are at fault.
func Start(ctx context.Context, o Options) (*City, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	c := &City{options: o, model: newModel(o.Seed, o.Scale, o.Zone)}
	c.reports = &folder{dir: filepath.Join(o.Dir, "reports"), model: c.model}
	if c.registry, err = newRegistry(c.model); err != nil {
		return nil, err
	}
	if c.lock, err = lockFolder(o.Dir); err != nil {
		return nil, err
	}
	if c.listener, err = net.Listen("tcp", o.Addr); err != nil {
		return nil, errors.Join(khue.Errorf(khue.Conflict,
			"không mở được địa chỉ %s cho sổ đăng ký mô phỏng; cổng có thể đang được dùng",
			"the simulated registry cannot listen on %s; the port may be in use", o.Addr).Because(err), c.Close())
	}
	if err := c.build(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.serve(ctx)
	return c, nil
}

// complete checks the options and fills in what was left out.
func (o Options) complete() (Options, error) {
	if o.Dir == "" {
		return o, khue.Errorf(khue.Invalid, "thành phố mô phỏng cần một thư mục", "the simulated city needs a folder")
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Scale < 1 || o.Scale > GreatestScale {
		return o, khue.Errorf(khue.Invalid, "quy mô %d không hợp lệ; hãy chọn từ 1 đến %d", "scale %d is not possible; choose 1 to %d", o.Scale, GreatestScale)
	}
	if o.Seed == 0 {
		o.Seed = DefaultSeed
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if _, _, err := net.SplitHostPort(o.Addr); err != nil {
		return o, khue.Errorf(khue.Invalid, "%q không phải là địa chỉ; hãy viết 127.0.0.1:9010", "%q is not an address; write 127.0.0.1:9010", o.Addr).Because(err)
	}
	if o.Token == "" {
		o.Token = rand.Text()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Zone == nil {
		zone, err := time.LoadLocation(khue.DefaultZone)
		if err != nil {
			return o, khue.Errorf(khue.Unavailable, "máy này thiếu dữ liệu múi giờ %s", "this machine lacks the time zone %s", khue.DefaultZone).Because(err)
		}
		o.Zone = zone
	}
	if y := o.Now().In(o.Zone).Year(); y < 2019 || y > lastYear {
		return o, khue.Errorf(khue.Invalid, "thành phố mô phỏng chỉ có từ năm 2019 đến %[2]d; đồng hồ đang ở năm %[1]d",
			"the simulated city lives from 2019 to %[2]d; the clock says %[1]d", y, lastYear)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return o, khue.Errorf(khue.Invalid, "không tạo được thư mục %s", "the folder %s cannot be made", o.Dir).Because(err)
	}
	abs, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, fmt.Errorf("finding the folder %s: %w", o.Dir, err)
	}
	o.Dir = abs
	return o, nil
}

// build brings all three sources to now.
func (c *City) build(ctx context.Context) error {
	if err := c.openStore(ctx); err != nil {
		return err
	}
	now := c.options.Now().UTC()
	if err := c.registry.advance(now); err != nil {
		return err
	}
	n, err := c.model.live(ctx, c.store, now, func(done, total int64) { c.options.Progress("events", done, total) })
	if err != nil {
		return err
	}
	c.until = now
	if c.agenda, err = c.model.agendaOf(ctx, now); err != nil {
		return err
	}
	files, err := c.reports.begin(ctx, now, func(done, total int64) { c.options.Progress("reports", done, total) })
	if err != nil {
		return err
	}
	c.options.Logger.Info("simulated city is up to date", "rows", n, "workbooks", files, "seed", c.options.Seed, "scale", c.options.Scale)
	return nil
}

func (c *City) openStore(ctx context.Context) error {
	if dsn := c.options.PostgresDSN; dsn != "" {
		s, err := openPostgres(ctx, dsn)
		if err != nil {
			return err
		}
		c.store = s
		return nil
	}
	s, err := openSQLite(ctx, filepath.Join(c.options.Dir, "events.db"))
	if err != nil {
		return err
	}
	c.store = s
	return nil
}

// serve answers for the registry and lets the city live on.
func (c *City) serve(ctx context.Context) {
	s := &server{registry: c.registry, token: c.options.Token, seed: c.options.Seed, faults: c.options.Faults, failed: make(map[string]bool)}
	c.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(c.options.Logger.Handler(), slog.LevelDebug)}
	ctx, c.stop = context.WithCancel(ctx)
	c.running.Go(func() {
		if err := c.http.Serve(c.listener); !errors.Is(err, http.ErrServerClosed) {
			c.options.Logger.Error("the simulated registry stopped", "error", err)
		}
	})
	c.running.Go(func() { c.live(ctx, tick) })
}

// live advances the city until ctx ends. What goes wrong is logged and tried
// again at the next tick.
func (c *City) live(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := c.Advance(ctx); err != nil && ctx.Err() == nil {
				c.options.Logger.Error("the simulated city fell behind", "error", err)
			}
		}
	}
}

// Advance lets happen what became due since the last time: a running city does so
// by itself every 20 seconds, callers with a clock of their own when they move it.
func (c *City) Advance(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.options.Now().UTC()
	if err := c.registry.advance(now); err != nil {
		return err
	}
	if err := c.advanceEvents(ctx, now); err != nil {
		return err
	}
	_, err := c.reports.update(ctx, now, func(int64, int64) {})
	return err
}

func (c *City) advanceEvents(ctx context.Context, now time.Time) error {
	quiet := func(int64, int64) {}
	if !now.After(c.until) {
		return nil
	}
	if now.After(c.agenda.to) {
		if _, err := c.model.extend(ctx, c.store, c.until, now, quiet); err != nil {
			return err
		}
		next, err := c.model.agendaOf(ctx, now)
		if err != nil {
			return err
		}
		c.until, c.agenda = now, next
		return nil
	}
	n := c.agenda.ready(now)
	if n == 0 {
		return nil
	}
	err := c.store.extend(ctx, c.model.origins(now), func(r rows) error { return c.agenda.give(n, r) })
	if err != nil {
		return fmt.Errorf("adding what became due: %w", err)
	}
	c.until, c.agenda.due = now, c.agenda.due[n:]
	return nil
}

// RegistryURL is the root of the REST registry, such as http://127.0.0.1:9010.
func (c *City) RegistryURL() string { return "http://" + c.listener.Addr().String() }

// Token is the bearer token that the registry asks for.
func (c *City) Token() string { return c.options.Token }

// DatabaseDriver is the kind of the event database: "sqlite" or "postgres".
func (c *City) DatabaseDriver() string {
	if c.options.PostgresDSN != "" {
		return "postgres"
	}
	return "sqlite"
}

// DatabaseDSN opens the event database. It holds the password that
// Options.PostgresDSN held.
func (c *City) DatabaseDSN() string {
	if c.options.PostgresDSN != "" {
		return c.options.PostgresDSN
	}
	return sqliteDSN(filepath.Join(c.options.Dir, "events.db"), "busy_timeout(10000)")
}

// ReportsDir is the folder of the monthly workbooks.
func (c *City) ReportsDir() string { return c.reports.dir }

// Close stops the city and lets go of its files; it may be called again.
func (c *City) Close() error {
	var errs []error
	if c.stop != nil {
		c.stop()
		errs = append(errs, c.http.Close())
	}
	if c.listener != nil {
		if err := c.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	c.running.Wait()
	if c.store != nil {
		errs = append(errs, c.store.Close())
		c.store = nil
	}
	errs = append(errs, c.lock.release())
	return errors.Join(errs...)
}
