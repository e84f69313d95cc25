"""Makes files that no reader may choke on, and says which error each must give.

Everything is written by `make_bad_files` into a folder, in a second or two and in a few megabytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from jianwen.errors import (
    ArchiveBomb,
    DamagedDocument,
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    TooLarge,
    UnreadableFile,
    UnsupportedFormat,
    WrongFormat,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_bad_files", "pdf_of"]

Expected = dict[str, type[DocumentError]]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha">'
    + b"".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">'.encode() for i in range(12))
    + b"]>"
)


def make_bad_files(folder: Path) -> Expected:
    """Write the bad files, and give for each name the error class that reading it must raise.

    One of the names is a folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    expected: Expected = {}
    for make in (_empty, _foreign, _misnamed, _cut_short, _encrypted, _bombs, _too_large, _broken):
        for name, (contents, error) in make().items():
            (folder / name).write_bytes(contents)
            expected[name] = error
    (folder / "folder.pdf").mkdir(exist_ok=True)
    expected["folder.pdf"] = UnreadableFile
    return expected


Files = dict[str, tuple[bytes, type[DocumentError]]]


def _empty() -> Files:
    suffixes = ("pdf", "docx", "xlsx", "pptx", "csv", "html", "md", "txt", "png")
    files: Files = {f"nothing.{suffix}": (b"", EmptyDocument) for suffix in suffixes}
    files["blanks.txt"] = (b" \n\t \r\n" * 5_000, EmptyDocument)
    files["blanks.csv"] = (b",,,\n" * 40, EmptyDocument)
    files["blanks_utf16.txt"] = ("\u3000\n" * 20).encode("utf-16"), EmptyDocument
    files["only_script.html"] = b"<html><script>alert(1)</script><p hidden>x</p></html>", EmptyDocument
    files["no_rows.xlsx"] = _workbook([]), EmptyDocument
    files["no_words.docx"] = _docx(b"<w:p/>"), EmptyDocument
    files["no_words.pdf"] = _pdf(), EmptyDocument
    files["one_pixel.png"] = _png(1, 1), EmptyDocument
    files["white.png"] = _png(64, 64), EmptyDocument
    return files


def _foreign() -> Files:
    legacy = _OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le") + b"\0" * 400
    return {
        "old.doc": (legacy, UnsupportedFormat),
        "old.xls": (legacy, UnsupportedFormat),
        "old.ppt": (legacy, UnsupportedFormat),
        "old_renamed.docx": (legacy, UnsupportedFormat),
        "data.json": (b'{"a": 1}', UnsupportedFormat),
        "archive.zip": (_zip({"a.txt": b"a"}), UnsupportedFormat),
        "program.exe": (b"MZ" + b"\0" * 100, UnsupportedFormat),
        "no_suffix": (b"text", UnsupportedFormat),
        "film.mp4": (b"\0\0\0\x18ftypmp42", UnsupportedFormat),
    }


