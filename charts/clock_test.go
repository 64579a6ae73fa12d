package charts

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheClockOfADrawingStandsStill(t *testing.T) {
	ttf, err := os.ReadFile("../node_modules/@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf")
	require.NoError(t, err)
	r, err := New(Options{Library: os.DirFS("../dashboards/static/vendor"), Fonts: []Font{{Family: "Tinos", TTF: ttf}}})
	require.NoError(t, err)
	m, err := r.start()
	require.NoError(t, err)
	now, err := m.vm.RunString("+new Date() + Date.now() + (+new Date(5))")
	require.NoError(t, err)
	require.EqualValues(t, 5, now.ToInteger(), "only a moment that is named is one")
}
