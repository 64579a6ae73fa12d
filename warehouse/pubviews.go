package warehouse

import (
	"fmt"
	"strings"
	"time"

	"khue"
)

func about(vi, en string) khue.Text { return khue.Text{VI: vi, EN: en} }

func col(name, kind, vi, en string) PublicColumn { return PublicColumn{name, kind, about(vi, en)} }

// Types that views use often.
const (
	textType    = "String"
	codeType    = "LowCardinality(String)"
	someDay     = "Nullable(Date)"
	someNumber  = "Nullable(Int64)"
	yesOrNo     = "Nullable(Bool)"
	momentType  = "DateTime('{zone}')"
	someMoment  = "Nullable(DateTime('{zone}'))"
	numberType  = "Int64"
	decimalType = "Decimal(38, 6)"
)

// Columns that many views have.
var (
	sourceColumn    = col("source", codeType, "nguồn dữ liệu; tên như trong khue.yaml", "source of the data, named as in khue.yaml")
	simulatedColumn = col("simulated", "Bool", "true: dữ liệu mô phỏng, không phải số thật", "true: simulated data, not real figures")
	fieldColumn     = col("discipline", codeType, "lĩnh vực sáng tạo chính; mã ở bảng disciplines; rỗng là chưa biết", "main creative field; codes are in disciplines; empty is unknown")
	areaColumn      = col("area", codeType, "địa bàn; mã ở bảng areas; rỗng là chưa biết", "area; codes are in areas; empty is unknown")
)

// simulatedOf tells of each row whether its source is a simulation.
const simulatedOf = "toBool(source IN (SELECT source FROM {db}.sources FINAL WHERE simulated = 1))"

// PublicViews lists the views that analysts read, in the order in which they are shown.
// No view has contact data, participants, funding, tickets or revenue: what of these may
// be published stands in figures, as disclosure control lets it.
func PublicViews(measures []PublicName) []PublicView {
	return []PublicView{
		figuresView(), membersView(), activitiesView(), eventsView(), attendanceView(), statisticsView(), initiativesView(), claimsView(),
		measuresView(measures), areasView(), disciplinesView(), sourcesView(),
	}
}

func membersView() PublicView {
	return PublicView{
		Name: "members", filtered: true,
		About: about("Thành viên mạng lưới đã được kết nạp (kể cả đã rời); một dòng là một thành viên trong một nguồn. Đếm bằng uniqExact(member).",
			"Members that were accepted (also those that left); a row is a member in a source. Count with uniqExact(member)."),
		Columns: []PublicColumn{
			sourceColumn, col("member", textType, "mã thành viên", "code of the member"), col("name", textType, "tên công bố", "published name"),
			col("kind", codeType, "public: công lập, private: tư nhân, community: cộng đồng", "public, private or community"),
			col("organisation_type", codeType, "loại hình tổ chức", "type of organisation"), fieldColumn,
			col("disciplines", "Array(LowCardinality(String))", "mọi lĩnh vực, đầu tiên là lĩnh vực chính", "all its fields, the main one first"), areaColumn,
			col("accepted_on", someDay, "ngày kết nạp", "day of acceptance"), col("certified_on", someDay, "ngày được chứng nhận", "day of certification"),
			col("left_on", someDay, "ngày rời mạng lưới; NULL là còn", "day of leaving; NULL is still a member"),
			col("status", codeType, "accepted, certified hoặc left", "accepted, certified or left"),
			col("startup", yesOrNo, "có phải khởi nghiệp sáng tạo; NULL là chưa biết", "whether it is a creative start-up; NULL is unknown"), simulatedColumn,
		},
		query: `SELECT source, record_id AS member, name, kind, organisation_type, discipline, disciplines, area, accepted_on, certified_on, left_on, status, startup, ` + simulatedOf + ` AS simulated
FROM {db}.members_current FINAL WHERE status IN ('accepted', 'certified', 'left')`,
	}
}

