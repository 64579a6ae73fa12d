package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/api/format"
)

func (a *API) structureRoutes() []route {
	if a.Service == nil {
		return nil
	}
	return []route{{
		method: http.MethodGet, path: format.StructurePath(":id"), handler: a.structure, tag: "sdmx", name: "structure", gives: object{}, media: "application/vnd.sdmx.structure+json",
		about: khue.Text{VI: "Định nghĩa cấu trúc dữ liệu SDMX", EN: "An SDMX data structure definition"},
		more: khue.Text{
			VI: "Dữ liệu sdmx-csv và sdmx-json nêu mã cấu trúc của mình, ví dụ KHUE-DISCIPLINE-TIME cho câu hỏi theo tháng và lĩnh vực.",
			EN: "Data in sdmx-csv and sdmx-json name their structure, such as KHUE-DISCIPLINE-TIME for a question by month and discipline.",
		},
		takes: []parameter{{name: "id", inPath: true, example: "KHUE-DISCIPLINE-TIME", about: khue.Text{VI: "Mã cấu trúc.", EN: "Id of the structure."}}},
	}}
}

func (a *API) structure(c *gin.Context) {
	id := c.Param("id")
	s, known := format.StructureNamed(a.Service.Catalogue(), id)
	if !known {
		_ = c.Error(khue.Errorf(khue.NotFound, "không có cấu trúc %q; mã gồm KHUE, các chiều theo thứ tự của /api/v1/dimensions, và TIME khi chia theo kỳ",
			"there is no structure %q; an id is KHUE, the dimensions in the order of /api/v1/dimensions, and TIME when split by periods", short(id)).Coded("unknown_structure", ""))
		return
	}
	lang, err := langOf(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	var body bytes.Buffer
	// The day stands for the moment, so that the message keeps its tag for a day.
	made := a.Now().In(a.Zone).Truncate(24 * time.Hour)
	if err := json.NewEncoder(&body).Encode(format.StructureMessage(a.Service.Catalogue(), s, lang, made, a.Simulated)); err != nil {
		_ = c.Error(fmt.Errorf("writing a structure: %w", err))
		return
	}
	send(c, format.SDMXStructureType, body.Bytes())
}
