package indicators

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// Whatever a file of definitions holds: it is taken, or each fault of it names the
// file and a line of it.
func FuzzDefinitions(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*/*.yaml")
	require.NoError(f, err)
	more, err := filepath.Glob("definitions/*.yaml")
	require.NoError(f, err)
	seeds = append(seeds, more...)
	require.NotEmpty(f, seeds)
	for _, path := range seeds {
		content, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(content)
	}
	ours := loaded(f).files
	f.Fuzz(func(t *testing.T, content []byte) {
		var faults khue.Faults
		c := catalogueOf(append(ours[:len(ours):len(ours)], definition{name: "theirs.yaml", shown: "theirs.yaml", content: content}), &faults)
		if faults.Err() == nil {
			require.NotNil(t, c)
			return
		}
		for _, fault := range faults {
			require.NotEmpty(t, fault.File)
			require.NotEmpty(t, fault.Message)
		}
	})
}
