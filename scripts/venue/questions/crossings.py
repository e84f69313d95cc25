"""Questions in the other language than the only document that answers them."""

from __future__ import annotations

from venue.asking import Gold, Group, Question, ask, count, gold, yuan

__all__ = ["CROSSINGS"]

BOOKLET = "museum/guide_booklet_en.pdf"
RULES = "billiards/house_rules.pdf"
EMERGENCY = "staff/emergency_plan.pdf"
GARDEN = "grounds/garden_guide.md"


def _crossing(question: str, answer: Group, source: str, quote: str, *more: Gold) -> Question:
    return ask("cross_language", question, [answer], gold(source, quote), *more)


_TO_ENGLISH_TEXTS = [
    _crossing("冰船是哪一年沉下去的？", ("1923",), BOOKLET, "The boat sank in March 1923"),
    _crossing(
        "坐地铁来要坐几号线", ("4号线", "四号线", "Line 4"), "visit/getting_here.html", "Take Line 4 to Willow Ferry"
    ),
    _crossing("观星塔有多高？", ("31米", "三十一米", "31 m"), BOOKLET, "31 metres high"),
    _crossing(
        "芦苇节在什么时候办？",
        ("第二个周末", "second weekend", "第二周末", "第二个星期"),
        BOOKLET,
        "the second weekend of October",
    ),
    _crossing(
        "飞无人机要提前多少个工作日申请？",
        ("10个工作日", "十个工作日", "10 working", "ten working", "10天", "十天", "10日"),
        "visit/photography.md",
        "at least ten working days ahead",
    ),
    _crossing(
        "婚纱照拍一整天，许可费多少？", (*yuan(1400), "一千四"), "visit/photography.md", "1,400 yuan for a full day"
    ),
    _crossing("认养一件大文物一年要捐多少", (*yuan(2500), "两千五"), "museum/donation.html", "a large one 2,500 yuan"),
    _crossing(
        "手语导览是每月的哪一天？",
        ("第一个星期日", "第一个周日", "首个周日", "第一个星期天", "first Sunday", "第一周的周日", "首个星期日"),
        "visit/accessibility.docx",
        "the first Sunday of every month",
    ),
    _crossing("学校带班级来参观，每个学生收多少钱", yuan(12), "museum/school_groups.pptx", "12 yuan a pupil"),
    _crossing(
        "周一晚上那个球队联赛在几号台打？",
        ("9到14", "9至14", "9-14", "9–14", "9~14", "9号到14", "9号至14", "九号至十四", "9 to 14"),
        "billiards/league.html",
        "tables 9 to 14",
    ),
    _crossing(
        "无障碍的加宽球台是几号？",
        ("5和6", "5号和6", "5、6", "5号、6", "五号和六号", "5 and 6", "5号台和6", "5与6"),
        "visit/accessibility.docx",
        "Tables 5 and 6 have wider aisles",
    ),
]
_TO_CHINESE_TEXTS = [
    _crossing("What happens if I break one of the house cues? How much is it?", yuan(260), RULES, "折断公用球杆"),
    _crossing(
        "How long is the path around the lake?",
        ("3.8 k", "3.8公里"),
        GARDEN,
        "环湖步道一圈3.8公里",
        gold("visit/faq.md", "环湖步道一圈3.8公里"),
    ),
    _crossing("What does the tea picking experience cost per person?", yuan(65), GARDEN, "采茶体验每人65元"),
    _crossing(
        "When is the cherry blossom at its peak?",
        (
            "early April",
            "beginning of April",
            "4月上旬",
            "first third of April",
            "first ten days of April",
            "start of April",
        ),
        "grounds/花历.html",
        "4月上旬",
    ),
    _crossing(
        "How many grams of picked tea leaves may I take home?", ("200 g", "200克"), GARDEN, "采下的鲜叶可以带走200克"
    ),
    _crossing(
        "How many defibrillators are there in the park?",
        ("six", "6 defib", "6 AED", "6 auto", "are 6", "has 6", "6 units", "6 devices", "6台", "六台"),
        EMERGENCY,
        "自动体外除颤器6台",
    ),
    _crossing(
        "Where do people from the billiard hall assemble in an emergency?",
        ("North Gate", "north car", "north park", "北门"),
        EMERGENCY,
        "北门停车场东侧",
    ),
    _crossing(
        "how much is the deposit for a pedal boat", yuan(150), "grounds/游船安全须知.txt", "每次租用60分钟，押金150元"
    ),
    _crossing(
        "Until what age must kids be accompanied by an adult?",
        (
            "under 12",
            "12 years",
            "age of 12",
            "until 12",
            "aged 12",
            "age 12",
            "are 12",
            "turn 12",
            "is 12",
            "12-year",
            "12岁",
            "12周岁",
            "twelve",
        ),
        "visit/faq.md",
        "未满12周岁的儿童须由成年人陪同",
    ),
    _crossing(
        "By how much is the online family ticket reduced, in percent?",
        ("15%", "15 percent", "15 per cent"),
        "visit/tickets.xlsx",
        "家庭套票",
    ),
    _crossing(
        "Who was the blind master who made the star map lamp?",
        ("尉迟朗", "Yuchi Lang", "Yuchilang", "Weichi Lang", "Yu Chilang"),
        "museum/catalogue.pdf",
        "盲人匠师尉迟朗",
    ),
    _crossing(
        "What year did Mo Huaigu, the founder, die?",
        ("2005", "二〇〇五"),
        "museum/history_traditional.txt",
        "莫懷谷於二〇〇五年去世",
    ),
    _crossing("How much does the audio guide cost?", yuan(20), "museum/audio_guide_training.pptx", "租金每台20元"),
    _crossing(
        "what time can you watch the fireflies until",
        ("21:00", "9pm", "9 p.m.", "9:00", "nine"),
        GARDEN,
        "观赏时段为19:40至21:00",
    ),
    _crossing(
        "How long can I keep a lost umbrella waiting, I mean how many days do you keep ordinary things?",
        count(90, " days", "天"),
        "visit/lost_and_found.txt",
        "普通物品保管90天",
    ),
]

CROSSINGS = [*_TO_ENGLISH_TEXTS, *_TO_CHINESE_TEXTS]