def _misnamed() -> Files:
    return {
        "pdf.docx": (_pdf(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET"), WrongFormat),
        "html.pdf": (b"<!DOCTYPE html><html><body>Hello</body></html>", WrongFormat),
        "text.docx": (b"Only text.", WrongFormat),
        "workbook.docx": (_workbook([["a", "b"]]), WrongFormat),
        "docx.xlsx": (_docx(b"<w:p><w:r><w:t>Hello</w:t></w:r></w:p>"), WrongFormat),
        "zip.pptx": (_zip({"a.txt": b"a"}), WrongFormat),
        "png.txt": (_png(8, 8), WrongFormat),
        "png.pdf": (_png(8, 8), WrongFormat),
        "program.txt": (b"MZ\x90\0\x03" + b"\0" * 500, WrongFormat),
        "gif.png": (b"GIF89a" + b"\0" * 40, WrongFormat),
        "text.jpg": (b"Only text.", WrongFormat),
        "html.csv": (b"<html><table><tr><td>1</td></tr></table></html>", WrongFormat),
    }


def _cut_short() -> Files:
    words = b"BT /F 12 Tf 72 700 Td (" + b"Hello visitors. " * 400 + b") Tj ET"
    whole = {
        "cut.pdf": _pdf(words),
        "cut.docx": _docx(b"<w:p><w:r><w:t>Hello</w:t></w:r></w:p>" * 50),
        "cut.xlsx": _workbook([["name", "price"], *[["ticket", "60"]] * 50]),
        "cut.png": _png(200, 200, noisy=True),
        "cut.jpg": _picture("JPEG"),
        "cut.webp": _picture("WEBP"),
    }
    files: Files = {name: (contents[: len(contents) // 2], DamagedDocument) for name, contents in whole.items()}
    files["cut.pptx"] = (_zip({"[Content_Types].xml": b"<a/>", "ppt/presentation.xml": b"<a/>"})[:-30], DamagedDocument)
    return files


def _encrypted() -> Files:
    package = _OLE + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512
    return {
        "locked.docx": (package, EncryptedDocument),
        "locked.xlsx": (package, EncryptedDocument),
        "locked.pptx": (package, EncryptedDocument),
        "locked.pdf": (_locked_pdf(), EncryptedDocument),
    }


def _bombs() -> Files:
    zeros = b"\0" * 60_000_000
    nested = _zip({"word/zeros.xml": zeros})
    for depth in range(4):
        nested = _zip({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>", f"word/{depth}.zip": nested})
    laughing = (
        _LAUGHS + b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>&m;</w:document>"
    )
    return {
        "bomb.docx": (_zip({"[Content_Types].xml": b"<a/>", "word/document.xml": zeros}), ArchiveBomb),
        "bomb.xlsx": (_zip({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": zeros}), ArchiveBomb),
        "bomb.pptx": (_zip({"[Content_Types].xml": b"<a/>", "ppt/slides/slide1.xml": zeros}), ArchiveBomb),
        "nested.docx": (nested, ArchiveBomb),
        "entries.docx": (_zip({f"word/{i}.xml": b"" for i in range(20_100)}), ArchiveBomb),
        "laughs.docx": (_docx_parts(laughing), ArchiveBomb),
        "laughs_utf16.docx": (
            _docx_parts(laughing.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")),
            ArchiveBomb,
        ),
        "laughs.xlsx": (
            _zip({"[Content_Types].xml": _LAUGHS + b"<a>&m;</a>", "xl/workbook.xml": b"<a/>"}),
            ArchiveBomb,
        ),
        "stream.pdf": (_pdf(zlib.compress(b"0 g " * 40_000_000, 9), b"/Filter/FlateDecode"), ArchiveBomb),
        "outside.docx": (_zip({"[Content_Types].xml": b"<a/>", "word/../../../etc/passwd": b"x"}), DamagedDocument),
    }


def _too_large() -> Files:
    rows = b"".join(b'<row><c t="str"><v>a</v></c><c><v>%d</v></c></row>' % i for i in range(100_000))
    return {
        "many_pages.pdf": (_many_pages(2_000), TooLarge),
        "many_rows.xlsx": (_workbook_parts(rows), TooLarge),
        "many_rows.csv": (b"name,price\n" + b"ticket,60\n" * 60_000, TooLarge),
        "many_pixels.png": (_png_header(30_000, 30_000), TooLarge),
        "many_nodes.docx": (_docx(b"<a/>" * 4_100_000, packed=True), TooLarge),
        "many_lines.txt": (b"a\n" * 1_100_000, TooLarge),
        "many_elements.html": (b"<p>a" * 1_100_000, TooLarge),
        "large.md": (b"word " * 2_400_000, TooLarge),
    }


def _broken() -> Files:
    cell = b'"' + b"a" * 1_100_000
    return {
        "noise.pdf": (b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF", DamagedDocument),
        "noise.docx": (b"PK\x03\x04" + bytes(range(256)) * 20, DamagedDocument),
        "noise.xlsx": (bytes(range(256)) * 20, DamagedDocument),
        "noise.jpg": (b"\xff\xd8\xff\xe0" + b"\0" * 2_000, DamagedDocument),
        "future.docx": (
            _docx(b"<w:p/>").replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\xf2"),
            DamagedDocument,
        ),
        "no_parts.docx": (_zip({"word/document.xml": b"<a/>"}), DamagedDocument),
        "no_parts.pptx": (_zip({"ppt/presentation.xml": b"<a/>"}), DamagedDocument),
        "not_xml.docx": (_docx_parts(b"<w:document"), DamagedDocument),
        "not_xml.xlsx": (_zip({"[Content_Types].xml": b"<a", "xl/workbook.xml": b"<a"}), DamagedDocument),
        "open_quote.csv": (b"a,b\n1," + cell, DamagedDocument),
        "endless_row.csv": (b'"a\n",' * 900_000, DamagedDocument),
        "endless_row.xlsx": (_workbook_parts(b"<row>" + b"<c/>" * 250_000 + b"</row>"), DamagedDocument),
        "deep.html": (b"<div>" * 100_000, DamagedDocument),
        "wrong_sums.docx": (_docx(b"<w:p/>").replace(b"<w:body>", b"<w:bodY>"), DamagedDocument),
    }


def _zip(parts: dict[str, bytes], *, packed: bool = True) -> bytes:
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", method, compresslevel=1 if packed else None) as archive:
            for name, contents in parts.items():
                archive.writestr(name, contents)
        return file.getvalue()


_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument."


def _package(main: str, content_type: str, parts: dict[str, bytes], *, packed: bool) -> bytes:
    types = (
        f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="{_MAIN}{content_type}"/></Types>'
    )
    links = _links("officeDocument", main)
    return _zip({"[Content_Types].xml": types.encode(), "_rels/.rels": links, **parts}, packed=packed)


def _links(kind: str, target: str) -> bytes:
    link = f'<Relationship Id="r" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_RELS}">{link}</Relationships>'.encode()


def _docx(body: bytes, *, packed: bool = False) -> bytes:
    space = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = b'<w:document xmlns:w="' + space + b'"><w:body>' + body + b"</w:body></w:document>"
    return _docx_parts(document, packed=packed)


def _docx_parts(document: bytes, *, packed: bool = False) -> bytes:
    parts = {"word/document.xml": document}
    return _package("word/document.xml", "wordprocessingml.document.main+xml", parts, packed=packed)


def _workbook(rows: list[list[str]]) -> bytes:
    cells = ["".join(f'<c t="str"><v>{cell}</v></c>' for cell in row) for row in rows]
    return _workbook_parts("".join(f"<row>{row}</row>" for row in cells).encode())


def _workbook_parts(rows: bytes) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    named = '<sheets><sheet name="S" sheetId="1" r:id="r"/></sheets>'
    book = f'<workbook xmlns="{space}" xmlns:r="{_OFFICE}">{named}</workbook>'
    links = _links("worksheet", "worksheets/s.xml")
    sheet = f'<worksheet xmlns="{space}"><sheetData>'.encode() + rows + b"</sheetData></worksheet>"
    parts = {
        "xl/workbook.xml": book.encode(),
        "xl/_rels/workbook.xml.rels": links,
        "xl/worksheets/s.xml": sheet,
    }
    return _package("xl/workbook.xml", "spreadsheetml.sheet.main+xml", parts, packed=True)


def _pdf(content: bytes = b"", packing: bytes = b"") -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d%b>>stream\n" % (len(content), packing) + content + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    return pdf_of(objects)


def _many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids), *[page] * count]
    )


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF file of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(
        out + b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    )


def _locked_pdf() -> bytes:
    """Claims an encryption for which the empty password is wrong."""
    lock = b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%b>/U<%b>>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"], lock)


def _png(width: int, height: int, *, noisy: bool = False) -> bytes:
    line = bytes(i * 97 % 256 for i in range(width)) if noisy else b"\xff" * width
    pixels = b"".join(b"\0" + line[i % 7 :] + line[: i % 7] for i in range(height))
    return _png_parts(width, height, zlib.compress(pixels, 0 if noisy else 6))


def _png_header(width: int, height: int) -> bytes:
    """Of a picture that would take gigabytes; the pixels themselves are not there."""
    return _png_parts(width, height, zlib.compress(b"\0" * 1000))


def _png_parts(width: int, height: int, pixels: bytes) -> bytes:
    def chunk(kind: bytes, contents: bytes) -> bytes:
        return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _picture(kind: str) -> bytes:
    from PIL import Image  # noqa: PLC0415 - only these two need it

    with io.BytesIO() as file:
        Image.effect_noise((200, 200), 80).save(file, kind)
        return file.getvalue()
