"""What only the server refuses, as errors of the one tree. Which status each has is said in `problems.py`."""

from __future__ import annotations

from jianwen.errors import ServerError

__all__ = ["InternalError", "NoToken", "RequestTooLarge", "TooManyWaiting", "WrongHost", "WrongOrigin"]


class NoToken(ServerError):
    en = "A token is needed. Open /?token=TOKEN in the browser, or send the header Authorization: Bearer TOKEN."
    zh = "需要令牌。请在浏览器中打开 /?token=令牌，或发送请求头 Authorization: Bearer 令牌。"


class WrongHost(ServerError):
    en = "Without a token only this box itself is served. Open the page at 127.0.0.1, or set JIANWEN_TOKEN."
    zh = "未设置令牌时只为本机服务。请用 127.0.0.1 打开页面，或设置 JIANWEN_TOKEN。"


class WrongOrigin(ServerError):
    en = "The request comes from another site, so nothing was changed. Use the page of this server."
    zh = "请求来自其他网站，未做任何更改。请使用本服务自己的页面。"


class RequestTooLarge(ServerError):
    en = "The request is too large: {detail}."
    zh = "请求太大：{detail_zh}。"


class TooManyWaiting(ServerError):
    en = "Too many are waiting already. Try again in a minute."
    zh = "等待的人太多，请一分钟后再试。"


class InternalError(ServerError):
    en = "Something went wrong inside the server. Try again; if it stays, look into the server's log."
    zh = "服务器内部出错。请再试一次；若仍然出错，请查看服务器日志。"
