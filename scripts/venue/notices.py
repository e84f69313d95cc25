"""What stands on the notices that exist only as pictures."""

from __future__ import annotations

from venue.pictures import Notice

__all__ = ["PHOTOGRAPHS", "SCANS"]

PHOTOGRAPHS: dict[str, Notice] = {
    "billiards/lockbox_notice.png": Notice(
        "锁球器使用须知",
        (
            "1. 扫球台侧面的码，交押金 100 元后锁球器弹开。",
            "2. 每个锁球器内应有目标球 15 颗、母球 1 颗。",
            "3. 结账前请将全部球放回，缺球时系统不退押金。",
            "4. 卡球请按红色按钮，不要用球杆去捅。",
            "5. 三号台锁球器检修，请改用七号台。",
            "技术支持：韩师傅，分机 614",
            "落星台球馆  2026年1月8日",
        ),
    ),
    "billiards/tournament_poster.jpg": Notice(
        "落星杯中式八球公开赛",
        (
            "比赛日期：2026年5月16日至17日",
            "报名截止：2026年5月8日 18:00",
            "报名费：每人 120 元，限 64 名",
            "赛制：双败淘汰，决赛抢 9 局",
            "冠军奖金 6000 元，亚军 2500 元",
            "检录时间：每天 09:20，迟到 15 分钟判弃权",
            "裁判长：顾南屏",
        ),
        paper=(238, 246, 240),
    ),
    "grounds/fishing_notice.webp": Notice(
        "垂钓告示",
        (
            "只准在南岸一号至九号钓位垂钓。",
            "每人限用 2 根鱼竿，禁止锚钩和可视钓。",
            "每日钓费 40 元，在船码头购票。",
            "不足 20 厘米的鱼必须放回湖中。",
            "禁渔期：每年 3 月 15 日至 6 月 15 日。",
            "违者没收渔具。监督电话 0100-555-0166",
        ),
        paper=(250, 244, 214),
    ),
    "cafe/allergy_notice.jpg": Notice(
        "Allergy notice",
        (
            "Our lotus cake contains walnut and milk.",
            "The cold noodles contain peanut and sesame.",
            "Oat milk is free of charge on request.",
            "Fryer oil is shared with shrimp dishes.",
            "Ask for the blue allergy card at the till.",
            "Kitchen manager: Lin Wanqiu",
        ),
        paper=(255, 255, 255),
    ),
}

SCANS: dict[str, tuple[Notice, ...]] = {
    "grounds/closure_notice_scan.pdf": (
        Notice(
            "关于北岸栈道封闭维修的通知",
            (
                "各位游客：",
                "北岸木栈道因桩基加固，自 2026 年 4 月 7 日起封闭，",
                "预计 2026 年 6 月 19 日恢复通行。",
                "封闭期间请从槐荫小路绕行，全程约 680 米。",
                "观鸟屋同时关闭，望远镜借用点移至东门服务亭。",
                "施工时段为每天 08:30 至 17:00，夜间不施工。",
                "轮椅使用者可电话预约电瓶车接送，免费。",
                "预约电话：0100-555-0151",
                "栖砚湖文化园工程科   2026 年 3 月 26 日",
            ),
            paper=(255, 255, 255),
        ),
        Notice(
            "附件：绕行期间临时安排",
            (
                "一、临时厕所设在槐荫小路 2 号灯杆旁，共 4 间。",
                "二、北门至码头的接驳车改为每 25 分钟一班。",
                "三、4 月 18 日的环湖晨跑改在东岸进行，",
                "    集合地点为东门石狮前，06:40 集合。",
                "四、施工负责单位：清禾营造队，现场负责人 石仲元。",
                "五、投诉与建议请投北门意见箱，每周四开箱。",
            ),
            paper=(255, 255, 255),
        ),
    ),
    "staff/boiler_inspection_scan.pdf": (
        Notice(
            "锅炉年检报告（摘录）",
            (
                "设备位置：博物馆地下一层 B-07 机房",
                "额定压力：0.8 兆帕    检验压力：1.2 兆帕",
                "检验日期：2025 年 9 月 23 日",
                "检验结论：合格",
                "下次检验日期：2026 年 9 月 22 日前",
                "整改意见：更换 2 号安全阀，限 10 日内完成。",
                "检验员：祝清和      报告编号：GL-2025-0417",
            ),
            paper=(255, 255, 255),
        ),
    ),
}