func activitiesView() PublicView {
	return PublicView{
		Name: "activities",
		About: about("Hoạt động của thành viên; một dòng là một hoạt động. Đếm thành viên có hoạt động bằng uniqExact(member), không cộng từng tháng.",
			"What members did; a row is an activity. Count active members with uniqExact(member); never add months up."),
		Columns: []PublicColumn{
			sourceColumn, col("activity", textType, "mã hoạt động", "code of the activity"), col("member", textType, "mã thành viên; xem members", "code of the member; see members"),
			col("kind", codeType, "workshop, exhibition, performance, talk, residency, training, contest, publication, cooperation", "workshop, exhibition, performance, talk, residency, training, contest, publication, cooperation"),
			fieldColumn, areaColumn, col("starts_on", "Date", "ngày bắt đầu", "first day"), col("ends_on", someDay, "ngày cuối", "last day"),
			col("international_partners", someNumber, "số đối tác quốc tế; NULL là chưa báo", "international partners; NULL is not reported"),
			col("initiative", textType, "sáng kiến mà hoạt động thuộc về", "initiative that it belongs to"), simulatedColumn,
		},
		query: `SELECT source, record_id AS activity, member, kind, discipline, area, starts_on, ends_on, international_partners, initiative, ` + simulatedOf + ` AS simulated
FROM {db}.activities_current FINAL`,
	}
}

func eventsView() PublicView {
	return PublicView{
		Name: "events",
		About: about("Sự kiện; một dòng là một sự kiện. Giờ là giờ thành phố. Số sự kiện là count().",
			"Events; a row is an event. Times are the city's. Their number is count()."),
		Columns: []PublicColumn{
			sourceColumn, col("event", textType, "mã sự kiện", "code of the event"), col("title", textType, "tên sự kiện", "title"),
			col("series", codeType, "chuỗi sự kiện, lễ hội; rỗng là không thuộc chuỗi nào", "festival or series; empty is none"), col("edition", codeType, "kỳ của chuỗi", "edition of the series"),
			col("organiser", textType, "mã đơn vị tổ chức", "code of the organiser"), col("venue", textType, "địa điểm", "venue"), fieldColumn,
			col("disciplines", "Array(LowCardinality(String))", "mọi lĩnh vực, đầu tiên là lĩnh vực chính", "all its fields, the main one first"), areaColumn,
			col("day", "Date", "ngày bắt đầu, theo giờ thành phố", "day it starts, by the city's time"), col("starts_at", momentType, "bắt đầu", "start"), col("ends_at", someMoment, "kết thúc", "end"),
			col("format", codeType, "onsite: trực tiếp, online: trực tuyến, hybrid: cả hai", "onsite, online or hybrid"), col("access", codeType, "free: miễn phí, ticketed: bán vé", "free or ticketed"),
			col("capacity", someNumber, "sức chứa; NULL là chưa biết", "capacity; NULL is unknown"), col("international", yesOrNo, "có yếu tố quốc tế; NULL là chưa biết", "whether it is international; NULL is unknown"),
			col("initiative", textType, "sáng kiến mà sự kiện thuộc về", "initiative that it belongs to"), simulatedColumn,
		},
		query: `SELECT source, record_id AS event, title, series, edition, organiser, venue, discipline, disciplines, area, happened_on AS day,
    toDateTime(starts_at, '{zone}') AS starts_at, toDateTime(ends_at, '{zone}') AS ends_at, format, access, capacity, international, initiative, ` + simulatedOf + ` AS simulated
FROM {db}.events_current FINAL`,
	}
}

