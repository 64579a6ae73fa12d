// Package engine runs the embedded ClickHouse: a child process around the
// library libchdb, supervised, on loopback ports of its own choosing, with
// secrets made anew at each start.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sys/unix"

	"khue"
)

// Options say how to run an engine.
type Options struct {
	Dir      string // data folder, made when absent
	Library  string // path of libchdb.so; empty looks in the usual places
	Logger   *slog.Logger
	LeastGiB float64 // free disk below which the engine is not started; 0 means 0.5
}

// Address is how to reach a running engine: written for its owner alone into
// the data folder, so that other commands find it.
type Address struct {
	TCP     int    `json:"tcp"`
	HTTP    int    `json:"http"`
	PID     int    `json:"pid"`
	Service string `json:"service_password"`
	Analyst string `json:"analyst_password"`
}

// Engine is a supervised embedded ClickHouse, or one that another process supervises.
type Engine struct {
	options Options
	secrets Credentials
	stop    context.CancelFunc
	done    chan struct{}
	owned   bool
	relay   *relay   // nil for an engine that another process supervises
	hold    *os.File // the supervisor's lock of the folder; nil for another's engine
	writes  *Writes  // nil where the supervisor is an older program, which counts none

	mu      sync.RWMutex
	address Address
	inner   int // the engine's own native port, behind the relay
	lastErr error
}

// Open connects to the engine that already runs on the folder, or starts one. Where
// another process is starting its engine, for the first time or again, Open waits for it.
func Open(ctx context.Context, o Options) (*Engine, error) {
	for until := time.Now().Add(othersPatience); ; {
		if e, ok := attach(ctx, o); ok {
			return e, nil
		}
		e, err := Start(ctx, o)
		if !errors.Is(err, errSupervised) || !time.Now().Before(until) {
			return e, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Start runs an engine on the folder and supervises it until Close. It returns
// when the engine answers, or with the one reason why it cannot.
func Start(ctx context.Context, o Options) (*Engine, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the data folder: %w", err)
	}
	o.Dir = dir
	if err := os.MkdirAll(filepath.Join(dir, storeFolder), 0o700); err != nil {
		return nil, khue.Errorf(khue.Unavailable,
			"không tạo được thư mục dữ liệu %s", "the data folder %s cannot be made", dir).Because(err)
	}
	if o.Library, err = findLibrary(o.Library); err != nil {
		return nil, err
	}
	if err := enoughDisk(dir, o.LeastGiB); err != nil {
		return nil, err
	}
	hold, err := lockFolder(dir, supervisorLock)
	if errors.Is(err, errHeld) {
		return nil, lockedError(dir).Because(errSupervised)
	} else if err != nil {
		return nil, err
	}
	e := &Engine{options: o, secrets: newCredentials(), done: make(chan struct{}), owned: true, hold: hold}
	if err := e.begin(ctx); err != nil {
		return nil, errors.Join(err, e.writes.Close(), hold.Close())
	}
	return e, nil
}

// begin starts the first engine of a supervisor, who holds the folder.
func (e *Engine) begin(ctx context.Context) error {
	dir := e.options.Dir
	if locked, err := isLocked(dir, endingPatience); err != nil {
		return err
	} else if locked {
		return lockedError(dir)
	}
	if err := writeConfig(dir, e.secrets); err != nil {
		return err
	}
	var err error
	if e.relay, err = newRelay(e.innerPort); err != nil {
		return err
	}
	child, err := e.spawn(ctx)
	if err != nil {
		e.relay.close()
		return err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	go e.supervise(run, child)
	return nil
}

// attach finds an engine that another process of the same owner runs.
func attach(ctx context.Context, o Options) (*Engine, bool) {
	b, err := os.ReadFile(filepath.Join(o.Dir, addressFile))
	if err != nil {
		return nil, false
	}
	var a Address
	if json.Unmarshal(b, &a) != nil || a.TCP == 0 || unix.Kill(a.PID, 0) != nil {
		return nil, false // the address is that of an engine that has ended
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(a.TCP)))
	if err != nil {
		return nil, false
	}
	_ = conn.Close()
	if locked, err := isLocked(o.Dir, 0); err != nil || !locked {
		return nil, false // the port now belongs to somebody else
	}
	writes, err := openWrites(o.Dir, 0)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, false
	}
	return &Engine{options: o, address: a, secrets: Credentials{Service: a.Service, Analyst: a.Analyst}, writes: writes}, true
}

// supervise restarts the child with growing pauses whenever it ends unasked.
func (e *Engine) supervise(ctx context.Context, c *child) {
	defer close(e.done)
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 200*time.Millisecond, 30*time.Second
	for {
		started := time.Now()
		select {
		case <-ctx.Done():
			c.end()
			return
		case <-c.exited:
		}
		e.setDown(fmt.Errorf("the engine ended: %w", c.failure()))
		e.options.Logger.Error("engine ended, restarting", "cause", c.failure())
		if time.Since(started) > time.Minute {
			pause.Reset()
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause.NextBackOff()):
			}
			next, err := e.spawn(ctx)
			if err == nil {
				c = next
				e.options.Logger.Info("engine is back", "pid", c.cmd.Process.Pid)
				break
			}
			e.setDown(err)
			e.options.Logger.Error("engine did not start", "cause", err)
		}
	}
}

