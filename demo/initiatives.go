package demo

import (
	"fmt"
	"math"
	"time"
)

// initiative is a promised action, as the registry's JSON shows it.
type initiative struct {
	ID           string   `json:"id"`
	Programme    string   `json:"programme"`
	Commitment   string   `json:"commitment"`
	Title        string   `json:"title"`
	Owner        string   `json:"owner"`
	PlannedStart *string  `json:"planned_start"`
	PlannedEnd   *string  `json:"planned_end"`
	ActualStart  *string  `json:"actual_start"`
	ActualEnd    *string  `json:"actual_end"`
	Budget       *int64   `json:"budget_vnd"`
	Status       string   `json:"status"`
	Evidence     []string `json:"evidence"`
	Updated      stamp    `json:"updated_at"`
	Deleted      bool     `json:"deleted"`
}

// promise is one line of the plan; everything in it but the commitment is made up.
type promise struct {
	commitment, title, owner string
	from, to                 day
	billion                  float64 // budget, 10⁹ VND; 0 when none was set
}

// promises are four actions for each of the six commitments to UNESCO.
var promises = []promise{
	{"L1", "Thí điểm không gian trung tâm thiết kế sáng tạo", "Phòng Quản lý di sản", on(2022, 3, 1), on(2023, 12, 31), 6.5},
	{"L1", "Vận hành đầu mối điều phối hoạt động sáng tạo", "Phòng Quản lý di sản", on(2024, 1, 15), on(2025, 12, 31), 9.2},
	{"L1", "Trưng bày thường kỳ của trung tâm thiết kế", "Phòng Quản lý di sản", on(2025, 3, 1), on(2026, 9, 30), 4.1},
	{"L1", "Kho tư liệu số về thiết kế", "Phòng Kế hoạch - Tài chính", on(2026, 1, 15), on(2027, 6, 30), 3.4},
	{"L2", "Kiểm kê không gian sáng tạo", "Phòng Quản lý văn hóa", on(2022, 6, 1), on(2023, 10, 31), 0.9},
	{"L2", "Lập mạng lưới không gian văn hóa sáng tạo", "Phòng Quản lý văn hóa", on(2025, 4, 15), on(2025, 6, 30), 1.6},
	{"L2", "Hỗ trợ thành viên mạng lưới", "Phòng Quản lý văn hóa", on(2026, 1, 5), on(2026, 12, 31), 5.0},
	{"L2", "Bản đồ không gian sáng tạo", "Phòng Quản lý văn hóa", on(2024, 5, 1), on(2025, 3, 31), 1.1},
	{"L3", "Chương trình truyền hình tài năng sáng tạo, mùa 1", "Phòng Nghệ thuật", on(2022, 9, 1), on(2023, 6, 30), 3.8},
	{"L3", "Chương trình truyền hình tài năng sáng tạo, mùa 2", "Phòng Nghệ thuật", on(2024, 2, 1), on(2024, 11, 30), 4.0},
	{"L3", "Chuỗi phim ngắn về người làm nghề", "Phòng Nghệ thuật", on(2025, 2, 1), on(2026, 3, 31), 2.2},
	{"L3", "Chương trình truyền hình tài năng sáng tạo, mùa 3", "Phòng Nghệ thuật", on(2026, 4, 1), on(2027, 3, 31), 4.4},
	{"I1", "Tuần lễ thiết kế sáng tạo, kỳ 2021–2022", "Phòng Nghệ thuật", on(2021, 10, 1), on(2022, 12, 31), 7.0},
	{"I1", "Lễ hội thiết kế sáng tạo, kỳ 2023", "Phòng Nghệ thuật", on(2023, 3, 1), on(2023, 11, 30), 12.5},
	{"I1", "Lễ hội thiết kế sáng tạo, kỳ 2024", "Phòng Nghệ thuật", on(2024, 3, 1), on(2024, 11, 30), 15.0},
	{"I1", "Lễ hội thiết kế sáng tạo, kỳ 2026", "Phòng Nghệ thuật", on(2026, 1, 2), on(2026, 11, 30), 18.0},
	{"I2", "Diễn đàn các thành phố sáng tạo Đông Nam Á, lần 1", "Phòng Hợp tác quốc tế", on(2023, 5, 1), on(2023, 11, 30), 2.6},
	{"I2", "Trang thông tin của diễn đàn", "Phòng Hợp tác quốc tế", on(2024, 1, 15), on(2024, 6, 30), 0.7},
	{"I2", "Diễn đàn các thành phố sáng tạo Đông Nam Á, lần 2", "Phòng Hợp tác quốc tế", on(2025, 3, 1), on(2025, 12, 15), 3.0},
	{"I2", "Trao đổi chuyên gia giữa các thành phố", "Phòng Hợp tác quốc tế", on(2026, 3, 1), on(2027, 2, 28), 1.9},
	{"I3", "Lập mạng lưới nhà thiết kế trẻ", "Phòng Quản lý văn hóa", on(2022, 4, 1), on(2023, 9, 30), 1.2},
	{"I3", "Cuộc thi ý tưởng thiết kế của sinh viên", "Phòng Quản lý văn hóa", on(2023, 2, 1), on(2023, 8, 31), 1.5},
	{"I3", "Trại sáng tác nhà thiết kế trẻ", "Phòng Quản lý văn hóa", on(2024, 6, 1), on(2025, 5, 31), 2.0},
	{"I3", "Lưu trú sáng tạo quốc tế cho người trẻ", "Phòng Hợp tác quốc tế", on(2026, 2, 1), on(2026, 10, 31), 0},
}

