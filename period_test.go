package khue

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestAPeriodReadsAndWritesItsWrittenForm(t *testing.T) {
	for form, days := range map[string][2]string{
		"2025":       {"2025-01-01", "2026-01-01"},
		"2025-S2":    {"2025-07-01", "2026-01-01"},
		"2025-Q1":    {"2025-01-01", "2025-04-01"},
		"2024-02":    {"2024-02-01", "2024-03-01"},
		"2025-12":    {"2025-12-01", "2026-01-01"},
		"2026-W01":   {"2025-12-29", "2026-01-05"}, // ISO weeks may begin in the year before
		"2026-W53":   {"2026-12-28", "2027-01-04"},
		"2024-02-29": {"2024-02-29", "2024-03-01"},
	} {
		p, err := ParsePeriod(form)
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if p.String() != form || p.Start().Format(time.DateOnly) != days[0] || p.End().Format(time.DateOnly) != days[1] {
			t.Errorf("%s is %s from %s to %s, want %v", form, p, p.Start(), p.End(), days)
		}
	}
}

func TestWhatIsNotAPeriodIsRefusedInBothLanguages(t *testing.T) {
	for _, form := range []string{"", "25", "2025-13", "2025-00", "2025-Q5", "2025-S3", "2025-W54", "2025-W00", "2025-02-30", "2023-W53", "1969", "2150", "2025 ", "2025-3"} {
		_, err := ParsePeriod(form)
		if KindOf(err) != Invalid {
			t.Errorf("%q was taken for a period", form)
			continue
		}
		if m := MessageOf(err); m.VI == "" || m.EN == "" || m.VI == m.EN {
			t.Errorf("%q is refused with %+v", form, m)
		}
	}
}

func TestEveryDayLiesInThePeriodMadeOfIt(t *testing.T) {
	for d := day(2019, 1, 1); d.Before(day(2029, 1, 1)); d = d.AddDate(0, 0, 1) {
		for _, g := range []Grain{Year, HalfYear, Quarter, Month, Week, Day} {
			p := PeriodOf(d, g)
			if !p.Contains(d) || p.Grain() != g {
				t.Fatalf("%s does not lie in its %s %s", d, g, p)
			}
			if again := MustParsePeriod(p.String()); again != p {
				t.Fatalf("%s reads back as %s", p, again)
			}
			if next := p.Shift(1); next.Start() != p.End() || next.Shift(-1) != p {
				t.Fatalf("%s is not followed by %s", p, next)
			}
		}
	}
}

func TestAPeriodIsAppendedAsItIsWritten(t *testing.T) {
	for day := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 1975; day = day.AddDate(0, 0, 1) {
		y, m, d := day.Date()
		wy, w := day.ISOWeek()
		for grain, want := range map[Grain]string{
			Year: fmt.Sprintf("%04d", y), HalfYear: fmt.Sprintf("%04d-S%d", y, (int(m)-1)/6+1), Quarter: fmt.Sprintf("%04d-Q%d", y, (int(m)-1)/3+1),
			Month: fmt.Sprintf("%04d-%02d", y, m), Week: fmt.Sprintf("%04d-W%02d", wy, w), Day: fmt.Sprintf("%04d-%02d-%02d", y, m, d),
		} {
			p := PeriodOf(day, grain)
			got, err := p.AppendText([]byte("in "))
			if err != nil || string(got) != "in "+want || p.String() != want {
				t.Fatalf("%s of %s is appended as %q and written as %q, not %q: %v", grain, day.Format(time.DateOnly), got, p, want, err)
			}
		}
	}
	if got, err := (Period{}).AppendText(nil); err != nil || len(got) > 0 {
		t.Fatalf("no period is appended as %q: %v", got, err)
	}
}

func TestAYearBeforeIsTheSamePeriodOfTheYearBefore(t *testing.T) {
	for form, want := range map[string]string{
		"2026": "2025", "2026-Q3": "2025-Q3", "2026-11": "2025-11", "2026-W07": "2025-W07",
		"2026-W53": "2025-W52", "2024-02-29": "2023-02-28", "2026-S1": "2025-S1",
	} {
		if got := MustParsePeriod(form).YearBefore().String(); got != want {
			t.Errorf("a year before %s is %s, want %s", form, got, want)
		}
	}
}

func TestAPeriodThatIsNotOverIsPartial(t *testing.T) {
	zone := time.FixedZone("+07", 7*60*60)
	november := MustParsePeriod("2026-11")
	if !november.Partial(time.Date(2026, 11, 30, 23, 59, 0, 0, zone)) {
		t.Error("November is not over on its last day")
	}
	// 17:30 UTC on 30 November is already December in Hanoi.
	if november.Partial(time.Date(2026, 11, 30, 17, 30, 0, 0, time.UTC).In(zone)) {
		t.Error("November is over when December has begun in Hanoi")
	}
}

func TestTheAreasAreThoseOfTheOfficialLists(t *testing.T) {
	kinds, km2 := map[AreaKind]int{}, 0.0
	for _, a := range Areas() {
		kinds[a.Kind]++
		if a.Kind == Ward || a.Kind == Commune {
			km2 += a.KM2
			if a.ValidOn(DistrictEra.AddDate(0, 0, -1)) || !a.ValidOn(DistrictEra) {
				t.Errorf("%s is not valid from 1 July 2025", a.Name.VI)
			}
		}
		if a.Name.VI == "" || a.Name.EN == "" {
			t.Errorf("area %s lacks a name", a.Code)
		}
	}
	if kinds[Ward] != 51 || kinds[Commune] != 75 || kinds[UrbanDistrict] != 12 || kinds[RuralDistrict] != 17 || kinds[Town] != 1 || kinds[City] != 1 {
		t.Errorf("kinds of area: %v", kinds)
	}
	if math.Abs(km2-3359.77) > 0.01 {
		t.Errorf("wards and communes cover %.2f km2, want 3359.77", km2)
	}
	if a, ok := AreaOf("002"); !ok || a.ValidOn(DistrictEra) || !a.ValidOn(day(2024, 5, 1)) {
		t.Error("Hoàn Kiếm district is valid until 30 June 2025")
	}
}

func TestFaultsAreToldInTheOrderOfFileAndLine(t *testing.T) {
	var f Faults
	f.Add("b.yaml", 2, "second")
	f.Add("a.yaml", 9, "first of %d", 2)
	f.Add("b.yaml", 1, "and this")
	want := "a.yaml:9: first of 2\nb.yaml:1: and this\nb.yaml:2: second"
	if got := f.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if (Faults{}).Err() != nil {
		t.Error("no fault is no error")
	}
}

func TestEveryDatasetPlacesItsRowsInTime(t *testing.T) {
	for _, d := range Datasets() {
		for _, name := range append([]string{d.Dated}, d.DatedElse...) {
			f, ok := d.Field(name)
			if !ok {
				t.Errorf("%s is dated by %s, which it does not have", d.Name, name)
				continue
			}
			switch f.Type {
			case DateField, InstantField, PeriodField:
			default:
				t.Errorf("%s is dated by %s, which is a %s", d.Name, name, f.Type)
			}
		}
	}
}
