"""Every error a person may see, with its text in English and Chinese.

    JianwenError
    ├── BadSetting                a setting has a value we cannot use
    ├── BadRequest                a request or an argument that cannot be served as it is
    ├── NotFound                  no such source, conversation, passage or page
    ├── WeightsError
    │   ├── UnknownModel          not in the catalogue and not a file
    │   ├── WeightsMissing        not on this box and not to be had
    │   │   └── WeightsNotShipped a model of ours that this installation does not have
    │   ├── WeightsDamaged        the sha256 is not the expected one
    │   └── WeightsUnfit          readable or not, they are not what the network needs
    ├── DocumentError             one file cannot be read; the others can
    │   ├── EmptyDocument         0 bytes, or no text and no picture in it
    │   ├── EncryptedDocument     needs a password
    │   ├── DamagedDocument       truncated or broken
    │   ├── WrongFormat           the contents are not what the suffix says
    │   ├── UnsupportedFormat     a kind of file we do not read
    │   ├── TooLarge              over one of the limits in `Settings`
    │   ├── ArchiveBomb           unpacks to far more than its size
    │   ├── UnsafePath            a link or path that leads out of the folder
    │   ├── UnreadableFile        the system does not let us read it
    │   └── ReaderFailed          the reader crashed or took too long
    ├── LibraryError
    │   ├── LibraryBusy           another process holds the database for too long
    │   ├── LibraryDamaged        the database file is broken or from a newer version
    │   └── EmbedderUnavailable   texts cannot be turned into vectors
    ├── LanguageError
    │   ├── ModelUnavailable      cannot be loaded or reached
    │   ├── ModelFailed           broke off in the middle
    │   ├── CannotPin             what it remembers of a source cannot be made to stay
    │   └── PromptTooLong         does not fit the model's window
    └── ServerError
        ├── UnsafeBind            a non-loopback address without a token
        ├── PortTaken             another program listens there
        ├── NoToken               a request without the token
        ├── TooManyAttempts       too many wrong tokens from one address
        ├── WrongHost             a request for a name that is not loopback, without a token
        ├── WrongOrigin           a change asked for by another site's page
        ├── RequestTooLarge       a body over its limit
        ├── TooManyWaiting        the queue is full
        └── InternalError         a fault of ours; the log says more

Raise with the template's fields as keywords: ``raise EncryptedDocument(name="tickets.pdf")``.
Foreign errors are translated once, where the foreign library is called, with ``from exc``.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

__all__ = [
    "ArchiveBomb",
    "BadRequest",
    "BadSetting",
    "CannotPin",
    "DamagedDocument",
    "DocumentError",
    "EmbedderUnavailable",
    "EmptyDocument",
    "EncryptedDocument",
    "InternalError",
    "JianwenError",
    "LanguageError",
    "LibraryBusy",
    "LibraryDamaged",
    "LibraryError",
    "ModelFailed",
    "ModelUnavailable",
    "NoToken",
    "NotFound",
    "PortTaken",
    "PromptTooLong",
    "ReaderFailed",
    "RequestTooLarge",
    "ServerError",
    "TooLarge",
    "TooManyAttempts",
    "TooManyWaiting",
    "UnknownModel",
    "UnreadableFile",
    "UnsafeBind",
    "UnsafePath",
    "UnsupportedFormat",
    "WeightsDamaged",
    "WeightsError",
    "WeightsMissing",
    "WeightsNotShipped",
    "WeightsUnfit",
    "WrongFormat",
    "WrongHost",
    "WrongOrigin",
]


class JianwenError(Exception):
    """Base of the tree. `en` and `zh` are templates: what is wrong, and what to do about it, in one line."""

    en: ClassVar[str] = "Something went wrong: {detail}"
    zh: ClassVar[str] = "出错了：{detail}"

    def __init__(self, **fields: object) -> None:
        self.fields = {name: " ".join(str(value).split()) for name, value in fields.items()}
        super().__init__(self.text("en"))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by its fields: by default an exception is made again from one text, and a worker's would be lost."""
        return partial(type(self), **self.fields), ()

    def text(self, language: str = "en") -> str:
        """The message in "en" or "zh", always a single line."""
        return (self.zh if language == "zh" else self.en).format_map(self.fields)


class BadSetting(JianwenError):
    en = "Setting {name} is {value!r}; it must be {wanted}."
    zh = "设置项 {name} 的值是 {value!r}，应为：{wanted}。"


class BadRequest(JianwenError):
    en = "{detail}"
    zh = "{detail_zh}"


class NotFound(JianwenError):
    en = "There is no {what} {id}."
    zh = "找不到 {what} {id}。"


class WeightsError(JianwenError):
    """A model file is not usable."""


class UnknownModel(WeightsError):
    en = "{name} is neither a model in the catalogue nor a file. See `jianwen models list`."
    zh = "{name} 既不在模型目录中，也不是文件。请看 `jianwen models list`。"


class WeightsMissing(WeightsError):
    en = "The model {name} is not on this box ({detail}). Run `jianwen models pull {name}` where there is a network."
    zh = "本机没有模型 {name}（{detail}）。请在有网络时运行 `jianwen models pull {name}`。"


class WeightsNotShipped(WeightsMissing):
    en = "The model {name} is not part of this installation ({detail}). Install Jianwen again, or name a model folder."
    zh = "本次安装中没有模型 {name}（{detail}）。请重新安装，或指定一个模型文件夹。"


