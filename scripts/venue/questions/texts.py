"""Plain text questions, asked in the document's language."""

from __future__ import annotations

from venue.asking import ask, count, gold, yuan

__all__ = ["TEXTS"]

TEXTS = [
    ask(
        "text",
        "买了票想换个日子来，最多能推迟多久呀？",
        [count(60, "天", "日", " days")],
        gold("visit/ticket_refund.docx", "新的参观日须在原参观日之后60天以内"),
    ),
    ask(
        "text",
        "网上付的钱退票几天能到账",
        [count(5, "个工作日", "天", "工作日")],
        gold("visit/ticket_refund.docx", "网上支付一般5个工作日到账"),
    ),
    ask("text", "推婴儿车借用要交多少押金？", [yuan(200)], gold("visit/faq.md", "须交押金200元")),
    ask(
        "text",
        "连WiFi一次能用几个钟头",
        [count(4, "小时", "个小时", "个钟头", "hours")],
        gold("visit/faq.md", "每次可用4小时"),
    ),
    ask(
        "text",
        "狗绳最长可以多长？",
        [("1.5米", "1.5m", "一米五", "150厘米")],
        gold("visit/faq.md", "牵引绳不得长于1.5米"),
    ),
    ask(
        "text",
        "不好意思，我的银行卡丢在园里了，你们一般会替我保管几天？",
        [count(30, "天", "日", "days")],
        gold("visit/lost_and_found.txt", "证件和银行卡保管30天"),
    ),
    ask(
        "text",
        "How high may a drone fly here, if I have the permit?",
        [("60 metres", "60 meters", "60 m", "60m", "60米")],
        gold("visit/photography.md", "They may not fly above 60 metres"),
    ),
    ask(
        "text",
        "which metro exit do i take for the park",
        [("Exit C", "C exit", "C出口", "C口")],
        gold("visit/getting_here.html", "leave by Exit C"),
    ),
    ask("text", "杆柜钥匙弄丢了要赔多少？", [yuan(80)], gold("visit/lockers.txt", "杆柜钥匙遗失，赔偿工本费80元")),
    ask(
        "text",
        "打中式八球，一杆最多可以想多久？",
        [count(45, "秒", " seconds", "s")],
        gold("billiards/house_rules.pdf", "每杆限时45秒"),
    ),
    ask(
        "text",
        "落星砚是谁从湖里捞上来的？",
        [("柳三省",)],
        gold("museum/room1_water_and_stone.docx", "渔民柳三省在北湾下网"),
    ),
    ask(
        "text",
        "Who built the ice boat?",
        [("Duan Huailiang", "段怀良", "Duan")],
        gold("museum/guide_booklet_en.pdf", "carpenter named Duan Huailiang"),
    ),
    ask("text", "讲解器租一台多少钱？", [yuan(20)], gold("museum/audio_guide_training.pptx", "租金每台20元")),
]
