package html_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/html"
)

// drawn keeps the options that it was asked to draw.
type drawn struct {
	options []json.RawMessage
	fails   error
}

func (d *drawn) Render(_ context.Context, option json.RawMessage, width, height int) ([]byte, error) {
	d.options = append(d.options, option)
	return fmt.Appendf(nil, `<svg id="c%d" width="%d" height="%d"></svg>`, len(d.options), width, height), d.fails
}

func write(t *testing.T, lang khue.Lang) (string, *drawn) {
	t.Helper()
	var out bytes.Buffer
	charts := &drawn{}
	require.NoError(t, html.Write(context.Background(), &out, documenttest.Sample(lang), charts))
	return out.String(), charts
}

func TestThePageStandsAloneAndRunsNothing(t *testing.T) {
	page, _ := write(t, khue.Vietnamese)
	for _, never := range []string{"<script", "<link", "src=", "@import", "url(", "onclick", "#ZgotmplZ", "\x00"} {
		require.NotContains(t, page, never)
	}
	require.Contains(t, page, `content="default-src 'none';`)
	require.True(t, strings.HasPrefix(page, "<!doctype html>\n<html lang=\"vi\">"))
}

func TestTextFromDataIsEscapedAndComposed(t *testing.T) {
	page, _ := write(t, khue.Vietnamese)
	require.Contains(t, page, "&lt;b&gt;&amp;&#34;&#39;")
	require.NotContains(t, page, "<b>")
	require.Contains(t, page, "Lễ hội")
	require.True(t, norm.NFC.IsNormalString(page))
}

func TestOfficialPapersHaveTheirFrameAndPlainOnesNone(t *testing.T) {
	vi, _ := write(t, khue.Vietnamese)
	for _, want := range []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Số: …/BC-SVHTT", "Nơi nhận:", "GIÁM ĐỐC", "<h2>I. Tóm tắt</h2>", "<h3>1. Theo tháng</h3>"} {
		require.Contains(t, vi, want)
	}
	en, _ := write(t, khue.English)
	require.NotContains(t, en, "CỘNG HÒA")
	require.Contains(t, en, "<h3>1.1. By month</h3>")
}

func TestSimulatedDataIsSaidOnScreenAndOnEveryPrintedPage(t *testing.T) {
	page, _ := write(t, khue.English)
	require.Contains(t, page, `<p class="simulated" role="note">Simulated data: for trial only, not the city&#39;s figures.</p>`)
	require.Contains(t, page, `@bottom-center { content: "Simulated data\3a  for trial only\2c  not the city\27 s figures\2e ";`)
}

func TestEveryNoteIsLinkedBothWays(t *testing.T) {
	page, _ := write(t, khue.Vietnamese)
	for n := 1; n <= 2; n++ {
		for _, want := range []string{`id="r%d" href="#n%d"`, `id="n%d"`, `href="#r%d"`} {
			args := make([]any, strings.Count(want, "%d"))
			for i := range args {
				args[i] = n
			}
			require.Contains(t, page, fmt.Sprintf(want, args...))
		}
	}
}

func TestChartsAreDrawnFromTheirTablesWithAltText(t *testing.T) {
	page, charts := write(t, khue.Vietnamese)
	require.Len(t, charts.options, 2)
	require.Contains(t, page, `<div role="img" aria-label="Cột theo tháng"><svg id="c1"`)
	var option struct {
		Series []struct{ Data []struct{ Value any } }
	}
	require.NoError(t, json.Unmarshal(charts.options[0], &option))
	require.Len(t, option.Series[0].Data, 12)
	require.Equal(t, 69000.0, option.Series[0].Data[0].Value)
	require.Equal(t, "-", option.Series[1].Data[1].Value, "what is not known is a gap")
}

func TestAChartThatCannotBeDrawnIsAnError(t *testing.T) {
	broken := &drawn{fails: errors.New("no paper")}
	err := html.Write(context.Background(), &bytes.Buffer{}, documenttest.Sample(khue.English), broken)
	require.ErrorContains(t, err, "no paper")
	require.ErrorContains(t, html.Write(context.Background(), &bytes.Buffer{}, documenttest.Sample(khue.English), nil), "no chart renderer")
}
