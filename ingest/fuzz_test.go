package ingest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// fileEndings are the kinds of file that a folder takes.
var fileEndings = []string{".csv", ".xlsx", ".parquet", ".jsonl", ".json", ".tsv"}

// Whatever a handed-in file holds: it is read, or refused with sentences in both
// languages; nothing that was there before is lost by it, and what is taken is what a
// contract can hold.
func FuzzHandedInFile(f *testing.F) {
	dir := f.TempDir()
	for kind := range fileEndings {
		f.Add([]byte(header+"001,design,12\n002,,1.234\n"), uint8(kind)) //nolint:gosec // a handful
	}
	f.Add([]byte("\xef\xbb\xbf"+header+"\"001\nx\",design,=1+1\n"), uint8(0))
	f.Add([]byte("\xff\xfe\x00D\x00"), uint8(0))
	f.Add([]byte(`{"Địa bàn":"001","Lĩnh vực":"design","Lao động":1e999}`+"\n"), uint8(3))
	book := filepath.Join(dir, "seed.xlsx")
	f.Add(seedWorkbook(f, book), uint8(1))
	f.Fuzz(func(t *testing.T, content []byte, kind uint8) {
		dir := t.TempDir()
		m := newMemory(t)
		p := puller(t, statistics(t, dir, ""), m, at(noon))
		write(t, dir, "before.csv", header+"001,crafts,7\n", noon)
		pullAll(t, p)
		write(t, dir, "given"+fileEndings[int(kind)%len(fileEndings)], string(content), noon.Add(time.Hour))
		_, err := p.Pull(t.Context(), "monthly", PullOptions{})
		if err != nil {
			said := khue.MessageOf(err)
			require.NotEmpty(t, said.VI)
			require.NotEmpty(t, said.EN)
			require.NotEqual(t, khue.Internal, khue.KindOf(err), "%v", err)
		}
		require.Contains(t, values(m), "workers|crafts|001", "what another file said stays")
	})
}

func seedWorkbook(f *testing.F, path string) []byte {
	f.Helper()
	book := newBook(f, map[string][][]any{"S": {{"Địa bàn", "Lĩnh vực", "Lao động"}, {"001", "design", 1}}})
	require.NoError(f, book.SaveAs(path))
	content, err := os.ReadFile(path)
	require.NoError(f, err)
	return content
}
