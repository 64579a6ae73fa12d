package mariadbtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue/demo/mariadbtest"
)

func TestAStartedServerTakesATable(t *testing.T) {
	db := mariadbtest.Open(t, mariadbtest.Start(t))
	_, err := db.ExecContext(t.Context(), "CREATE TABLE chu (ten text); INSERT INTO chu VALUES ('Khuê Văn Các')")
	require.NoError(t, err)
	var name string
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT ten FROM chu").Scan(&name))
	require.Equal(t, "Khuê Văn Các", name)
}
