"""Reads letters as Python's email package does; one JSON object a line: what each one says.

usage: read_letters.py FOLDER
"""

import email
import email.policy
import json
import pathlib
import sys

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = [part for part in letter.walk() if not part.is_multipart()]
    defects = [str(defect) for part in letter.walk() for defect in part.defects]
    defects += [str(defect) for value in letter.values() for defect in value.defects]
    print(json.dumps({
        "name": path.stem,
        "defects": defects,
        "subject": letter["Subject"],
        "from": letter["From"].addresses[0].addr_spec,
        "display": letter["From"].addresses[0].display_name,
        "date": letter["Date"].datetime.isoformat(),
        "kinds": [part.get_content_type() for part in parts],
        "methods": [part["Content-Type"].params.get("method") for part in parts],
        "text": letter.get_body(("plain",)).get_content(),
        "html": letter.get_body(("html",)).get_content(),
        "calendars": [part.get_content() for part in letter.iter_attachments()],
    }))
