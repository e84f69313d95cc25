"""The venue's spreadsheets: prices, timetables, calendars."""

from __future__ import annotations

from datetime import date, time

from venue.sheets import Sheet

__all__ = ["BOOKS", "LISTS"]

_MONEY = '"¥"#,##0.00'

TICKETS = Sheet(
    name="门票价目",
    title="栖砚湖文化园门票价目表（2026年3月1日起执行）",
    blank_rows=1,
    header=("票种", "适用人群", "门市价", "网上价", "网上优惠"),
    rows=(
        ("成人票", "18至64周岁", 58, 52.2, 0.1),
        ("学生票", "凭全日制学生证", 29, 26.1, 0.1),
        ("儿童票", "6至17周岁", 20, 19, 0.05),
        ("长者票", "65至69周岁", 24, 22.8, 0.05),
        ("家庭套票", "2名成人加1名儿童", 118, 100.3, 0.15),
        ("博物馆加观星塔联票", "不限", 76, 66.88, 0.12),
        ("夜场票", "夜场当天17:30以后", 32, 30.4, 0.05),
        ("观星塔单票", "不限", 25, 25, 0),
        ("团体票", "20人以上，每人", 45, None, None),
    ),
    formats={"门市价": _MONEY, "网上价": _MONEY, "网上优惠": "0%"},
    note="网上价只在官网购买时有效。",
)
FREE = Sheet(
    name="免票与优惠",
    title="免票与优惠人群",
    header=("类别", "人群", "待遇", "凭证"),
    rows=(
        ("免票", "未满6周岁儿童", "免票", "户口簿"),
        (None, "70周岁以上长者", "免票", "身份证"),
        (None, "现役军人", "免票", "军人证"),
        (None, "残疾人及一名陪护", "免票", "残疾人证"),
        ("优惠", "献血50次以上者", "门市价五折", "荣誉证"),
        (None, "清禾区居民", "门市价七折", "居住证"),
        (None, "合作学校教师", "门市价六折", "工作证"),
    ),
    merge=("A3:A6", "A7:A9"),
)
YEAR_CARDS = Sheet(
    name="年卡",
    title="年卡种类",
    header=("年卡", "价格", "有效天数", "可带人数", "停售日"),
    rows=(
        ("湖滨卡", 88, 365, 0, date(2026, 11, 30)),
        ("博物卡", 168, 365, 1, date(2026, 11, 30)),
        ("全园卡", 298, 400, 2, date(2026, 12, 15)),
        ("亲子卡", 238, 365, 3, date(2026, 9, 15)),
    ),
    formats={"价格": _MONEY, "停售日": "yyyy年m月d日"},
)

PARKING = Sheet(
    name="parking",
    header=("停车场", "车位数", "首小时", "之后每小时", "每日封顶", "开放时间", "限高"),
    rows=(
        ("西门一号场", 320, "8元", "4元", "40元", "06:00-23:00", "2.1米"),
        ("西门二号场", 140, "6元", "3元", "30元", "06:00-22:00", "不限"),
        ("北门场", 96, "5元", "3元", "28元", "10:00-次日01:00", "2.3米"),
        ("东门大巴场", 24, "20元", "10元", "90元", "07:00-19:00", "不限"),
        ("员工后场", 40, "不对外", "不对外", "不对外", "全天", "2.0米"),
    ),
)
WORKSHOPS = Sheet(
    name="workshops",
    header=("日期", "时间", "课程", "讲师", "地点", "名额", "费用", "适合年龄"),
    rows=(
        (date(2026, 3, 14), time(10, 0), "拓印入门", "沈墨池", "手工坊一", 16, 60, "8岁以上"),
        (date(2026, 3, 21), time(14, 0), "折纸水鸟", "罗小满", "手工坊二", 24, 35, "5岁以上"),
        (date(2026, 3, 28), time(9, 30), "制砚体验", "裴石生", "石作间", 8, 180, "14岁以上"),
        (date(2026, 4, 4), time(10, 0), "风筝骨架", "纪长青", "草坪帐篷", 30, 45, "6岁以上"),
        (date(2026, 4, 11), time(14, 30), "植物染方巾", "罗小满", "手工坊一", 18, 75, "10岁以上"),
        (date(2026, 4, 25), time(19, 0), "夜观星图", "邬望舒", "观星塔三层", 20, 40, "7岁以上"),
        (date(2026, 5, 9), time(9, 30), "竹编小筐", "纪长青", "手工坊二", 14, 90, "12岁以上"),
        (date(2026, 5, 23), time(15, 0), "古谱试唱", "季云岫", "第三展厅前厅", 26, 30, "不限"),
        (date(2026, 6, 6), time(10, 0), "端午香囊", "罗小满", "手工坊一", 22, 50, "6岁以上"),
        (date(2026, 6, 20), time(13, 30), "木琴修复讲座", "季云岫", "报告厅", 80, 0, "不限"),
    ),
)
COACHING = Sheet(
    name="coaching",
    header=("Coach", "Speciality", "Level", "Price per lesson", "Minutes", "Days off", "Language"),
    rows=(
        ("Wen Zhiyuan", "Snooker break building", "advanced", "260 yuan", 60, "Tuesday", "Chinese"),
        ("Tao Xiaobei", "Eight-ball basics", "beginner", "140 yuan", 60, "Wednesday", "Chinese and English"),
        ("Marta Kolvik", "Nine-ball safety play", "intermediate", "220 yuan", 75, "Sunday", "English"),
        ("Gu Nanping", "Refereeing", "all", "180 yuan", 90, "Friday", "Chinese"),
        ("Yan Luo", "Junior classes", "children", "95 yuan", 45, "Thursday", "Chinese"),
    ),
)

