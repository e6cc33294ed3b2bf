"""OpenAI's own client, with another address and key."""

import os

import openai

INSULT, THANKS = "You stupid idiot", "Thank you for this article"


def main():
    client = openai.OpenAI(base_url=os.environ["NAQD_URL"] + "/v1", api_key=os.environ["NAQD_KEY"], max_retries=0)
    one = client.moderations.create(input=INSULT, model="omni-moderation-latest")
    assert one.id.startswith("modr-") and one.model.startswith("naqd-"), one
    (result,) = one.results
    assert result.flagged and result.categories.harassment and not result.categories.sexual_minors, result
    assert 0.5 < result.category_scores.harassment <= 1 and result.category_scores.self_harm == 0, result
    assert result.category_applied_input_types.hate == ["text"], result
    several = client.moderations.create(input=[THANKS, INSULT])
    assert [result.flagged for result in several.results] == [False, True], several
    parts = client.moderations.create(input=[{"type": "text", "text": THANKS}, {"type": "text", "text": INSULT}])
    assert len(parts.results) == 1, parts
    image = {"type": "image_url", "image_url": {"url": "https://news.example/a.png"}}
    try:
        client.moderations.create(input=[image])
        raise AssertionError("an image was taken")
    except openai.BadRequestError as error:
        assert "expected" in str(error), error


main()
