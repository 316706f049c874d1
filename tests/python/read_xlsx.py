"""Prints the first sheet of a workbook as JSON: rows of cells, days as ISO text.

Reads the parts of the file itself; the standard library is all it needs.
"""

import datetime
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
EPOCH = datetime.date(1899, 12, 30)


def part(book, name):
    return ElementTree.fromstring(book.read(name)) if name in book.namelist() else None


def texts(book):
    shared = part(book, "xl/sharedStrings.xml")
    entries = [] if shared is None else shared.findall("x:si", NS)
    return ["".join(t.text or "" for t in entry.iter(f"{{{NS['x']}}}t")) for entry in entries]


def day_styles(book):
    """The numbers of the cell formats that show a day."""
    styles = part(book, "xl/styles.xml")
    formats = styles.find("x:numFmts", NS)
    days = {f.get("numFmtId") for f in (formats if formats is not None else []) if "yy" in f.get("formatCode")}
    cells = styles.find("x:cellXfs", NS).findall("x:xf", NS)
    return {str(at) for at, cell in enumerate(cells) if cell.get("numFmtId") in days}


def column(reference):
    number = 0
    for letter in re.match(r"[A-Z]+", reference).group():
        number = number * 26 + ord(letter) - 64
    return number - 1


def value(cell, shared, days):
    assert cell.find("x:f", NS) is None, "a cell is a formula"
    text = cell.findtext("x:v", None, NS)
    if text is None:
        return None
    if cell.get("t") == "s":
        return shared[int(text)]
    if cell.get("t") == "b":
        return text == "1"
    if cell.get("s") in days:
        return (EPOCH + datetime.timedelta(days=int(float(text)))).isoformat()
    return float(text)


def main(path):
    with zipfile.ZipFile(path) as book:
        shared, days = texts(book), day_styles(book)
        rows = []
        for row in part(book, "xl/worksheets/sheet1.xml").find("x:sheetData", NS):
            cells = {column(cell.get("r")): value(cell, shared, days) for cell in row}
            rows.append([cells.get(at) for at in range(max(cells, default=-1) + 1)])
    print(json.dumps(rows))


main(sys.argv[1])
