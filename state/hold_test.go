package state

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAllWhoAskAtOnceSeeThatAProcessIsGone(t *testing.T) {
	h := &holdFile{folder: t.TempDir()}
	const holder = "host/1/ABC"
	for range 50 {
		require.NoError(t, os.WriteFile(filepath.Join(h.folder, holdName(holder)), nil, 0o600)) // as a killed process leaves it
		gone := make([]bool, 16)
		var wait sync.WaitGroup
		for i := range gone {
			wait.Go(func() { gone[i] = h.gone(holder) })
		}
		wait.Wait()
		for _, one := range gone {
			require.True(t, one, "nobody takes another who asks for the process")
		}
	}
}