func promiseID(i int) string {
	return fmt.Sprintf("SK-%s-%d", promises[i].commitment, i%4+1)
}

// initiativeOf links about one thing in eight to an initiative planned for that day.
func (m *model) initiativeOf(d dice, at day) null[string] {
	if !d.chance(0.12) {
		return null[string]{}
	}
	var open []int
	for i, p := range promises {
		if at >= p.from && at <= p.to {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return null[string]{}
	}
	return some(promiseID(one(d, open)))
}

// festivalInitiative is the promise that an edition of the festival keeps.
func festivalInitiative(at day) null[string] {
	for i, p := range promises {
		if p.commitment == "I1" && at >= p.from && at <= p.to {
			return some(promiseID(i))
		}
	}
	return null[string]{}
}

// initiativeVersions tells the life of a promise: planned, begun, late where it
// is late, done; one is dropped.
func (m *model) initiativeVersions(i int) []initiative {
	p, d := promises[i], newDice(m.seed, initiativeStream, uint64(i))
	row := initiative{
		ID: promiseID(i), Programme: "unesco-uccn", Commitment: p.commitment, Title: p.title + " (mô phỏng)", Owner: p.owner,
		PlannedStart: dateText(p.from), PlannedEnd: dateText(p.to), Status: "planned", Evidence: []string{},
	}
	if p.billion > 0 {
		n := int64(math.Round(p.billion * 1e9))
		row.Budget = &n
	}
	var out []initiative
	show := func(at time.Time, apply func(*initiative)) {
		apply(&row)
		row.Updated = stamp(at)
		out = append(out, row)
	}
	show(m.office(d, p.from-d.between(40, 120)), func(*initiative) {})
	if i == len(promises)-1 { // no budget was found
		show(m.office(d, p.from+d.between(60, 100)), func(r *initiative) { r.Status = "dropped" })
		return out
	}
	begun, length := p.from, p.to-p.from
	if d.chance(0.4) {
		begun += d.between(10, min(90, length/2))
	}
	ended := p.to - d.between(0, length/10)
	if d.chance(0.35) {
		ended = p.to + d.between(20, 170)
	}
	show(m.office(d, begun), func(r *initiative) { r.ActualStart, r.Status = dateText(begun), "under_way" })
	if ended > p.to+2 {
		show(m.office(d, p.to+1), func(r *initiative) { r.Status = "late" })
	}
	show(m.office(d, ended+2), func(r *initiative) {
		r.ActualEnd, r.Status = dateText(ended), "done"
		r.Evidence = []string{fmt.Sprintf("Biên bản nghiệm thu mô phỏng %s", r.ID)}
	})
	return out
}
