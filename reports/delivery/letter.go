package delivery

import (
	"encoding/json"
	"fmt"
	"strings"

	"khue"
	"khue/locale"
	"khue/post"
	"khue/reports"
)

// letter is a parcel as a mail. One whose files are more than go with a letter leads to
// the page of the report; where it has none, nothing is sent: a part of a report would
// be taken for the whole.
func (d *Deliverer) letter(p parcel, to Recipient) (post.Letter, error) {
	l := post.Letter{To: to.Email, ID: p.delivery.Mark, Date: d.o.Now()}
	var size int64
	for _, f := range p.files {
		size += f.Size
		l.Attachments = append(l.Attachments, post.Attachment{Name: f.Name, MediaType: f.MediaType, Content: f.content})
	}
	if p.linked = size > d.o.AttachMost && p.frozen.Page != ""; p.linked {
		l.Attachments = nil
	} else if size > d.o.AttachMost {
		return l, khue.Errorf(khue.Invalid,
			"các tệp nặng %[1]s, quá mức %[2]s đính kèm một thư; hãy chọn ít định dạng hơn cho %[3]q, gửi vào thư mục, hoặc khai báo public_url để thư dẫn đến trang báo cáo",
			"the files are %[1]s, more than the %[2]s that go with a letter; choose fewer formats for %[3]q, a folder, or set public_url for the letter to lead to the report's page", megabytes(size), megabytes(d.o.AttachMost), to.Name)
	}
	switch to.Language {
	case khue.Vietnamese, khue.English:
		l.Subject, l.Text = d.subject(p, to.Language), d.text(p, to.Language)
	default:
		l.Subject = d.subject(p, khue.Vietnamese)
		l.Text = d.text(p, khue.Vietnamese) + "\n--------\n\n" + d.text(p, khue.English)
	}
	return l, nil
}

// subject names the report in a line.
func (d *Deliverer) subject(p parcel, lang khue.Lang) string {
	s := fmt.Sprintf("[Khuê] %s, %s – %s", d.title(p, lang), d.period(p, lang), p.report.Issue.Number)
	if p.frozen.Simulated {
		s += khue.Text{VI: " (dữ liệu mô phỏng)", EN: " (simulated data)"}.In(lang)
	}
	return s
}

// title is that of the definition, with what the report is narrowed to.
func (d *Deliverer) title(p parcel, lang khue.Lang) string {
	var narrowed reports.Parameters
	if err := json.Unmarshal([]byte(p.report.Parameters), &narrowed); err != nil {
		return d.o.Title(p.report.Definition).In(lang)
	}
	return strings.Join(append([]string{d.o.Title(p.report.Definition).In(lang)}, narrowed.Words(lang)...), ", ")
}

func (d *Deliverer) period(p parcel, lang khue.Lang) string {
	period, err := khue.ParsePeriod(p.report.Period)
	if err != nil {
		return p.report.Period
	}
	return locale.PeriodName(lang, period)
}

// text tells what the files are and how to know that they are whole.
func (d *Deliverer) text(p parcel, lang khue.Lang) string {
	var b strings.Builder
	say := func(vi, en string, args ...any) { fmt.Fprintf(&b, khue.Text{VI: vi, EN: en}.In(lang)+"\n", args...) }
	i := p.report.Issue
	if p.linked {
		say("Đã ban hành: %s, %s. Các tệp quá lớn để đính kèm; xin tải tại:", "Issued: %s, %s. The files are too large to go with this mail; they are at:", d.title(p, lang), d.period(p, lang))
		b.WriteString(p.frozen.Page + "\n")
	} else {
		say("Gửi kèm thư này: %s, %s.", "With this mail: %s, %s.", d.title(p, lang), d.period(p, lang))
	}
	say("Số văn bản: %s, ban hành ngày %s, bản %d.", "Number %s, issued on %s, version %d.", i.Number, locale.Date(lang, i.IssuedAt.In(d.o.Zone)), i.Version)
	if p.former != "" {
		say("Bản này thay văn bản số %s.", "It takes the place of number %s.", p.former)
	}
	if p.frozen.Confidential {
		say("Báo cáo chỉ dùng nội bộ cơ quan; xin không chuyển tiếp.", "For the office's own use: please do not pass it on.")
	}
	if p.frozen.Simulated {
		say("Dữ liệu là mô phỏng.", "The data are simulated.")
	}
	b.WriteString("\n")
	say("Các tệp và mã SHA-256:", "Files and their SHA-256:")
	for _, f := range p.files {
		fmt.Fprintf(&b, "  %s\n    %s\n", f.Name, f.SHA256)
	}
	b.WriteString("\n")
	say("Thư gửi tự động, mã %s. Thư nhận hai lần có cùng mã là một.", "Sent by a machine, mark %s. Two mails of one mark are the same.", p.delivery.Mark)
	return b.String()
}
