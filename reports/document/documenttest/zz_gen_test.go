package documenttest_test

import (
	"context"
	"khue"
	"khue/charts"
	"khue/reports/document/documenttest"
	"khue/reports/docx"
	"khue/reports/html"
	"khue/reports/xlsx"
	"os"
	"testing"
)

func TestGen(t *testing.T) {
	const m = "/work/main/node_modules/"
	ttf := func(p string) []byte {
		b, err := os.ReadFile(m + p)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r, err := charts.New(charts.Options{Library: os.DirFS(m + "echarts/dist"), Fonts: []charts.Font{{Family: "Tinos", Alike: []string{"Times New Roman"}, TTF: ttf("@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf")}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []khue.Lang{"vi", "en"} {
		d := documenttest.Sample(l)
		f, _ := os.Create("/tmp/rp/s_" + string(l) + ".docx")
		if err := docx.Write(f, d); err != nil {
			t.Fatal(err)
		}
		f.Close()
		f, _ = os.Create("/tmp/rp/s_" + string(l) + ".xlsx")
		if err := xlsx.Write(f, d); err != nil {
			t.Fatal(err)
		}
		f.Close()
		f, _ = os.Create("/tmp/rp/s_" + string(l) + ".html")
		if err := html.Write(context.Background(), f, d, r); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}
