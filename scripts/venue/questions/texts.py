"""Plain text questions in Chinese about Chinese documents."""

from __future__ import annotations

from venue.asking import Gold, Group, Question, ask, clock, count, gold, yuan

__all__ = ["TEXTS"]

REFUND = "visit/ticket_refund.docx"
FAQ = "visit/faq.md"
LOCKERS = "visit/lockers.txt"
LOST = "visit/lost_and_found.txt"
RULES = "billiards/house_rules.pdf"
ROOM_1 = "museum/room1_water_and_stone.docx"
ROOM_2 = "museum/room2_fire_and_earth.docx"
ROOM_3 = "museum/room3_silk_and_sound.docx"
CATALOGUE = "museum/catalogue.pdf"
HISTORY = "museum/history_traditional.txt"
AUDIO = "museum/audio_guide_training.pptx"
GARDEN = "grounds/garden_guide.md"
BOATS = "grounds/游船安全须知.txt"
HANDBOOK = "staff/员工手册摘录.docx"
EMERGENCY = "staff/emergency_plan.pdf"


def _text(question: str, answer: Group, source: str, quote: str, *more: Gold) -> Question:
    return ask("text", question, [answer], gold(source, quote), *more)


VISIT = [
    _text(
        "买了票想换个日子来，最多能推迟多久呀？",
        count(60, "天", "日", " days"),
        REFUND,
        "新的参观日须在原参观日之后60天以内",
    ),
    _text("网上付的钱退票几天能到账", count(5, "个工作日", "工作日", "天"), REFUND, "网上支付一般5个工作日到账"),
    _text("因为台风闭园了，退票最晚多少天内要申请？", count(30, "天", "日"), REFUND, "申请期限为闭园日起30天"),
    _text("推婴儿车借用要交多少押金？", yuan(200), FAQ, "须交押金200元"),
    _text("连WiFi一次能用几个钟头", count(4, "小时", "个小时", "个钟头", " hours"), FAQ, "每次可用4小时"),
    _text("狗绳最长可以多长？", ("1.5米", "1.5m", "一米五", "一点五米", "150厘米"), FAQ, "牵引绳不得长于1.5米"),
    _text("我一个大人最多能领几个娃进去？", count(4, "名", "个", "位", "人"), FAQ, "一名成年人最多带4名儿童"),
    _text(
        "三个展厅全看完大概要多长时间",
        ("两个半小时", "2.5小时", "2个半小时", "两小时半", "150分钟"),
        FAQ,
        "三个展厅约需两个半小时",
    ),
    _text("借把伞要押多少钱", yuan(30), FAQ, "服务台出借雨伞，每把押金30元"),
    _text("小柜存一整天最多收我多少？", yuan(15), LOCKERS, "每日封顶：小柜15元"),
    _text("杆柜钥匙弄丢了要赔多少？", yuan(80), LOCKERS, "杆柜钥匙遗失，赔偿工本费80元"),
    _text("东西忘在寄存柜里过夜了，保管费一天多少", yuan(10), LOCKERS, "收取保管费每天10元"),
    _text(
        "不好意思，我的银行卡丢在园里了，你们一般会替我保管几天？", count(30, "天", "日"), LOST, "证件和银行卡保管30天"
    ),
    _text("失物招领那边几点下班？", clock("17:00"), LOST, "每天09:00至17:00有人值守"),
    _text("没人要的雨伞最后义卖的钱给谁了", ("护鸟队",), LOST, "所得捐给护鸟队"),
    _text(
        "第二天才还讲解器，押金要扣多少？",
        ("一半", "50%", "150元", "半数", "百分之五十"),
        AUDIO,
        "第二天归还的押金扣一半",
    ),
    _text("讲解器租一台多少钱？", yuan(20), AUDIO, "租金每台20元"),
    _text("讲解器的电都是谁晚上充的？", ("柯一鸣",), AUDIO, "由设备员柯一鸣每晚充电"),
]
BILLIARDS = [
    _text("打中式八球，一杆最多可以想多久？", count(45, "秒"), RULES, "每杆限时45秒"),
    _text("打球最早可以提前几天订台", count(7, "天", "日"), RULES, "可提前7天预订"),
    _text("订了台子，晚到多久就不给留了？", count(20, "分钟", "分"), RULES, "迟到超过20分钟，球台不再保留"),
    _text("斯诺克犯规碰着黑球罚几分", count(7, "分"), RULES, "碰到黑球罚7分"),
    _text("球馆的巧克粉怎么卖", yuan(3), RULES, "本馆提供的巧克粉每块3元"),
    _text("周三九球夜报名要交多少？", yuan(30), RULES, "周三九球夜采用抢7局制，报名费30元"),
    _text("九球连着犯规几回算输一局啊", count(3, "次", "回"), RULES, "连续三次犯规判负一局"),
]
EXHIBITS = [
    _text("落星砚是谁从湖里捞上来的？", ("柳三省",), ROOM_1, "渔民柳三省在北湾下网"),
    _text("六号洞哪年塌方的", ("1938", "一九三八"), ROOM_1, "六号洞在1938年塌方"),
    _text("做一方砚台总共要几道工序？", count(11, "道", "个"), ROOM_1, "共分十一道工序"),
    _text("双鲤壶出土的时候碎成了多少片？", count(23, "片", "块"), ROOM_2, "出土时断成二十三片"),
    _text("在壶底留下指纹的那位窑工，研究者叫他什么？", ("阿鲤",), ROOM_2, "给这位无名窑工取名“阿鲤”"),
    _text("最长的那条蛇窑有多长", count(53, "米", "m"), ROOM_2, "最长的一条有五十三米"),
    _text("七弦琴最粗那根弦得用多少根蚕丝绞出来？", ("两百四十", "二百四十", "240"), ROOM_3, "要用两百四十根蚕丝绞成"),
    _text("《落雪》复原以后全曲多长", ("六分十二秒", "6分12秒", "6:12", "372秒"), ROOM_3, "全曲六分十二秒"),
    _text("绞弦演示每天几点？", clock("15:00"), ROOM_3, "听音角每天下午三点由志愿者现场演示绞弦"),
    _text("铜浮漏搬走的时候，盆里那株石榴种到哪里去了？", ("后院",), CATALOGUE, "校工把石榴移栽到了博物馆后院"),
    _text("号板敲三短是啥意思", ("有人落水", "落水"), CATALOGUE, "三短，是有人落水"),
    _text("左三娘这辈子救过多少人？", count(19, "个", "人", "位", "名"), CATALOGUE, "左三娘一生救起过十九个落水的人"),
    _text(
        "星图灯上究竟有多少个针孔？",
        ("2164", "二千一百六十四", "两千一百六十四"),
        CATALOGUE,
        "针孔一共二千一百六十四个",
    ),
    _text("星图灯现在这个底座是谁做的", ("阮九龄",), CATALOGUE, "木工房的老师傅阮九龄做的"),
    _text("找到残卷的那个瓦匠，博物馆奖了他什么？", ("自行车", "单车"), CATALOGUE, "博物馆为此奖励了他一辆自行车"),
    _text(
        "湖志残卷上写的灯笼鳜为什么不让捕？",
        ("美甚", "甚美", "太美", "很美", "非常美", "极美", "美丽", "好看", "漂亮"),
        CATALOGUE,
        "勿捕，美甚",
    ),
    _text("最早用米柜收文物的老师叫什么名字？", ("莫怀谷", "莫懷谷"), HISTORY, "鎮上的小學教師莫懷谷"),
    _text("发大水那年有几个人划筏子运文物？", count(14, "个", "個", "人", "位"), HISTORY, "當時划筏子的有十四個人"),
    _text("馆名那几个字一共写了多少张才定下来", count(26, "张", "張"), HISTORY, "他先後寫了二十六張"),
]
GROUNDS = [
    _text("体验采茶一个人收多少", yuan(65), GARDEN, "采茶体验每人65元"),
    _text("看萤火虫要提前几天约？", count(3, "天", "日"), GARDEN, "须提前3天在官网预约"),
    _text("在草坪搭遮阳帐，最高能搭多高", ("1.6米", "1.6m", "一米六", "160厘米"), GARDEN, "帐高不得超过1.6米"),
    _text("烧烤灶台租一次多少钱呀", yuan(80), GARDEN, "灶台每个每次80元"),
    _text("去年救了多少只受伤的鸟？2025年", count(63, "只"), GARDEN, "生态科2025年共救助鸟类63只"),
    _text("脚踏船的押金是多少？", yuan(150), BOATS, "每次租用60分钟，押金150元"),
    _text(
        "上了湖心岛最多能待多久",
        ("90分钟", "九十分钟", "一个半小时", "1.5小时", "1个半小时"),
        BOATS,
        "湖心岛每次最多停留90分钟",
    ),
    _text("摘一枝花要罚多少？", yuan(50), "grounds/花历.html", "摘花一枝罚款50元"),
    _text("我自己带杯子去买咖啡能便宜几块", yuan(3), "cafe/菜单.pdf", "自带杯子减3元"),
]
STAFF = [
    _text("新来的员工要培训几天？", count(5, "天", "日"), HANDBOOK, "新员工培训共5天"),
    _text("干满五年年假有多少天", count(12, "天", "日"), HANDBOOK, "满五年者12天"),
    _text("走失小孩时广播里说的暗号是什么？", ("白鹭找家",), EMERGENCY, "广播代码为“白鹭找家”"),
    _text(
        "要是停电，应急灯能撑多久", ("90分钟", "九十分钟", "一个半小时", "1.5小时"), EMERGENCY, "应急照明可以维持90分钟"
    ),
    _text("展厅气体灭火喷之前给多少秒逃生提示？", count(30, "秒"), EMERGENCY, "喷放前有30秒声光提示"),
]
TEXTS = [*VISIT, *BILLIARDS, *EXHIBITS, *GROUNDS, *STAFF]
