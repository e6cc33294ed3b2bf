"""Compares what naqd-import made of the exports with what was put into WordPress; see tests/wordpress/export."""

import collections
import csv
import json
import pathlib
import sys
import uuid

work = pathlib.Path(sys.argv[1])
put = [json.loads(line) for line in open(work / "put.jsonl", encoding="utf-8")]
comments = list(csv.DictReader(open("data/comments.csv", encoding="utf-8")))
csv.field_size_limit(1 << 24)


def rows(name):
    return list(csv.DictReader(open(work / name, encoding="utf-8", newline="")))


def seen(text):
    """Text as a reader sees it: naqd leaves entities to its normaliser, and control characters out."""
    text = text.replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<").replace("\x07", "")
    return " ".join(text.split())


def check_wordpress():
    states = collections.Counter(comment["state"] for comment in put)
    print("put into WordPress:", dict(states))
    by_id = {comment["id"]: comment for comment in put}
    label = {"approved": "critical|neutral", "trash": "abusive", "rule": "", "hold": "", "spam": ""}
    for name in ["wxr.csv", "rest.csv", "batch.csv", "outfile.csv", "dump.csv"]:
        if not (work / name).exists():
            continue
        # WordPress brings a comment of its own.
        found = {row["id"]: row for row in rows(name) if row["id"] in by_id}
        wanted = {id for id, comment in by_id.items() if name != "wxr.csv" or comment["state"] != "spam"}
        assert set(found) == wanted, (name, len(found), len(wanted))
        for id, row in found.items():
            comment = by_id[id]
            assert seen(row["text"]) == seen(comment["text"]), (name, row["text"], comment["text"])
            # Only WXR says that a rule moved a comment to the trash.
            expected = "abusive" if comment["state"] == "rule" and name != "wxr.csv" else label[comment["state"]]
            assert row["label"] == expected, (name, comment["state"], row)
            assert "example.org" not in str(row) and "192.0.2.1" not in str(row), row
        labels = collections.Counter(row["label"] for row in found.values())
        print(f"{name}: {len(found)} comments, every text as it was put in;", dict(labels))
    # Comments labelled in full, none of them in WordPress: every tenth of the rest.
    rest = [row for line, row in enumerate(comments) if line % 4 == 3][::5]
    with open(work / "labelled.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["text", "label"])
        out.writerows([row["text"], row["label"]] for row in rest)
    print(f"labelled.csv: {len(rest)} comments labelled in full")


def write_coral():
    """The same comments in Coral's two collections, with decisions of moderators, of the system and of nobody."""
    moderators = [str(uuid.UUID(int=n)) for n in (1, 2)]
    actions = open(work / "coral-actions.json", "w", encoding="utf-8")
    documents = open(work / "coral-comments.json", "w", encoding="utf-8")
    for number, comment in enumerate(put):
        id, revision = str(uuid.UUID(int=number + 1000)), str(uuid.UUID(int=number + 100_000))
        status = {"approved": "APPROVED", "trash": "REJECTED", "spam": "REJECTED", "rule": "REJECTED", "hold": "PREMOD"}
        date = {"$date": {"$numberLong": str(1_770_000_000_000 + number)}}
        document = {
            "_id": {"$oid": f"{number:024x}"},
            "id": id,
            "tenantID": "t",
            "storyID": str(uuid.UUID(int=number % 20)),
            "authorID": str(uuid.UUID(int=7)),
            "status": status[comment["state"]],
            "revisions": [
                {"id": revision, "body": f"<div>{comment['text'].replace('&', '&amp;').replace('<', '&lt;')}</div>",
                 "metadata": {"perspective": {"score": 0.5}}, "actionCounts": {}, "createdAt": date}
            ],
            "createdAt": date,
        }
        documents.write(json.dumps(document, ensure_ascii=number % 2 == 0) + "\n")
        action = {"id": str(uuid.uuid4()), "commentID": id, "commentRevisionID": revision, "createdAt": date}
        if comment["state"] == "rule":
            actions.write(json.dumps(action | {"status": "REJECTED", "moderatorID": None}) + "\n")
        elif comment["state"] in ("approved", "trash", "spam"):
            reason = {"approved": None, "trash": "ABUSIVE", "spam": "SPAM"}[comment["state"]]
            # The system first, then a person.
            actions.write(json.dumps(action | {"status": "REJECTED", "moderatorID": None}) + "\n")
            action |= {"status": status[comment["state"]], "moderatorID": moderators[number % 2]}
            action |= {"rejectionReason": {"code": reason}} if reason else {}
            actions.write(json.dumps(action) + "\n")


def check_coral():
    found = rows("coral.csv")
    wanted = [comment for comment in put if comment["state"] in ("approved", "trash")]
    assert len(found) == len(wanted), (len(found), len(wanted))
    for row, comment in zip(found, wanted):
        assert seen(row["text"]) == seen(comment["text"]), (row, comment)
        assert row["label"] == {"approved": "critical|neutral", "trash": "abusive"}[comment["state"]], row
    print(f"coral.csv: {len(found)} comments, every text as it was;", dict(collections.Counter(r["label"] for r in found)))


def check_moderated(folder):
    labels = {row["id"]: row["label"] for row in csv.DictReader(open("data/test.csv", encoding="utf-8"))}
    sorted_into = {name: list(csv.DictReader(open(folder / f"{name}.csv", encoding="utf-8"))) for name in ("publish", "hold", "reject")}
    assert sum(map(len, sorted_into.values())) == len(labels)
    for name, part in sorted_into.items():
        abusive = sum(labels[row["id"]] == "abusive" for row in part)
        print(f"  {name}: {len(part)} of {len(labels)} comments of data/test.csv, {abusive} of them abusive")


if "--coral" in sys.argv:
    check_coral()
elif "--moderated" in sys.argv:
    check_moderated(pathlib.Path(sys.argv[-1]))
else:
    check_wordpress()
    write_coral()
