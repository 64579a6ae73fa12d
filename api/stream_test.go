package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"github.com/zeebo/xxh3"

	"khue/api"
)

// longQuestion has 150,000 rows and some: three disciplines, day by day.
const longQuestion = "/api/v1/query?measure=visitors&by=day,discipline&from=1970-01-01&to=2116-12-31"

var longRows = 3 * int(time.Date(2117, 1, 1, 0, 0, 0, 0, time.UTC).Sub(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)).Hours()/24)

func TestALongAnswerComesWholeInFormsThatAreWrittenRowByRow(t *testing.T) {
	c := newCity(t)
	refused := c.get(longQuestion + "&format=csv")
	require.Equal(t, 400, refused.Code)
	p := problemIn(t, refused.Body.Bytes())
	require.Equal(t, "too_many_rows", p.Code)
	require.Contains(t, p.Detail, "raise limit, up to 2000000", "the fault says what would do")
	require.Empty(t, refused.Header().Get("Content-Disposition"))

	const whole = longQuestion + "&limit=200000&format="
	text := c.get(whole + "csv-raw")
	require.Equal(t, 200, text.Code, text.Body)
	require.Equal(t, strconv.Itoa(text.Body.Len()), text.Header().Get("Content-Length"))
	sum := xxh3.HashString128(text.Header().Get("Content-Type") + "\n" + text.Body.String()).Bytes()
	require.Equal(t, `"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"`, text.Header().Get("ETag"), "the tag is that of the bytes")
	require.Equal(t, 304, c.get(whole+"csv-raw", "If-None-Match", text.Header().Get("ETag")).Code)
	lines, err := csv.NewReader(bytes.NewReader(text.Body.Bytes())).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+longRows)
	visitors, last := 0, ""
	for _, line := range lines[1:] {
		require.LessOrEqual(t, last, line[0], "days rise")
		last = line[0]
		if line[2] != "" {
			n, err := strconv.Atoi(line[2])
			require.NoError(t, err)
			visitors += n
		}
	}
	require.Equal(t, 120+75+310+41+17, visitors, "every figure is there")

	file := c.get(whole + "parquet").Body.Bytes()
	read, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	require.EqualValues(t, longRows, read.NumRows())
	require.Greater(t, len(read.RowGroups()), 1, "it is written row group by row group")
	stream, err := ipc.NewReader(c.get(whole + "arrow").Body)
	require.NoError(t, err)
	rows := int64(0)
	for stream.Next() {
		rows += stream.RecordBatch().NumRows()
	}
	require.NoError(t, stream.Err())
	require.EqualValues(t, longRows, rows)
}

func TestFormsThatArePutTogetherInMemoryKeepTheirLimit(t *testing.T) {
	c := newCity(t)
	for _, form := range []string{"json", "xlsx", "sdmx-csv", "sdmx-json", "csv&page_size=10"} {
		got := c.get("/api/v1/query?measure=visitors&by=month&limit=100001&format=" + form)
		require.Equal(t, 400, got.Code, form)
		p := problemIn(t, got.Body.Bytes())
		require.Equal(t, "bad_limit", p.Code, form)
		require.Contains(t, p.Detail, "up to 2000000 rows come as one of csv, csv-raw, csv-excel, parquet, arrow", form)
	}
	over := problemIn(t, c.get("/api/v1/query?measure=visitors&by=month&limit=2000001&format=csv").Body.Bytes())
	require.Equal(t, "bad_limit", over.Code)
	require.True(t, strings.HasSuffix(over.Detail, "from 1 to 2000000"), over.Detail)
	require.Equal(t, 200, c.get("/api/v1/query?measure=visitors&by=month&limit=2000000&format=csv").Code)
	small := newCity(t, func(o *api.Options) { o.LargeRows = -1 })
	require.Contains(t, problemIn(t, small.get("/api/v1/query?measure=visitors&limit=100001&format=csv").Body.Bytes()).Detail, "from 1 to 100000")
}
