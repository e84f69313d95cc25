"""Plain text questions in English about English documents."""

from __future__ import annotations

from venue.asking import Group, Question, ask, clock, gold, yuan

__all__ = ["ENGLISH"]

PHOTOS = "visit/photography.md"
ROUTE = "visit/getting_here.html"
ACCESS = "visit/accessibility.docx"
BOOKLET = "museum/guide_booklet_en.pdf"
SCHOOLS = "museum/school_groups.pptx"
GIVING = "museum/donation.html"
LEAGUE = "billiards/league.html"


def _text(question: str, answer: Group, source: str, quote: str) -> Question:
    return ask("text", question, [answer], gold(source, quote))


ENGLISH = [
    _text(
        "How high may a drone fly here, if I have the permit?",
        ("60 m", "sixty m"),
        PHOTOS,
        "They may not fly above 60 metres",
    ),
    _text(
        "We want wedding pictures at the lake. What does the permit cost for half a day?",
        yuan(800),
        PHOTOS,
        "It costs 800 yuan for half a day",
    ),
    _text("which metro exit do i take for the park", ("Exit C",), ROUTE, "leave by Exit C"),
    _text("How often does the 27 bus come?", ("12 min", "twelve min"), ROUTE, "It runs every 12 minutes"),
    _text("roughly how much is a cab from the south railway station?", yuan(35), ROUTE, "A taxi costs about 35 yuan"),
    _text(
        "What is the hourly price for borrowing an electric wheelchair?",
        yuan(10),
        ACCESS,
        "Electric chairs cost 10 yuan an hour",
    ),
    _text(
        "How wide is the lift door? My chair is rather big.",
        ("95 c", "0.95 m"),
        ACCESS,
        "Its door is 95 centimetres wide",
    ),
    _text(
        "What's the email address for booking the sign language tour?",
        ("access@qiyan.example",),
        ACCESS,
        "access@qiyan.example",
    ),
    _text(
        "until what time do the quiet hours last on wednesdays",
        clock("11:00"),
        ACCESS,
        "On Wednesday mornings until 11:00",
    ),
    _text("Who built the ice boat?", ("Huailiang", "Duan"), BOOKLET, "carpenter named Duan Huailiang"),
    _text(
        "How heavy is the fog bell next to the tower door?", ("240 k", "240 公斤"), BOOKLET, "It weighs 240 kilograms"
    ),
    _text(
        "Which step of the tower staircase is shorter than the rest?",
        ("seventy-third", "73"),
        BOOKLET,
        "the seventy-third is shorter",
    ),
    _text(
        "Is there anywhere to get drinking water on the ridge walk, and what's it called?",
        ("Quarry Hut",),
        BOOKLET,
        "the Quarry Hut, which",
    ),
    _text(
        "When was the spoonbill spotted?",
        ("November 2017", "2017-11", "Nov 2017", "4 November", "November 4"),
        BOOKLET,
        "seen on 4 November 2017",
    ),
    _text("How much is the English booklet?", yuan(15), BOOKLET, "The booklet costs 15 yuan"),
    _text(
        "What's the biggest school group you take?",
        ("90 pupils", "90 students", "90 children", "90 people", "90 kids", "to 90", "of 90", "is 90", "ninety"),
        SCHOOLS,
        "Groups of 15 to 90 pupils",
    ),
    _text(
        "It is pouring. When does the lunch room open for school classes on a rainy day?",
        clock("11:00"),
        SCHOOLS,
        "the lunch room opens half an hour earlier, at 11:00",
    ),
    _text(
        "how many hours a month do volunteers have to give",
        ("six hours", "6 hours"),
        GIVING,
        "Volunteers give at least six hours a month",
    ),
    _text("What would I pay to adopt a medium sized object?", yuan(900), GIVING, "a medium one 900 yuan"),
    _text(
        "How long until the acquisitions board answers my letter?",
        ("eight weeks", "8 weeks"),
        GIVING,
        "It answers within eight weeks",
    ),
    _text("What does it cost a team to enter the pub league?", yuan(600), LEAGUE, "The entry fee is 600 yuan a team"),
    _text("when do the doors open on finals night of the leage", clock("18:45"), LEAGUE, "Doors open at 18:45"),
    _text("Who makes the cue given for the best break?", ("Quan",), LEAGUE, "a cue made by Old Quan"),
    _text(
        "How many bike stands do you have and at which gate?",
        ("160",),
        ROUTE,
        "160 bicycle stands beside the East Gate",
    ),
    _text(
        "which tables have more room around them for wheelchair players",
        ("5 and 6", "5 & 6", "five and six"),
        ACCESS,
        "Tables 5 and 6 have wider aisles",
    ),
    _text("Who kept the ledger of the paper mill?", ("Madam Qu",), BOOKLET, "It was kept by a widow, Madam Qu"),
    _text(
        "How long is the telescope lens... I mean its size across?",
        ("13 c", "thirteen c"),
        BOOKLET,
        "has a lens of 13 centimetres",
    ),
    _text(
        "When may I set my lantern afloat at the Reed Festival?", clock("19:30"), BOOKLET, "set it afloat from 19:30"
    ),
    _text(
        "how old must a volunteer be at least?",
        ("16", "sixteen"),
        GIVING,
        "The youngest volunteers are sixteen years old",
    ),
    _text("Is the monopod allowed anywhere?", ("garden",), PHOTOS, "A monopod is allowed in the gardens"),
]
