package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const trySources = `
sources:
  visits:
    kind: files
    label: {vi: Lượt khách, en: Visits}
    folder: ${DIR}
    schedule: "@daily"
    datasets:
      attendance:
        key: [event, occurred_at]
        fields: {event: Sự kiện, occurred_at: {from: Ngày, format: dd/mm/yyyy}, visitors: {from: Lượt, number: vi}}
  registry:
    kind: rest
    url: https://registry.example
    auth: {bearer: very-secret}
    datasets:
      members: {path: /m, id: id, fields: {name: name, kind: kind, disciplines: field, status: status}}
`

func runSource(t *testing.T, lang string, args ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("DIR", dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.csv"), []byte("Sự kiện,Ngày,Lượt,Ghi chú\nlễ hội,31/12/2025,1.234,x\nlễ hội,2025,nhiều,\n"), 0o600))
	config := filepath.Join(t.TempDir(), "khue.yaml")
	require.NoError(t, os.WriteFile(config, []byte(trySources), 0o600))
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(append([]string{"source", "--config", config, "--lang", lang}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestSourcesAreListedWithoutTheirSecrets(t *testing.T) {
	out, err := runSource(t, "vi", "list")
	require.NoError(t, err)
	for _, want := range []string{"visits", "Lượt khách", "files", "attendance", "@daily", "registry", "rest", "members", "khi được gọi"} {
		require.Contains(t, out, want)
	}
	require.NotContains(t, out, "very-secret")
}

func TestTryingASourceShowsWhatIsRawMappedAndRejectedInBothLanguages(t *testing.T) {
	out, err := runSource(t, "vi", "try", "visits")
	require.NoError(t, err)
	for _, want := range []string{"Ghi chú", "1.234", "00:00 ngày 31/12/2025", "a.csv › B3", "ngày giờ viết dạng dd/mm/yyyy", "số nguyên viết kiểu vi", "nhận 1, từ chối 1, bỏ qua 0"} {
		require.Contains(t, out, want)
	}
	out, err = runSource(t, "en", "try", "visits", "--rows", "1")
	require.NoError(t, err)
	for _, want := range []string{"1,234", "00:00 on 31 Dec 2025", "accepted 1, rejected 0", "The source has more"} {
		require.Contains(t, out, want)
	}
	_, err = runSource(t, "en", "try", "nobody")
	require.ErrorContains(t, err, `there is no source "nobody"`)
}
