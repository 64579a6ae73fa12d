package dashboards

import (
	"strconv"
	"strings"

	"khue"
)

// expectedOf says what would have passed, in the reader's language. For a row that
// was kept without Vietnamese it is told from the contract; where that does not
// say, the English stands, and is marked as such.
func expectedOf(lang khue.Lang, r Quarantined) (words, other string) {
	if kept := r.Expected.In(lang); r.Expected.Speaks(lang) == lang && kept != "" && (lang == khue.English || r.Reason != "required" || strings.Contains(kept, "; ")) {
		return capital(kept), ""
	}
	d, _ := khue.DatasetOf(r.Dataset)
	f, known := d.Field(r.Field)
	name := fieldName(lang, r.Field)
	switch {
	case r.Reason == "required":
		return capital(name) + " không được để trống", ""
	case r.Reason == "record_id":
		return "Một mã bản ghi không trống", ""
	case r.Reason == "area":
		return "Mã chính thức hoặc tên của một địa bàn có vào ngày ấy", ""
	case r.Reason == "discipline":
		return "Mã một lĩnh vực sáng tạo, hoặc tên của nó bằng tiếng Việt hay tiếng Anh", ""
	case r.Reason == "code" && known && len(f.Codes) > 0:
		return "Một trong: " + strings.Join(f.Codes, ", "), ""
	case r.Reason == "minimum" && known && f.Min != nil:
		return "Một số không nhỏ hơn " + strconv.FormatInt(*f.Min, 10), ""
	case r.Reason == "type" && known && typeWords[f.Type] != "":
		return typeWords[f.Type], ""
	}
	return capital(r.Expected.EN), string(khue.English)
}

// typeWords say in Vietnamese what a field of a type takes.
var typeWords = map[khue.FieldType]string{
	khue.TextField:       "Một đoạn chữ",
	khue.CodeField:       "Một mã",
	khue.IntegerField:    "Một số nguyên",
	khue.DecimalField:    "Một số",
	khue.BooleanField:    "Có hoặc không",
	khue.DateField:       "Một ngày theo lịch, ví dụ 2025-03-31",
	khue.InstantField:    "Một thời điểm, ví dụ 2025-03-31T19:30:00",
	khue.PeriodField:     "Một kỳ, ví dụ 2025, 2025-Q1 hoặc 2025-03",
	khue.AreaField:       "Mã hoặc tên một địa bàn",
	khue.DisciplineField: "Mã hoặc tên một lĩnh vực",
	khue.DisciplinesList: "Danh sách lĩnh vực",
	khue.TextList:        "Danh sách chữ",
}

// fieldNames are the fields of the contracts as readers call them.
var fieldNames = map[string]khue.Text{
	"name":                   {VI: "tên", EN: "name"},
	"kind":                   {VI: "loại", EN: "kind"},
	"organisation_type":      {VI: "loại hình tổ chức", EN: "organisation type"},
	"disciplines":            {VI: "lĩnh vực", EN: "disciplines"},
	"area":                   {VI: "địa bàn", EN: "area"},
	"applied_on":             {VI: "ngày nộp đơn", EN: "applied on"},
	"accepted_on":            {VI: "ngày được nhận", EN: "accepted on"},
	"certified_on":           {VI: "ngày cấp chứng nhận", EN: "certified on"},
	"left_on":                {VI: "ngày rời mạng lưới", EN: "left on"},
	"status":                 {VI: "trạng thái", EN: "status"},
	"startup":                {VI: "khởi nghiệp", EN: "startup"},
	"member":                 {VI: "thành viên", EN: "member"},
	"discipline":             {VI: "lĩnh vực", EN: "discipline"},
	"starts_on":              {VI: "ngày bắt đầu", EN: "starts on"},
	"ends_on":                {VI: "ngày kết thúc", EN: "ends on"},
	"participants":           {VI: "số người tham gia", EN: "participants"},
	"international_partners": {VI: "đối tác quốc tế", EN: "international partners"},
	"funding_vnd":            {VI: "kinh phí (đồng)", EN: "funding (VND)"},
	"initiative":             {VI: "sáng kiến", EN: "initiative"},
	"title":                  {VI: "tên gọi", EN: "title"},
	"series":                 {VI: "chuỗi sự kiện", EN: "series"},
	"edition":                {VI: "kỳ tổ chức", EN: "edition"},
	"organiser":              {VI: "đơn vị tổ chức", EN: "organiser"},
	"venue":                  {VI: "địa điểm", EN: "venue"},
	"starts_at":              {VI: "lúc bắt đầu", EN: "starts at"},
	"ends_at":                {VI: "lúc kết thúc", EN: "ends at"},
	"format":                 {VI: "hình thức", EN: "format"},
	"access":                 {VI: "vé vào cửa", EN: "access"},
	"capacity":               {VI: "sức chứa", EN: "capacity"},
	"international":          {VI: "quốc tế", EN: "international"},
	"event":                  {VI: "sự kiện", EN: "event"},
	"occurred_at":            {VI: "thời điểm đếm", EN: "occurred at"},
	"visitors":               {VI: "lượt khách tại chỗ", EN: "on-site visitors"},
	"online_visitors":        {VI: "lượt khách trực tuyến", EN: "online visitors"},
	"paid_tickets":           {VI: "vé bán", EN: "paid tickets"},
	"revenue_vnd":            {VI: "doanh thu (đồng)", EN: "revenue (VND)"},
	"sex":                    {VI: "giới", EN: "sex"},
	"age_band":               {VI: "nhóm tuổi", EN: "age band"},
	"origin":                 {VI: "nơi đến", EN: "origin"},
	"measure":                {VI: "chỉ tiêu", EN: "measure"},
	"period":                 {VI: "kỳ", EN: "period"},
	"value":                  {VI: "giá trị", EN: "value"},
	"unit":                   {VI: "đơn vị", EN: "unit"},
	"method":                 {VI: "phương pháp", EN: "method"},
	"published_by":           {VI: "nơi công bố", EN: "published by"},
	"programme":              {VI: "chương trình", EN: "programme"},
	"commitment":             {VI: "cam kết", EN: "commitment"},
	"owner":                  {VI: "đơn vị chủ trì", EN: "owner"},
	"planned_from":           {VI: "dự kiến từ", EN: "planned from"},
	"planned_to":             {VI: "dự kiến đến", EN: "planned to"},
	"actual_from":            {VI: "thực tế từ", EN: "actual from"},
	"actual_to":              {VI: "thực tế đến", EN: "actual to"},
	"budget_vnd":             {VI: "ngân sách (đồng)", EN: "budget (VND)"},
	"evidence":               {VI: "minh chứng", EN: "evidence"},
	"subject":                {VI: "đối tượng", EN: "subject"},
	"publisher":              {VI: "nơi công bố", EN: "publisher"},
	"citation":               {VI: "trích dẫn", EN: "citation"},
	"scope_note":             {VI: "ghi chú phạm vi", EN: "scope note"},
}

// fieldName is a field of a contract in words; any other name, such as that of a
// column, stays as it is.
func fieldName(lang khue.Lang, field string) string {
	if words, ok := fieldNames[field]; ok {
		return words.In(lang)
	}
	return field
}