TOURS_WEEKDAY = Sheet(
    name="平日场",
    title="讲解场次表（2026年4月至10月，周二至周五）",
    header=("场次", "出发时间", "路线", "讲解员", "语言", "时长（分钟）", "集合点", "人数上限"),
    rows=(
        ("平1", time(9, 40), "三厅通览", "纪春芽", "中文", 90, "门厅石板前", 25),
        ("平2", time(11, 0), "第一展厅精讲", "陶问渠", "中文", 45, "岩芯墙", 20),
        ("平3", time(13, 30), "三厅通览", "Odile Brandt", "英文", 100, "门厅石板前", 18),
        ("平4", time(15, 20), "第二展厅精讲", "纪春芽", "中文", 50, "碎片墙", 20),
        ("平5", time(16, 0), "后院石榴与老槐", "阮九龄", "中文", 30, "后院门", 15),
    ),
    formats={"出发时间": "h:mm"},
)
TOURS_WEEKEND = Sheet(
    name="周末场",
    title="讲解场次表（2026年4月至10月，周六、周日）",
    header=TOURS_WEEKDAY.header,
    rows=(
        ("末1", time(9, 50), "三厅通览", "陶问渠", "中文", 90, "门厅石板前", 30),
        ("末2", time(10, 40), "亲子寻宝", "纪春芽", "中文", 60, "米柜旁", 16),
        ("末3", time(13, 0), "三厅通览", "Odile Brandt", "英文", 100, "门厅石板前", 20),
        ("末4", time(14, 10), "第三展厅精讲", "季云岫", "中文", 40, "听音角", 12),
        ("末5", time(15, 45), "登塔讲星", "邬望舒", "中文", 70, "观星塔门口", 20),
        ("末6", time(15, 50), "三厅通览", "Hana Mori-Lind", "日文", 95, "门厅石板前", 14),
    ),
    formats={"出发时间": "h:mm"},
)
TOUR_PRICES = Sheet(
    name="讲解收费",
    title="讲解收费标准",
    blank_rows=1,
    header=("项目", "收费", "说明"),
    rows=(
        ("定时讲解", 15, "每人，未满12岁免费"),
        ("专场讲解（中文）", 260, "每场，20人以内"),
        ("专场讲解（外文）", 420, "每场，20人以内"),
        ("研究员讲解", 680, "每场，须提前10天预约"),
        ("手语讲解", 0, "每月一次"),
    ),
    formats={"收费": _MONEY},
)
RENTALS = Sheet(
    name="租借与零售",
    title="落星台球馆租借与零售价目",
    header=("品名", "单价", "单位", "备注"),
    rows=(
        ("公用球杆", 0, "场", "台费已含"),
        ("精品球杆", 25, "场", "押金300元"),
        ("跳杆", 15, "小时", "只限九球台"),
        ("手套", 12, "只", "左右手同价"),
        ("皮头更换", 45, "次", "约30分钟可取"),
        ("球杆校直", 60, "次", "周四送修，周六取"),
        ("矿泉水", 4, "瓶", None),
        ("酸梅汤", 9, "杯", "自制"),
        ("瓜子", 11, "袋", None),
        ("毛巾", 6, "条", "不回收"),
    ),
    formats={"单价": _MONEY},
)
BOATS = Sheet(
    name="boat_timetable",
    header=("Route", "Pier", "First boat", "Last boat", "Every (min)", "Minutes", "Adult fare", "Child fare", "Days"),
    rows=(
        ("Half-Day Island ferry", "Main pier", "09:30", "17:00", 30, 12, "25 yuan", "12 yuan", "daily"),
        ("North Bay bird cruise", "Main pier", "07:15", "09:15", 60, 50, "60 yuan", "30 yuan", "Saturday and Sunday"),
        ("Lotus Pond punt", "Tea garden steps", "10:00", "16:20", 20, 25, "35 yuan", "15 yuan", "June to August"),
        ("Sunset cruise", "East pier", "18:10", "18:10", "-", 75, "88 yuan", "44 yuan", "Friday and Saturday"),
        ("Moonlight music boat", "East pier", "20:00", "20:00", "-", 60, "128 yuan", "64 yuan", "full-moon nights"),
    ),
)

BOOKS: dict[str, tuple[Sheet, ...]] = {
    "visit/tickets.xlsx": (TICKETS, FREE, YEAR_CARDS),
    "visit/guided_tours.xlsx": (TOURS_WEEKDAY, TOURS_WEEKEND, TOUR_PRICES),
    "billiards/rental_prices.xlsx": (RENTALS,),
}

LISTS: dict[str, tuple[Sheet, str]] = {
    "visit/parking.csv": (PARKING, "gb18030"),
    "museum/workshops.csv": (WORKSHOPS, "utf-8"),
    "visit/boat_timetable.csv": (BOATS, "utf-8-sig"),
    "billiards/coaching.csv": (COACHING, "utf-8"),
}
