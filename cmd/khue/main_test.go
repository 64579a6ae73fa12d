package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
	"khue/warehouse/engine"
	"khue/warehouse/warehousetest"
)

// asProgram makes the test binary behave as khue itself, so that tests run
// whole processes, which can be killed, without building another binary.
const asProgram = "KHUE_TEST_AS_PROGRAM"

// programVariable names the built program. Tests that move much data run it
// instead of themselves: under the race detector they would take many times as
// long, and what they move is under the detector in the packages below.
const programVariable = "KHUE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	engine.RunIfChild()
	if os.Getenv(asProgram) != "" {
		main()
	}
	warehousetest.Main(m)
}

// observatory is a data folder, a warehouse and a configuration that tests run commands on.
type observatory struct {
	t         *testing.T
	data      string
	dsn       string // "" is the embedded engine in the data folder
	config    string
	variables []string
	raced     bool // run under the race detector where the tests do
}

func newObservatory(t *testing.T, config []byte, variables map[string]string) *observatory {
	t.Helper()
	o := &observatory{t: t, data: t.TempDir()}
	if os.Getenv(warehousetest.DSNVariable) != "" {
		o.dsn = warehousetest.DSN(t)
	}
	o.config = o.data + "/khue.yaml"
	require.NoError(t, os.WriteFile(o.config, config, 0o600))
	o.variables = variablesOf(variables)
	return o
}

func variablesOf(variables map[string]string) []string {
	out := make([]string, 0, len(variables))
	for k, v := range variables {
		out = append(out, k+"="+v)
	}
	return out
}

// command prepares khue with these arguments; it is not started yet.
func (o *observatory) command(ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	args = append(args, "--data", o.data, "--config", o.config, "--lang", "en")
	if o.dsn != "" {
		args = append(args, "--dsn", o.dsn)
	}
	program := os.Args[0]
	if built := os.Getenv(programVariable); built != "" && !o.raced {
		program = built
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), o.variables...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	return cmd, &out, &errs
}

// khue runs a command to its end and gives what it printed and its exit code.
func (o *observatory) khue(args ...string) (stdout, stderr string, code int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 10*time.Minute)
	defer cancel()
	cmd, out, errs := o.command(ctx, args...)
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(o.t, err, &exit, "running khue %v", args)
		code = exit.ExitCode()
	}
	return out.String(), errs.String(), code
}

func (o *observatory) must(args ...string) string {
	o.t.Helper()
	out, errs, code := o.khue(args...)
	require.Zero(o.t, code, "khue %s:\n%s%s", strings.Join(args, " "), out, errs)
	return out
}

// ask queries one measure by dimensions and gives its values by their keys joined with "|".
func (o *observatory) ask(measure, by string, more ...string) map[string]int64 {
	o.t.Helper()
	args := append([]string{"query", "--measure", measure, "--format", "csv"}, more...)
	if by != "" {
		args = append(args, "--by", by)
	}
	lines, err := csv.NewReader(strings.NewReader(o.must(args...))).ReadAll()
	require.NoError(o.t, err)
	values := map[string]int64{}
	column := slices.Index(lines[0], measure)
	require.GreaterOrEqual(o.t, column, 0, "%v", lines[0])
	for _, l := range lines[1:] {
		keys, cell := l[:column], l[column]
		if cell == "" {
			continue
		}
		n, err := strconv.ParseInt(cell, 10, 64)
		require.NoError(o.t, err)
		if n != 0 {
			values[strings.Join(keys, "|")] = n
		}
	}
	return values
}

// demoCity runs the simulated source systems in the test's own process.
func demoCity(t *testing.T, o demo.Options) *demo.City {
	t.Helper()
	if o.Seed == 0 {
		o.Seed = demo.DefaultSeed
	}
	o.Dir, o.Zone = t.TempDir(), warehousetest.Zone()
	if o.Now == nil {
		frozen := time.Now() // the sums are compared with a city that stands still
		o.Now = func() time.Time { return frozen }
	}
	city, err := demo.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = city.Close() })
	return city
}
