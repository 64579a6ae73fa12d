package dashboards

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestOfActualFiguresThatContradictEachOtherNoneIsShown(t *testing.T) {
	spaces := func(period string, value float64) indicators.Claim {
		return indicators.Claim{Period: period, Value: value, Kind: "actual", Publisher: "kinhtedothi.vn", Unit: text("không gian", "spaces")}
	}
	older := []indicators.Claim{spaces("2022", 100), spaces("2022", 90)}
	require.Equal(t, "2 published figures contradict each other (2022)", newestClaim(khue.English, older))
	require.Equal(t, "124 spaces (2023, kinhtedothi.vn)", newestClaim(khue.English, append(older, spaces("2023", 124))))
	require.Equal(t, "2 số đã công bố mâu thuẫn nhau (2022)", newestClaim(khue.Vietnamese, older))
}