func attendanceView() PublicView {
	return PublicView{
		Name: "attendance",
		About: about("Lượt khách; một dòng là một lần đếm (ngày, buổi hay cổng) của một sự kiện. Tổng là sum(visitors); số sự kiện là uniqExact(source, event), không phải count().",
			"Visits; a row is one count (a day, session or gate) at an event. Totals are sum(visitors); events are uniqExact(source, event), not count()."),
		Columns: []PublicColumn{
			sourceColumn, col("record", textType, "mã lần đếm", "code of the count"), col("event", textType, "mã sự kiện; xem events", "code of the event; see events"),
			col("day", "Date", "ngày đếm, theo giờ thành phố", "day of the count, by the city's time"), col("occurred_at", momentType, "lúc đếm", "moment of the count"),
			col("visitors", numberType, "lượt khách đến trực tiếp", "visits on site"), col("online_visitors", someNumber, "lượt khách trực tuyến; NULL là chưa báo", "online visits; NULL is not reported"),
			col("sex", codeType, "female, male, other; rỗng là không phân", "female, male, other; empty is not told apart"), col("age_band", codeType, "nhóm tuổi; rỗng là không phân", "age band; empty is not told apart"),
			col("origin", codeType, "khách từ đâu; rỗng là không phân", "where visitors come from; empty is not told apart"), fieldColumn, areaColumn,
			col("format", codeType, "hình thức của sự kiện", "format of the event"), col("series", codeType, "chuỗi sự kiện", "series of the event"), col("organiser", textType, "mã đơn vị tổ chức", "code of the organiser"), simulatedColumn,
		},
		query: `SELECT source, record_id AS record, event, happened_on AS day, toDateTime(occurred_at, '{zone}') AS occurred_at, visitors, online_visitors, sex, age_band, origin,
    discipline, area, format, series, organiser, ` + simulatedOf + ` AS simulated
FROM {db}.attendance_current FINAL`,
	}
}

func statisticsView() PublicView {
	return PublicView{
		Name:  "statistics",
		About: about("Thống kê của lĩnh vực do cơ quan công bố; không cộng các thước đo khác nhau.", "Statistics of fields as an office publishes them; never add different measures up."),
		Columns: []PublicColumn{
			sourceColumn, col("record", textType, "mã dòng", "code of the row"), col("measure", codeType, "thước đo", "measure"), fieldColumn, areaColumn,
			col("period", codeType, "kỳ: 2025, 2025-Q1, 2025-03", "period: 2025, 2025-Q1, 2025-03"), col("starts_on", "Date", "ngày đầu kỳ", "first day of the period"),
			col("value", decimalType, "giá trị", "value"), col("unit", codeType, "đơn vị", "unit"), col("method", textType, "cách tính", "method"),
			col("status", codeType, "mã OBS_STATUS của SDMX", "SDMX OBS_STATUS"), col("published_by", textType, "nơi công bố", "publisher"), simulatedColumn,
		},
		query: `SELECT source, record_id AS record, measure, discipline, area, period, happened_on AS starts_on, value, unit, method, status, published_by, ` + simulatedOf + ` AS simulated
FROM {db}.discipline_statistics_current FINAL`,
	}
}

func initiativesView() PublicView {
	return PublicView{
		Name:  "initiatives",
		About: about("Sáng kiến đã cam kết với UNESCO và trong nghị quyết.", "Initiatives promised to UNESCO and in resolutions."),
		Columns: []PublicColumn{
			sourceColumn, col("initiative", textType, "mã sáng kiến", "code of the initiative"), col("programme", codeType, "chương trình", "programme"), col("commitment", codeType, "cam kết", "commitment"),
			col("title", textType, "tên", "title"), col("owner", textType, "đơn vị chủ trì", "unit in charge"),
			col("planned_from", someDay, "bắt đầu theo kế hoạch", "planned start"), col("planned_to", someDay, "kết thúc theo kế hoạch", "planned end"),
			col("actual_from", someDay, "bắt đầu thực tế", "actual start"), col("actual_to", someDay, "kết thúc thực tế", "actual end"),
			col("status", codeType, "planned, under_way, done, late, dropped", "planned, under_way, done, late, dropped"), simulatedColumn,
		},
		query: `SELECT source, record_id AS initiative, programme, commitment, title, owner, planned_from, planned_to, actual_from, actual_to, status, ` + simulatedOf + ` AS simulated
FROM {db}.initiatives_current FINAL`,
	}
}

