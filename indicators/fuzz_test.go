package indicators

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// definitionSeeds are files of definitions, right and wrong ones.
func definitionSeeds(f *testing.F) {
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
}

// requireDefined holds that files are taken, or each fault of them names the file and
// says what is wrong.
func requireDefined(t *testing.T, files []definition) {
	var faults khue.Faults
	c := catalogueOf(files, &faults)
	if faults.Err() == nil {
		require.NotNil(t, c)
		return
	}
	for _, fault := range faults {
		require.NotEmpty(t, fault.File)
		require.NotEmpty(t, fault.Message)
	}
}

func theirs(content []byte) definition {
	return definition{name: "theirs.yaml", shown: "theirs.yaml", content: content}
}

// FuzzDefinitions lays whatever a file holds over the definitions that come with the
// product; all of them are read anew each time, so it gets through few.
func FuzzDefinitions(f *testing.F) {
	definitionSeeds(f)
	ours := loaded(f).files
	f.Fuzz(func(t *testing.T, content []byte) {
		requireDefined(t, append(ours[:len(ours):len(ours)], theirs(content)))
	})
}

// FuzzDefinitionFile reads a file that stands alone, which is quick.
func FuzzDefinitionFile(f *testing.F) {
	definitionSeeds(f)
	f.Fuzz(func(t *testing.T, content []byte) { requireDefined(t, []definition{theirs(content)}) })
}
