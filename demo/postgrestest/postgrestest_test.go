package postgrestest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
)

func TestAStartedServerTakesATable(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), postgrestest.Start(t))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `CREATE TABLE chu (ten text)`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO chu VALUES ('Khuê Văn Các')`)
	require.NoError(t, err)
	var name string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT ten FROM chu`).Scan(&name))
	require.Equal(t, "Khuê Văn Các", name)
}