func claimsView() PublicView {
	return PublicView{
		Name:  "claims",
		About: about("Số liệu nơi khác đã công bố, giữ nguyên như đã công bố; có thể mâu thuẫn nhau.", "Figures that others published, kept as published; they may contradict each other."),
		Columns: []PublicColumn{
			sourceColumn, col("record", textType, "mã dòng", "code of the row"), col("subject", codeType, "về điều gì", "what it is of"), col("period", codeType, "kỳ", "period"),
			col("value", decimalType, "giá trị", "value"), col("unit", codeType, "đơn vị", "unit"), col("publisher", textType, "nơi công bố", "publisher"),
			col("citation", textType, "trích dẫn", "citation"), col("scope_note", textType, "phạm vi của con số", "what the figure covers"), simulatedColumn,
		},
		query: `SELECT source, record_id AS record, subject, period, value, unit, publisher, citation, scope_note, ` + simulatedOf + ` AS simulated
FROM {db}.claims_current FINAL`,
	}
}

func sourcesView() PublicView {
	return PublicView{
		Name: "sources", filtered: true,
		About: about("Nguồn dữ liệu và độ mới: đợt nạp xong gần nhất của từng bộ dữ liệu.", "Sources and how fresh they are: the newest finished batch of each dataset."),
		Columns: []PublicColumn{
			sourceColumn, col("dataset", codeType, "bộ dữ liệu", "dataset"), col("last_batch_at", momentType, "đợt nạp xong gần nhất", "newest finished batch"),
			col("batches", "UInt64", "số đợt đã nạp xong", "finished batches"), col("accepted", numberType, "số dòng đã nhận", "rows accepted"), col("rejected", numberType, "số dòng bị giữ lại", "rows held back"), simulatedColumn,
		},
		query: `SELECT source, dataset, toDateTime(max(recorded_at), '{zone}') AS last_batch_at, count() AS batches, sum(accepted) AS accepted, sum(rejected) AS rejected, ` + simulatedOf + ` AS simulated
FROM {db}.batches FINAL WHERE state = 'complete' GROUP BY source, dataset`,
	}
}

func figuresView() PublicView {
	return PublicView{
		Name: "figures",
		About: about("Số liệu đã qua kiểm soát tiết lộ: từng chỉ số theo tháng, quý, năm × lĩnh vực × địa bàn, kèm mọi tổng. '_T' là tổng, '_U' là chưa rõ. Không cộng các dòng '_T' với dòng chi tiết.",
			"Figures as disclosure control publishes them: each measure by month, quarter, year × field × area, with every total. '_T' is the total, '_U' unknown. Never add '_T' rows to the others."),
		Columns: []PublicColumn{
			col("measure", codeType, "chỉ số; xem measures", "measure; see measures"), col("grain", codeType, "month, quarter hoặc year", "month, quarter or year"),
			col("period", codeType, "kỳ: 2025-03, 2025-Q1, 2025", "period: 2025-03, 2025-Q1, 2025"), col("starts_on", "Date", "ngày đầu kỳ", "first day of the period"),
			col("discipline", codeType, "lĩnh vực; '_T' mọi lĩnh vực, '_U' chưa biết", "field; '_T' all, '_U' unknown"), col("area", codeType, "địa bàn như khi xảy ra; '_T' toàn thành phố, '_U' chưa biết", "area as it was then; '_T' the whole city, '_U' unknown"),
			col("value", "Nullable(Float64)", "giá trị; NULL khi chưa biết hoặc giữ kín", "value; NULL when unknown or withheld"),
			col("status", codeType, "A: thường, P: kỳ chưa hết, O: chưa biết, Q: giữ kín", "A: normal, P: period not over, O: not known, Q: withheld"),
			col("known_at", momentType, "số liệu đúng theo điều biết đến lúc này", "the figures hold for what was known at this moment"), col("simulated", "Bool", "true: có dữ liệu mô phỏng", "true: holds simulated data"),
		},
		query: `SELECT measure, grain, period, starts_on, discipline, area, value, status, toDateTime(known_at, '{zone}') AS known_at, simulated != 0 AS simulated FROM {db}.public_figures`,
	}
}

