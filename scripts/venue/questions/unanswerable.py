"""Questions that no document answers: far from the venue, or near and plausible."""

from __future__ import annotations

from venue.asking import Question, ask

__all__ = ["UNANSWERABLE"]


def _no_answer(question: str) -> Question:
    return ask("unanswerable", question, [])


_FAR = (
    "法国的首都是哪里？",
    "帮我写一首关于秋天的诗",
    "明天北京会下雨吗？",
    "红烧肉怎么做才不腻",
    "圆周率小数点后第十位是几？",
    "一斤黄金现在多少钱",
    "感冒了吃什么药好？",
    "What is the boiling point of mercury?",
    "who won the football world cup in 1998",
    "How do I sort a list in Python?",
    "Please translate 'good morning' into Swahili.",
    "What is the tallest mountain in Africa?",
)
_NEAR = (
    "有没有游泳池？",
    "馆长的电话号码是多少？",
    "现任馆长叫什么名字？",
    "园区里面有酒店可以住吗",
    "停车场有没有电动车充电桩？",
    "请问园里哪儿有取款机",
    "博物馆去年一共来了多少游客？",
    "展厅人员的月工资是多少",
    "2024年白球会员的年费是多少？",
    "第四展厅展的是什么？",
    "铜浮漏的保险估值是多少？",
    "砚湖最深的地方有多深",
    "咖啡馆能点外卖送到家吗？",
    "球馆的斯诺克台是什么牌子的？",
    "盖博物馆一共花了多少钱？",
    "园里可以租自行车不",
    "台球馆能打乒乓球吗",
    "观星塔能举办婚礼吗？多少钱一场",
    "is there a cinema in the park?",
    "Do you sell beer at the café?",
    "What are the opening hours of the museum shop?",
    "Where can I exchange foreign money at the park?",
    "How old is Marta Kolvik?",
    "Is there a prayer room?",
    "What is the phone number of the café?",
    "How many people work at the billiard hall?",
    "Do you have a left-handed snooker coach?",
    "can i rent roller skates",
    "Which university did the Ice Boat's carpenter attend?",
)

UNANSWERABLE = [_no_answer(question) for question in (*_FAR, *_NEAR)]
