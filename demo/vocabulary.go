package demo

// trade is what the simulation knows of a creative field.
type trade struct {
	code   string // khue's code
	short  string // the event database's own code
	weight float64
	motifs []string
	forms  []float64 // weights of the forms of event, in the order of forms
	orgs   []string
}

// The order of forms: exhibition, performance, workshop, talk, fair, screening, tour, night.
var trades = []trade{
	{"design", "TK", 20, []string{"Mẫu", "Hình khối", "Chữ", "Nội thất"}, []float64{26, 2, 26, 26, 12, 1, 3, 4}, []string{"studio", "company", "coworking", "school"}},
	{"crafts", "TC", 17, []string{"Gốm", "Lụa", "Sơn mài", "Mây tre", "Giấy dó"}, []float64{22, 1, 36, 10, 22, 0, 8, 1}, []string{"craft_village", "studio", "company"}},
	{"visual_arts", "MT", 13, []string{"Màu", "Nét", "Ảnh", "Điêu khắc"}, []float64{44, 2, 18, 24, 4, 2, 3, 3}, []string{"gallery", "studio", "museum"}},
	{"music", "AN", 9, []string{"Dây", "Phím", "Giọng", "Nhịp"}, []float64{2, 58, 12, 8, 3, 2, 0, 15}, []string{"theatre", "cafe", "studio"}},
	{"performing_arts", "BD", 9, []string{"Chèo", "Rối", "Múa", "Kịch"}, []float64{3, 66, 12, 8, 2, 2, 2, 5}, []string{"theatre", "school"}},
	{"architecture", "KT", 5, []string{"Mái", "Hiên", "Phố"}, []float64{28, 1, 16, 36, 2, 2, 15, 0}, []string{"studio", "company", "school"}},
	{"film", "DA", 5, []string{"Khung hình", "Thước phim"}, []float64{5, 2, 12, 16, 0, 58, 1, 6}, []string{"theatre", "company", "cafe"}},
	{"publishing", "XB", 5, []string{"Trang", "Sách", "Thơ"}, []float64{12, 4, 14, 50, 16, 1, 1, 2}, []string{"library", "company", "cafe"}},
	{"fashion", "TT", 4, []string{"Vải", "Áo", "Chỉ"}, []float64{20, 18, 20, 12, 20, 1, 0, 9}, []string{"company", "studio"}},
	{"cuisine", "AM", 4, []string{"Bếp", "Trà", "Men"}, []float64{2, 1, 38, 8, 34, 0, 15, 2}, []string{"cafe", "company", "school"}},
	{"software_games", "PM", 3, []string{"Điểm ảnh", "Mã"}, []float64{14, 2, 34, 34, 10, 1, 0, 5}, []string{"company", "coworking", "online"}},
	{"tv_radio", "TH", 1, []string{"Sóng"}, []float64{4, 26, 16, 44, 0, 10, 0, 0}, []string{"company", "online"}},
	{"advertising", "QC", 2, []string{"Biển", "Lời"}, []float64{16, 4, 28, 44, 6, 2, 0, 0}, []string{"company", "coworking"}},
	{"cultural_tourism", "DL", 5, []string{"Ngõ", "Bến", "Chợ"}, []float64{3, 6, 8, 8, 12, 0, 58, 5}, []string{"company", "heritage_site"}},
	{"heritage", "DS", 8, []string{"Đình", "Hiện vật", "Phố cổ"}, []float64{36, 12, 12, 14, 6, 2, 14, 4}, []string{"museum", "heritage_site", "library"}},
}

var tradeWeights, tradeByCode = func() ([]float64, map[string]int) {
	w, by := make([]float64, len(trades)), make(map[string]int)
	for i, t := range trades {
		w[i], by[t.code] = t.weight, i
	}
	return w, by
}()

// DisciplineShortCodes maps the event database's own short codes of creative
// fields (column linh_vuc, joined by ';') to the observatory's discipline codes.
func DisciplineShortCodes() map[string]string {
	m := make(map[string]string, len(trades))
	for _, t := range trades {
		m[t.short] = t.code
	}
	return m
}

// unknownTrade is written where a source holds a code that nobody knows.
const unknownTrade = "XX"

// span is a range of whole numbers, both ends included.
type span struct{ lo, hi int }

func (s span) draw(d dice) int { return d.between(s.lo, s.hi) }

