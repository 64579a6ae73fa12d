package indicators_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestTheLargestAreAskedForByNumberDimensionAndMeasure(t *testing.T) {
	for text, want := range map[string]*indicators.Top{
		"": nil, "5:discipline": {Dim: "discipline", N: 5}, "10:organiser:events": {Dim: "organiser", N: 10, By: "events"},
	} {
		got, err := indicators.ParseTop(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"discipline", "five:discipline", "5", "5:"} {
		_, err := indicators.ParseTop(text)
		require.Equal(t, khue.Invalid, khue.KindOf(err), text)
	}
}
