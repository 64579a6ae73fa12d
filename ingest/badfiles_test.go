package ingest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// bomb is a workbook one of whose parts unpacks to far more than it looks.
func bomb(t *testing.T, path, part, begin string, size int64) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	const relations = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	for name, content := range map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="a" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook><sheets><sheet name="S" id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + relations + `/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="` + relations + `/sharedStrings" Target="strings.xml"/></Relationships>`,
		"xl/sheet.xml":               `<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
		"xl/strings.xml":             `<sst><si><t>x</t></si></sst>`,
	} {
		w, err := z.Create(name)
		require.NoError(t, err)
		if name != part {
			_, err = io.WriteString(w, content)
			require.NoError(t, err)
			continue
		}
		_, err = io.WriteString(w, begin)
		require.NoError(t, err)
		block := bytes.Repeat([]byte(strings.Repeat(" ", 999)+"\n"), 1000)
		if begin == "<sst>" {
			block = bytes.Repeat([]byte("<si><t>"+strings.Repeat("x", 9985)+"</t></si>"), 100)
		}
		for range size / int64(len(block)) {
			_, err = w.Write(block)
			require.NoError(t, err)
		}
	}
	require.NoError(t, z.Close())
	write(t, filepath.Dir(path), filepath.Base(path), b.String(), noon.Add(time.Hour))
}

func TestAZipBombIsRefusedInLittleMemoryAndLeavesEarlierDataWhole(t *testing.T) {
	for name, c := range map[string]struct {
		part, begin string
		size        int64
		says        string
	}{
		"one endless row":      {"xl/sheet.xml", `<worksheet><sheetData><row>`, 100e6, "one row is longer than 16 MB"},
		"one endless text":     {"xl/strings.xml", `<sst><si><t>`, 100e6, "one row is longer than 16 MB"},
		"too many texts":       {"xl/strings.xml", `<sst>`, 300e6, "larger than the limit of 256 MB"},
		"more than a gigabyte": {"xl/sheet.xml", `<worksheet><sheetData>`, 1100e6, "the workbook unpacks to more than 1024 MB; it may be a zip bomb"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			workbook(t, filepath.Join(dir, "a.xlsx"), map[string][][]any{"S": {{"Địa bàn", "Lĩnh vực", "Lao động"}, {"001", "design", 1}}})
			m := newMemory(t)
			p := puller(t, statistics(t, dir, ""), m, at(noon))
			pullAll(t, p)
			bomb(t, filepath.Join(dir, "a.xlsx"), c.part, c.begin, c.size)
			peak := peakHeap(t, func() {
				_, err := p.Pull(t.Context(), "monthly", PullOptions{})
				require.ErrorContains(t, err, c.says)
			})
			require.Less(t, peak, uint64(900<<20))
			require.Equal(t, map[string]any{"workers|design|001": "1"}, values(m))
		})
	}
}

func TestAFileThatMayNotBeReadIsToldSoAndTheOthersAreLoaded(t *testing.T) {
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		require.NoError(t, os.Chmod(d, 0o755)) //nolint:gosec // another user must get as far as the file
	}
	write(t, dir, "a.csv", header+"001,design,1\n", noon)
	write(t, dir, "b.csv", header+"002,design,2\n", noon)
	require.NoError(t, os.Chmod(filepath.Join(dir, "a.csv"), 0))
	require.NoError(t, os.Chmod(filepath.Join(dir, "b.csv"), 0o644)) //nolint:gosec // so that another user can read it
	m := newMemory(t)
	p := puller(t, statistics(t, dir, ""), m, at(noon))
	if os.Geteuid() == 0 { // root may read anything: be somebody else on this thread
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		require.NoError(t, unix.Setfsuid(65534))
		defer func() { require.NoError(t, unix.Setfsuid(0)) }()
	}
	_, err := p.Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "reading a.csv: there is no permission to read the file")
	require.Equal(t, map[string]any{"workers|design|002": "2"}, values(m))
}

func TestAFileThatVanishesIsToldSoAndKeepsItsFacts(t *testing.T) {
	dir := t.TempDir()
	var long strings.Builder
	long.WriteString(header)
	for i := range 2 * pageRows {
		fmt.Fprintf(&long, "001,design,%d\n", i)
	}
	write(t, dir, "a.csv", long.String(), noon)
	write(t, dir, "b.csv", header+"002,design,2\n", noon)
	m := newMemory(t)
	p := puller(t, statistics(t, dir, ""), m, at(noon))
	p.options.Progress = func(r Result) {
		if r.Read == pageRows {
			require.NoError(t, os.Remove(filepath.Join(dir, "a.csv")))
			p.options.Progress = nil
		}
	}
	_, err := p.Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "reading a.csv: the file is no longer there")
	require.Equal(t, map[string]any{"workers|design|002": "2"}, values(m))

	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "c.csv")))
	_, err = p.Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "reading c.csv: the file is no longer there")
}

func TestEveryFaultOfEveryRowIsToldAtOnceWithItsCell(t *testing.T) {
	p := puller(t, configure(t, "sources:\n  f:\n    kind: files\n    file: "+filepath.Join("testdata", "awkward", "several-faults-a-row.csv")+"\n    datasets:\n      "+
		strings.ReplaceAll(strings.TrimSpace(statistic), "\n", "\n      ")+"\n", nil), nil, at(noon))
	trial, err := p.Try(t.Context(), "f", TryOptions{})
	require.NoError(t, err)
	var cells []string
	for _, f := range trial.Rows[0].Faults {
		cells = append(cells, f.Cell+" "+f.Value)
		require.NotEmpty(t, f.Expected.VI)
	}
	require.Equal(t, []string{"C2 quý trước", "B2 Kỷ luật", "A2 Quận Mới", "D2 nhiều"}, cells)
}