func measuresView(measures []PublicName) PublicView {
	rows := make([]string, len(measures))
	for i, m := range measures {
		rows[i] = fmt.Sprintf("(%s, %s, %s, %s, %s, %t)", literal(m.Code), literal(m.Name.VI), literal(m.Name.EN), literal(m.Unit.VI), literal(m.Unit.EN), m.Confidential)
	}
	return PublicView{
		Name: "measures", About: about("Các chỉ số của bảng figures.", "The measures of figures."),
		Columns: []PublicColumn{
			col("measure", textType, "tên dùng trong figures", "name used in figures"), col("name_vi", textType, "tên tiếng Việt", "Vietnamese name"), col("name_en", textType, "tên tiếng Anh", "English name"),
			col("unit_vi", textType, "đơn vị, tiếng Việt", "unit, in Vietnamese"), col("unit_en", textType, "đơn vị, tiếng Anh", "unit, in English"),
			col("confidential", "Bool", "true: ô nào lộ số của một đơn vị thì giữ kín", "true: cells that would give one contributor away are withheld"),
		},
		query: list("measure String, name_vi String, name_en String, unit_vi String, unit_en String, confidential Bool", rows),
	}
}

func areasView() PublicView {
	var rows []string
	for _, a := range khue.Areas() {
		rows = append(rows, fmt.Sprintf("(%s, %s, %s, %s, %s, %s, %s, %s, %s)", literal(a.Code), literal(a.Parent), literal(string(a.Kind)), literal(string(a.Tree())),
			literal(a.Name.VI), literal(a.Name.EN), dayLiteral(a.From), dayLiteral(a.To), numberLiteral(a.KM2)))
	}
	return PublicView{
		Name: "areas",
		About: about("Đơn vị hành chính và ngày có hiệu lực: 30 quận, huyện đến 30/6/2025; 126 phường, xã từ 1/7/2025, không lồng nhau.",
			"Administrative units and when they were in force: 30 districts to 30 June 2025; 126 wards and communes since, which do not nest."),
		Columns: []PublicColumn{
			col("area", textType, "mã đơn vị hành chính", "official code"), col("parent", textType, "đơn vị cấp trên", "unit above"), col("kind", codeType, "city, urban_district, rural_district, town, ward, commune", "city, urban_district, rural_district, town, ward, commune"),
			col("tree", codeType, "city, districts hoặc wards: cách chia nào", "city, districts or wards: which division"), col("name_vi", textType, "tên tiếng Việt", "Vietnamese name"), col("name_en", textType, "tên tiếng Anh", "English name"),
			col("valid_from", someDay, "ngày đầu có hiệu lực", "first day in force"), col("valid_to", someDay, "ngày đầu hết hiệu lực; NULL là còn", "first day no longer in force; NULL is in force"), col("km2", "Nullable(Float64)", "diện tích, km²", "size in km²"),
		},
		query: list("area String, parent String, kind String, tree String, name_vi String, name_en String, valid_from Nullable(Date), valid_to Nullable(Date), km2 Nullable(Float64)", rows),
	}
}

func disciplinesView() PublicView {
	var rows []string
	for _, d := range khue.Disciplines() {
		rows = append(rows, fmt.Sprintf("(%s, %s, %s)", literal(d.Code), literal(d.Name.VI), literal(d.Name.EN)))
	}
	return PublicView{
		Name: "disciplines", About: about("Các lĩnh vực sáng tạo.", "The creative fields."),
		Columns: []PublicColumn{
			col("discipline", textType, "mã lĩnh vực", "code of the field"), col("name_vi", textType, "tên tiếng Việt", "Vietnamese name"), col("name_en", textType, "tên tiếng Anh", "English name"),
		},
		query: list("discipline String, name_vi String, name_en String", rows),
	}
}

// list is a query whose rows are written into it; none at all is no row.
func list(columns string, rows []string) string {
	if len(rows) == 0 {
		return "SELECT * FROM null(" + literal(columns) + ")"
	}
	return "SELECT * FROM values(" + literal(columns) + ", " + strings.Join(rows, ", ") + ")"
}

func dayLiteral(t time.Time) string {
	if t.IsZero() {
		return "NULL"
	}
	return literal(t.Format(time.DateOnly))
}

func numberLiteral(n float64) string {
	if n == 0 {
		return "NULL"
	}
	return fmt.Sprint(n)
}
