package charts_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

func TestAPictureSaysAboveWhatItShowsAndBelowWhereItComesFrom(t *testing.T) {
	r, err := renderer()
	require.NoError(t, err)
	option, err := charts.Line(spec())
	require.NoError(t, err)
	woff, err := os.ReadFile("../node_modules/@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-400-normal.woff2")
	require.NoError(t, err)
	p := charts.Picture{
		Title: "Thiết kế & thủ công <một nửa>", Subtitle: "Lượt khách theo tháng", Option: option, Width: 640,
		Foot:   []string{"Nguồn: " + strings.Repeat("hệ thống bán vé, báo cáo phường xã; ", 8)},
		Family: "Be Vietnam Pro, sans-serif", Faces: []charts.Face{{Family: "Be Vietnam Pro", Weight: 400, Ranges: "U+1EA0-1EF9", WOFF2: woff}},
	}
	one, err := r.Picture(t.Context(), p)
	require.NoError(t, err)
	again, err := r.Picture(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, one, again, "the same picture gives the same bytes")

	var said []string
	decoder := xml.NewDecoder(strings.NewReader(string(one)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, "the picture is well-formed")
		if words, ok := token.(xml.CharData); ok {
			said = append(said, string(words))
		}
	}
	all := strings.Join(said, "\n")
	for _, words := range []string{p.Title, p.Subtitle, "Nguồn: hệ thống bán vé", "Thủ công"} {
		require.Contains(t, all, words)
	}
	require.Equal(t, 2, strings.Count(string(one), "<svg "), "the chart lies inside the picture")
	require.Contains(t, string(one), `fill="#ffffff"/>`)
	lines := strings.Count(string(one), `font-size="12" font-weight="400" fill="`+charts.Quiet)
	require.Greater(t, lines, 2, "a long source is broken into lines")
}

func TestAPictureIsAsHighAsWhatItShowsNeeds(t *testing.T) {
	bars := charts.Ranking{Lang: khue.Vietnamese, Now: charts.Series{Name: "2026", Tone: charts.Now}}
	for i := range 12 {
		bars.Categories = append(bars.Categories, fmt.Sprint("Nơi ", i))
		bars.Now.Points = append(bars.Now.Points, charts.Point{Value: float64(i), Known: true})
	}
	option, err := charts.RankingBars(bars)
	require.NoError(t, err)
	require.Equal(t, 12*34+40, charts.FitHeight(option, 900))
	line, err := charts.Line(spec())
	require.NoError(t, err)
	require.Equal(t, 450, charts.FitHeight(line, 900))
	require.Equal(t, 3*170+40, charts.FitHeight([]byte(`{"calendar":[{},{},{}],"yAxis":null}`), 900))
	require.Equal(t, 450, charts.FitHeight([]byte(`not an option`), 900))
}