// Address is where the engine answers. The native port stays for as long as the
// supervisor lives; the HTTP port and the process change when the engine restarts.
func (e *Engine) Address() (Address, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.lastErr != nil {
		return Address{}, khue.Errorf(khue.Unavailable,
			"kho dữ liệu đang khởi động lại", "the engine is restarting").Because(e.lastErr)
	}
	return e.address, nil
}

// DialContext reaches the engine wherever it answers now; the address given is ignored.
func (e *Engine) DialContext(ctx context.Context, _ string) (net.Conn, error) {
	a, err := e.Address()
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(a.TCP)))
}

// Secrets are the passwords of this life of the engine.
func (e *Engine) Secrets() Credentials { return e.secrets }

// Writes counts what the processes that share the engine write; nil is that nobody does.
func (e *Engine) Writes() *Writes { return e.writes }

// Owned tells whether this process supervises the engine.
func (e *Engine) Owned() bool { return e.owned }

// Close stops an engine that this process supervises; another's is left running.
func (e *Engine) Close() error {
	if !e.owned {
		return e.writes.Close()
	}
	e.stop()
	<-e.done
	e.relay.close()
	if err := errors.Join(e.writes.Close(), e.forgetAddress()); err != nil {
		return errors.Join(err, e.hold.Close())
	}
	return e.hold.Close() // from here on another may supervise the folder
}

func (e *Engine) forgetAddress() error {
	err := os.Remove(filepath.Join(e.options.Dir, addressFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the engine's address: %w", err)
	}
	return nil
}

func (e *Engine) setDown(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastErr = err
}

// innerPort is where the relay finds the engine.
func (e *Engine) innerPort() (int, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.inner, e.lastErr
}

func (e *Engine) setUp(inner int, a Address) error {
	if e.writes == nil { // now that the child holds the folder, and before others hear of it
		var err error
		if e.writes, err = newWrites(e.options.Dir); err != nil {
			return err
		}
	}
	a.TCP = e.relay.port()
	b, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("writing the engine's address: %w", err)
	}
	e.mu.Lock()
	e.address, e.inner, e.lastErr = a, inner, nil
	e.mu.Unlock()
	return writePrivate(filepath.Join(e.options.Dir, addressFile), b) // others find an engine that the relay leads to
}

// othersPatience is how long to wait for an engine that another process is starting.
const othersPatience = 20 * time.Second

// errSupervised tells that another process supervises the folder's engine, whether it
// answers just now or not.
var errSupervised = errors.New("another process supervises the engine of this folder")

// endingPatience is how long an engine whose supervisor was killed may take to end.
const endingPatience = 5 * time.Second

// isLocked tells whether an engine holds the folder, and still does after the patience.
func isLocked(dir string, patience time.Duration) (bool, error) {
	f, err := os.OpenFile(filepath.Join(dir, engineLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, khue.Errorf(khue.Unavailable,
			"không mở được thư mục dữ liệu %s", "the data folder %s cannot be opened", dir).Because(err)
	}
	defer func() { _ = f.Close() }()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return false, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return false, fmt.Errorf("looking at the lock of %s: %w", dir, err)
		}
		if !time.Now().Before(until) {
			return true, nil
		}
	}
}

func lockedError(dir string) *khue.Error {
	return khue.Errorf(khue.Conflict,
		"thư mục dữ liệu %s đang do một tiến trình Khuê khác dùng; hãy dừng tiến trình đó hoặc chọn --data khác",
		"the data folder %s is in use by another Khuê process; stop that one or choose another --data", dir)
}

func enoughDisk(dir string, least float64) error {
	if least == 0 {
		least = 0.5
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("looking at the disk of %s: %w", dir, err)
	}
	free := float64(fs.Bavail) * float64(fs.Bsize) / (1 << 30)
	if free < least {
		return khue.Errorf(khue.Unavailable,
			"đĩa chứa %s chỉ còn %.2f GiB, cần ít nhất %.2f GiB",
			"the disk of %s has %.2f GiB left, at least %.2f GiB are needed", dir, free, least)
	}
	return nil
}
