package pending_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards/pending"
)

func TestNamesAreCleanedAndVietnameseStays(t *testing.T) {
	for sent, want := range map[string]string{
		"Báo cáo tháng 3.xlsx":              "Báo cáo tháng 3.xlsx",
		"Ba\u0301o ca\u0301o.csv":           "Báo cáo.csv",
		`C:\Users\lan\Báo cáo.xlsx`:         "Báo cáo.xlsx",
		"../../etc/cron.d/x.csv":            "x.csv",
		"....//bao-cao.csv":                 "bao-cao.csv",
		".hidden.csv":                       "hidden.csv",
		"~$bao-cao.xlsx":                    "bao-cao.xlsx",
		"-rf.csv":                           "rf.csv",
		"a\x00b\r\nc.csv":                   "abc.csv",
		"a<b>:\"|?*.csv":                    "a-b------.csv",
		"ten\u202Exslx.csv":                 "tenxslx.csv",
		"bao cao . .xlsx":                   "bao cao.xlsx",
		strings.Repeat("ế", 400) + ".xlsx":  strings.Repeat("ế", 58) + ".xlsx",
		"nhiều   khoảng \t trắng trong.csv": "nhiều khoảng trắng trong.csv",
	} {
		got, err := pending.CleanName(sent)
		require.NoError(t, err, sent)
		require.Equal(t, want, got, sent)
		again, err := pending.CleanName(got)
		require.NoError(t, err)
		require.Equal(t, got, again, "a clean name is clean")
	}
	for _, sent := range []string{"", ".", "..", ".csv", "khong-duoi", "a/b/", "\xff\xfe.csv", "///", "x." + strings.Repeat("y", 30)} {
		_, err := pending.CleanName(sent)
		require.Equal(t, khue.Invalid, khue.KindOf(err), "%q", sent)
	}
}

func store(t *testing.T, o pending.Options) (*pending.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pending")
	s, err := pending.Open(dir, o)
	require.NoError(t, err)
	return s, dir
}

func TestAFileWaitsForItsOwnerOnlyAndNotForEver(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	s, dir := store(t, pending.Options{Now: func() time.Time { return now }})
	f, err := s.Keep(t.Context(), "a.csv", "lan", "monthly/claims", strings.NewReader("x"))
	require.NoError(t, err)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "the folder is private")
	require.Equal(t, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", f.SHA256)

	same, err := s.Of(f.ID, "lan")
	require.NoError(t, err)
	require.Equal(t, f, same)
	_, err = s.Of(f.ID, "minh")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	_, err = s.Of("../"+f.ID, "lan")
	require.Equal(t, khue.NotFound, khue.KindOf(err))

	now = now.Add(time.Hour)
	_, err = s.Of(f.ID, "lan")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	require.NoDirExists(t, filepath.Dir(f.Path), "what expired is deleted")
}

func TestWhatAnEndedProgramLeftIsClearedAtTheNextStart(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	s, dir := store(t, pending.Options{Now: clock})
	f, err := s.Keep(t.Context(), "a.csv", "lan", "x", strings.NewReader("x"))
	require.NoError(t, err)
	cut := filepath.Join(dir, strings.Repeat("c", 32)) // cut off before its note was written
	require.NoError(t, os.Mkdir(cut, 0o700))
	_, err = pending.Open(dir, pending.Options{Now: clock})
	require.NoError(t, err)
	require.DirExists(t, cut)
	now = now.Add(61 * time.Minute)
	_, err = pending.Open(dir, pending.Options{Now: clock})
	require.NoError(t, err)
	require.NoDirExists(t, cut)
	require.NoDirExists(t, filepath.Dir(f.Path))
}

func TestWhatIsTooLargeOrCutOffLeavesNothing(t *testing.T) {
	s, dir := store(t, pending.Options{MaxBytes: 10, MaxFiles: 2})
	_, err := s.Keep(t.Context(), "a.csv", "lan", "x", strings.NewReader("12345678901"))
	require.ErrorIs(t, err, pending.ErrTooLarge)
	broken := io.MultiReader(strings.NewReader("123"), cutOff{})
	_, err = s.Keep(t.Context(), "a.csv", "lan", "x", broken)
	require.Error(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
	for range 2 {
		_, err = s.Keep(t.Context(), "a.csv", "lan", "x", strings.NewReader("1234567890"))
		require.NoError(t, err)
	}
	_, err = s.Keep(t.Context(), "a.csv", "lan", "x", strings.NewReader("1"))
	require.Equal(t, khue.Conflict, khue.KindOf(err), "the folder does not grow without end")
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestAFileOfTheSameNameIsReplacedAndKept(t *testing.T) {
	s, _ := store(t, pending.Options{})
	watched := t.TempDir()
	when := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	release := func(content string) string {
		f, err := s.Keep(t.Context(), "bao-cao.csv", "lan", "x", strings.NewReader(content))
		require.NoError(t, err)
		kept, err := s.Release(f, watched, when)
		require.NoError(t, err)
		_, err = s.Of(f.ID, "lan")
		require.Equal(t, khue.NotFound, khue.KindOf(err), "it waits no longer")
		_, err = s.Release(f, watched, when)
		require.Equal(t, khue.NotFound, khue.KindOf(err), "nor can it be released twice")
		return kept
	}
	require.Empty(t, release("old"))
	kept := release("new")
	require.True(t, strings.HasPrefix(kept, ".bao-cao.csv."))
	old, err := os.ReadFile(filepath.Join(watched, kept))
	require.NoError(t, err)
	require.Equal(t, "old", string(old))
	info, err := os.Stat(filepath.Join(watched, "bao-cao.csv"))
	require.NoError(t, err)
	require.True(t, info.ModTime().Equal(when))

	require.NoError(t, os.Mkdir(filepath.Join(watched, "folder.csv"), 0o700))
	f, err := s.Keep(t.Context(), "folder.csv", "lan", "x", strings.NewReader("x"))
	require.NoError(t, err)
	_, err = s.Release(f, watched, when)
	require.Error(t, err)
	_, err = s.Of(f.ID, "lan")
	require.NoError(t, err, "a file that found no place still waits")
	entries, err := os.ReadDir(watched)
	require.NoError(t, err)
	require.Len(t, entries, 3, "and leaves no part behind")
}