class WeightsUnfit(WeightsError):
    en = "The weights {name} cannot be used: {detail}. {remedy}."
    zh = "权重 {name} 无法使用：{detail_zh}。{remedy_zh}。"


class WeightsDamaged(WeightsError):
    en = "The file of model {name} was damaged and has been deleted. Run `jianwen models pull {name}` again."
    zh = "模型 {name} 的文件已损坏并已删除，请重新运行 `jianwen models pull {name}`。"


class DocumentError(JianwenError):
    en = "{name} cannot be read: {detail}"
    zh = "{name} 无法读取：{detail}"


class EmptyDocument(DocumentError):
    en = "{name} is empty. Check the file, and add it again once it has contents."
    zh = "{name} 没有内容。请检查文件，补上内容后再添加。"


class EncryptedDocument(DocumentError):
    en = "{name} is protected by a password. Save a copy without one and add that."
    zh = "{name} 有密码保护。请另存一份不带密码的再添加。"


class DamagedDocument(DocumentError):
    en = "{name} is damaged or cut short. Open it in its own program, save it again, and add it anew."
    zh = "{name} 已损坏或不完整。请用原程序打开并重新保存，再添加。"


class WrongFormat(DocumentError):
    en = "{name} is not what its suffix says ({found} inside). Rename it with the right suffix and add it again."
    zh = "{name} 的内容与后缀不符（实际是 {found}）。请改成正确的后缀再添加。"


class UnsupportedFormat(DocumentError):
    en = "{name} is of a kind that is not read. Save it as PDF, docx, xlsx, csv, pptx, html, md, txt, png, jpg or webp."
    zh = "{name} 的格式无法读取。请另存为 PDF、docx、xlsx、csv、pptx、html、md、txt、png、jpg 或 webp。"


class TooLarge(DocumentError):
    en = "{name} has {found} {unit}, and at most {limit} are read. Split it, or raise {setting}."
    zh = "{name} 有 {found} {unit_zh}，最多读取 {limit}。请拆分文件，或调大 {setting}。"


class ArchiveBomb(DocumentError):
    en = "{name} unpacks to far more than its size, so it was not opened. Save it again in its own program."
    zh = "{name} 解压后远大于其自身大小，因此没有打开。请用原程序重新保存。"


class UnsafePath(DocumentError):
    en = "{name} leads out of the folder that is being added. Add the file itself from where it lies."
    zh = "{name} 指向所添加文件夹之外。请直接添加该文件本身。"


class UnreadableFile(DocumentError):
    en = "{name} could not be opened ({detail}). Check that it is there and may be read."
    zh = "{name} 打不开（{detail}）。请确认文件存在且有读取权限。"


class ReaderFailed(DocumentError):
    en = "Reading {name} failed again and again ({detail}). Save it again in its own program, or as PDF."
    zh = "多次读取 {name} 均失败（{detail}）。请用原程序重新保存，或另存为 PDF。"


class LibraryError(JianwenError):
    """The library as a whole cannot be used."""


class LibraryBusy(LibraryError):
    en = "The library is held by another program. Wait a moment and try again."
    zh = "资料库正被其他程序占用，请稍后再试。"


class LibraryDamaged(LibraryError):
    en = "The library {name} cannot be opened ({detail}). Move it away, and add the documents again."
    zh = "资料库 {name} 打不开（{detail}）。请把它移走，再重新添加文档。"


class EmbedderUnavailable(LibraryError):
    en = "The embedder {name} cannot be used ({detail}). Set JIANWEN_EMBEDDER, or unset it for the packaged one."
    zh = "向量模型 {name} 无法使用（{detail}）。请检查 JIANWEN_EMBEDDER；不设置则使用自带的模型。"


class LanguageError(JianwenError):
    """The language model cannot answer."""


class ModelUnavailable(LanguageError):
    en = "The language model {name} cannot be used ({detail}). {remedy}"
    zh = "语言模型 {name} 无法使用（{detail}）。{remedy_zh}"


class ModelFailed(LanguageError):
    en = "The language model broke off ({detail}). Ask again."
    zh = "语言模型中断了（{detail}）。请再问一次。"


class CannotPin(LanguageError):
    en = "{name} cannot be pinned: {detail}. {remedy}"
    zh = "{name} 无法固定：{detail_zh}。{remedy_zh}"


class PromptTooLong(LanguageError):
    en = "The question is too long: {found} tokens, and there is room for {limit}. Ask a shorter one."
    zh = "问题太长：{found} 个词元，最多 {limit} 个。请缩短问题。"


class ServerError(JianwenError):
    """The server cannot start."""


class UnsafeBind(ServerError):
    en = "Listening on {host} lets others in, so it needs a token: set JIANWEN_TOKEN to a long random text."
    zh = "监听 {host} 会对外开放，必须设置令牌：请将 JIANWEN_TOKEN 设为一段足够长的随机文字。"


class PortTaken(ServerError):
    en = "Port {port} is taken. Stop the other program, or choose another with --port."
    zh = "端口 {port} 已被占用。请停止另一个程序，或用 --port 换一个端口。"


class NoToken(ServerError):
    en = "A token is needed. Open /?token=TOKEN in the browser, or send the header Authorization: Bearer TOKEN."
    zh = "需要令牌。请在浏览器中打开 /?token=令牌，或发送请求头 Authorization: Bearer 令牌。"


class TooManyAttempts(ServerError):
    en = "Too many wrong tokens came from this address. Try again in {wait_s} seconds."
    zh = "该地址多次使用错误的令牌，请 {wait_s} 秒后再试。"


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
