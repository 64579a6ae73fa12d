package ingest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestNamesOfAreasMeanTheUnitOfTheirDay(t *testing.T) {
	d := newDictionaries(Aliases{})
	before, after := time.Date(2025, 6, 30, 0, 0, 0, 0, time.UTC), time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string][2]string{ // code on the last day of the districts, and on the day after
		"Quận Ba Đình": {"001", ""}, "quan ba dinh": {"001", ""}, "Q. Ba Đình": {"001", ""}, "Q.BA DINH": {"001", ""},
		"Ba Đình": {"001", "00004"}, "Ba Dinh District": {"001", ""}, "P. Ba Đình": {"", "00004"}, "Phường Ba Đình": {"", "00004"},
		"Ba Dinh Ward": {"", "00004"}, "TX. Sơn Tây": {"269", ""}, "H. Ứng Hoà": {"281", ""}, "001": {"001", "001"}, "00004": {"00004", "00004"},
		"Thành phố Hà Nội": {"01", "01"}, "Hanoi": {"01", "01"}, "Sài Gòn": {"", ""},
	} {
		for i, day := range []time.Time{before, after} {
			code, _, _ := d.area(name, day)
			require.Equal(t, want[i], code, "%s on %s", name, day.Format(time.DateOnly))
		}
	}
	for _, a := range khue.Areas() {
		day := before
		if !a.ValidOn(day) {
			day = after
		}
		for _, name := range []string{a.Name.VI, a.Name.EN, bare(a.Name.VI)} {
			code, more, ok := d.area(name, day)
			require.True(t, ok || more, name)
			require.True(t, more || code == a.Code, "%s is %s, not %s", name, a.Code, code)
		}
		code, _, _ := d.area(a.Name.VI, day)
		require.Equal(t, a.Code, code, "an official name is never in doubt")
	}
}

func TestNamesOfDisciplinesAreKnownInBothLanguagesAndWithoutDiacritics(t *testing.T) {
	d := newDictionaries(Aliases{})
	for _, c := range khue.Disciplines() {
		for _, name := range []string{c.Code, c.Name.VI, c.Name.EN, bare(c.Name.VI)} {
			code, ok := d.discipline(name)
			require.True(t, ok, name)
			require.Equal(t, c.Code, code, name)
		}
	}
	_, ok := d.discipline("khong_ro")
	require.False(t, ok)
}

func TestNumbersOfALocaleAreNeverGuessed(t *testing.T) {
	for _, c := range []struct{ text, locale, want string }{
		{"1.234,5", "vi", "1234.5"},
		{"1.234.567", "vi", "1234567"},
		{"-12,5", "vi", "-12.5"},
		{"12", "vi", "12"},
		{"1.5", "vi", "no"},
		{"1,234.5", "vi", "no"},
		{"1.23.456", "vi", "no"},
		{".234", "vi", "no"},
		{"1,234.5", "en", "1234.5"},
		{"1,5", "en", "no"},
		{"1.234,5", "en", "no"},
		{"1.5", "en", "1.5"},
		{"1234.567", "en", "1234.567"},
	} {
		got, ok := plainNumber(c.text, c.locale)
		if !ok {
			got = "no"
		}
		require.Equal(t, c.want, got, "%s in %s", c.text, c.locale)
	}
}

func TestMomentsAreReadInTheFormsThatSystemsWrite(t *testing.T) {
	zone := hanoi(t)
	for text, want := range map[string]string{
		"2025-03-01T12:00:00.123Z": "2025-03-01T12:00:00.123Z", "2025-03-01T12:00:00+07:00": "2025-03-01T05:00:00Z", "2025-03-01 12:00:00": "2025-03-01T05:00:00Z",
		"2025-03-01 12:00:00.5+07": "2025-03-01T05:00:00.5Z", "2025-03-01T12:00": "2025-03-01T05:00:00Z", "2025-03-01": "2025-02-28T17:00:00Z",
		"2025-02-30": "", "01/03/2025": "", "2025-03-01T25:00:00Z": "", "20225-03-01": "", "soon": "",
	} {
		got, ok := parseInstant(text, zone)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, got.UTC().Format(time.RFC3339Nano), text)
		}
	}
}

func TestADayNumberOfASpreadsheetIsItsWallClock(t *testing.T) {
	got, ok := fromSerial(45747.75, false)
	require.True(t, ok)
	require.Equal(t, "2025-03-31T18:00:00Z", got.Format(time.RFC3339))
	got, ok = fromSerial(44285, true)
	require.True(t, ok)
	require.Equal(t, "2025-03-31", got.Format(time.DateOnly))
	_, ok = fromSerial(45, false)
	require.False(t, ok)
}

func TestKeysOfDifferentValuesAreNeverTheSame(t *testing.T) {
	m := &mapping{}
	seen := make(map[string][]string)
	for _, values := range [][]string{{"a", "b"}, {"a|b", ""}, {"a|", "b"}, {"a", "|b"}, {`a\`, "b"}, {`a\|b`, ""}, {"", "ab"}} {
		id, _ := m.join([]part{{cell: 0}, {cell: 1}}, []Value{text(values[0]), text(values[1])})
		require.NotContains(t, seen, id, "%q", values)
		seen[id] = values
	}
	id, _ := m.join([]part{{cell: 0}}, []Value{text(string(make([]byte, 5000)))})
	require.Len(t, id, 64, "a long key is hashed")
}

func TestEveryReasonOfARejectionHasItsText(t *testing.T) {
	for _, s := range steps {
		require.Contains(t, Reasons(), s.name)
	}
	for code, label := range Reasons() {
		require.NotEmpty(t, label.VI, code)
		require.NotEmpty(t, label.EN, code)
	}
}
