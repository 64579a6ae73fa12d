// Package charts draws the observatory's charts once for screen and paper. It
// builds the option that the browser's charting library reads, and runs that
// same library on the server to turn an option into SVG, so that a chart in a
// report is the chart of the dashboard.
package charts

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// FormatScript defines khueFormat, the named number formatters. Pages load it
// after the charting library and pass every option through khueFormat.revive.
//
//go:embed format.js
var FormatScript string

//go:embed host.js
var hostScript string

// LibraryFile is the charting library inside the file system given to New.
const LibraryFile = "echarts.min.js"

// rendersPerMachine bounds a JavaScript machine's life: its heap grows with
// every chart drawn.
const rendersPerMachine = 200

// Renderer turns options into SVG. It is safe for use by several goroutines;
// at most Machines charts are drawn at a time.
type Renderer struct {
	programs []*goja.Program
	ruler    *ruler
	machines chan *machine // a nil stands for one not made yet
}

// Options say what a Renderer draws with.
type Options struct {
	Library  fs.FS  // holds LibraryFile, as built from library.mjs
	Fonts    []Font // the first stands in for families not listed
	Machines int    // JavaScript machines kept, about 30 MB each; 1 when zero
}

// New compiles the charting library. It fails when the library or a font
// cannot be read.
func New(o Options) (*Renderer, error) {
	source, err := fs.ReadFile(o.Library, LibraryFile)
	if err != nil {
		return nil, fmt.Errorf("reading the charting library: %w", err)
	}
	r := &Renderer{}
	if r.ruler, err = newRuler(o.Fonts); err != nil {
		return nil, err
	}
	for _, s := range []struct{ name, text string }{
		{"host.js", hostScript}, {LibraryFile, string(source)}, {"format.js", FormatScript},
	} {
		program, err := goja.Compile(s.name, s.text, false)
		if err != nil {
			return nil, fmt.Errorf("compiling %s: %w", s.name, err)
		}
		r.programs = append(r.programs, program)
	}
	n := max(o.Machines, 1)
	r.machines = make(chan *machine, n)
	for range n {
		r.machines <- nil
	}
	return r, nil
}

// Render draws an option as a self-contained <svg> element of width by height
// pixels. The same option gives the same bytes. Interaction (tooltip, toolbox,
// zoom) and animation are left out.
func (r *Renderer) Render(ctx context.Context, option json.RawMessage, width, height int) ([]byte, error) {
	var m *machine
	select {
	case m = <-r.machines:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to draw a chart: %w", ctx.Err())
	}
	if m == nil || m.renders >= rendersPerMachine {
		fresh, err := r.start()
		if err != nil {
			r.machines <- nil
			return nil, err
		}
		m = fresh
	}
	svg, err := m.render(ctx, string(option), width, height)
	if err != nil {
		r.machines <- nil // its state is unknown now
		return nil, fmt.Errorf("drawing a chart: %w", err)
	}
	r.machines <- m
	return stable(svg, option), nil
}

type machine struct {
	vm      *goja.Runtime
	draw    goja.Callable
	renders int
}

func (r *Renderer) start() (*machine, error) {
	vm := goja.New()
	// The library times how long letters take to measure and breaks lines by guesswork
	// where that is slow. With a clock that stands still a busy machine draws the same.
	vm.SetTimeSource(func() time.Time { return time.Unix(0, 0) })
	if err := vm.Set("khueMeasure", r.ruler.width); err != nil {
		return nil, fmt.Errorf("starting the chart machine: %w", err)
	}
	for _, p := range r.programs {
		if _, err := vm.RunProgram(p); err != nil {
			return nil, fmt.Errorf("starting the chart machine: %w", err)
		}
	}
	begin, ok := goja.AssertFunction(vm.Get("khueStart"))
	draw, ok2 := goja.AssertFunction(vm.Get("khueRender"))
	if !ok || !ok2 {
		return nil, fmt.Errorf("starting the chart machine: its scripts define no khueStart and khueRender")
	}
	if _, err := begin(goja.Undefined()); err != nil {
		return nil, fmt.Errorf("starting the chart machine: %w", err)
	}
	return &machine{vm: vm, draw: draw}, nil
}

func (m *machine) render(ctx context.Context, option string, width, height int) (string, error) {
	stop := context.AfterFunc(ctx, func() { m.vm.Interrupt(ctx.Err()) })
	m.renders++
	v, err := m.draw(goja.Undefined(), m.vm.ToValue(option), m.vm.ToValue(width), m.vm.ToValue(height))
	if !stop() && err == nil { // the interrupt may still be pending in the machine
		err = ctx.Err()
	}
	if err != nil {
		return "", err
	}
	return v.String(), nil
}

// interactive matches what only a page with the library's script would use:
// hover styles and the marks by which it finds its data. In text a quotation
// mark is written as an entity, so labels cannot match.
var interactive = regexp.MustCompile(`(?s)<style ?>.*?</style>| class="zr[^"]*"| ecmeta_[a-z_]+="[^"]*"`)

var generated = regexp.MustCompile(`((?: id="|url\(#|href="#))(zr\d+-[A-Za-z0-9_-]+)`)

// stable drops interaction and renames the identifiers that the library counts
// up with every chart, so that equal options give equal bytes and charts on one
// page do not share names.
func stable(svg string, option []byte) []byte {
	sum := sha256.Sum256(option)
	prefix := "k" + hex.EncodeToString(sum[:4]) + "-"
	names := map[string]string{}
	svg = interactive.ReplaceAllString(svg, "")
	svg = generated.ReplaceAllStringFunc(svg, func(match string) string {
		m := generated.FindStringSubmatch(match)
		if _, ok := names[m[2]]; !ok {
			names[m[2]] = fmt.Sprintf("%s%d", prefix, len(names))
		}
		return m[1] + names[m[2]]
	})
	return []byte(strings.TrimSpace(svg))
}