// form is a way an event is held.
type form struct {
	title    string
	days     span
	opens    []int // minutes after midnight, one is drawn
	length   int   // minutes a day
	sessions int   // counts a day
	gates    int   // counts a session
	capacity span  // people a day
	fill     float64
	ticketed float64 // share of events with paid tickets
	price    span    // thousand VND
	hybrid   float64 // share also streamed
	online   float64 // share only streamed
	marks    []int   // seconds after midnight of fixed counts, in place of sessions
}

var forms = []form{
	{title: "Triển lãm", days: span{5, 24}, opens: []int{540, 600}, length: 510, sessions: 1, gates: 1, capacity: span{60, 380}, fill: 0.42, ticketed: 0.28, price: span{30, 90}, hybrid: 0.05, online: 0.03},
	{title: "Biểu diễn", days: span{1, 2}, opens: []int{1140, 1170, 1200}, length: 140, sessions: 1, gates: 2, capacity: span{120, 900}, fill: 0.68, ticketed: 0.74, price: span{100, 380}, hybrid: 0.08, online: 0.02},
	{title: "Xưởng thực hành", days: span{1, 2}, opens: []int{510, 540, 840}, length: 180, sessions: 2, gates: 1, capacity: span{16, 70}, fill: 0.8, ticketed: 0.55, price: span{80, 350}, hybrid: 0.02, online: 0.06},
	{title: "Tọa đàm", days: span{1, 1}, opens: []int{540, 840, 1110}, length: 150, sessions: 1, gates: 1, capacity: span{40, 260}, fill: 0.6, ticketed: 0.08, price: span{50, 100}, hybrid: 0.4, online: 0.1},
	{title: "Hội chợ", days: span{2, 3}, opens: []int{480, 540}, length: 750, sessions: 3, gates: 2, capacity: span{700, 3600}, fill: 0.55, ticketed: 0.15, price: span{20, 60}, hybrid: 0.02},
	{title: "Chiếu phim", days: span{1, 3}, opens: []int{1140, 1200, 1350}, length: 150, sessions: 1, gates: 1, capacity: span{60, 300}, fill: 0.62, ticketed: 0.5, price: span{50, 120}, hybrid: 0.03, online: 0.06},
	{title: "Tham quan", days: span{1, 4}, opens: []int{315, 330, 510, 1140}, length: 180, sessions: 1, gates: 1, capacity: span{15, 48}, fill: 0.75, ticketed: 0.7, price: span{100, 350}, online: 0.01},
	{title: "Đêm mở cửa", days: span{1, 1}, opens: []int{1200, 1230}, length: 330, sessions: 4, gates: 1, capacity: span{250, 1500}, fill: 0.6, ticketed: 0.35, price: span{80, 250}, hybrid: 0.1},
}

// The two nights that cross midnight into another month or year every time;
// their counts lie on both sides of midnight and one falls exactly on it.
var (
	monthNight = form{
		title: "Đêm cuối tháng", days: span{1, 1}, opens: []int{1290}, length: 240, gates: 1, capacity: span{200, 600}, fill: 0.6, ticketed: 0.3, price: span{80, 200}, hybrid: 0.1,
		marks: []int{81000, 86399, 86400, 87900, 90600},
	}
	countdown = form{
		title: "Đêm chào năm mới", days: span{1, 1}, opens: []int{1200}, length: 330, gates: 2, capacity: span{3000, 9000}, fill: 0.7, ticketed: 0.1, price: span{100, 300}, hybrid: 0.6,
		marks: []int{73800, 81000, 86399, 86400, 86460, 88200, 91800},
	}
)

var moods = []string{"Sắc màu", "Nhịp điệu", "Ký ức", "Đường nét", "Hơi thở", "Khoảng trời", "Mạch nguồn", "Mùa", "Tiếng vọng", "Bàn tay", "Ánh sáng", "Chuyện kể"}

// activityKinds are what members do, with how often; cooperation and
// publications have no participants to count.
var activityKinds = []struct {
	code         string
	weight       float64
	participants span
}{
	{"workshop", 30, span{8, 45}},
	{"exhibition", 15, span{60, 900}},
	{"performance", 14, span{50, 600}},
	{"talk", 13, span{20, 180}},
	{"training", 11, span{10, 60}},
	{"cooperation", 6, span{}},
	{"publication", 5, span{}},
	{"residency", 3, span{1, 8}},
	{"contest", 3, span{20, 400}},
}

var activityWeights = func() []float64 {
	w := make([]float64, len(activityKinds))
	for i, k := range activityKinds {
		w[i] = k.weight
	}
	return w
}()

// shortOf is the reverse of DisciplineShortCodes.
var shortOf = func() map[string]string {
	m := make(map[string]string)
	for short, code := range DisciplineShortCodes() {
		m[code] = short
	}
	return m
}()
