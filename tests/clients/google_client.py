"""Google's own client, with another address: the discovery document, a comment analysed, a score suggested, errors."""

import os

from googleapiclient import discovery
from googleapiclient.errors import HttpError

URL = os.environ["NAQD_URL"]


def main():
    client = discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=os.environ["NAQD_KEY"],
        discoveryServiceUrl=f"{URL}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
        client_options={"api_endpoint": URL + "/"},
    )
    text = "كاتب هذا المقال غبي وحمار 😀. شكرا على التقرير."
    request = {
        "comment": {"text": text},
        "requestedAttributes": {"TOXICITY": {}, "CRITICAL": {"scoreType": "PROBABILITY"}, "ABUSIVE": None},
        "spanAnnotations": True,
        "languages": ["en"],
        "doNotStore": True,
        "clientToken": "a token",
    }
    answer = client.comments().analyze(body=request).execute()
    assert list(answer["attributeScores"]) == ["TOXICITY", "CRITICAL", "ABUSIVE"], answer
    assert answer["languages"] == ["en"] and answer["detectedLanguages"] == ["ar"], answer
    assert answer["clientToken"] == "a token", answer
    scores = answer["attributeScores"]["TOXICITY"]
    assert 0 < scores["summaryScore"]["value"] < 1 and scores["summaryScore"]["type"] == "PROBABILITY", scores
    units = text.encode("utf-16-le")
    spans = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in scores["spanScores"]]
    assert len(spans) == 2 and spans[0].startswith("كاتب") and spans[1].startswith("شكرا"), spans
    first, second = (span["score"]["value"] for span in scores["spanScores"])
    assert first > second, scores

    # A client without the discovery document's address finds this server in the document itself.
    other = discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="any",
        discoveryServiceUrl=f"{URL}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )
    plain = {"comment": {"text": "Thank you for this report."}, "requestedAttributes": {"TOXICITY": {}}}
    answer = other.comments().analyze(body=plain).execute()
    spans = answer["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(span["begin"], span["end"]) for span in spans] == [(0, 26)], spans

    suggestion = {
        "comment": {"text": "Thank you for this report."},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
        "languages": ["en"],
        "communityId": "Coral:https://news.example",
        "clientToken": "comment:1",
    }
    answer = client.comments().suggestscore(body=suggestion).execute()
    assert answer["clientToken"] == "comment:1" and answer["requestedLanguages"] == ["en"], answer

    for attributes, text, message, kind in [
        ({"FLIRTATION": {}}, "text", "Unknown requested attribute: FLIRTATION", "INVALID_REQUEST"),
        ({}, "text", "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        ({"TOXICITY": {}}, "", "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"TOXICITY": {}}, "x" * 20481, "Comment text too long.", "COMMENT_TOO_LONG"),
        (
            {"TOXICITY": {"scoreType": "RAW"}},
            "text",
            "Requested score type RAW is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
    ]:
        wrong = {"comment": {"text": text}, "requestedAttributes": attributes}
        try:
            client.comments().analyze(body=wrong).execute()
        except HttpError as error:
            assert error.resp.status == 400 and error.reason == message, error
            assert error.error_details[0]["errorType"] == kind, error.error_details
        else:
            raise AssertionError(f"expected an error: {message}")

    try:
        other.comments().suggestscore(body=suggestion).execute()
    except HttpError as error:
        assert error.resp.status == 400 and "API key not valid" in error.reason, error
        assert error.error_details[0]["reason"] == "API_KEY_INVALID", error.error_details
    else:
        raise AssertionError("expected an error: a wrong key")


main()
