"""What stands on the venue's slides."""

from __future__ import annotations

from venue.slides import Slide

__all__ = ["DECKS"]

SCHOOL = (
    Slide(
        "School group visits 2026",
        ("Qiyan Museum, education office", "For teachers of primary and secondary schools"),
        "Welcome the teachers and hand out the yellow folders before you start.",
    ),
    Slide(
        "How to book",
        (
            "Book at least 15 working days ahead by e-mail: schools@qiyan.example",
            "Groups of 15 to 90 pupils; larger schools split over two days",
            "One teacher for every 12 pupils comes in free",
        ),
        "If a school asks for a Monday, explain that the museum is closed and offer Tuesday morning instead.",
    ),
    Slide(
        "What it costs",
        (
            "12 yuan a pupil, worksheet included",
            "Hands-on lesson: 18 yuan a pupil, 50 minutes",
            "Schools from mountain counties: free of charge",
        ),
        "The education office can lend 40 folding stools. Ask Meng Ke for the key to the store room.",
    ),
    Slide(
        "Lunch and coaches",
        (
            "Lunch room in the east wing seats 110",
            "Packed lunches from the café: 26 yuan, order 3 days ahead",
            "Coaches let pupils out at the East Gate",
        ),
        "Rainy-day plan: the lunch room opens half an hour earlier, at 11:00.",
    ),
)

AUDIO = (
    Slide(
        "语音导览使用培训",
        ("讲解器共有260台", "提供中文、英文、日文、法文四种语言", "租金每台20元，押金300元"),
        "新员工常忘记：押金只收现金或预授权，不收转账。",
    ),
    Slide(
        "租借流程",
        ("在西门服务台登记证件", "选择语言并试听10秒", "闭园前20分钟归还"),
        "逾期归还每小时加收5元，第二天归还的押金扣一半。",
    ),
    Slide(
        "常见故障",
        ("听不到声音：长按侧键3秒重启", "不换展品：走近感应点1米以内", "电量低：红灯闪烁，换机"),
        "换下来的机器放进灰色回收筐，由设备员柯一鸣每晚充电。",
    ),
)

DECKS: dict[str, tuple[Slide, ...]] = {"museum/school_groups.pptx": SCHOOL, "museum/audio_guide_training.pptx": AUDIO}
