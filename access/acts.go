package access

import "khue"

// Acts of this package, as the audit names them; those of pages stand in the table of
// routes.
var actNames = []struct {
	act  string
	name khue.Text
}{
	{"sign_in", khue.Text{VI: "đăng nhập", EN: "signed in"}},
	{"sign_out", khue.Text{VI: "đăng xuất", EN: "signed out"}},
	{"session.end", khue.Text{VI: "kết thúc phiên", EN: "ended a session"}},
	{"person.add", khue.Text{VI: "thêm tài khoản", EN: "added an account"}},
	{"person.roles", khue.Text{VI: "đổi vai trò", EN: "changed roles"}},
	{"person.enable", khue.Text{VI: "mở khóa tài khoản", EN: "let an account in again"}},
	{"person.disable", khue.Text{VI: "khóa tài khoản", EN: "locked an account"}},
	{"authenticator.on", khue.Text{VI: "bật xác thực hai bước", EN: "turned the second step on"}},
	{"authenticator.off", khue.Text{VI: "bỏ xác thực hai bước", EN: "took the second step away"}},
	{"authenticator.recover", khue.Text{VI: "dùng mã khôi phục", EN: "used a recovery code"}},
	{"person.password", khue.Text{VI: "đổi mật khẩu", EN: "set a password"}},
	{"person.bind", khue.Text{VI: "gắn tài khoản với nơi đăng nhập của cơ quan", EN: "bound an account to the office's sign-in"}},
	{"person.link", khue.Text{VI: "tạo liên kết đăng nhập", EN: "made a sign-in link"}},
	{"token.create", khue.Text{VI: "tạo khóa API", EN: "made an API token"}},
	{"token.revoke", khue.Text{VI: "thu hồi khóa API", EN: "revoked an API token"}},
	{"token.use", khue.Text{VI: "dùng khóa API từ địa chỉ mới", EN: "used an API token from a new address"}},
	{"look", khue.Text{VI: "mở trang", EN: "opened a page"}},
	{"figures.download", khue.Text{VI: "tải số liệu", EN: "downloaded figures"}},
	{"quarantine.download", khue.Text{VI: "tải dữ liệu cách ly", EN: "downloaded quarantined rows"}},
	{"quarantine.retry", khue.Text{VI: "thử lại dòng cách ly", EN: "tried quarantined rows again"}},
	{"upload.take", khue.Text{VI: "nộp tệp", EN: "handed in a file"}},
	{"upload.accept", khue.Text{VI: "nhận tệp vào kho", EN: "accepted a file"}},
	{"upload.cancel", khue.Text{VI: "bỏ tệp đã nộp", EN: "dropped a file"}},
	{"job.run", khue.Text{VI: "chạy công việc", EN: "ran a job"}},
	{"job.pause", khue.Text{VI: "tạm dừng công việc", EN: "paused a job"}},
	{"job.resume", khue.Text{VI: "cho công việc chạy tiếp", EN: "resumed a job"}},
	{"note.add", khue.Text{VI: "thêm ghi chú", EN: "added a note"}},
	{"note.change", khue.Text{VI: "sửa ghi chú", EN: "changed a note"}},
	{"note.down", khue.Text{VI: "gỡ ghi chú", EN: "took down a note"}},
	{"text.restore", khue.Text{VI: "khôi phục lời văn", EN: "restored a text"}},
	{"report.draft", khue.Text{VI: "lập dự thảo báo cáo", EN: "drafted a report"}},
	{"report.edit", khue.Text{VI: "tải lên tệp Word đã sửa", EN: "uploaded an edited Word file"}},
	{"report.submit", khue.Text{VI: "trình báo cáo", EN: "submitted a report"}},
	{"report.approve", khue.Text{VI: "duyệt báo cáo", EN: "approved a report"}},
	{"report.return", khue.Text{VI: "trả lại báo cáo", EN: "returned a report"}},
	{"report.issue", khue.Text{VI: "ban hành báo cáo", EN: "issued a report"}},
	{"report.download", khue.Text{VI: "tải báo cáo", EN: "downloaded a report"}},
	{"view.save", khue.Text{VI: "lưu chế độ xem", EN: "kept a view"}},
	{"view.change", khue.Text{VI: "sửa chế độ xem đã lưu", EN: "changed a kept view"}},
	{"view.delete", khue.Text{VI: "xóa chế độ xem đã lưu", EN: "deleted a kept view"}},
	{"sql.run", khue.Text{VI: "chạy câu lệnh SQL", EN: "ran SQL"}},
	{"sql.cancel", khue.Text{VI: "dừng câu lệnh SQL", EN: "cancelled SQL"}},
	{"audit.export", khue.Text{VI: "xuất nhật ký kiểm toán", EN: "exported the audit"}},
}

// Acts lists what the audit may have, in the order in which it is shown.
func Acts() []string {
	out := make([]string, len(actNames))
	for i, a := range actNames {
		out[i] = a.act
	}
	return out
}

// ActText is an act in words.
func ActText(act string) khue.Text {
	for _, a := range actNames {
		if a.act == act {
			return a.name
		}
	}
	return khue.Text{VI: act, EN: act}
}
